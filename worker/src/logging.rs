//! Log lines on standard error, for the operator: they hold ids, never what an applicant's paper says.
//! What is logged is left to those who log it.

use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, anyhow};
use tracing_subscriber::EnvFilter;

use crate::exit::Exit;
use crate::settings::{LogFormat, Settings};

/// Starts logging as the settings say. Called once.
pub fn start(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log)
        .with_context(|| format!("log filter '{}'", settings.log))
        .context(Exit::Usage)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().try_init(),
    }
    .map_err(|error| anyhow!("cannot start logging: {error}"))
}
