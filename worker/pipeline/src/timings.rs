//! How long each stage took.
//! Kept beside the verdict, never in it: a verdict holds no clock time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// How long the stages of one submission took.
#[derive(Debug, Clone)]
pub struct Timings {
    submission_id: String,
    attempt: u32,
    /// Until all files were there.
    pub fetch: Duration,
    /// In the reader and waiting for it; zero where all readings were stored already.
    pub read: Duration,
    /// What the reader's time went into, by its own names; more than `read` where pages are read side by side.
    pub reader: BTreeMap<String, Duration>,
    /// From readings to the verdict.
    pub judge: Duration,
    /// Until the verdict was durable.
    pub publish: Duration,
}

/// The stored form.
#[derive(Serialize)]
struct StoredTimings<'a> {
    schema: &'static str,
    submission_id: &'a str,
    attempt: u32,
    fetch_ms: f64,
    read_ms: f64,
    reader_ms: BTreeMap<&'a str, f64>,
    judge_ms: f64,
    publish_ms: f64,
}

impl Timings {
    /// Nothing measured yet; `attempt` is the number of the delivery, from 1.
    pub(crate) fn new(submission_id: &str, attempt: u32) -> Self {
        let zero = Duration::ZERO;
        Self {
            submission_id: submission_id.to_owned(),
            attempt,
            fetch: zero,
            read: zero,
            reader: BTreeMap::new(),
            judge: zero,
            publish: zero,
        }
    }

    /// Adds what reading another file went into.
    pub(crate) fn add_stages(&mut self, stages: BTreeMap<String, Duration>) {
        for (stage, spent) in stages {
            *self.reader.entry(stage).or_default() += spent;
        }
    }

    /// As stored: milliseconds with three decimals.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a day fit in 53 bits")]
        let ms = |duration: Duration| duration.as_micros() as f64 / 1000.0;
        let stored = StoredTimings {
            schema: "vouch/timings/2",
            submission_id: &self.submission_id,
            attempt: self.attempt,
            fetch_ms: ms(self.fetch),
            read_ms: ms(self.read),
            reader_ms: self.reader.iter().map(|(stage, spent)| (stage.as_str(), ms(*spent))).collect(),
            judge_ms: ms(self.judge),
            publish_ms: ms(self.publish),
        };
        serde_json::to_vec(&stored).unwrap_or_default()
    }
}
