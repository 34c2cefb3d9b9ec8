//! The values that are read from documents, in the normal forms that rules and reports use.

use std::collections::BTreeMap;
use std::fmt;

use document::{Capture, Confidence, Digest, Quad};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// A document after extraction: its type and what it says. `fields` holds no entry for what the document does not
/// show: absent is never guessed.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedDocument {
    /// The name of a document rule file, or [`UNKNOWN`].
    pub document_type: String,
    /// How sure the classification is; for `unknown`, how sure it is that no known type fits.
    pub type_confidence: Confidence,
    /// How the first page came to be a file.
    pub capture: Capture,
    /// The files it stands in, in the order of the submission.
    pub files: Vec<Digest>,
    /// Its pages, numbered through the whole upload.
    pub pages: Vec<u32>,
    /// By field name.
    pub fields: BTreeMap<String, Field>,
    /// What came of the document's own constraints, in the order of the rule file.
    pub constraints: Vec<ConstraintOutcome>,
}

/// The type of a document that is none of those in the rule files.
pub const UNKNOWN: &str = "unknown";

/// A field that the document shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// It was read.
    Found {
        /// In normal form.
        value: Value,
        /// That the value is right.
        confidence: Confidence,
        /// Where it was read.
        provenance: Provenance,
    },
    /// Its label is there, but no value of its kind could be read beside it.
    Unreadable {
        /// Where the label stands.
        provenance: Provenance,
    },
}

/// Where something was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Provenance {
    /// Counted from 1 through the whole upload.
    pub page: u32,
    /// On that page, in fractions of it.
    pub quad: Quad,
}

/// A value in the normal form of its kind; `Display` writes that form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Dollars, written with two decimals.
    Money(Decimal),
    /// A number as printed, no trailing zeros lost.
    Number(Decimal),
    /// A day.
    Date(Date),
    /// A person's or an organisation's name, one space between parts.
    Name(String),
    /// One line, parts joined by `, `.
    Address(String),
    /// `NNN-NN-NNNN`, hidden digits as `X`.
    Ssn(String),
    /// Upper case, without spaces.
    Code(String),
    /// One of the words that the field allows.
    Choice(String),
    /// As printed, one space between words.
    Text(String),
}

/// What came of one constraint that a document's values should satisfy among themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintOutcome {
    /// The constraint's name in the document rule file.
    pub name: String,
    /// `None` where a value that it needs was not found.
    pub holds: Option<bool>,
    /// The fields it speaks of.
    pub fields: Vec<String>,
}

impl Field {
    /// The value, if it was read.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Found { value, .. } => Some(value),
            Self::Unreadable { .. } => None,
        }
    }

    /// Where the value, or its label, stands.
    pub fn provenance(&self) -> Provenance {
        match self {
            Self::Found { provenance, .. } | Self::Unreadable { provenance } => *provenance,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(amount) => write!(out, "{amount:.2}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Date(date) => write!(out, "{date}"),
            Self::Name(text)
            | Self::Address(text)
            | Self::Ssn(text)
            | Self::Code(text)
            | Self::Choice(text)
            | Self::Text(text) => out.write_str(text),
        }
    }
}
