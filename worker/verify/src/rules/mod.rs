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
