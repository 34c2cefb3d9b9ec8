//! Every fixture gets the verdict that it must get: the whole way, from the file to the disposition.
//! How well each field is read is left to `vouch evaluate`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

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
fn ocr_every_fixture_gets_its_verdict() {
    let cases = cases();
    assert!(cases.len() >= 24, "only {} cases", cases.len());
    let verdicts = judged(&cases);
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

/// The verdicts by submission: all cases in one call, their files named in full.
fn judged(cases: &[PathBuf]) -> BTreeMap<String, Value> {
    let folder = tempfile::tempdir().unwrap();
    let many = folder.path().join("all.jsonl");
    let lines = cases.iter().map(|case| {
        let text = fs::read_to_string(case.join("submission.json")).unwrap();
        let mut submission: Value = serde_json::from_str(&text).unwrap();
        submission["submission_id"] = name(case).into();
        for file in submission["files"].as_array_mut().unwrap() {
            *file = case.join(file.as_str().unwrap()).display().to_string().into();
        }
        format!("{submission}\n")
    });
    fs::write(&many, lines.collect::<String>()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_vouch"))
        .args(["verify", "--json", "--submissions"])
        .arg(&many)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let verdicts = String::from_utf8(run.stdout).unwrap();
    let verdicts = verdicts.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    verdicts.map(|verdict| (verdict["submission_id"].as_str().unwrap().to_owned(), verdict)).collect()
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
