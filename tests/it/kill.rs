//! A worker that is killed at any moment leaves no trace: one verdict for each submission, never written again.
//! Run alone and with its figures: `cargo nextest run --test it kill --no-capture`. `KILL_SEED` sets other moments.
//!
//! The control shows that the test can fail: the same worker on a store without create-if-absent must be caught.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use document::{Digest, FileRef, Reading};
use local::{LocalQueue, LocalStore};
use pipeline::{
    Announcement, Backlog as _, Created, Edges, FetchError, Key, Limits, Patience, Queue as _, ReadDocument,
    Reader, ReaderError, Receive, Rulebook, Settings, Store, StoreError, Until, Worker,
};
use tempfile::TempDir;
use verify::rules::{RuleFile, Rules};

const SUBMISSIONS: usize = 100;
const KILLS: usize = 20;
/// After a kill, what was in flight comes again so soon.
const LEASE: Duration = Duration::from_secs(1);

#[test]
fn twenty_kills_leave_one_verdict_each() {
    let killed = Drain::new();
    let report = killed.run(&|data| program(data, &["work", "--until-empty", "--lease", "1"]), KILLS);
    println!("{report}");
    assert_eq!(report.kills, KILLS, "the queue was empty too soon");
    assert_eq!(report.wrongs, BTreeSet::<String>::new());

    let calm = Drain::new();
    calm.run(&|data| program(data, &["work", "--until-empty"]), 0);
    assert_eq!(killed.verdicts(), calm.verdicts(), "and the verdicts of a run without kills");
}

#[test]
fn without_create_if_absent_the_kills_show() {
    let report = Drain::new().run(&control, KILLS);
    println!("control: {report}");
    let rewritten = report.wrongs.iter().filter(|wrong| wrong.contains("was written again")).count();
    assert!(rewritten > 0, "{:?}", report.wrongs);
}

/// A data folder with submissions in its queue, watched from outside while workers drain it.
struct Drain {
    data: TempDir,
}

/// What came of it.
#[derive(Default)]
struct DrainReport {
    kills: usize,
    /// Verdicts that were there when their worker was killed while it had more in flight.
    survivors: usize,
    announcements: usize,
    elapsed: Duration,
    wrongs: BTreeSet<String>,
}

/// What tells whether a file was written again, even with the same bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Stamp {
    inode: u64,
    modified: (i64, i64),
    digest: Digest,
}

type Seen = BTreeMap<PathBuf, Stamp>;

impl Drain {
    /// Submits 100 pay stubs, made with a text layer so that reading them is quick.
    fn new() -> Self {
        let (data, uploads) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut lines = String::new();
        for number in 0..SUBMISSIONS {
            let name = format!("stub-{number}.pdf");
            fs::write(uploads.path().join(&name), pay_stub(number)).unwrap();
            let submission = serde_json::json!({
                "schema": "vouch/submission/1", "submission_id": format!("kill-{number:03}"), "case_id": "88-1",
                "program": "medi-cal", "proof_of": "income", "received_date": "2026-11-02", "files": [name],
                "applicant": {"first_name": "Ines", "last_name": "Okafor"},
            });
            writeln!(lines, "{submission}").unwrap();
        }
        let many = uploads.path().join("many.jsonl");
        fs::write(&many, lines).unwrap();
        let sent =
            program(data.path(), &["submit", "--submissions", many.to_str().unwrap()]).output().unwrap();
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
        assert_eq!(String::from_utf8(sent.stdout).unwrap().lines().count(), SUBMISSIONS);
        Self { data }
    }

    /// Starts workers one after the other and kills each at a random moment of its work; the last one may finish.
    fn run(&self, worker: &dyn Fn(&Path) -> Command, kills: usize) -> DrainReport {
        let seed = std::env::var("KILL_SEED").map_or(20, |seed| seed.parse().unwrap());
        let mut random = fastrand::Rng::with_seed(seed);
        let mut report = DrainReport::default();
        let (mut seen, begun) = (Seen::new(), Instant::now());
        while report.kills < kills {
            let mut child = start(worker(self.data.path()));
            let more = self.watch(&mut seen, &mut report.wrongs) + random.usize(0..4);
            let killed = loop {
                let verdicts = self.watch(&mut seen, &mut report.wrongs);
                if child.try_wait().unwrap().is_some() {
                    break false;
                }
                if verdicts >= more && self.in_flight() > 0 {
                    sleep(Duration::from_micros(random.u64(0..40_000)));
                    child.kill().unwrap();
                    child.wait().unwrap();
                    break true;
                }
                sleep(Duration::from_millis(1));
            };
            if !killed {
                break;
            }
            report.kills += 1;
            report.survivors = self.watch(&mut seen, &mut report.wrongs);
        }
        let mut last = start(worker(self.data.path()));
        while last.try_wait().unwrap().is_none() {
            self.watch(&mut seen, &mut report.wrongs);
            sleep(Duration::from_millis(5));
        }
        if !last.wait().unwrap().success() {
            report.wrongs.insert("the last worker failed".to_owned());
        }
        self.watch(&mut seen, &mut report.wrongs);
        report.elapsed = begun.elapsed();
        self.judge(&mut report);
        report
    }

    /// Looks at all verdicts and says which were written again or are gone; returns how many there are.
    fn watch(&self, seen: &mut Seen, wrongs: &mut BTreeSet<String>) -> usize {
        let now = self.stamps();
        for (path, stamp) in seen.iter() {
            match now.get(path) {
                Some(found) if found == stamp => {}
                Some(found) if found.digest == stamp.digest => {
                    wrongs.insert(format!("{} was written again", path.display()));
                }
                Some(_) => _ = wrongs.insert(format!("{} changed", path.display())),
                None => _ = wrongs.insert(format!("{} is gone", path.display())),
            }
        }
        *seen = now;
        seen.len()
    }

    fn stamps(&self) -> Seen {
        let stamp = |path: PathBuf| {
            let about = fs::metadata(&path).ok()?;
            let digest = Digest::of(&fs::read(&path).ok()?);
            Some((path, Stamp { inode: about.ino(), modified: (about.mtime(), about.mtime_nsec()), digest }))
        };
        verdict_files(&self.data.path().join("store/verdicts")).into_iter().filter_map(stamp).collect()
    }

    fn verdicts(&self) -> BTreeMap<String, String> {
        let root = self.data.path().join("store/verdicts");
        let entry = |path: PathBuf| {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            (name, fs::read_to_string(&path).unwrap())
        };
        verdict_files(&root).into_iter().map(entry).collect()
    }

    /// What must hold in the end.
    fn judge(&self, report: &mut DrainReport) {
        let verdicts = self.verdicts();
        let submissions: BTreeSet<&str> = verdicts.keys().filter_map(|name| name.split('/').next()).collect();
        let mut demand = |holds: bool, wrong: String| {
            if !holds {
                report.wrongs.insert(wrong);
            }
        };
        let counts = (verdicts.len(), submissions.len());
        demand(counts == (SUBMISSIONS, SUBMISSIONS), format!("verdicts, submissions: {counts:?}"));
        let left = block_on(async { self.queue("submissions").backlog().await.unwrap() });
        demand(left.is_empty(), format!("left in the queue: {left:?}"));
        let dead = block_on(async { self.queue("submissions").dead_letters().await.unwrap() });
        demand(dead.is_empty(), format!("{} dead letters", dead.len()));
        let unnamed = fs::read_dir(self.data.path().join("store/.new")).unwrap().count();
        demand(unnamed == 0, format!("{unnamed} half-written files"));

        let request = Receive { max: 10_000, wait: Duration::ZERO, lease: LEASE };
        let announced = block_on(async { self.queue("verdicts").receive(request).await.unwrap() });
        let mut by_id = BTreeMap::new();
        for delivery in &announced {
            let event: Announcement = serde_json::from_slice(&delivery.body).unwrap();
            let key = event.data.verdict.strip_prefix("verdicts/").unwrap_or_default().to_owned();
            let published = verdicts.get(&key).map(|text| Digest::of(text.as_bytes()));
            demand(published == Some(event.data.digest), format!("{key} was announced and is not there"));
            let before = by_id.insert(event.id, delivery.body.clone());
            demand(before.is_none_or(|it| it == delivery.body), format!("{key} was announced in two ways"));
        }
        demand(by_id.len() == SUBMISSIONS, format!("{} verdicts were announced", by_id.len()));
        report.announcements = announced.len();
    }

    fn queue(&self, name: &str) -> LocalQueue {
        LocalQueue::open(&self.data.path().join(format!("queue/{name}.db"))).unwrap()
    }

    fn in_flight(&self) -> u64 {
        block_on(async { self.queue("submissions").backlog().await.unwrap().in_flight })
    }
}

impl std::fmt::Display for DrainReport {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "{} kills over {SUBMISSIONS} submissions, {} verdicts there at the last one; {} announcements; \
             {:.1} s; wrong: {}",
            self.kills,
            self.survivors,
            self.announcements,
            self.elapsed.as_secs_f64(),
            self.wrongs.len(),
        )
    }
}

fn verdict_files(root: &Path) -> Vec<PathBuf> {
    let files = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().map(|it| it.unwrap().path());
    let folders = fs::read_dir(root).into_iter().flatten().map(|it| it.unwrap().path());
    let is_verdict = |path: &PathBuf| !path.to_string_lossy().ends_with(".timings.json");
    folders.flat_map(files).filter(is_verdict).collect()
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).spawn().unwrap()
}

fn program(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
    command.args(args).arg("--data").arg(data).arg("--rules").arg(rules_folder());
    command
}

fn rules_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

/// A page with a text layer, as a payroll program would make it.
pub fn pay_stub(number: usize) -> Vec<u8> {
    let lines = [
        "Harbor Light Bakery".to_owned(),
        "Employee: Ines Okafor".to_owned(),
        format!("Employee ID: E{number:04}"),
        "Pay date: 10/30/2026".to_owned(),
        "Pay period: 10/12/2026 - 10/25/2026".to_owned(),
        format!("Gross pay: 1,{:03}.00", 200 + number),
    ];
    let mut text = String::from("BT /F1 12 Tf 72 720 Td 18 TL\n");
    for line in lines {
        writeln!(text, "({line}) Tj T*").unwrap();
    }
    text.push_str("ET");
    pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>",
        &format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ])
}

/// A PDF of these objects, the first of them its catalogue.
pub fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut file = String::from("%PDF-1.4\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (number, object) in (1..).zip(objects) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        writeln!(file, "{number} 0 obj\n{object}\nendobj").unwrap();
    }
    let (start, size) = (file.len(), objects.len() + 1);
    write!(
        file,
        "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    file.into_bytes()
}

/// This test program again, as a worker on a store that overwrites.
fn control(data: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let args = ["--exact", "kill::control_worker", "--ignored", "--nocapture"];
    command.args(args).env("KILL_CONTROL_DATA", data);
    command
}

#[test]
#[ignore = "a worker that the control starts and kills"]
fn control_worker() {
    let Some(data) = std::env::var_os("KILL_CONTROL_DATA").map(PathBuf::from) else { return };
    let queue = |name: &str| Arc::new(LocalQueue::open(&data.join("queue").join(name)).unwrap());
    let edges = Edges {
        live: queue("submissions.db"),
        backlog: None,
        verdicts: vec![queue("verdicts.db")],
        store: Arc::new(Overwriting(LocalStore::open(&data.join("store")).unwrap())),
        reader: Arc::new(BlindReader),
        rules: Arc::new(Rulebook::new(rules())),
        name: "control".into(),
    };
    let settings = Settings {
        in_flight: 4,
        cpu: 2,
        lease: LEASE,
        wait: LEASE,
        deadline: Duration::from_secs(60),
        grace: LEASE,
        limits: Limits { file_bytes: 1 << 20, upload_bytes: 1 << 20 },
        patience: Patience { missing_file: 2, unended: 9, first_delay: LEASE / 10, longest_delay: LEASE },
    };
    let worked = async { Worker::new(edges, settings).run(Until::Empty, Default::default(), |_| {}).await };
    block_on(worked).unwrap();
}

/// A store that is broken in one way only: what is there already is written again.
struct Overwriting(LocalStore);

impl Store for Overwriting {
    async fn fetch(&self, file: &FileRef, limit: u64) -> Result<Vec<u8>, FetchError> {
        self.0.fetch(file, limit).await
    }

    async fn metadata(&self, file: &FileRef) -> Result<BTreeMap<String, String>, FetchError> {
        self.0.metadata(file).await
    }

    async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key).await
    }

    async fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.0.put(key, bytes).await
    }

    async fn create_if_absent(&self, key: &Key, bytes: &[u8]) -> Result<Created, StoreError> {
        self.0.put(key, bytes).await.map(|()| Created::New)
    }
}

/// A reader that sees blank documents: the control is about the store.
struct BlindReader;

impl Reader for BlindReader {
    fn read(&self, bytes: Vec<u8>) -> Result<ReadDocument, ReaderError> {
        let reading = Reading {
            document: Digest::of(&bytes),
            media_type: None,
            pages: Vec::new(),
            fault: None,
            origin: None,
            readers: self.identity(),
        };
        Ok(ReadDocument { reading, stages: BTreeMap::new() })
    }

    fn identity(&self) -> Vec<document::Reader> {
        vec![document::Reader { name: "blind".to_owned(), version: "1".to_owned() }]
    }
}

fn rules() -> Rules {
    fn collect(root: &Path, folder: &Path, files: &mut Vec<RuleFile>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, files);
            } else if path.extension().is_some_and(|it| it == "yaml") {
                let text = fs::read_to_string(&path).unwrap();
                files.push(RuleFile { path: path.strip_prefix(root).unwrap().display().to_string(), text });
            }
        }
    }
    let mut files = Vec::new();
    collect(&rules_folder(), &rules_folder(), &mut files);
    Rules::load(files).unwrap()
}
