//! A labelled set: a folder with `labels.jsonl` and, where verdicts are measured too, `submissions.jsonl`.
//! Reading its documents is left to `documents`, judging them to `judge`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use document::Submission;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use verify::verdict::Disposition;

use crate::documents;
use crate::exit::Exit;

/// Neither file has more bytes than this.
const MOST_BYTES: u64 = 256 << 20;

/// One line of `labels.jsonl`: a file, its type, and what it says in the names and normal forms of the contract.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    /// The `submission_id` of its submission, where it has one; the file's name where it is left out.
    #[serde(default)]
    pub id: Option<String>,
    /// Relative to the folder of the labels.
    pub file: String,
    /// A document type, or `unknown`.
    pub document_type: String,
    /// By field name; what is no string is not judged.
    #[serde(default)]
    pub fields: BTreeMap<String, serde_json::Value>,
    /// How the document came to be a file: the tier that it is counted under.
    #[serde(default)]
    pub capture: Option<String>,
    /// Whether every value that the document shows is labelled, so that any other field that is read is wrong.
    #[serde(default)]
    pub complete: bool,
    /// What its submission may come to: a disposition or a list of them. Left out, it is honest and must be verified.
    #[serde(default = "honest", deserialize_with = "one_or_many")]
    pub expected: BTreeSet<Disposition>,
}

/// A labelled document and, where verdicts are measured, the submission that it was sent with.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it says.
    pub label: Label,
    /// Who sent it, to prove what.
    pub submission: Option<Submission>,
}

impl Label {
    /// What it is called in results.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.file)
    }
}

impl Case {
    /// Its files below `folder`: the labelled one first, then those of its submission.
    ///
    /// # Errors
    /// If a file of the submission is not on this machine.
    pub fn files(&self, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let own = folder.join(&self.label.file);
        let sent = self.submission.as_ref().map(|sent| documents::located(sent, folder)).transpose()?;
        Ok([own].into_iter().chain(sent.into_iter().flatten()).collect())
    }
}

/// The cases of the set in `folder`, in the order of their labels.
///
/// # Errors
/// If a file cannot be read, a line is not what it must be, or a submission is of no label.
pub fn load(folder: &Path) -> anyhow::Result<Vec<Case>> {
    let path = folder.join("labels.jsonl");
    let labels: Vec<Label> = lines(&path)?
        .ok_or_else(|| anyhow!("cannot read {}: there is no such file", path.display()))
        .context(Exit::Usage)?;
    let path = folder.join("submissions.jsonl");
    let submissions: Vec<Submission> = lines(&path)?.unwrap_or_default();
    paired(labels, submissions).with_context(|| path.display().to_string()).context(Exit::Invalid)
}

/// Labels with the submissions of their names.
fn paired(labels: Vec<Label>, submissions: Vec<Submission>) -> anyhow::Result<Vec<Case>> {
    let mut by_id = BTreeMap::new();
    for submission in submissions {
        let id = submission.submission_id.clone();
        anyhow::ensure!(by_id.insert(id.clone(), submission).is_none(), "there are two submissions {id}");
    }
    let mut names = BTreeSet::new();
    let mut cases = Vec::new();
    for label in labels {
        anyhow::ensure!(names.insert(label.id().to_owned()), "there are two labels {}", label.id());
        let submission = by_id.remove(label.id());
        cases.push(Case { label, submission });
    }
    match by_id.into_keys().next() {
        Some(id) => anyhow::bail!("submission {id} has no label"),
        None => Ok(cases),
    }
}

/// One value a line; `None` where there is no such file.
fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<Vec<T>>> {
    let unreadable = || format!("cannot read {}", path.display());
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(unreadable).context(Exit::Usage)?,
    };
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).with_context(unreadable)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let value = |(number, line): (usize, &str)| {
        serde_json::from_str(line)
            .with_context(|| format!("{}:{number}", path.display()))
            .context(Exit::Invalid)
    };
    lines.map(value).collect::<Result<_, _>>().map(Some)
}

fn honest() -> BTreeSet<Disposition> {
    BTreeSet::from([Disposition::Verified])
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<Disposition>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(Disposition),
        Many(BTreeSet<Disposition>),
    }
    match Form::deserialize(from)? {
        Form::One(one) => Ok(BTreeSet::from([one])),
        Form::Many(none) if none.is_empty() => Err(D::Error::custom("no disposition is expected")),
        Form::Many(many) => Ok(many),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn label(changes: &Value) -> serde_json::Result<Label> {
        let mut label = json!({"id": "a", "file": "a.pdf", "document_type": "w2", "printed": "W-2"});
        label.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(label)
    }

    fn submission(id: &str) -> Submission {
        serde_json::from_value(json!({
            "schema": "vouch/submission/1", "submission_id": id, "case_id": "c", "program": "medi-cal",
            "proof_of": "income", "received_date": "2026-11-02", "files": ["a.pdf"],
            "applicant": {"first_name": "Ada", "last_name": "Roe"}
        }))
        .unwrap()
    }

    #[test]
    fn a_label_says_what_is_expected_as_one_or_as_many() {
        use Disposition::{Resubmit, Review, Verified};
        let cases = [
            (json!({}), Some(vec![Verified])),
            (json!({"expected": "review"}), Some(vec![Review])),
            (json!({"expected": ["resubmit", "review"]}), Some(vec![Review, Resubmit])),
            (json!({"expected": []}), None),
            (json!({"expected": "denied"}), None),
        ];
        for (changes, expected) in cases {
            let found = label(&changes).ok().map(|label| label.expected.into_iter().collect());
            assert_eq!(found, expected, "{changes}");
        }
    }

    #[test]
    fn submissions_find_their_labels() {
        let labels =
            || vec![label(&json!({})).unwrap(), label(&json!({"id": null, "file": "b.pdf"})).unwrap()];
        let cases = [
            (vec![], Ok(vec![None, None])),
            (vec!["b.pdf"], Ok(vec![None, Some("b.pdf")])),
            (vec!["a", "c"], Err("submission c has no label")),
            (vec!["a", "a"], Err("there are two submissions a")),
        ];
        for (sent, expected) in cases {
            let paired = paired(labels(), sent.iter().map(|id| submission(id)).collect());
            let ids = paired.map(|cases| {
                let id = |case: Case| case.submission.map(|sent| sent.submission_id);
                cases.into_iter().map(id).collect::<Vec<_>>()
            });
            let expected = expected.map(|ids| ids.into_iter().map(|id| id.map(str::to_owned)).collect());
            assert_eq!(ids.map_err(|error| error.to_string()), expected.map_err(str::to_owned), "{sent:?}");
        }
        let twice = paired(vec![label(&json!({})).unwrap(); 2], Vec::new());
        assert_eq!(twice.unwrap_err().to_string(), "there are two labels a");
    }
}
