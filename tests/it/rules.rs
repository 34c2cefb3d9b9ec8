//! A type of document is added by writing one file, as `rules/README.md` shows it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the guide prints after `Now it is read`.
const FIXTURE: &str = "fixtures/property-tax-bill-pdf-for-residency/tax-bill.pdf";

#[test]
fn the_type_of_the_guide_is_read_with_its_file_and_unknown_without() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("rules/README.md")).unwrap();
    let (_, file) = guide.split_once("```yaml\n").unwrap();
    let (file, _) = file.split_once("```").unwrap();
    let rules = tempfile::tempdir().unwrap();
    copy(&root.join("rules"), rules.path());

    let document = read(rules.path());
    assert_eq!(document["type"], "unknown");

    fs::write(rules.path().join("documents/property_tax_bill.yaml"), file).unwrap();
    let document = read(rules.path());
    assert_eq!(document["type"], "property_tax_bill");
    let (_, shown) = guide.split_once("Now it is read").unwrap();
    let shown = shown.lines().skip(1).take_while(|line| line.is_empty() || line.starts_with("    "));
    let shown: Vec<_> = shown.filter_map(|line| line.trim().split_once("  ")).collect();
    assert_eq!(shown.len(), 7, "{shown:?}");
    for (field, value) in shown {
        assert_eq!(document["fields"][field]["value"], value.trim(), "{field}");
    }
}

/// The document of the fixture as it is read by these rules.
fn read(rules: &Path) -> Value {
    let run = Command::new(env!("CARGO_BIN_EXE_vouch"))
        .args(["verify", "--json", FIXTURE, "--rules"])
        .arg(rules)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let verdict: Value = serde_json::from_slice(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&run.stderr)));
    verdict["documents"][0].clone()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&place).unwrap();
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
