//! The rule files, loaded and checked as a whole.

pub mod document;
pub mod document_type;

use ::document::Digest;

/// All rule files, checked: what loads can be applied.
#[derive(Debug, Clone)]
pub struct Rules {
    version: String,
    digest: Digest,
}

impl Rules {
    /// The version that the rule files give themselves.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The digest of all rule files: their names and contents.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// A rule file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// Relative to the rule folder, with forward slashes: `proofs/income.yaml`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Rules {
    /// Temporary.
    pub fn load(files: impl IntoIterator<Item = RuleFile>) -> Result<Self, Vec<String>> {
        let files: Vec<_> = files.into_iter().flat_map(|it| [it.path, it.text]).collect();
        Ok(Self { version: "0".to_owned(), digest: Digest::of_parts(files.iter().map(|it| it.as_bytes())) })
    }
}
