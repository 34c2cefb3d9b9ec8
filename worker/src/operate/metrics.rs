//! What the worker has done, in the form of Prometheus. Labels have few values: lanes, endings, types, stages.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use pipeline::{Depth, Ending, Event, Lane, Report, Timings};

use crate::{notify, report};

/// Where all numbers are gathered.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// In seconds: from a page that has its text to a document of hundreds of pages.
const STAGE_BUCKETS: [f64; 11] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

/// In seconds: from the same moment to the last day of a worst week.
const AGE_BUCKETS: [f64; 10] = [0.5, 1.0, 3.0, 10.0, 30.0, 120.0, 600.0, 3600.0, 21_600.0, 86_400.0];

impl Metrics {
    /// Starts gathering. Called once in a process.
    pub fn install() -> anyhow::Result<Self> {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("age_seconds".to_owned()), &AGE_BUCKETS)
            .and_then(|builder| builder.set_buckets(&STAGE_BUCKETS));
        let handle =
            builder.and_then(PrometheusBuilder::install_recorder).context("cannot gather metrics")?;
        describe();
        Ok(Self(handle))
    }

    /// All numbers, as Prometheus reads them.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// To be called now and then, also if nobody asks for the numbers: what was measured is summed up.
    pub fn tidy(&self) {
        self.0.run_upkeep();
    }
}

fn describe() {
    describe_counter!("vouch_messages_received_total", "Messages received, by lane");
    describe_counter!(
        "vouch_redeliveries_total",
        "Messages received that had been delivered before, by lane"
    );
    describe_histogram!("vouch_message_age_seconds", "How long ago a message was sent when it was received");
    describe_counter!("vouch_deliveries_total", "Submissions that a delivery ended for, by lane and ending");
    describe_counter!("vouch_verdicts_total", "Verdicts, by type of document and disposition");
    describe_counter!("vouch_dead_letters_total", "Messages given up, by reason");
    describe_histogram!("vouch_stage_seconds", "Time of a submission in each stage, waiting included");
    describe_histogram!("vouch_reader_seconds", "Time of a submission in each step of the readers");
    describe_counter!("vouch_webhook_deliveries_total", "Announcements brought to the webhook, by outcome");
    describe_gauge!("vouch_in_flight", "Messages being worked on, by lane");
    describe_gauge!("vouch_queue_messages", "Messages in the queue, by lane and state");
    describe_gauge!("vouch_breaker_open", "1 while no messages are taken because the machine is in trouble");
    describe_counter!("vouch_breaker_opened_total", "How often the breaker opened");
    describe_gauge!(
        "vouch_rules_refused",
        "1 while changed rule files are refused and earlier ones stay in force"
    );
    describe_gauge!("vouch_last_progress_timestamp_seconds", "When the worker's loop last turned");
    // A counter that is not there before the first event hides that event from whoever looks at increases.
    gauge!("vouch_breaker_open").set(0.0);
    gauge!("vouch_rules_refused").set(0.0);
    counter!("vouch_breaker_opened_total").absolute(0);
    for lane in [Lane::Live, Lane::Backlog] {
        for ending in ENDINGS {
            counter!("vouch_deliveries_total", "lane" => lane.name(), "ending" => ending).absolute(0);
        }
        counter!("vouch_redeliveries_total", "lane" => lane.name()).absolute(0);
    }
    for outcome in OUTCOMES {
        counter!("vouch_webhook_deliveries_total", "outcome" => outcome).absolute(0);
    }
    for code in CODES {
        counter!("vouch_dead_letters_total", "code" => code).absolute(0);
    }
}

/// How a delivery may end.
const ENDINGS: [&str; 5] = ["verdict", "given_up", "handed_back", "lease_lost", "ignored"];

/// What may become of an announcement.
const OUTCOMES: [&str; 3] = ["delivered", "retried", "given_up"];

/// Why a message may be given up.
const CODES: [&str; 5] = ["malformed", "file_refused", "file_missing", "submission_missing", "unjudgeable"];

/// Takes note of what a worker does.
#[expect(clippy::cast_precision_loss, reason = "messages in flight are few")]
pub fn note(event: &Event) {
    match event {
        Event::Progress { live, backlog } => {
            gauge!("vouch_in_flight", "lane" => Lane::Live.name()).set(*live as f64);
            gauge!("vouch_in_flight", "lane" => Lane::Backlog.name()).set(*backlog as f64);
            progress();
        }
        Event::Received { lane, attempt, age } => {
            counter!("vouch_messages_received_total", "lane" => lane.name()).increment(1);
            if *attempt > 1 {
                counter!("vouch_redeliveries_total", "lane" => lane.name()).increment(1);
            }
            if let Some(age) = age {
                histogram!("vouch_message_age_seconds", "lane" => lane.name()).record(*age);
            }
        }
        Event::Ended(report) => ended(report),
        Event::Breaker { open } => breaker(*open),
    }
}

/// Takes note of what a courier does.
pub fn note_courier(event: &notify::Event) {
    match event {
        notify::Event::Progress => progress(),
        notify::Event::Breaker { open } => breaker(*open),
        notify::Event::Ended(report) => {
            let outcome = match report.ending {
                notify::Ending::Delivered => "delivered",
                notify::Ending::HandedBack | notify::Ending::Unsettled => "retried",
                notify::Ending::GivenUp { .. } => "given_up",
            };
            counter!("vouch_webhook_deliveries_total", "outcome" => outcome).increment(1);
        }
    }
}

fn progress() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    gauge!("vouch_last_progress_timestamp_seconds").set(now.as_secs_f64());
}

/// Takes note of whether the rules in force are those that lie in their folder.
pub fn rules(in_force: bool) {
    gauge!("vouch_rules_refused").set(f64::from(u8::from(!in_force)));
}

fn breaker(open: bool) {
    gauge!("vouch_breaker_open").set(f64::from(u8::from(open)));
    counter!("vouch_breaker_opened_total").increment(u64::from(open));
}

fn ended(report: &Report) {
    let ending = match &report.ending {
        Ending::Verdict { disposition, document_types, timings, .. } => {
            // One verdict may be about several documents; it counts once for each type of them.
            let mut types: Vec<&str> = document_types.iter().map(String::as_str).collect();
            types.sort_unstable();
            types.dedup();
            if types.is_empty() {
                types.push("none");
            }
            for document_type in types {
                let (document_type, disposition) =
                    (document_type.to_owned(), report::disposition(*disposition));
                counter!("vouch_verdicts_total", "type" => document_type, "disposition" => disposition)
                    .increment(1);
            }
            stages(timings);
            "verdict"
        }
        Ending::DeadLettered { code } => {
            counter!("vouch_dead_letters_total", "code" => *code).increment(1);
            "given_up"
        }
        Ending::HandedBack { .. } => "handed_back",
        Ending::LeaseLost => "lease_lost",
        Ending::Nothing => "ignored",
    };
    counter!("vouch_deliveries_total", "lane" => report.lane.name(), "ending" => ending).increment(1);
}

fn stages(timings: &Timings) {
    let Timings { fetch, read, judge, publish, reader, .. } = timings;
    let known = [("fetch", fetch), ("read", read), ("judge", judge), ("publish", publish)];
    for (stage, spent) in known.into_iter().filter(|(_, spent)| **spent > Duration::ZERO) {
        histogram!("vouch_stage_seconds", "stage" => stage).record(*spent);
    }
    for (step, spent) in reader {
        histogram!("vouch_reader_seconds", "step" => step.clone()).record(*spent);
    }
}

/// How full a queue is.
#[expect(clippy::cast_precision_loss, reason = "queues hold fewer than 2^53 messages")]
pub fn depth(lane: Lane, depth: Depth) {
    let Depth { visible, in_flight, delayed } = depth;
    for (state, count) in [("visible", visible), ("in_flight", in_flight), ("delayed", delayed)] {
        gauge!("vouch_queue_messages", "lane" => lane.name(), "state" => state).set(count as f64);
    }
}
