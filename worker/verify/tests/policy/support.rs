//! What the tests of rules, checks and decisions share: the rule files of this repository, and documents to judge.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use document::{Capture, Confidence, Digest, Rect, Submission};
use verify::field::{ExtractedDocument, Field, Provenance, Value};
use verify::rules::{RuleError, RuleFile, Rules};

/// The rule files of this repository.
pub fn rule_files() -> Vec<RuleFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let folders = ["", "documents", "proofs", "tables"].map(|folder| root.join(folder));
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let yaml = paths.filter(|path: &PathBuf| path.extension().is_some_and(|end| end == "yaml"));
    let file = |path: PathBuf| {
        let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let mut text = String::new();
        File::open(&path).unwrap().take(1 << 20).read_to_string(&mut text).unwrap();
        RuleFile { path: relative, text }
    };
    yaml.map(file).collect()
}

/// They, loaded once.
pub fn rules() -> &'static Rules {
    static RULES: LazyLock<Rules> =
        LazyLock::new(|| Rules::load(rule_files()).unwrap_or_else(|errors| panic!("{}", lines(&errors))));
    &RULES
}

/// Errors, a line each.
pub fn lines(errors: &[RuleError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A submission of Maria Lopez, received on 2026-11-02.
pub fn submission(program: &str, proof: &str) -> Submission {
    serde_json::from_str(&format!(
        r#"{{"schema": "vouch/submission/1", "submission_id": "s-1", "case_id": "88-1", "program": "{program}",
        "proof_of": "{proof}", "received_date": "2026-11-02", "files": ["a.pdf"],
        "applicant": {{"first_name": "Maria", "last_name": "Lopez", "ssn_last4": "4821",
                       "date_of_birth": "1988-04-02", "address": "1420 Harbor Way, Oakland CA 94607"}},
        "attested": {{"income": {{"amount": "2000.00", "frequency": "biweekly"}}}}}}"#
    ))
    .unwrap()
}

/// A document with these fields, all surely read, each in a place of its own.
pub fn document(document_type: &str, fields: &[(&str, Value)]) -> ExtractedDocument {
    let found = fields.iter().zip(0_u32..).map(|((name, value), index)| {
        let top = f64::from(index) / 100.0;
        let provenance = Provenance { page: 1, quad: Rect::new(0.1, top, 0.2, top + 0.01).into() };
        let confidence = Confidence::clamped(0.97);
        ((*name).to_owned(), Field::Found { value: value.clone(), confidence, provenance })
    });
    ExtractedDocument {
        document_type: document_type.to_owned(),
        type_confidence: Confidence::clamped(0.99),
        capture: Capture::Pdf,
        files: vec![Digest::of(b"a")],
        pages: vec![1],
        fields: found.collect::<BTreeMap<_, _>>(),
        constraints: Vec::new(),
    }
}

/// A pay stub of Maria Lopez with which nothing is wrong.
pub fn pay_stub() -> ExtractedDocument {
    let address = |text: &str| Value::Address(text.to_owned());
    document(
        "pay_stub",
        &[
            ("employee_name", name("MARIA E LOPEZ")),
            ("employee_ssn", Value::Ssn("XXX-XX-4821".to_owned())),
            ("employer_name", name("Harbor Freight Lines")),
            ("employer_address", address("9 Dock Street, Oakland CA 94607")),
            ("pay_date", date("2026-10-31")),
            ("pay_period_start_date", date("2026-10-12")),
            ("pay_period_end_date", date("2026-10-25")),
            ("pay_frequency", Value::Choice("biweekly".to_owned())),
            ("hours", Value::Number("80.00".parse().unwrap())),
            ("current_period_gross_pay", money("2002.50")),
            ("current_period_net_pay", money("1561.95")),
            ("current_period_deductions", money("440.55")),
            ("year_to_date_gross_pay", money("42052.50")),
        ],
    )
}

/// A California license of Maria Lopez with which nothing is wrong.
pub fn license() -> ExtractedDocument {
    document(
        "driver_license",
        &[
            ("first_name", name("MARIA ELENA")),
            ("last_name", name("LOPEZ")),
            ("document_number", Value::Code("D1234567".to_owned())),
            ("date_of_birth", date("1988-04-02")),
            ("date_of_issue", date("2023-04-02")),
            ("date_of_expiration", date("2028-04-02")),
            ("state", Value::Code("CA".to_owned())),
            ("address", Value::Address("1420 HARBOR WY, OAKLAND, CA 94607".to_owned())),
        ],
    )
}

/// A utility bill of Maria Lopez with which nothing is wrong.
pub fn utility_bill() -> ExtractedDocument {
    document(
        "utility_bill",
        &[
            ("account_holder_name", name("MARIA LOPEZ")),
            ("service_address", Value::Address("1420 Harbor Way, Oakland CA 94607-2210".to_owned())),
            ("bill_date", date("2026-10-05")),
            ("due_date", date("2026-10-28")),
        ],
    )
}

/// An amount.
pub fn money(amount: &str) -> Value {
    Value::Money(amount.parse().unwrap())
}

/// A day.
pub fn date(day: &str) -> Value {
    Value::Date(day.parse().unwrap())
}

/// A name.
pub fn name(words: &str) -> Value {
    Value::Name(words.to_owned())
}
