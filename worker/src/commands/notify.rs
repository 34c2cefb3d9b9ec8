//! `vouch notify`: delivers announcements of verdicts to a webhook, until it is told to stop or all are delivered.
//! How one is delivered, and what follows from the answer, is left to `notify`.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use pipeline::{Backlog, Queue, Until};
use serde_json::json;
use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;

use super::work::{log_panics, stop_on_signals};
use crate::edges::Place;
#[cfg(feature = "aws")]
use crate::edges::announcements;
use crate::exit::Exit;
use crate::notify::{Courier, Ending, Event, Report, Secrets, Webhook, parse_url};
use crate::operate::Watch;
use crate::settings::{DEFAULT_DELIVERIES, NotifyOptions, OperateOptions, Settings};

/// Delivers announcements of verdicts to a webhook. SIGTERM and Ctrl-C let it finish what is on its way.
#[derive(Debug, clap::Args)]
#[command(after_help = ANSWERS)]
pub struct Args {
    /// End when the queue is empty and nothing is on its way
    #[arg(long)]
    until_empty: bool,

    /// Print an object a line for each delivery
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    notify: NotifyOptions,

    #[command(flatten)]
    pub operate: OperateOptions,
}

/// What follows from an answer, for those who run the receiver.
const ANSWERS: &str = "\
Each announcement is delivered at least once, signed as Standard Webhooks says; one that comes twice has the same
webhook-id. What follows from the receiver's answer:
    2xx            it is delivered
    400, 413, 422  offered 16 times in five hours, then kept as a dead letter, webhook_refused
    410            kept as a dead letter at once
    anything else, or nothing within 15 seconds: offered again, until it is delivered; meanwhile little else is
Nothing is given up while the receiver takes nothing at all: then the fault is not the announcement's.";

/// Delivers until told to stop, or until nothing is left. Ends with [`Exit::Invalid`] if a message was given up.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    log_panics();
    let options = settings.notify(&args.notify);
    let webhook = webhook(&options)?;
    let most = options.deliveries.unwrap_or(DEFAULT_DELIVERIES).get();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // Whoever sees that it answers may also tell it to stop.
    let stop = runtime.block_on(async { stop_on_signals() })?;
    let watch = runtime.block_on(Watch::start(settings.operate(&args.operate).listen))?;
    let result = match Place::of(settings)? {
        Place::Folder(data) => {
            let courier = Courier::new(Arc::new(data.verdicts), webhook, most);
            runtime.block_on(notify(args, courier, stop, &watch, out))
        }
        #[cfg(feature = "aws")]
        Place::Remote(remote) => runtime.block_on(async {
            let queue = Arc::new(announcements(&remote).await?);
            notify(args, Courier::new(queue, webhook, most), stop, &watch, out).await
        }),
    };
    // A host that is looked up in vain would keep the runtime from ending.
    runtime.shutdown_background();
    result
}

/// The webhook that the options name.
fn webhook(options: &NotifyOptions) -> anyhow::Result<Webhook> {
    let missing = |what| anyhow!("{what}").context(Exit::Usage);
    let url = options.webhook.as_deref();
    let url = url.ok_or_else(|| missing("whom to tell? name a URL with --webhook or VOUCH_WEBHOOK"))?;
    let url = parse_url(url).context(Exit::Usage)?;
    let path = options.webhook_secret_file.as_deref().ok_or_else(|| {
        missing("nothing to sign with; name a file with --webhook-secret-file or VOUCH_WEBHOOK_SECRET_FILE")
    })?;
    let secrets = Secrets::read(path)
        .with_context(|| format!("webhook secret file {}", path.display()))
        .context(Exit::Usage)?;
    Webhook::new(url, secrets)
}

async fn notify<Q: Queue + Backlog>(
    args: &Args,
    courier: Courier<Q>,
    stop: CancellationToken,
    watch: &Watch,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let until = if args.until_empty { Until::Empty } else { Until::Stopped };
    let (mut delivered, mut given_up) = (0_u64, 0_u64);
    let mut written = Ok(());
    let ended = courier.run(until, stop.clone(), |event| {
        watch.note_courier(&event);
        let Event::Ended(report) = event else { return };
        delivered += u64::from(report.ending == Ending::Delivered);
        given_up += u64::from(matches!(report.ending, Ending::GivenUp { .. }));
        if let Err(error) = tell(args, &report, out) {
            // Nobody listens any more; what is on its way is finished all the same.
            written = Err(error);
            stop.cancel();
        }
    });
    let ended = ended.await;
    written?;
    if !args.json {
        writeln!(out, "{delivered} delivered, {given_up} given up")?;
    }
    ended.context("not all was delivered")?;
    Ok(if given_up == 0 { Exit::Done } else { Exit::Invalid })
}

fn tell(args: &Args, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (ending, code) = match report.ending {
        Ending::Delivered => ("delivered", None),
        Ending::HandedBack => ("handed_back", None),
        Ending::GivenUp { code } => ("given_up", Some(code)),
        Ending::Unsettled => ("unsettled", None),
    };
    if let Some(code) = code {
        let name = report.submission_id.as_deref().unwrap_or("a message without id");
        writeln!(io::stderr(), "vouch: {name} was given up: {code}")?;
    }
    if !args.json {
        return Ok(());
    }
    let line = json!({
        "webhook_id": report.id,
        "submission_id": report.submission_id,
        "attempt": report.attempt,
        "status": report.status,
        "ending": ending,
        "code": code,
    });
    writeln!(out, "{line}")
}
