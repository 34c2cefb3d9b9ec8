//! Measures what is read and judged against what is labelled.
//! Reading is left to `documents`, judging to `verify`, printing to the command.
//!
//! `set` is what there is to measure, `judge` makes a `result` of each document, and `summary` all figures of the
//! results: `counts` over fields and types, `calibration` of confidences, `dispositions` of submissions. `comparison`
//! holds two evaluations against each other, `report` shows one as a page.

mod calibration;
mod compare;
pub mod comparison;
mod counts;
mod dispositions;
mod judge;
pub mod report;
mod result;
#[cfg(test)]
mod samples;
pub mod set;
mod summary;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use document::Reader;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use verify::verdict::RulesStamp;

pub use calibration::Curve;
pub use comparison::Comparison;
pub use counts::{Counts, Tally};
pub use dispositions::{Dispositions, Matrix, Why};
pub use judge::judge;
pub use result::{FileResult, Miss};
pub use summary::Summary;

use crate::exit::Exit;

/// The schema of [`Evaluation`].
pub const EVALUATION_SCHEMA: &str = "vouch/evaluation/1";

/// A saved evaluation has no more bytes than this.
const MOST_BYTES: u64 = 256 << 20;

/// What a labelled set came to. The same set, rules and readers give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// [`EVALUATION_SCHEMA`].
    #[schemars(extend("const" = EVALUATION_SCHEMA))]
    pub schema: String,
    /// The rules that were applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesStamp>,
    /// Who read.
    pub readers: Vec<Reader>,
    /// All files together.
    pub summary: Summary,
    /// Each file, in the order of the labels.
    pub files: Vec<FileResult>,
}

impl Evaluation {
    /// What these results come to.
    pub fn of(files: Vec<FileResult>, rules: Option<RulesStamp>, readers: Vec<Reader>) -> Self {
        let summary = Summary::of(&files);
        Self { schema: EVALUATION_SCHEMA.to_owned(), rules, readers, summary, files }
    }

    /// A saved one.
    ///
    /// # Errors
    /// If the file cannot be read, or is none that this version understands.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let unreadable = || format!("cannot read {}", path.display());
        let file = File::open(path).with_context(unreadable).context(Exit::Usage)?;
        let mut text = String::new();
        file.take(MOST_BYTES).read_to_string(&mut text).with_context(unreadable)?;
        let saved: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is no saved evaluation", path.display()))
            .context(Exit::Invalid)?;
        let schema = &saved.schema;
        anyhow::ensure!(
            schema == EVALUATION_SCHEMA,
            anyhow::anyhow!("{} has the schema '{schema}', not '{EVALUATION_SCHEMA}'", path.display())
                .context(Exit::Invalid)
        );
        Ok(saved)
    }

    /// Saves it, a line for each file, so that versions of it can be compared by line.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let mut text = serde_json::to_string(&Self { files: Vec::new(), ..self.clone() })?;
        let files: Vec<String> = self.files.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        // The files are the last key.
        text.truncate(text.len().saturating_sub("]}".len()));
        std::fs::write(path, format!("{text}\n{}\n]}}\n", files.join(",\n")))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use verify::verdict::Disposition;

    use super::samples::{Sample, found};
    use super::*;

    fn evaluation() -> Evaluation {
        let first = Sample::new("a").capture("photo").right("hours", 0.97).miss("pay_date", found("y"));
        let first = first.verdict(&[Disposition::Verified], Disposition::Review).open(&["income/recent"]);
        let second = Sample::new("b").miss("pay_date", None).extra("net");
        Evaluation::of(vec![first.result(), second.result()], None, Vec::new())
    }

    #[test]
    fn an_evaluation_comes_back_as_it_was_saved_a_line_for_each_file() {
        let folder = tempfile::tempdir().unwrap();
        for evaluation in [evaluation(), Evaluation::of(Vec::new(), None, Vec::new())] {
            let path = folder.path().join("saved.json");
            evaluation.save(&path).unwrap();
            assert_eq!(Evaluation::load(&path).unwrap(), evaluation);
            let lines = std::io::read_to_string(File::open(&path).unwrap()).unwrap().lines().count();
            assert_eq!(lines, evaluation.files.len().max(1) + 2);
        }
    }

    #[test]
    fn what_is_no_evaluation_of_this_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("saved.json");
        let cases: [(&str, Value); 3] = [
            ("/schema", json!("vouch/evaluation/2")),
            ("/note", json!(1)),
            ("/summary/types/note", json!(1)),
        ];
        for (pointer, value) in cases {
            let mut changed = serde_json::to_value(evaluation()).unwrap();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            changed.pointer_mut(parent).unwrap()[key] = value;
            std::fs::write(&path, changed.to_string()).unwrap();
            let error = Evaluation::load(&path).unwrap_err();
            assert_eq!(Exit::of_error(&error), Exit::Invalid, "{pointer}: {error:#}");
        }
        let missing = Evaluation::load(&folder.path().join("none.json")).unwrap_err();
        assert_eq!(Exit::of_error(&missing), Exit::Usage);
    }
}
