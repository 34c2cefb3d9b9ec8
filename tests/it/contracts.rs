//! The published JSON Schemas and the types they describe accept and refuse the same.

use std::process::Command;

use document::Submission;
use serde_json::{Value, json};
use verify::verdict::Verdict;

#[test]
fn the_submission_schema_and_the_program_agree() {
    let cases = [
        ("/language", json!("en"), true),
        ("/declared_type", json!("pay_stub"), true),
        ("/schema", json!("vouch/submission/2"), false),
        ("/proof_of", json!("height"), false),
        ("/note", json!("unknown"), false),
        ("/applicant", json!({}), false),
        ("/files", json!("stub.pdf"), false),
        ("/attested/income/frequency", json!("hourly"), false),
    ];
    agree("submission", &submission(), &cases, |text| serde_json::from_str::<Submission>(text).is_ok());
}

#[test]
fn the_verdict_schema_and_the_program_agree() {
    let cases = [
        ("/income", Value::Null, true),
        ("/documents/0/fields/current_period_gross_pay/value", Value::Null, true),
        ("/schema", json!("vouch/verdict/2"), false),
        ("/disposition", json!("denied"), false),
        ("/findings/0/outcome", json!("maybe"), false),
        ("/decided_at", json!("2026-11-02T10:00:00Z"), false),
    ];
    agree("verdict", &verdict(), &cases, |text| {
        serde_json::from_str::<Verdict>(text).is_ok_and(|it| it.schema == verify::verdict::VERDICT_SCHEMA)
    });
}

/// Checks `whole`, and then `whole` with one value put at a JSON pointer, against the schema and the program.
fn agree(contract: &str, whole: &Value, cases: &[(&str, Value, bool)], accepts: impl Fn(&str) -> bool) {
    let schema = published(contract);
    assert_eq!(schema["$id"], format!("urn:vouch:{contract}:1"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    if let Err(error) = validator.validate(whole) {
        panic!("{contract} as designed: {error} at {}", error.instance_path());
    }
    assert!(accepts(&whole.to_string()), "{contract} as designed");
    for (pointer, value, good) in cases {
        let mut changed = whole.clone();
        put(&mut changed, pointer, value);
        assert_eq!(validator.is_valid(&changed), *good, "schema of {contract}: {pointer} = {value}");
        assert_eq!(accepts(&changed.to_string()), *good, "program, {contract}: {pointer} = {value}");
    }
}

fn put(whole: &mut Value, pointer: &str, value: &Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    whole.pointer_mut(parent).unwrap()[key] = value.clone();
}

/// The schema as `vouch schema` prints it, alone and among all, which must be the same.
fn published(contract: &str) -> Value {
    let print = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_vouch")).arg("schema").args(args).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let alone = print(&[contract]);
    assert_eq!(print(&[])[contract], alone);
    alone
}

fn submission() -> Value {
    json!({
        "schema": "vouch/submission/1", "submission_id": "s-1", "case_id": "88-1203",
        "program": "covered-california", "proof_of": "income", "received_date": "2026-11-02", "language": "es",
        "files": ["s3://uploads/88-1203/stub-1.heic", "stub-2.heic"], "declared_type": "pay_stub",
        "applicant": {"first_name": "Maria", "last_name": "Lopez-Garcia", "date_of_birth": "1988-04-02",
                      "address": "1420 Harbor Way, Oakland CA 94607", "ssn_last4": "4821"},
        "attested": {"income": {"amount": "2000.00", "frequency": "biweekly"}}
    })
}

fn verdict() -> Value {
    let digest = format!("sha256:{}", "0".repeat(64));
    let quad = json!([[0.61, 0.33], [0.68, 0.33], [0.68, 0.35], [0.61, 0.35]]);
    let gross = json!({"value": "2002.50", "confidence": 0.99, "page": 1, "quad": quad});
    json!({
        "schema": "vouch/verdict/1", "submission_id": "s-1", "case_id": "88-1203", "disposition": "verified",
        "score": 0.97,
        "documents": [{"type": "pay_stub", "type_confidence": 0.99, "capture": "photo", "files": [digest],
                       "pages": [1], "fields": {"current_period_gross_pay": gross}}],
        "findings": [{"rule": "income/pay-stub-recent", "outcome": "pass", "reason": "2 days old, limit 45",
                      "citation": "made up", "evidence": [{"page": 1, "quad": quad}]}],
        "income": {"monthly": "4338.75", "annual": "52065.00", "method": "2002.50 biweekly x 26 / 12"},
        "messages": {"en": "Done.", "es": "Listo."}, "rules": {"version": "2026-11-01", "digest": digest},
        "readers": [{"name": "tesseract", "version": "5.3.0"}]
    })
}
