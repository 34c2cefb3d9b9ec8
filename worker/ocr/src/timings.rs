//! What reading cost, stage by stage.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A stage of reading a page, in the order of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Making a page of bytes: decompression, drawing, text layers.
    Decode,
    /// Telling how the picture was captured, and lighting up a dark one.
    Prepare,
    /// Judging the picture; beside reading it, as the search for barcodes is.
    Quality,
    /// Finding the lines on a picture.
    Find,
    /// Reading the lines; where Tesseract reads alone, all that it does.
    Transcribe,
    /// Reading again what the first reader was unsure of.
    Reread,
    /// Reading a machine readable zone.
    Zone,
    /// Looking for barcodes.
    Barcode,
}

impl Stage {
    /// Its name, as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Prepare => "prepare",
            Self::Quality => "quality",
            Self::Find => "find",
            Self::Transcribe => "transcribe",
            Self::Reread => "reread",
            Self::Zone => "zone",
            Self::Barcode => "barcode",
        }
    }
}

/// How long reading took. Stages are summed over the pages, which may be read side by side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadTimings {
    /// The time that went into each stage there was.
    pub stages: BTreeMap<Stage, Duration>,
    /// From the first byte to the reading, by the clock; zero for a page alone.
    pub wall: Duration,
}

impl ReadTimings {
    /// The time of a stage; zero where there was none.
    pub fn of(&self, stage: Stage) -> Duration {
        self.stages.get(&stage).copied().unwrap_or_default()
    }

    /// Adds the stages of another page.
    pub fn add(&mut self, page: &Self) {
        add(&mut self.stages, &page.stages);
    }

    /// No stage longer than all of them can have been, for timings that come from a process that is not trusted.
    pub fn capped(mut self, longest: Duration) -> Self {
        for spent in self.stages.values_mut() {
            *spent = longest.min(*spent);
        }
        self
    }
}

fn add(sum: &mut BTreeMap<Stage, Duration>, more: &BTreeMap<Stage, Duration>) {
    for (stage, spent) in more {
        let all = sum.entry(*stage).or_default();
        *all = all.saturating_add(*spent);
    }
}

/// Measures one stage after the other.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    since: Instant,
    stages: BTreeMap<Stage, Duration>,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { since: Instant::now(), stages: BTreeMap::new() }
    }

    /// Puts the time since the last lap down to `stage`.
    pub(crate) fn lap(&mut self, stage: Stage) {
        let now = Instant::now();
        *self.stages.entry(stage).or_default() += now - self.since;
        self.since = now;
    }

    /// Adds what was measured beside this.
    pub(crate) fn add(&mut self, other: &Self) {
        add(&mut self.stages, &other.stages);
    }

    /// What was measured.
    pub(crate) fn read(self) -> ReadTimings {
        ReadTimings { stages: self.stages, wall: Duration::ZERO }
    }
}
