//! Announcements reach a webhook: signed, at least once, whatever the receiver answers and whoever dies.
//! What follows from which answer is tested beside its table, in `worker/src/notify/settle.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document::Digest;
use local::LocalQueue;
use pipeline::{Backlog as _, Depth, EVENT_TYPE, KeptLetter, Message, Queue as _, Receive, Settlement};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::receiver::{Hook, Reply, Request, SECRETS};
use crate::telemetry::free_address;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn every_announcement_is_delivered_once_and_signed_with_every_secret() {
    let bench = Bench::new();
    let bodies: BTreeMap<String, Vec<u8>> =
        (0..20).map(|number| (id(number), bench.announce(number))).collect();
    let hook = Hook::start(|_, _| Reply::status("204 No Content"));
    let output = bench.notify(&hook, &["--until-empty"]).output().unwrap();
    assert_eq!(status(&output), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "20 delivered, 0 given up\n");
    assert!(bench.depth().is_empty());

    let requests = hook.requests();
    assert_eq!(requests.len(), 20);
    for request in &requests {
        assert_eq!(request.line, "POST /hooks?to=vouch HTTP/1.1");
        assert_eq!(request.headers["content-type"], "application/cloudevents+json");
        assert_eq!(request.headers["traceparent"], TRACE);
        assert_eq!(Some(&request.body), bodies.get(request.id()), "the body as it was sent");
        request.verify();
    }
    assert_eq!(requests.iter().map(Request::id).collect::<BTreeSet<_>>().len(), 20);
}

#[test]
fn what_fails_is_offered_again_and_no_redirect_is_followed() {
    let bench = Bench::new();
    (0..3).for_each(|number| _ = bench.announce(number));
    let hook = Hook::start(|earlier, request| match (earlier, request.number()) {
        (0, 0) => Reply::status("503 Service Unavailable\r\nretry-after: 1"),
        (0, 1) => Reply::status("302 Found\r\nlocation: /elsewhere"),
        (0, _) => Reply::hang_up(),
        _ => Reply::status("200 OK"),
    });
    let output = bench.notify(&hook, &["--until-empty", "--json"]).output().unwrap();
    assert_eq!(status(&output), Some(0), "{}", stderr(&output));
    let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let with = |ending: &str| lines.iter().filter(|line| line["ending"] == ending).collect::<Vec<_>>();
    assert_eq!((with("handed_back").len(), with("delivered").len()), (3, 3), "{lines:?}");
    assert!(with("delivered").iter().all(|line| line["attempt"] == 2 && line["status"] == 200), "{lines:?}");
    let requests = hook.requests();
    assert!(requests.iter().all(|request| request.line.starts_with("POST /hooks")));
    requests.iter().for_each(Request::verify);
    assert_eq!(requests.len(), 6);
}

#[test]
fn what_only_one_announcement_is_refused_for_is_kept_with_its_reason() {
    let bench = Bench::new();
    (0..3).for_each(|number| _ = bench.announce(number));
    bench.send(b"no announcement");
    bench.deliver_often(16);
    let hook = Hook::start(|_, request| match request.number() {
        0 => Reply::status("200 OK"),
        1 => Reply::status("422 Unprocessable Content"),
        _ => Reply::status("410 Gone"),
    });
    // One after the other, so that the first is taken before the others are refused.
    let output = bench.notify(&hook, &["--until-empty", "--deliveries", "1"]).output().unwrap();
    assert_eq!(status(&output), Some(3), "{}", stderr(&output));
    assert_eq!(stdout(&output), "1 delivered, 3 given up\n");
    assert!(stderr(&output).contains("s-1 was given up: webhook_refused"), "{}", stderr(&output));
    let letters = bench.dead_letters();
    let codes: Vec<_> = letters.iter().map(|letter| letter.code.as_str()).collect();
    assert_eq!(codes, ["webhook_refused", "webhook_refused", "malformed"]);
    assert_eq!(letters[0].detail, "the webhook answered 422 on delivery 17");
    let shown = bench.vouch(&["dead-letters"]).output().unwrap();
    assert!(
        stdout(&shown).contains("s-1") && stdout(&shown).contains("webhook_refused"),
        "{}",
        stdout(&shown)
    );
}

#[test]
fn an_outage_costs_no_announcement_and_few_deliveries() {
    for refusal in ["503 Service Unavailable", "401 Unauthorized", "400 Bad Request", "410 Gone"] {
        let bench = Bench::new();
        (0..50).for_each(|number| _ = bench.announce(number));
        bench.deliver_often(16);
        let hook = Hook::start(move |_, _| Reply::status(refusal));
        let worker = Running::start(bench.notify(&hook, &[]));
        hook.wait_for(9);
        let (status, _) = worker.terminate();
        assert_eq!(status, Some(0), "{refusal}");
        assert!(hook.requests().len() <= 10, "{refusal}: {}", hook.requests().len());
        assert_eq!((bench.depth().total(), bench.dead_letters().len()), (50, 0), "{refusal}");
    }
}

#[test]
fn what_is_on_its_way_is_finished_and_nothing_more_is_taken() {
    let bench = Bench::new();
    (0..2).for_each(|number| _ = bench.announce(number));
    let (answer, answered) = watch::channel(false);
    let hook = Hook::start(move |_, _| Reply { after: Some(answered.clone()), ..Reply::status("200 OK") });
    let mut worker = Running::start(bench.notify(&hook, &["--deliveries", "1", "--log", "info"]));
    hook.wait_for(1);
    worker.signal(Signal::TERM);
    worker.wait_for("nothing more is received");
    answer.send(true).unwrap();
    let (status, stdout) = worker.end();
    assert_eq!((status, stdout.as_str()), (Some(0), "1 delivered, 0 given up\n"));
    assert_eq!((hook.requests().len(), bench.depth()), (1, Depth { visible: 1, ..Depth::default() }));
}

#[test]
fn what_was_delivered_when_we_died_comes_again_with_the_same_id() {
    let bench = Bench::new();
    bench.announce(0);
    let hook = Hook::start(|earlier, _| match earlier {
        // The receiver has it; nobody will hear so.
        0 => Reply { after: Some(watch::channel(false).1), ..Reply::status("200 OK") },
        _ => Reply::status("200 OK"),
    });
    let killed = Running::start(bench.notify(&hook, &[]));
    hook.wait_for(1);
    killed.signal(Signal::KILL);
    assert_eq!(killed.end(), (None, String::new()));
    assert_eq!(bench.depth().in_flight, 1);
    bench.end_leases();
    let output = bench.notify(&hook, &["--until-empty"]).output().unwrap();
    assert_eq!(stdout(&output), "1 delivered, 0 given up\n", "{}", stderr(&output));
    let requests = hook.requests();
    let ids: Vec<_> = requests.iter().map(|request| (request.id(), &request.body)).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn health_says_whether_the_program_beside_it_goes_on() {
    let bench = Bench::new();
    let hook = Hook::start(|_, _| Reply::status("200 OK"));
    let port = free_address().port();
    let (here, everywhere) = (format!("127.0.0.1:{port}"), format!("0.0.0.0:{port}"));
    let ask = |args: &[&str]| bench.vouch(&[&["health"], args].concat()).output().unwrap();
    let asked_nobody = ask(&[]);
    assert_eq!(status(&asked_nobody), Some(2), "{}", stderr(&asked_nobody));
    let alone = ask(&["--listen", &everywhere]);
    assert_eq!(status(&alone), Some(1), "{}", stderr(&alone));
    assert!(stderr(&alone).contains(&format!("nobody answers at {here}")), "{}", stderr(&alone));
    let mut running = Running::start(bench.notify(&hook, &["--listen", &here, "--log", "info"]));
    running.wait_for("answering /healthz");
    let beside = ask(&["--listen", &everywhere]);
    assert_eq!((status(&beside), stdout(&beside).as_str()), (Some(0), "ok\n"), "{}", stderr(&beside));
    assert_eq!(running.terminate().0, Some(0));
}

#[test]
fn settings_that_cannot_work_are_refused_without_their_secrets() {
    let bench = Bench::new();
    let weak = bench.data.path().join("weak");
    fs::write(&weak, STANDARD.encode("verysecret")).unwrap();
    let (weak, good) = (weak.display().to_string(), bench.secrets().display().to_string());
    let cases: &[(&[&str], &str)] = &[
        (&[], "name a URL with --webhook"),
        (&["--webhook", "http://localhost/"], "name a file with --webhook-secret-file"),
        (&["--webhook", "localhost/verysecret", "--webhook-secret-file", &good], "the webhook is no URL"),
        (&["--webhook", "ftp://verysecret@localhost/", "--webhook-secret-file", &good], "and not ftp:"),
        (&["--webhook", "http://localhost/", "--webhook-secret-file", &weak], "line 1: 10 bytes"),
        (
            &["--webhook", "http://localhost/", "--webhook-secret-file", "/nowhere"],
            "/nowhere: cannot be read",
        ),
    ];
    for (args, says) in cases {
        let output = bench.vouch(&[&["notify", "--until-empty"], *args].concat()).output().unwrap();
        assert_eq!(status(&output), Some(2), "{args:?}");
        let stderr = stderr(&output);
        assert!(
            stderr.contains(says) && !stderr.contains("secret@") && !stderr.contains("/verysecret"),
            "{stderr}"
        );
    }
}

/// A data folder with announcements in it, and the secrets to sign them with.
struct Bench {
    data: TempDir,
    runtime: Runtime,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { data: tempfile::tempdir().unwrap(), runtime: Runtime::new().unwrap() };
        let secrets = SECRETS.map(|secret| format!("whsec_{}\n", STANDARD.encode(secret)));
        fs::write(bench.secrets(), secrets.concat()).unwrap();
        bench
    }

    fn secrets(&self) -> PathBuf {
        self.data.path().join("secrets")
    }

    fn queue(&self) -> LocalQueue {
        LocalQueue::open(&self.data.path().join("queue/verdicts.db")).unwrap()
    }

    fn send(&self, body: &[u8]) {
        self.runtime.block_on(self.queue().send(Message { body, trace: Some(TRACE) })).unwrap();
    }

    fn announce(&self, number: usize) -> Vec<u8> {
        let event = json!({
            "specversion": "1.0", "id": id(number), "source": "/vouch/worker", "type": EVENT_TYPE,
            "subject": format!("s-{number}"), "datacontenttype": "application/json",
            "data": {"case_id": "88-1", "disposition": "review", "verdict": format!("verdicts/s-{number}/1.json"),
                     "digest": Digest::of(b"verdict")},
        });
        let body = event.to_string().into_bytes();
        self.send(&body);
        body
    }

    /// Has every message delivered so often, to somebody who hands it back.
    fn deliver_often(&self, times: u32) {
        let request = Receive { max: 1000, wait: Duration::ZERO, lease: Duration::from_secs(60) };
        self.runtime.block_on(async {
            for _ in 0..times {
                let queue = self.queue();
                for delivery in queue.receive(request).await.unwrap() {
                    let back = Settlement::HandBack { delay: Duration::ZERO };
                    queue.settle(&delivery, &back).await.unwrap();
                }
            }
        });
    }

    /// Lets the time pass that is left of all leases, by handing back what was leased to others.
    fn end_leases(&self) {
        let ahead = Arc::new(AtomicU64::new(3600));
        let clock = Arc::clone(&ahead);
        let path = self.data.path().join("queue/verdicts.db");
        let clock = move || SystemTime::now() + Duration::from_secs(clock.load(Ordering::Relaxed));
        let queue = LocalQueue::open_with_clock(&path, Arc::new(clock)).unwrap();
        let request = Receive { max: 1000, wait: Duration::ZERO, lease: Duration::from_secs(60) };
        self.runtime.block_on(async {
            let deliveries = queue.receive(request).await.unwrap();
            ahead.store(0, Ordering::Relaxed);
            for delivery in deliveries {
                queue.settle(&delivery, &Settlement::HandBack { delay: Duration::ZERO }).await.unwrap();
            }
        });
    }

    fn depth(&self) -> Depth {
        self.runtime.block_on(self.queue().backlog()).unwrap()
    }

    fn dead_letters(&self) -> Vec<KeptLetter> {
        self.runtime.block_on(self.queue().dead_letters()).unwrap()
    }

    fn notify(&self, hook: &Hook, args: &[&str]) -> Command {
        let mut command = self.vouch(&["notify", "--webhook", &hook.url]);
        command.arg("--webhook-secret-file").arg(self.secrets()).args(args);
        command
    }

    fn vouch(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
        command.env_clear().args(args).arg("--data").arg(self.data.path());
        command
    }
}

/// The program, running. It is killed if the test fails.
struct Running(Child);

impl Running {
    fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Reads log lines until one says this.
    fn wait_for(&mut self, says: &str) {
        let mut log = String::new();
        let stderr = self.0.stderr.as_mut().unwrap();
        while !log.contains(says) {
            let mut byte = [0];
            assert_eq!(stderr.read(&mut byte).unwrap(), 1, "{log}");
            log.push(char::from(byte[0]));
        }
    }

    fn terminate(self) -> (Option<i32>, String) {
        self.signal(Signal::TERM);
        self.end()
    }

    fn end(mut self) -> (Option<i32>, String) {
        let mut stdout = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        (self.0.wait().unwrap().code(), stdout)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

fn id(number: usize) -> String {
    format!("v{number}")
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
