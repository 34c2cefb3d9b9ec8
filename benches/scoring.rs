//! Documents per second of scoring: from readings that are in memory to verdicts, on one core. Reading is left to the
//! other benches.
//!
//! `cargo bench -p verify --bench scoring -- READINGS SET [RULES]`, where `vouch evaluate --readings READINGS SET` has
//! kept what it read of the documents of SET. A document that no line of SET/submissions.jsonl names is judged by the
//! submission of another one. The digest at the end is that of all verdicts: the same as before, where a change is
//! to be one of speed alone.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for developers"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use document::{Digest, Page, PageText, Reading, Submission, TextSource};
use serde::Deserialize;
use verify::rules::{RuleFile, Rules};
use verify::verify;

/// A round takes at least so many seconds.
const SECONDS: f64 = 1.0;
const ROUNDS: usize = 7;
const MOST_BYTES: u64 = 1 << 30;

/// A line of labels.jsonl, as far as it matters here.
#[derive(Deserialize)]
struct Label {
    file: String,
}

fn main() {
    // Cargo says `--bench` to every bench.
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [readings, set, rest @ ..] = arguments.as_slice() else {
        println!("skipped: name a folder of kept readings and the set of documents that they are of");
        return;
    };
    let own_rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let rules = rules(&rest.first().map_or(own_rules, PathBuf::from));
    let documents = documents(Path::new(readings), Path::new(set));
    describe(&documents, &rules);
    let mut rates: Vec<_> = (0..ROUNDS).map(|_| round(&documents, &rules)).collect();
    rates.sort_by(f64::total_cmp);
    let (least, median, most) = (rates[0], rates[ROUNDS / 2], rates[ROUNDS - 1]);
    println!("{median:.0} documents a second on one core: {:.0} µs each", 1e6 / median);
    println!("(median of {ROUNDS} rounds from {least:.0} to {most:.0})");
    let verdicts = documents.iter().map(|(submission, reading)| {
        serde_json::to_vec(&verify(submission, std::slice::from_ref(reading), &rules)).unwrap()
    });
    println!("verdicts {}", Digest::of(&verdicts.collect::<Vec<_>>().join(&b'\n')));
}

/// Documents per second of one round.
fn round(documents: &[(Submission, Reading)], rules: &Rules) -> f64 {
    let clock = Clock::start();
    let mut judged = 0;
    while clock.seconds() < SECONDS {
        for (submission, reading) in documents {
            black_box(verify(black_box(submission), std::slice::from_ref(black_box(reading)), rules));
        }
        judged += documents.len();
    }
    judged as f64 / clock.seconds()
}

/// The time that this thread had on a core, which other work on the machine does not add to; where the kernel does not
/// say, the time that passed.
struct Clock {
    started: Instant,
    on_core: Option<u64>,
}

impl Clock {
    fn start() -> Self {
        Self { started: Instant::now(), on_core: Self::nanoseconds() }
    }

    fn seconds(&self) -> f64 {
        let since = self.on_core.zip(Self::nanoseconds()).map(|(from, to)| (to - from) as f64 / 1e9);
        since.unwrap_or_else(|| self.started.elapsed().as_secs_f64())
    }

    fn nanoseconds() -> Option<u64> {
        let mut text = String::new();
        File::open("/proc/thread-self/schedstat").ok()?.take(100).read_to_string(&mut text).ok()?;
        text.split(' ').next()?.parse().ok()
    }
}

/// The documents of a set that have a reading, each with the submission that it is judged by.
fn documents(readings: &Path, set: &Path) -> Vec<(Submission, Reading)> {
    let labels: Vec<Label> = lines(&set.join("labels.jsonl"));
    let submissions: Vec<Submission> = lines(&set.join("submissions.jsonl"));
    let own: BTreeMap<_, _> = submissions
        .iter()
        .flat_map(|submission| submission.files.iter().map(move |file| (file.0.as_str(), submission)))
        .collect();
    let mut others = submissions.iter().cycle();
    let read = labels.iter().filter_map(|label| {
        let reading = reading(readings, &set.join(&label.file))?;
        let submission = own.get(label.file.as_str()).copied().or_else(|| others.next());
        Some((submission.expect("no submissions").clone(), reading))
    });
    let read: Vec<_> = read.collect();
    assert!(!read.is_empty(), "no readings of these documents: run vouch evaluate --readings first");
    read
}

/// The reading that was kept of the document at `path`.
fn reading(readings: &Path, path: &Path) -> Option<Reading> {
    let folder = readings.join("readings").join(Digest::of(&bytes(path)).hex());
    let kept = files(&folder).into_iter().next()?;
    Some(serde_json::from_slice(&bytes(&kept)).expect("not a reading of this version"))
}

fn describe(documents: &[(Submission, Reading)], rules: &Rules) {
    let pages: Vec<&Page> = documents.iter().flat_map(|(_, reading)| &reading.pages).collect();
    let texts: Vec<&PageText> = pages.iter().filter_map(|page| page.text.as_ref().ok()).collect();
    let printed = texts.iter().filter(|text| text.source == TextSource::TextLayer).count();
    let words: usize = texts.iter().map(|text| text.words.len()).sum();
    let found = documents.iter().flat_map(|(submission, reading)| {
        verify(submission, std::slice::from_ref(reading), rules).documents.into_iter()
    });
    let found: BTreeSet<_> = found.map(|document| document.document_type).collect();
    println!(
        "{} documents of {} types, {} types in the rules; {} pages, {printed} of them with a text layer; {words} words",
        documents.len(),
        found.len(),
        rules.document_types().len(),
        pages.len(),
    );
}

fn rules(folder: &Path) -> Rules {
    let folders = ["", "documents", "proofs", "tables"].map(|inner| folder.join(inner));
    let paths = folders.iter().flat_map(|folder| files(folder));
    let yaml = paths.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    let file = |path: PathBuf| {
        let relative = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        RuleFile { path: relative, text: String::from_utf8(bytes(&path)).unwrap() }
    };
    Rules::load(yaml.map(file)).expect("the rules do not load")
}

/// The files in a folder, in order; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Vec<T> {
    let text = String::from_utf8(bytes(path)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.take(MOST_BYTES).read_to_end(&mut bytes).unwrap();
    bytes
}
