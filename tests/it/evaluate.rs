//! `vouch evaluate` over a tiny set made of fixtures whose words are in their files, so that nothing need be recognised.
//! What each figure means is tested beside the code that counts it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A fixture as one document of the set: its folder, its file, and what is changed about its label.
type Entry<'a> = (&'a str, &'a str, Value);

#[test]
fn a_set_is_measured_saved_and_compared() {
    let set = set(&[
        ("pay-stub-pdf-adp-verified", "stub.pdf", json!({})),
        ("pay-stub-pdf-name-mismatch", "stub.pdf", json!({"expected": ["review", "resubmit"]})),
        ("w2-pdf-irs-verified", "w2-2025.pdf", json!({"document_type": "pay_stub", "fields": {}})),
    ]);
    let baseline = set.path().join("baseline.json");
    let run = evaluate(&set, &["--json", "--save-baseline", baseline.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let found: Value = serde_json::from_slice(&run.stdout).unwrap();
    holds_the_contract("evaluation", &found);
    let summary = &found["summary"];
    assert_eq!(summary["types"]["right"], 2);
    let confusion = json!([{"labelled": "pay_stub", "found": "w2", "files": 1}]);
    assert_eq!(summary["types"]["confusions"], confusion);
    assert_eq!(summary["fields"]["all"]["all"]["f1"], 1.0, "{}", found["files"]);
    let judged = &summary["dispositions"];
    assert_eq!(judged["all"]["review or resubmit"], json!({"verified": 0, "review": 1, "resubmit": 0}));
    assert_eq!(judged["straight_through"], json!({"part": 2, "whole": 2, "share": 1.0}));
    assert_eq!(judged["false_accepts"][0]["why"], "wrong_type");

    let saved: Value = serde_json::from_str(&fs::read_to_string(&baseline).unwrap()).unwrap();
    assert_eq!(saved, found);
    let again = evaluate(&set, &["--json", "--baseline", baseline.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    let lines = String::from_utf8(again.stdout).unwrap();
    let comparison: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    holds_the_contract("comparison", &comparison);
    assert_eq!((&comparison["files"], &comparison["changed"]), (&json!(3), &json!([])));
}

#[test]
fn what_got_worse_or_is_not_enough_ends_with_its_status() {
    let entry = |changes| ("pay-stub-pdf-adp-verified", "stub.pdf", changes);
    let set = set(&[entry(json!({}))]);
    let baseline = set.path().join("baseline.json");
    let saved = evaluate(&set, &["--save-baseline", baseline.to_str().unwrap()]);
    assert_eq!(saved.status.code(), Some(0), "{}", stderr(&saved));
    // A value that is labelled otherwise now is as if it were read wrong now; findings rest on it.
    relabel(&set, &entry(json!({"fields": {"pay_date": "2026-10-24", "hours": "70.75"}})));
    let baseline = baseline.to_str().unwrap();
    let cases: [(&[&str], i32, &str); 6] = [
        (&["--baseline", baseline], 4, "field F1 "),
        (&["--baseline", baseline, "--tolerance", "1"], 4, "false accepts"),
        (&["--most-false-accepts", "0"], 4, "rests on values that were read wrong"),
        (&["--most-false-accepts", "1", "--least-straight-through", "1", "--least-types", "1"], 0, ""),
        (&["--least-f1", "0.9"], 4, "field F1: 0.500"),
        (&["--least-straight-through", "1.1"], 4, "straight-through: 1 of 1"),
    ];
    for (args, status, text) in cases {
        let run = evaluate(&set, args);
        assert_eq!(run.status.code(), Some(status), "{args:?}: {}", stderr(&run));
        let printed = String::from_utf8(run.stdout).unwrap();
        assert!(printed.contains(text), "{args:?}: {printed}");
    }
    let nonsense = set.path().join("labels.jsonl");
    assert_eq!(evaluate(&set, &["--baseline", nonsense.to_str().unwrap()]).status.code(), Some(3));
    assert_eq!(evaluate(&set, &["--baseline", "/nowhere/baseline.json"]).status.code(), Some(2));
    assert_eq!(evaluate(&set, &["--report", "/nowhere/report.html"]).status.code(), Some(2));
}

#[test]
fn a_report_shows_misses_on_the_page() {
    let changed =
        json!({"fields": {"pay_date": "2026-10-24", "employee_ssn": "000-00-0000"}, "complete": true});
    let set = set(&[
        ("pay-stub-pdf-adp-verified", "stub.pdf", changed),
        // Nothing is found on a page of which there is a picture.
        ("w2-pdf-irs-verified", "w2-2025.pdf", json!({"document_type": "utility_bill"})),
    ]);
    let report = set.path().join("report.html");
    let run = evaluate(&set, &["--report", report.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let page = fs::read_to_string(report).unwrap();
    for text in ["2026-10-24", "2026-10-23", "not there", "taken for w2", "False accepts", "<polygon"] {
        assert!(page.contains(text), "{text} is missing");
    }
    let pictures = page.matches("data:image/jpeg;base64,").count();
    assert!(pictures > 3, "{pictures} pictures");
    for outside in ["http:", "https:", "<script", "src=", "url("] {
        assert!(!page.contains(outside), "{outside} is there");
    }
}

/// A folder with these documents, their labels and their submissions.
fn set(entries: &[Entry<'_>]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut submissions = String::new();
    for (case, file, _) in entries {
        fs::copy(fixture(case).join(file), folder.path().join(format!("{case}.pdf"))).unwrap();
        let mut submission = json_of(&fixture(case).join("submission.json"));
        submission["submission_id"] = (*case).into();
        submission["files"] = json!([format!("{case}.pdf")]);
        submissions += &format!("{submission}\n");
    }
    fs::write(folder.path().join("submissions.jsonl"), submissions).unwrap();
    let labels = entries.iter().map(label).collect::<String>();
    fs::write(folder.path().join("labels.jsonl"), labels).unwrap();
    folder
}

fn relabel(set: &TempDir, entry: &Entry<'_>) {
    fs::write(set.path().join("labels.jsonl"), label(entry)).unwrap();
}

/// The line of a label: what the fixture must come to, with some of it changed.
fn label((case, _, changes): &Entry<'_>) -> String {
    let document = &json_of(&fixture(case).join("expected.json"))["documents"][0];
    let mut label = json!({
        "id": case, "file": format!("{case}.pdf"), "document_type": document["type"], "capture": "pdf",
        "fields": document["fields"],
    });
    label.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    format!("{label}\n")
}

fn fixture(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case)
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn evaluate(set: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
    command.arg("evaluate").arg(set.path()).args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.output().unwrap()
}

fn holds_the_contract(contract: &str, found: &Value) {
    let printed = Command::new(env!("CARGO_BIN_EXE_vouch")).args(["schema", contract]).output().unwrap();
    let schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    if let Err(error) = validator.validate(found) {
        panic!("{contract}: {error} at {}", error.instance_path());
    }
    let mut more = found.clone();
    more["note"] = json!("unknown");
    assert!(!validator.is_valid(&more), "{contract} takes what it does not know");
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
