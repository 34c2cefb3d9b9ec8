//! Every fixture gets the verdict that it must get: the whole way, through queue and store, from the file to the
//! disposition; and what an operator sees of it names nobody. How well each field is read is left to `vouch evaluate`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::telemetry::{Collector, found_in, free_address, get};

/// What a case must come to, as its folder says.
#[derive(Debug, Deserialize)]
struct Expected {
    disposition: String,
    #[serde(default)]
    disposition_any_of: Vec<String>,
    documents: Vec<ExpectedDocument>,
}

#[derive(Debug, Deserialize)]
struct ExpectedDocument {
    #[serde(rename = "type")]
    document_type: String,
}

#[test]
fn ocr_every_fixture_gets_its_verdict_and_telemetry_names_nobody() {
    let cases = cases();
    assert!(cases.len() >= 24, "only {} cases", cases.len());
    let run = Run::of(&cases);
    let verdicts = &run.verdicts;
    let needless = needless_reviews();
    let judge = |case: &PathBuf| {
        let verdict = verdicts.get(&name(case));
        let reviewed = verdict.is_some_and(|verdict| verdict["disposition"] == "review");
        match (difference(case, verdict), needless.contains(&name(case))) {
            (Some(_), true) if reviewed => None,
            (None, true) => Some(format!("  {}: comes right, take it off needless-reviews.txt", name(case))),
            (difference, _) => difference,
        }
    };
    let wrong: Vec<String> = cases.iter().filter_map(judge).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    run.shows_the_operator_what_was_done();
    run.names_nobody(&cases);
}

/// The honest cases that a caseworker still sees.
fn needless_reviews() -> BTreeSet<String> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/needless-reviews.txt");
    let text = fs::read_to_string(list).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// The folders that hold a submission, in `fixtures` and one deeper.
fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = |root: &Path| -> Vec<PathBuf> {
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    };
    let mut cases: Vec<_> = folders(&root).into_iter().chain(folders(&root.join("malformed"))).collect();
    cases.retain(|folder| folder.join("submission.json").exists());
    cases.sort();
    cases
}

/// All cases worked on by one worker, and what an operator sees of it.
struct Run {
    verdicts: BTreeMap<String, Value>,
    /// Of everything down to debug.
    log: String,
    metrics: String,
    traces: String,
}

impl Run {
    fn of(cases: &[PathBuf]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let many = folder.path().join("all.jsonl");
        fs::write(&many, cases.iter().map(|case| format!("{}\n", submission(case))).collect::<String>())
            .unwrap();
        let data = folder.path().join("data");
        output(vouch(&data).args(["submit", "--submissions"]).arg(&many));

        let (collector, address, log) = (Collector::start(), free_address(), folder.path().join("log"));
        let worker = vouch(&data)
            .args(["work", "--until-empty", "--log", "debug", "--log-format", "json"])
            .args(["--listen", &address.to_string(), "--traces", &format!("http://{}", collector.address)])
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let metrics = last_metrics(worker, address);
        let verdicts = output(vouch(&data).args(["verdicts", "--json"]));
        let verdicts = verdicts.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        Self {
            verdicts: verdicts.map(|it| (it["submission_id"].as_str().unwrap().to_owned(), it)).collect(),
            log: fs::read_to_string(&log).unwrap(),
            metrics,
            traces: collector.text(),
        }
    }

    /// Without this, that nobody is named would prove nothing.
    fn shows_the_operator_what_was_done(&self) {
        let seen = |text: &str| self.verdicts.keys().filter(|id| text.contains(id.as_str())).count();
        assert_eq!(seen(&self.log), self.verdicts.len(), "the log has each submission");
        assert!(seen(&self.traces) > self.verdicts.len() / 2, "the traces have most: {}", seen(&self.traces));
        for name in [
            "vouch_verdicts_total{type=\"pay_stub\",disposition=\"verified\"}",
            "vouch_stage_seconds_bucket{stage=\"read\"",
            "vouch_message_age_seconds_count{lane=\"live\"}",
            "vouch_deliveries_total{lane=\"live\",ending=\"verdict\"}",
            "vouch_queue_messages{lane=\"backlog\",state=\"visible\"}",
            "vouch_breaker_open 0",
        ] {
            assert!(self.metrics.contains(name), "{name} is missing in:\n{}", self.metrics);
        }
    }

    fn names_nobody(&self, cases: &[PathBuf]) {
        let particulars = self.particulars(cases);
        assert!(particulars.len() > 500, "only {}", particulars.len());
        // The numbers of metrics are times and counts; only their labels could name somebody.
        let labels = self.metrics.lines().filter_map(|line| line.rsplit_once(' ')).map(|(labels, _)| labels);
        let labels: Vec<&str> = labels.collect();
        for (what, text) in [("log", &self.log), ("metrics", &labels.join("\n")), ("traces", &self.traces)] {
            let found = found_in(text, &particulars);
            assert!(found.is_empty(), "the {what} have {found:?}");
        }
    }

    /// Names, numbers, addresses and amounts: what the submissions say of people and what was read in their papers.
    fn particulars(&self, cases: &[PathBuf]) -> Vec<String> {
        let mut particulars = BTreeSet::new();
        for case in cases {
            collect_texts(&submission(case)["applicant"], &mut particulars);
        }
        for verdict in self.verdicts.values() {
            for document in verdict["documents"].as_array().unwrap() {
                for field in document["fields"].as_object().unwrap().values() {
                    collect_texts(&field["value"], &mut particulars);
                }
            }
        }
        // Words of the program itself, and numbers so short that times and counts have them too.
        let is_telling = |text: &String| {
            let letters = text.chars().filter(|character| character.is_alphabetic()).count();
            let digits = text.chars().filter(char::is_ascii_digit).count();
            (letters >= 4 || digits >= 5)
                && !text.contains('_')
                && !OWN_WORDS.contains(&text.to_lowercase().as_str())
        };
        particulars.into_iter().filter(is_telling).collect()
    }
}

/// Values of fields that are words of the program too.
const OWN_WORDS: [&str; 8] =
    ["true", "false", "income", "monthly", "weekly", "biweekly", "semimonthly", "annual"];

/// All texts in a JSON value; of those with several words, each word of four letters or more as well.
fn collect_texts(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            texts.extend(text.split_whitespace().map(|word| word.trim_matches(',').to_owned()));
            texts.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| collect_texts(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| collect_texts(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The submission of a case, its files named in full.
fn submission(case: &Path) -> Value {
    let text = fs::read_to_string(case.join("submission.json")).unwrap();
    let mut submission: Value = serde_json::from_str(&text).unwrap();
    submission["submission_id"] = name(case).into();
    for file in submission["files"].as_array_mut().unwrap() {
        *file = case.join(file.as_str().unwrap()).display().to_string().into();
    }
    submission
}

/// Asks for the metrics until the worker ends, and returns the last ones.
fn last_metrics(mut worker: Child, address: std::net::SocketAddr) -> String {
    let mut last = String::new();
    loop {
        if let Some((200, metrics)) = get(address, "/metrics") {
            last = metrics;
        }
        if let Some(status) = worker.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return last;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn vouch(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("VOUCH_DATA", data);
    command
}

/// What a command that must succeed prints.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What is wrong with the verdict on a case, if anything is.
fn difference(case: &Path, verdict: Option<&Value>) -> Option<String> {
    let text = fs::read_to_string(case.join("expected.json")).unwrap();
    let expected: Expected = serde_json::from_str(&text).unwrap();
    let Some(verdict) = verdict else { return Some(format!("{}: no verdict", name(case))) };
    let found = verdict["disposition"].as_str().unwrap();
    let allowed = found == expected.disposition || expected.disposition_any_of.iter().any(|one| one == found);
    let types: Vec<&str> =
        verdict["documents"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    // What could not be read has no type to be wrong about.
    let wanted: Vec<&str> = expected.documents.iter().map(|one| one.document_type.as_str()).collect();
    let typed = wanted.iter().all(|one| types.contains(one)) || found == "resubmit";
    let open = verdict["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["outcome"] == "fail" || one["outcome"] == "inconclusive");
    let open: Vec<String> = open.map(|one| format!("{} ({})", one["rule"], one["reason"])).collect();
    (!allowed || !typed).then(|| {
        format!(
            "  {}: {found} {types:?}, must be {} {wanted:?}; {}",
            name(case),
            expected.disposition,
            open.join("; ")
        )
    })
}

fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}
