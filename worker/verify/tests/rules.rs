//! The rule files of this repository load, and their examples come out as they say.

use std::path::{Path, PathBuf};

use verify::rules::{RuleFile, Rules};

#[test]
fn the_rule_files_load_and_their_examples_hold() {
    let rules = Rules::load(files()).unwrap_or_else(|errors| panic!("{}", lines(&errors)));
    let report = rules.run_examples();
    assert!(report.failures.is_empty(), "{}", lines(&report.failures));
    assert!(report.examples > report.checks && report.checks > 0);
    println!("{} checks, {} examples", report.checks, report.examples);
}

fn files() -> Vec<RuleFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let folders = ["", "documents", "proofs", "tables"].map(|folder| root.join(folder));
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let yaml = entries.filter(|path: &PathBuf| path.extension().is_some_and(|end| end == "yaml"));
    yaml.map(|path| {
        let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        RuleFile { path: relative, text: std::fs::read_to_string(&path).unwrap() }
    })
    .collect()
}

fn lines(errors: &[verify::rules::RuleError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
