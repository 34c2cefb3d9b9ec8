//! The income report of CMS from verified pay stubs.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const FIXTURES: [&str; 2] = ["pay-stub-pdf-gusto-verified", "pay-stub-pdf-income-far-off"];

#[test]
fn verified_stubs_of_a_case_are_reported_in_cents_and_others_are_not() {
    let data = tempfile::tempdir().unwrap();
    let fixture = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    for name in FIXTURES {
        succeeded(&vouch(data.path(), &["submit", fixture(name).join("submission.json").to_str().unwrap()]));
    }
    succeeded(&vouch(data.path(), &["work", "--until-empty"]));
    let expected = json(&fixture(FIXTURES[0]).join("expected.json"));
    let case = |name| json(&fixture(name).join("submission.json"))["case_id"].as_str().unwrap().to_owned();

    let printed = vouch(data.path(), &["income-report", "--case", &case(FIXTURES[0])]);
    let report: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let job = &report["income_report"]["employments"][0];
    let fields = &expected["documents"][0]["fields"];
    assert_eq!(job["employer_name"], fields["employer_name"]);
    assert_eq!(job["paystubs"][0]["pay_date"], fields["pay_date"]);
    let gross = fields["current_period_gross_pay"].as_str().unwrap().replace('.', "");
    assert_eq!(job["paystubs"][0]["pay_gross"].to_string(), gross);
    assert_eq!(report["agency_partner_metadata"]["case_number"], case(FIXTURES[0]).as_str());
    assert_eq!(report["income_report"]["has_other_jobs"], false);

    // What a person still has to look at is in no report.
    let refused = vouch(data.path(), &["income-report", "--case", &case(FIXTURES[1])]);
    assert!(!refused.status.success() && refused.stdout.is_empty());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no verified pay stub"), "{refused:?}");
}

fn vouch(data: &Path, args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new(env!("CARGO_BIN_EXE_vouch"))
        .current_dir(root)
        .arg("--data")
        .arg(data)
        .args(args)
        .output()
        .unwrap()
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
