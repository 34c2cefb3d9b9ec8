//! Documents are read in child processes that are locked in: what such a process cannot do, and what becomes of a
//! document whose process dies.
//!
//! The children are found by what the program logs of them. The probe is the program itself, which tries, locked in
//! as a child is, what a child must not be able to do; unlocked, it is the control that must succeed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use document::Digest;
use rustix::process::{Pid, Signal, kill_process};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};
use serde_json::Value;

use super::kill::{pay_stub, pdf};

/// A page that takes a reader much longer than it takes to kill it.
const SCAN: &str = "fixtures/blank-page-scan/scan.jpg";

#[test]
fn a_locked_process_reaches_nothing_outside_itself() {
    let probe = |args: &[&str]| -> BTreeMap<String, String> {
        let output = vouch(&["read-child", "--probe"]).args(args).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().map(|line| line.split_once('\t').unwrap()).map(|(a, b)| (a.into(), b.into())).collect()
    };
    let control = probe(&["--unlocked"]);
    assert_eq!(control.len(), 14);
    for (name, outcome) in &control {
        assert_eq!(outcome, "ok", "{name}: the test cannot fail");
    }
    let locked = probe(&[]);
    assert_eq!(locked.keys().collect::<Vec<_>>(), control.keys().collect::<Vec<_>>());
    for (name, outcome) in &locked {
        let refused = outcome.contains("not permitted") || outcome.contains("out of memory");
        assert_eq!(refused, name != "start a thread", "{name}: {outcome}");
    }
}

#[test]
fn a_document_whose_reader_is_killed_once_is_read_all_the_same() {
    let calm = vouch(&["verify", "--json", SCAN]).output().unwrap();
    let killed = Watched::start(&["verify", "--json", SCAN]).kill(|nth, _| nth == 0);
    assert_eq!(killed.killed, 1, "{}", killed.log);
    assert_eq!(killed.output, String::from_utf8(calm.stdout).unwrap(), "{}", killed.log);
    assert_eq!(killed.status, calm.status);
}

#[test]
fn a_document_that_kills_its_reader_twice_goes_to_a_person_and_harms_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let scan = fs::read(root().join(SCAN)).unwrap();
    fs::write(folder.path().join("bad.jpg"), &scan).unwrap();
    fs::write(folder.path().join("good.pdf"), pay_stub(1)).unwrap();
    let many = submissions(folder.path(), &["bad.jpg", "good.pdf"]);
    let bad = Digest::of(&scan).to_string();
    let args = ["verify", "--json", "--submissions", many.to_str().unwrap()];
    let watched = Watched::start(&args).kill(|_, document| document == bad);
    assert_eq!(watched.killed, 2, "{}", watched.log);
    assert!(watched.status.success(), "{}", watched.log);
    let lines = watched.output;
    let verdicts: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [bad, good] = verdicts.as_slice() else { panic!("{lines}") };
    assert_eq!(bad["disposition"], "review");
    let failed = bad["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "upload/unsafe").unwrap();
    assert_eq!(failed["reason"], "file 1 could not be read safely: it ended its reader");
    assert_eq!(good["documents"].as_array().unwrap().len(), 1, "{good}");
}

#[test]
fn readers_do_not_outlive_their_parent() {
    let mut watched = Watched::start(&["verify", SCAN]);
    let (pid, _) = watched.next_reading().unwrap();
    watched.program.kill().unwrap();
    watched.program.wait().unwrap();
    let since = Instant::now();
    while Path::new(&format!("/proc/{pid}/cmdline")).exists() {
        assert!(since.elapsed() < Duration::from_secs(5), "process {pid} reads on for nobody");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn where_the_kernel_lacks_something_it_is_said_or_refused_as_set() {
    let folder = tempfile::tempdir().unwrap();
    let stub = folder.path().join("stub.pdf");
    fs::write(&stub, pay_stub(1)).unwrap();
    let cases = [
        (None, "require", 10, ""),
        (Some(libc::SYS_landlock_create_ruleset), "prefer", 10, "lacks=\"landlock (this kernel lacks it)\""),
        (
            Some(libc::SYS_landlock_create_ruleset),
            "require",
            1,
            "demands what this machine does not have: landlock",
        ),
        (Some(libc::SYS_seccomp), "prefer", 10, "lacks=\"seccomp ("),
        (Some(libc::SYS_seccomp), "require", 1, "demands what this machine does not have: seccomp"),
    ];
    for (missing, isolation, status, said) in cases {
        let mut command = vouch(&["verify", stub.to_str().unwrap(), "--isolation", isolation]);
        let output = without(missing, move || command.output().unwrap());
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{missing:?} {isolation}: {log}");
        assert!(log.contains(said) && (said.is_empty() == log.is_empty()), "{missing:?} {isolation}: {log}");
    }
}

#[test]
fn a_reading_is_the_same_however_many_processes_there_are() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("long.pdf"), long_pdf(23)).unwrap();
    let many = submissions(folder.path(), &["long.pdf"]);
    let readings = ["1", "3"].map(|workers| {
        let data = folder.path().join(workers);
        let run = |args: &[&str]| {
            let output = vouch(args).arg("--data").arg(&data).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        run(&["submit", "--submissions", many.to_str().unwrap()]);
        run(&["work", "--until-empty", "--workers", workers]);
        let stored = files(&data.join("store/readings"));
        assert_eq!(stored.len(), 1, "{stored:?}");
        fs::read_to_string(&stored[0]).unwrap()
    });
    let pages = serde_json::from_str::<Value>(&readings[0]).unwrap()["pages"].as_array().unwrap().len();
    assert_eq!(pages, 23);
    assert_eq!(readings[0], readings[1]);
}

#[test]
fn a_reader_that_has_read_many_documents_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("stub.pdf"), pay_stub(1)).unwrap();
    // So many that one would read more than 200 if none were replaced.
    let count = 1 + 200 * thread::available_parallelism().unwrap().get();
    let many = submissions(folder.path(), &vec!["stub.pdf"; count]);
    let args = ["verify", "--json", "--submissions", many.to_str().unwrap()];
    let watched = Watched::start(&args).kill(|_, _| false);
    assert!(watched.status.success(), "{}", watched.log);
    let mut read: BTreeMap<u64, usize> = BTreeMap::new();
    for (pid, _) in watched.log.lines().filter_map(reading) {
        *read.entry(pid).or_default() += 1;
    }
    assert_eq!(read.values().sum::<usize>(), count);
    assert!(read.values().all(|count| *count <= 200), "{read:?}");
}

/// The program at work, with its log read line by line.
struct Watched {
    program: Child,
    output: JoinHandle<String>,
    lines: Lines<BufReader<ChildStderr>>,
    log: String,
}

/// What came of it.
struct Done {
    killed: usize,
    status: ExitStatus,
    output: String,
    log: String,
}

impl Watched {
    fn start(args: &[&str]) -> Self {
        let mut command = vouch(args);
        command.args(["--log", "debug", "--log-format", "json"]);
        let mut program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = program.stdout.take().unwrap();
        let output = thread::spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).unwrap();
            text
        });
        let lines = BufReader::new(program.stderr.take().unwrap()).lines();
        Self { program, output, lines, log: String::new() }
    }

    /// The next process that is given a page, and the digest of its document.
    fn next_reading(&mut self) -> Option<(u64, String)> {
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            writeln!(self.log, "{line}").unwrap();
            if let Some(found) = reading(&line) {
                return Some(found);
            }
        }
        None
    }

    /// Kills those processes that `doomed` names, by how many were killed before and by their document.
    fn kill(mut self, doomed: impl Fn(usize, &str) -> bool) -> Done {
        let mut killed = 0;
        while let Some((pid, document)) = self.next_reading() {
            if doomed(killed, &document) {
                let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
                kill_process(pid, Signal::KILL).unwrap();
                killed += 1;
            }
        }
        let (status, output) = (self.program.wait().unwrap(), self.output.join().unwrap());
        Done { killed, status, output, log: self.log }
    }
}

fn reading(line: &str) -> Option<(u64, String)> {
    let fields = &serde_json::from_str::<Value>(line).unwrap()["fields"];
    let document = (fields["message"] == "reading").then(|| fields["document"].as_str())??;
    Some((fields["pid"].as_u64()?, document.to_owned()))
}

/// Runs `work` on a kernel that lacks a call.
fn without<T: Send>(call: Option<libc::c_long>, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            if let Some(call) = call {
                let missing = SeccompAction::Errno(libc::ENOSYS as u32);
                let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
                let rules = [(call, Vec::new())].into();
                let filter = SeccompFilter::new(rules, SeccompAction::Allow, missing, arch).unwrap();
                apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
            }
            work()
        });
        run.join().unwrap()
    })
}

/// Income submissions of one file each, a line each.
fn submissions(folder: &Path, files: &[&str]) -> PathBuf {
    let mut lines = String::new();
    for (number, file) in files.iter().enumerate() {
        let submission = serde_json::json!({
            "schema": "vouch/submission/1", "submission_id": format!("s-{number}"), "case_id": "88-1",
            "program": "medi-cal", "proof_of": "income", "received_date": "2026-11-02", "files": [file],
            "applicant": {"first_name": "Ines", "last_name": "Okafor"},
        });
        writeln!(lines, "{submission}").unwrap();
    }
    let many = folder.join("many.jsonl");
    fs::write(&many, lines).unwrap();
    many
}

/// A document of so many pages with a text layer, each with words of its own.
fn long_pdf(pages: usize) -> Vec<u8> {
    let number = |page: usize| 4 + 2 * page;
    let kids: String = (0..pages).map(|page| format!("{} 0 R ", number(page))).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for page in 0..pages {
        let text = format!("BT /F1 12 Tf 72 720 Td (Statement page {page} of account {page}{page}) Tj ET");
        let contents = number(page) + 1;
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {contents} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>"
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()));
    }
    pdf(&objects.iter().map(String::as_str).collect::<Vec<_>>())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn vouch(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
    command.args(args).env_clear().env("HOME", "/nonexistent").current_dir(root());
    command
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
