//! `vouch work`: takes submissions from the queue and publishes verdicts, until it is told to stop or all is done.
//! How a submission is worked on is left to `pipeline`.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use pipeline::{
    Backlog, Edges, Ending, Event, Lane, Limits, Patience, Queue, Report, Rulebook, Store, Until, Worker,
};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use verify::rules::Rules;

use crate::edges::{Connected, IsolatedReader, Place};
use crate::exit::Exit;
use crate::operate::Watch;
use crate::reload::RuleFolder;
use crate::settings::{DEFAULT_GRACE, DEFAULT_LEASE, OperateOptions, Seconds, Settings, WorkOptions};
use crate::{documents, isolation, process, report};

/// Takes submissions from the queue and publishes verdicts. SIGTERM and Ctrl-C let it finish what is in flight.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// End when the queue is empty and nothing is in flight at any worker
    #[arg(long)]
    until_empty: bool,

    /// Print an object a line for each delivery
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    work: WorkOptions,

    #[command(flatten)]
    pub operate: OperateOptions,
}

/// Works until told to stop, or until nothing is left. Ends with [`Exit::Invalid`] if a message was given up.
pub fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Exit> {
    log_panics();
    let options = settings.work(&args.work);
    let workers = options.workers.unwrap_or_else(documents::processors);
    let reader = documents::reader(settings, workers)?;
    let rules = RuleFolder::open(settings.rules()?)?;
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // Whoever sees that it answers may also tell it to stop.
    let stop = runtime.block_on(async { stop_on_signals() })?;
    let watch = runtime.block_on(Watch::start(settings.operate(&args.operate).listen))?;
    let work = Work { args, options: &options, workers: workers.get(), stop, watch };
    let place = Place::of(settings)?;
    let reader = move || Ok::<_, anyhow::Error>(IsolatedReader(reader.ready()?));
    let result = match place {
        Place::Folder(data) => work.run(&runtime, data.into(), reader()?, rules, out),
        #[cfg(feature = "aws")]
        Place::Remote(remote) => {
            let connected = runtime.block_on(Connected::open(&remote))?;
            work.run(&runtime, connected, reader()?, rules, out)
        }
    };
    // A reader that hangs would keep the runtime from ending.
    runtime.shutdown_background();
    result
}

/// What is to be done, and how.
struct Work<'a> {
    args: &'a Args,
    options: &'a WorkOptions,
    workers: usize,
    stop: CancellationToken,
    watch: Watch,
}

/// Twice as many submissions in flight as are read: while one is read, another is fetched or published.
fn worker_settings(options: &WorkOptions, workers: usize) -> pipeline::Settings {
    let seconds = |option: Option<Seconds>, default| option.map_or(default, |it| it.0);
    let reader = ocr::Limits::default();
    pipeline::Settings {
        in_flight: workers * 2,
        cpu: workers,
        lease: seconds(options.lease, DEFAULT_LEASE),
        wait: Duration::from_secs(2),
        // The reader keeps limits of its own, and says more of what it has read by then.
        deadline: isolation::longest() + Duration::from_secs(60),
        grace: seconds(options.grace, DEFAULT_GRACE),
        limits: Limits { file_bytes: reader.bytes, upload_bytes: 2 * reader.bytes },
        patience: Patience {
            missing_file: 8,
            unended: 5,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(60),
        },
    }
}

impl Work<'_> {
    fn run<Q: Queue + Backlog, S: Store>(
        &self,
        runtime: &Runtime,
        connected: Connected<Q, S>,
        reader: IsolatedReader,
        rules: (Rules, RuleFolder),
        out: &mut dyn Write,
    ) -> anyhow::Result<Exit> {
        let Connected { live, backlog, verdicts, store } = connected;
        let (rules, folder) = rules;
        let rulebook = Arc::new(Rulebook::new(rules));
        let edges = Edges {
            live,
            backlog,
            verdicts,
            store,
            reader: Arc::new(reader),
            rules: Arc::clone(&rulebook),
            name: self.options.name.clone().unwrap_or_else(process::name).into(),
        };
        runtime.block_on(async {
            let _followed = folder.follow(rulebook);
            self.work(edges, out).await
        })
    }

    async fn work<Q: Queue + Backlog, S: Store>(
        &self,
        edges: Edges<Q, S, IsolatedReader>,
        out: &mut dyn Write,
    ) -> anyhow::Result<Exit> {
        let args = self.args;
        let stop = self.stop.clone();
        let mut left = edges.live.backlog().await?.total();
        if let Some(backlog) = &edges.backlog {
            left += backlog.backlog().await?.total();
        }
        let mut tally = Tally::new(args, left);
        let mut written = Ok(());
        let until = if args.until_empty { Until::Empty } else { Until::Stopped };
        let backlog = edges.backlog.iter().map(|queue| (Lane::Backlog, Arc::clone(queue)));
        let _told =
            self.watch.queues([(Lane::Live, Arc::clone(&edges.live))].into_iter().chain(backlog).collect());
        let worker = Worker::new(edges, worker_settings(self.options, self.workers));
        let ended = worker.run(until, stop.clone(), |event| {
            self.watch.note(&event);
            if let Event::Ended(report) = &event
                && let Err(error) = tally.add(report, out)
            {
                // Nobody listens any more; what is in flight is finished all the same.
                written = Err(error);
                stop.cancel();
            }
        });
        let ended = ended.await;
        tally.bar.finish_and_clear();
        written?;
        if !args.json {
            writeln!(out, "{tally}")?;
        }
        ended.context("the worker ended early")?;
        Ok(if tally.given_up == 0 { Exit::Done } else { Exit::Invalid })
    }
}

/// The first SIGTERM or SIGINT stops the worker in good order, the second at once: leases then end by themselves.
pub fn stop_on_signals() -> io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        loop {
            tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
            if stopped.is_cancelled() {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "asked twice to stop: leases end by themselves"
                )]
                std::process::exit(Exit::Failed as i32);
            }
            tracing::info!("stopping: nothing more is received");
            stopped.cancel();
        }
    });
    Ok(stop)
}

/// A panic's message may quote a document: only its place is logged.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}

/// What the worker has done so far.
struct Tally {
    json: bool,
    bar: ProgressBar,
    verdicts: BTreeMap<&'static str, u64>,
    given_up: u64,
}

impl Tally {
    /// A bar is shown where a person looks, and where nothing else is printed.
    fn new(args: &Args, left: u64) -> Self {
        let bar = match (io::stderr().is_terminal() && !args.json, args.until_empty) {
            (false, _) => ProgressBar::hidden(),
            (true, true) => ProgressBar::new(left),
            (true, false) => ProgressBar::new_spinner(),
        };
        let template = if args.until_empty {
            "{elapsed_precise} {wide_bar} {pos}/{len} {per_sec} {eta} {msg}"
        } else {
            "{elapsed_precise} {spinner} {pos} {per_sec} {msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { json: args.json, bar, verdicts: BTreeMap::new(), given_up: 0 }
    }

    fn add(&mut self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let id = report.submission_id.as_deref();
        let mut line = json!({"submission_id": id, "lane": report.lane.name(), "attempt": report.attempt});
        let ending = match &report.ending {
            Ending::Verdict { disposition, key, timings, .. } => {
                *self.verdicts.entry(report::disposition(*disposition)).or_default() += 1;
                line["disposition"] = json!(disposition);
                line["verdict"] = json!(key.as_str());
                line["read_ms"] = json!(timings.read.as_millis());
                "verdict"
            }
            Ending::DeadLettered { code } => {
                self.given_up += 1;
                line["code"] = json!(code);
                let name = id.unwrap_or("a message without id");
                self.bar.suspend(|| writeln!(io::stderr(), "vouch: {name} was given up: {code}"))?;
                "given_up"
            }
            Ending::HandedBack { .. } => "handed_back",
            Ending::LeaseLost => "lease_lost",
            Ending::Nothing => "nothing",
        };
        line["ending"] = json!(ending);
        if matches!(ending, "verdict" | "given_up") {
            self.bar.inc(1);
            self.bar.set_length(self.bar.length().unwrap_or(0).max(self.bar.position()));
            self.bar.set_message(self.to_string());
        }
        if self.json { writeln!(out, "{line}") } else { Ok(()) }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |word| self.verdicts.get(word).copied().unwrap_or(0);
        let [verified, review, resubmit] = ["verified", "review", "resubmit"].map(count);
        write!(out, "{verified} verified, {review} review, {resubmit} resubmit, {} given up", self.given_up)
    }
}
