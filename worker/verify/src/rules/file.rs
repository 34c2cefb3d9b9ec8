//! What all rule files have in common: where they come from, what can be wrong with them, sources and dates.
//! What each kind of file holds is left to its own module.

use std::fmt;

use ::document::{Language, Program};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_saphyr::{Location, Spanned};

/// A rule file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// Relative to the rule folder, with forward slashes: `proofs/income.yaml`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Something wrong in a rule file, written `file:line:column: what is wrong and what to do`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct RuleError {
    /// Relative to the rule folder.
    pub file: String,
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1, in characters.
    pub column: u64,
    /// What is wrong, and what to do about it.
    pub problem: String,
}

/// Where a fact or a rule is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What the source says, in a sentence, with its paragraph.
    pub text: String,
    /// Where it was read.
    pub url: String,
    /// When it was read.
    #[schemars(with = "String")]
    pub retrieved: Date,
    /// How far it can be relied on.
    #[serde(default)]
    pub standing: Standing,
}

/// How far a source can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The source itself, or a copy of it, was read.
    #[default]
    Primary,
    /// Somebody else's account: verify before relying on it.
    Secondary,
    /// Sources contradict each other.
    Conflicting,
    /// Follows from other facts, or was chosen by this project and can be changed.
    Chosen,
}

/// A text in each language in which applicants are written to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Texts<T = String> {
    /// English.
    pub en: T,
    /// Spanish.
    pub es: T,
}

/// The days on which a rule is in force, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The first day.
    pub from: Date,
    /// The last day; `None` while no end is known.
    pub to: Option<Date>,
    /// For these programs; empty for all.
    pub programs: Vec<Program>,
}

/// A text of a rule file together with where it stands.
pub type Sited = Spanned<String>;

/// Collects what is wrong with one file.
pub(crate) struct Problems<'a> {
    file: &'a RuleFile,
    found: &'a mut Vec<RuleError>,
}

impl Source {
    /// In one line, as findings cite it.
    pub fn cite(&self) -> String {
        let standing = match self.standing {
            Standing::Primary => "",
            Standing::Secondary => ", secondary source",
            Standing::Conflicting => ", sources contradict each other",
            Standing::Chosen => ", chosen or derived",
        };
        format!("{} ({}, retrieved {}{standing})", self.text, self.url, self.retrieved)
    }
}

impl<T> Texts<T> {
    /// The text in `language`.
    pub fn get(&self, language: Language) -> &T {
        match language {
            Language::En => &self.en,
            Language::Es => &self.es,
        }
    }
}

impl Scope {
    /// Whether it speaks of `program` on `date`.
    pub fn covers(&self, program: Program, date: Date) -> bool {
        self.from <= date
            && self.to.is_none_or(|last| date <= last)
            && (self.programs.is_empty() || self.programs.contains(&program))
    }

    /// Whether both speak of some program on some day.
    pub fn overlaps(&self, other: &Self) -> bool {
        let days =
            self.to.is_none_or(|last| other.from <= last) && other.to.is_none_or(|last| self.from <= last);
        let all = self.programs.is_empty() || other.programs.is_empty();
        days && (all || self.programs.iter().any(|program| other.programs.contains(program)))
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Conflicting => "conflicting",
            Self::Chosen => "chosen",
        })
    }
}

impl<'a> Problems<'a> {
    pub(crate) fn new(file: &'a RuleFile, found: &'a mut Vec<RuleError>) -> Self {
        Self { file, found }
    }

    /// Notes a problem at a place of the file.
    pub(crate) fn add(&mut self, at: Location, problem: impl Into<String>) {
        self.found.push(RuleError {
            file: self.file.path.clone(),
            line: at.line().max(1),
            column: at.column().max(1),
            problem: problem.into(),
        });
    }

    /// Notes a problem at a character of a text that begins at `at`: exact for a text on one line.
    pub(crate) fn add_within(&mut self, at: Location, text: &str, offset: usize, problem: impl Into<String>) {
        let line = usize::try_from(at.line()).ok().and_then(|line| line.checked_sub(1));
        let line = line.and_then(|line| self.file.text.lines().nth(line)).unwrap_or("");
        let start = usize::try_from(at.column()).unwrap_or(1).max(1);
        let rest: String = line.chars().skip(start - 1).collect();
        let quotes = usize::from(rest.starts_with(['"', '\'']));
        let unquoted: String = rest.chars().skip(quotes).collect();
        let shift = if unquoted.starts_with(text) { quotes + offset } else { 0 };
        self.found.push(RuleError {
            file: self.file.path.clone(),
            line: at.line().max(1),
            column: (start + shift) as u64,
            problem: problem.into(),
        });
    }

    /// Notes a problem at a character of the first `words` behind `before`, or where that stands if they do not follow.
    pub(crate) fn add_after(&mut self, before: &str, words: &str, offset: usize, problem: impl Into<String>) {
        let text = &self.file.text;
        let from = text.find(before).unwrap_or_default();
        let behind =
            text.get(from..).and_then(|rest| rest.get(before.len()..)).and_then(|rest| rest.find(words));
        let at = behind.map_or(from, |at| from + before.len() + at + offset);
        let read = text.get(..at).or_else(|| text.get(..from)).unwrap_or_default();
        let line = read.rsplit('\n').next().unwrap_or_default();
        self.found.push(RuleError {
            file: self.file.path.clone(),
            line: read.matches('\n').count() as u64 + 1,
            column: line.chars().count() as u64 + 1,
            problem: problem.into(),
        });
    }

    /// How many have been noted.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// Notes a file that was written for another version.
    pub(crate) fn require_schema(&mut self, found: &Sited, wanted: &str) {
        if found.value != wanted {
            self.add(found.defined, format!("schema is '{}', not '{wanted}'", found.value));
        }
    }

    /// The file as a `T`, or the first thing that keeps it from being one.
    pub(crate) fn parse<T: DeserializeOwned>(&mut self) -> Option<T> {
        match serde_saphyr::from_str(&self.file.text) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let error = error.without_snippet();
                let at = error.location().unwrap_or(Location::UNKNOWN);
                let message = error.to_string();
                self.add(at, message.split(" at line ").next().unwrap_or(&message).to_owned());
                None
            }
        }
    }
}
