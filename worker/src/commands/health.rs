//! `vouch health`: whether the program that runs beside this one goes on, for platforms that ask by a command.
//! What it answers is left to `operate`.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use reqwest::Client;
use tokio::runtime::Builder;

use crate::exit::Exit;
use crate::process;
use crate::settings::{OperateOptions, Settings};

/// Asks /healthz of the `vouch work` or `vouch notify` that listens on this machine, and prints what it says. Ends with
/// status 0 if it goes on, with 1 if it does not or does not answer.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    operate: OperateOptions,
}

/// How long the answer may take; nothing is computed for it.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks once.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let listen = settings.operate(&args.operate).listen;
    let listen = listen.ok_or_else(|| {
        anyhow!("where does it listen? name the address with --listen or VOUCH_LISTEN").context(Exit::Usage)
    })?;
    let (alive, said) =
        Builder::new_current_thread().enable_all().build()?.block_on(ask(reachable(listen)))?;
    write!(out, "{said}")?;
    Ok(if alive { Exit::Done } else { Exit::Failed })
}

async fn ask(address: SocketAddr) -> anyhow::Result<(bool, String)> {
    process::choose_encryption();
    // No proxy: it is this machine.
    let client = Client::builder().no_proxy().timeout(TIMEOUT).build()?;
    let answer = client.get(format!("http://{address}/healthz")).send().await;
    let answer = answer.with_context(|| format!("nobody answers at {address}"))?;
    Ok((answer.status().is_success(), answer.text().await?))
}

/// Where to ask a program that listens at `address`: one that listens everywhere listens here too.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
