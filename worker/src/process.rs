//! The process itself: its surroundings, and what of them the processes it starts may know.
//! What the surroundings mean is left to `settings`.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::settings::Surroundings;

/// The environment of a process that reads documents: where libraries are found, and a limit that one takes from a
/// variable. Tesseract is parallel below the page through OpenMP; here documents and pages are what runs in parallel,
/// and both together are slower than one.
pub fn for_children() -> Vec<(&'static str, OsString)> {
    let found = env::var_os(LIBRARIES).map(|folders| (LIBRARIES, folders));
    found.into_iter().chain([("OMP_THREAD_LIMIT", OsString::from("1"))]).collect()
}

/// Where shared libraries are looked for before the places of the system.
const LIBRARIES: &str = "LD_LIBRARY_PATH";

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
