//! The process itself: its surroundings, and the one variable that a library reads behind our back.
//! What the surroundings mean is left to `settings`.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]

use std::env;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::settings::Surroundings;

/// The variable that limits the threads of OpenMP.
const OMP_THREAD_LIMIT: &str = "OMP_THREAD_LIMIT";

/// Keeps Tesseract to one thread a page: pages are what runs in parallel, and OpenMP below that nearly doubles the
/// time on busy cores. OpenMP reads its variable while the program is loaded, before `main`, so that only a program
/// started with it will do; where it is missing, the program starts itself again, once. A value that is set stays.
///
/// Returns the limit in force.
///
/// # Errors
/// If the program cannot be started again; it works without the limit, only slower.
pub fn limit_openmp() -> io::Result<String> {
    if let Some(limit) = env::var_os(OMP_THREAD_LIMIT) {
        return Ok(limit.to_string_lossy().into_owned());
    }
    let mut args = env::args_os();
    let mut again = Command::new(env::current_exe()?);
    if let Some(name) = args.next() {
        again.arg0(name);
    }
    // Returns only when it fails.
    Err(again.args(args).env(OMP_THREAD_LIMIT, "1").exec())
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
