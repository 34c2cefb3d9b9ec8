//! The rule file `verdicts.yaml`: the version of the rules, and what is said of any upload whatever it is to prove.

use schemars::JsonSchema;
use serde::Deserialize;
use zen_expression::variable::VariableType;

use super::expression::{Template, names};
use super::file::{Problems, Sited, Source, Texts};
use super::proof::Remedy;

/// The schema of [`VerdictsFile`].
pub const VERDICTS_SCHEMA: &str = "vouch/verdicts/1";

/// What is said of any upload.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictsFile {
    /// [`VERDICTS_SCHEMA`].
    #[schemars(with = "String", extend("const" = VERDICTS_SCHEMA))]
    pub schema: Sited,
    /// The version of all rule files together.
    pub version: String,
    /// For the people who keep this file.
    pub description: String,
    /// How a message to the applicant begins.
    #[schemars(with = "Openings<Texts>")]
    pub openings: Openings<Texts<Sited>>,
    /// What is said where the upload itself, or what it holds, is the matter.
    pub notes: Notes<NoteFile>,
}

/// One for each disposition.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Openings<T> {
    /// Nothing more is needed.
    pub verified: T,
    /// A person will look.
    pub review: T,
    /// The applicant is told what to send.
    pub resubmit: T,
    /// Before what is asked for.
    pub please_send: T,
}

/// What is said of one matter. Holes may use `file`, `page`, `detail`, `document`, `proof` and `program`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteFile {
    /// What happens when it comes up.
    pub remedy: Remedy,
    /// Where it is written.
    pub source: Source,
    /// For the caseworker.
    #[schemars(with = "String")]
    pub reason: Sited,
    /// For the applicant.
    #[schemars(with = "Texts")]
    pub messages: Texts<Sited>,
}

/// A [`NoteFile`], compiled.
#[derive(Debug, Clone)]
pub struct Note {
    /// What happens when it comes up.
    pub remedy: Remedy,
    /// The citation of findings.
    pub citation: String,
    /// For the caseworker.
    pub reason: Template,
    /// For the applicant.
    pub messages: Texts<Template>,
}

/// One for each matter.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notes<T> {
    /// A file of zero bytes.
    pub empty: T,
    /// A file of a kind that is not read.
    pub unsupported: T,
    /// A file that asks for a password.
    pub encrypted: T,
    /// A broken file.
    pub corrupt: T,
    /// A file beyond a limit.
    pub over_limit: T,
    /// A file that cost its reader its life.
    pub unsafe_file: T,
    /// A page that could not be read.
    pub page_unreadable: T,
    /// A file with no words on any page.
    pub blank: T,
    /// A page on which something could not be read, and what is wrong with its picture.
    pub flaws: FlawNotes<T>,
    /// No document was found at all.
    pub no_document: T,
    /// A document of no known type.
    pub unknown_document: T,
    /// A document whose type is not sure.
    pub unsure_type: T,
    /// A document that does not prove this.
    pub wrong_document: T,
    /// A document of a type that a person must judge.
    pub person_decides: T,
    /// No check is in force for a document.
    pub no_checks: T,
    /// No rule file says what proves this.
    pub no_rules: T,
    /// A document that proves this.
    pub counts: T,
    /// A constraint among the document's own values holds.
    pub constraint_holds: T,
    /// A constraint among the document's own values is broken.
    pub constraint_broken: T,
    /// A constraint among the document's own values could not be told.
    pub constraint_unsure: T,
}

/// One for each way in which a picture can be poor; `detail` says how bad it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlawNotes<T> {
    /// Out of focus, or moved.
    pub blur: T,
    /// Too little light.
    pub dark: T,
    /// Light is mirrored on it.
    pub glare: T,
    /// Letters are cut off at its edge.
    pub cropped: T,
    /// Its letters are few pixels high.
    pub small: T,
    /// The pattern of a screen that was photographed.
    pub moire: T,
}

/// The names that notes may use.
const NAMES: [&str; 6] = ["file", "page", "detail", "document", "proof", "program"];

impl Note {
    fn compile(file: &NoteFile, problems: &mut Problems<'_>) -> Option<Self> {
        let vocabulary = [names(NAMES.map(|name| (name, VariableType::String)))];
        let mut template = |text| Template::compile(text, &vocabulary, problems);
        let (reason, en, es) =
            (template(&file.reason), template(&file.messages.en), template(&file.messages.es));
        Some(Self {
            remedy: file.remedy,
            citation: file.source.cite(),
            reason: reason?,
            messages: Texts { en: en?, es: es? },
        })
    }
}

impl Notes<NoteFile> {
    pub(super) fn compile(&self, problems: &mut Problems<'_>) -> Option<Notes<Note>> {
        let mut note = |file| Note::compile(file, problems);
        Some(Notes {
            empty: note(&self.empty)?,
            unsupported: note(&self.unsupported)?,
            encrypted: note(&self.encrypted)?,
            corrupt: note(&self.corrupt)?,
            over_limit: note(&self.over_limit)?,
            unsafe_file: note(&self.unsafe_file)?,
            page_unreadable: note(&self.page_unreadable)?,
            blank: note(&self.blank)?,
            flaws: FlawNotes {
                blur: note(&self.flaws.blur)?,
                dark: note(&self.flaws.dark)?,
                glare: note(&self.flaws.glare)?,
                cropped: note(&self.flaws.cropped)?,
                small: note(&self.flaws.small)?,
                moire: note(&self.flaws.moire)?,
            },
            no_document: note(&self.no_document)?,
            unknown_document: note(&self.unknown_document)?,
            unsure_type: note(&self.unsure_type)?,
            wrong_document: note(&self.wrong_document)?,
            person_decides: note(&self.person_decides)?,
            no_checks: note(&self.no_checks)?,
            no_rules: note(&self.no_rules)?,
            counts: note(&self.counts)?,
            constraint_holds: note(&self.constraint_holds)?,
            constraint_broken: note(&self.constraint_broken)?,
            constraint_unsure: note(&self.constraint_unsure)?,
        })
    }
}
