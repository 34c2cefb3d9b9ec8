//! `vouch config`: the settings in force, as a settings file.
//! What they are is left to `settings`.

use std::io::Write;

use anyhow::Context as _;

use crate::documents;
use crate::exit::Exit;
use crate::notify::parse_url;
use crate::settings::{NotifyOptions, OperateOptions, Settings, WorkOptions};

/// Prints the settings in force as a settings file, and where each comes from. Passwords in URLs become ***; the file
/// of the webhook's secret is named and not read. Settings that contradict each other end with status 2.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    work: WorkOptions,
    #[command(flatten)]
    operate: OperateOptions,
    #[command(flatten)]
    notify: NotifyOptions,
}

/// Prints all settings that have a value.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    if settings.remote.is_set() {
        settings.remote.complete().context(Exit::Usage)?;
    }
    if let Some(url) = &settings.notify(&args.notify).webhook {
        parse_url(url).context(Exit::Usage)?;
    }
    let shown = settings.shown(&args.work, &args.operate, &args.notify, documents::processors())?;
    out.write_all(shown.as_bytes())?;
    Ok(Exit::Done)
}
