//! The loader of rule files and the examples in them: the first line names a file of `rules/`, or one that could be
//! there, and the others are its text. The files that it needs are loaded beside it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use verify::rules::{RuleFile, Rules};

static FILES: LazyLock<Vec<RuleFile>> = LazyLock::new(fuzz::rule_files);

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(input) = str::from_utf8(bytes) else { return Corpus::Reject };
    let Some((path, text)) = input.split_once('\n') else { return Corpus::Reject };
    fuzz::begin(bytes);
    let file = RuleFile { path: path.to_owned(), text: text.to_owned() };
    let others = FILES.iter().filter(|other| other.path != path && is_needed(other, path)).cloned();
    if let Ok(rules) = Rules::load(others.chain([file])) {
        rules.run_examples();
    }
    Corpus::Keep
});

/// Whether what stands at `path` cannot be judged without `other`. Loading all files takes a tenth of a second.
fn is_needed(other: &RuleFile, path: &str) -> bool {
    match other.path.split_once('/') {
        Some(("proofs", _)) => false,
        Some(("documents", _)) => path.starts_with("proofs/"),
        Some(_) | None => true,
    }
}
