//! The process itself: its surroundings, and what of them the processes it starts may know.
//! What the surroundings mean is left to `settings`.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::settings::Surroundings;

/// The environment of a process that reads documents: where libraries are found, and limits that some take from
/// variables. Tesseract is parallel below the page through OpenMP; here documents and pages are what runs in parallel,
/// and both together are slower than one. The C library keeps memory apart for each thread, though pages are read one
/// after the other, and keeps pictures of many megabytes for the next, which has another size.
pub fn for_children() -> Vec<(&'static str, OsString)> {
    let found = env::var_os(LIBRARIES).map(|folders| (LIBRARIES, folders));
    let limits =
        [("OMP_THREAD_LIMIT", "1"), ("MALLOC_ARENA_MAX", "1"), ("MALLOC_MMAP_THRESHOLD_", "1048576")];
    found.into_iter().chain(limits.map(|(name, limit)| (name, OsString::from(limit)))).collect()
}

/// Where shared libraries are looked for before the places of the system.
const LIBRARIES: &str = "LD_LIBRARY_PATH";

/// Chooses who encrypts connections, before the first one is made. Somebody else in this process may have chosen before
/// us, which is as good.
pub fn choose_encryption() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A name that tells this process from others at the same work: the host's and the process's own.
pub fn name() -> String {
    let host = rustix::system::uname();
    format!("{}-{}", host.nodename().to_string_lossy(), std::process::id())
}

/// What the environment contributes to the settings. What cannot be told stays empty, and is missed only by those
/// settings that need it.
pub fn surroundings() -> Surroundings {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    Surroundings {
        variables: env::vars_os().map(|(name, _)| name).collect(),
        data_home: absolute("XDG_DATA_HOME"),
        home: absolute("HOME"),
        current: env::current_dir().unwrap_or_default(),
        program: env::current_exe().unwrap_or_default(),
    }
}
