//! Named points at which a test may kill the process, as a power cut would. In a program that is not built for such
//! tests (feature `fail-points`) they are nothing.

/// Ends the process here by SIGKILL if the variable `FAILPOINTS` says so: `published=1%return`.
#[cfg(feature = "fail-points")]
pub(crate) fn point(name: &'static str) {
    fail::fail_point!(name, |_| {
        tracing::error!(point = name, "killed at a fail point");
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    });
}

#[cfg(not(feature = "fail-points"))]
pub(crate) fn point(_name: &'static str) {}

/// Whether verdicts are to be written without a condition: the control of the tests that verdicts are never
/// overwritten. `FAILPOINTS=overwrite=return`.
#[cfg(feature = "fail-points")]
pub(crate) fn overwrites() -> bool {
    fail::fail_point!("overwrite", |_| true);
    false
}

#[cfg(not(feature = "fail-points"))]
pub(crate) fn overwrites() -> bool {
    false
}

/// Reads the variable `FAILPOINTS`. Called once, when the process starts.
#[cfg(feature = "fail-points")]
pub fn arm_fail_points() {
    std::mem::forget(fail::FailScenario::setup());
}
