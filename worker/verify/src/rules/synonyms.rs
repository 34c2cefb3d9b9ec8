//! The rule file `synonyms.yaml`: the words that forms write in more than one way, for all document types at once.
//! Using them is left to `synonyms`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Location;

use super::file::{Problems, Sited};
use crate::synonyms::Synonyms;
use crate::text::tokens;

/// The schema of [`SynonymsFile`].
pub const SYNONYMS_SCHEMA: &str = "vouch/synonyms/1";

/// The words that say the same.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SynonymsFile {
    /// [`SYNONYMS_SCHEMA`].
    #[schemars(with = "String", extend("const" = SYNONYMS_SCHEMA))]
    pub schema: Sited,
    /// What the list is for.
    pub description: String,
    /// A word, or several after one another, and the other ways to write them: abbreviations, and forms of the same verb.
    /// Singular and plural in `s` are the same for words of six letters or more and need not be listed.
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub same: BTreeMap<String, Vec<Sited>>,
    /// Words that say nothing of what a label means: phrases stand on a page with or without them.
    #[serde(default)]
    pub skipped: Vec<String>,
}

impl SynonymsFile {
    pub(super) fn compile(self, problems: &mut Problems<'_>) -> Synonyms {
        problems.require_schema(&self.schema, SYNONYMS_SCHEMA);
        let mut known: BTreeMap<Vec<String>, &str> = BTreeMap::new();
        for (word, others) in &self.same {
            let own = (word.as_str(), Location::UNKNOWN);
            let all = others.iter().map(|other| (other.value.as_str(), other.defined));
            for (text, at) in std::iter::once(own).chain(all) {
                if let Some(other) = known.insert(tokens(text), word) {
                    problems.add(at, format!("'{text}' is said to be the same as '{other}' and as '{word}'"));
                }
            }
        }
        let groups = self.same.iter().map(|(word, others)| {
            let others = others.iter().map(|other| tokens(&other.value));
            std::iter::once(tokens(word)).chain(others).collect()
        });
        Synonyms::new(groups.collect(), self.skipped)
    }
}
