//! The loader of rule files and the examples in them: the first line names a file of `rules/` that the other lines
//! replace, or one that comes to them.
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
    let others = FILES.iter().filter(|other| other.path != path).cloned();
    if let Ok(rules) = Rules::load(others.chain([file])) {
        rules.run_examples();
    }
    Corpus::Keep
});
