//! The pipeline between fakes, by a clock that stands still until told to move.

#![expect(clippy::disallowed_methods, reason = "tests read the repository's own files")]
#![expect(clippy::type_complexity, reason = "fakes share what they hold with the test")]

mod crashes;
pub mod fakes;
mod lanes;
mod leases;
mod messages;
mod trouble;
mod uploads;

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use fakes::{FakeQueue, FakeReader, FakeStore, Life, World};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use verify::rules::{RuleFile, Rules};

use crate::contract::{QueueBench, queue_keeps_its_contract, store_keeps_its_contract};
use crate::*;

const LEASE: Duration = Duration::from_secs(30);
const DEADLINE: Duration = Duration::from_secs(600);
const GRACE: Duration = Duration::from_secs(20);

fn settings() -> Settings {
    Settings {
        in_flight: 2,
        cpu: 2,
        lease: LEASE,
        wait: Duration::from_secs(5),
        deadline: DEADLINE,
        grace: GRACE,
        limits: Limits { file_bytes: 100, upload_bytes: 150 },
        patience: Patience {
            missing_file: 3,
            unended: 4,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(60),
        },
    }
}

/// The rules of the repository, loaded once: each of many lives has them.
static RULES: LazyLock<Rules> = LazyLock::new(rules);

fn rules() -> Rules {
    fn collect(root: &Path, folder: &Path, files: &mut Vec<RuleFile>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, files);
            } else if path.extension().is_some_and(|it| it == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push(RuleFile { path: path.strip_prefix(root).unwrap().display().to_string(), text });
            }
        }
    }
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules"));
    let mut files = Vec::new();
    collect(root, root, &mut files);
    Rules::load(files).unwrap()
}

/// Sends a submission with these documents; its files lie in the store.
pub async fn submit(world: &World, id: &str, documents: &[&str]) {
    let files: Vec<String> = documents
        .iter()
        .map(|document| {
            let name = format!("uploads/{}", document.replace(' ', "-"));
            world.values.lock().unwrap().insert(name.clone(), document.as_bytes().to_vec());
            name
        })
        .collect();
    send(world, id, &files).await;
}

/// A submission that names these files.
fn submission(id: &str, files: &[String]) -> serde_json::Value {
    serde_json::json!({
        "schema": "vouch/submission/1", "submission_id": id, "case_id": "88-1", "program": "medi-cal",
        "proof_of": "income", "received_date": "2026-11-02", "files": files,
        "applicant": {"first_name": "Ines", "last_name": "Okafor"},
    })
}

/// Sends a submission that names these files.
async fn send(world: &World, id: &str, files: &[String]) {
    let submission = submission(id, files);
    let queue = world.queue(&world.submissions, &Arc::default());
    queue.send(Message::new(submission.to_string().as_bytes())).await.unwrap();
}

type FakeWorker = Worker<FakeQueue, FakeStore, FakeReader>;

fn worker(world: &World, life: &Arc<Life>, reader: &Arc<FakeReader>, settings: Settings) -> FakeWorker {
    let edges = Edges {
        live: Arc::new(world.queue(&world.submissions, life)),
        backlog: Some(Arc::new(world.queue(&world.backlog, life))),
        verdicts: vec![Arc::new(world.queue(&world.verdicts, life))],
        store: Arc::new(world.store(life)),
        reader: Arc::clone(reader),
        rules: Arc::new(Rulebook::new(RULES.clone())),
        name: "worker-1".into(),
    };
    Worker::new(edges, settings)
}

/// A worker at work.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<(Result<(), RunError>, Vec<Report>)>,
}

impl Running {
    fn start(worker: FakeWorker, until: Until) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let mut reports = Vec::new();
            let result = worker
                .run(until, stopped, |event| {
                    if let Event::Ended(report) = event {
                        reports.push(report);
                    }
                })
                .await;
            (result, reports)
        });
        Self { stop, task }
    }

    async fn reports(self) -> Vec<Report> {
        let (result, reports) = self.task.await.unwrap();
        result.unwrap();
        reports
    }
}

/// Works until the queue is empty.
async fn drain(world: &World, reader: &Arc<FakeReader>) -> Vec<Report> {
    Running::start(worker(world, &Arc::default(), reader, settings()), Until::Empty).reports().await
}

/// Lets time pass although a document is being read, second by second so that everybody sees it pass.
async fn pass(time: Duration) {
    for _ in 0..time.as_secs() {
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
}

/// Lets the threads that compute go on until something has come of it.
async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        std::thread::sleep(Duration::from_millis(1));
        tokio::task::yield_now().await;
    }
}

/// How deliveries ended, as words.
fn endings(reports: &[Report]) -> Vec<String> {
    let word = |report: &Report| match &report.ending {
        Ending::Verdict { .. } => "verdict".to_owned(),
        Ending::DeadLettered { code } => format!("dead: {code}"),
        Ending::HandedBack { trouble: true } => "trouble".to_owned(),
        Ending::HandedBack { trouble: false } => "handed back".to_owned(),
        Ending::LeaseLost => "lease lost".to_owned(),
        Ending::Nothing => "nothing".to_owned(),
    };
    reports.iter().map(word).collect()
}

struct FakeBench(World);

impl QueueBench for FakeBench {
    type Queue = FakeQueue;

    fn queue(&self) -> FakeQueue {
        self.0.queue(&self.0.submissions, &Arc::default())
    }

    fn lease(&self) -> Duration {
        LEASE
    }

    async fn pass(&self, time: Duration) {
        tokio::time::advance(time).await;
    }

    async fn dead_letters(&self) -> Vec<(String, Vec<u8>)> {
        let dead = self.0.dead.lock().unwrap();
        dead.iter().map(|(letter, body)| (letter.code.to_owned(), body.clone())).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn the_fakes_are_honest() {
    queue_keeps_its_contract(async || FakeBench(World::default())).await;
    let world = World::default();
    let place = async |name: &str, bytes: &[u8]| {
        world.values.lock().unwrap().insert(name.to_owned(), bytes.to_vec());
    };
    store_keeps_its_contract(world.store(&Arc::default()), place).await;
}
