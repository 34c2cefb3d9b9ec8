//! The rule file `doubts.yaml`: what speaks for a document having been altered, or being another person's. A doubt is
//! stated and a person looks; it is never a refusal, and never a reason to ask the applicant again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};
use zen_expression::variable::VariableType;

use super::expression::{Formula, Template, names};
use super::file::{Problems, Scope, Sited, Source, Texts};
use super::table::Tables;
use super::vocabulary::table_names;
use ::document::Program;

/// The schema of [`DoubtsFile`].
pub const DOUBTS_SCHEMA: &str = "vouch/doubts/1";

/// All reasons for doubt.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubtsFile {
    /// [`DOUBTS_SCHEMA`].
    #[schemars(with = "String", extend("const" = DOUBTS_SCHEMA))]
    pub schema: Sited,
    /// For the people who keep this file.
    pub description: String,
    /// By the short names that doubts cite.
    #[schemars(with = "BTreeMap<String, Source>")]
    pub sources: BTreeMap<String, Spanned<Source>>,
    /// Reasons for doubt.
    #[schemars(with = "Vec<DoubtFile>")]
    pub doubts: Vec<Spanned<DoubtFile>>,
}

/// One reason for doubt.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubtFile {
    /// Its name; findings say `doubt/<id>`.
    #[schemars(with = "String")]
    pub id: Sited,
    /// What it is, in a sentence.
    pub title: String,
    /// What it looks at, each by itself.
    pub of: Clue,
    /// The first received date it is applied to.
    #[schemars(with = "String")]
    pub effective_from: Date,
    /// The last received date it is applied to.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub effective_to: Option<Date>,
    /// For these programs; for all when absent.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// True where there is reason for doubt. Null, and anything that cannot be told, is none.
    #[schemars(with = "String")]
    pub condition: Sited,
    /// Short names of sources.
    #[schemars(with = "Vec<String>")]
    pub cites: Vec<Sited>,
    /// For the caseworker, with the figures.
    #[schemars(with = "String")]
    pub reason: Sited,
    /// For the applicant: that a person looks, and no blame.
    #[schemars(with = "Texts")]
    pub messages: Texts<Sited>,
    /// Tests.
    #[schemars(with = "Vec<DoubtExample>")]
    pub examples: Vec<Spanned<DoubtExample>>,
}

/// What a doubt looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clue {
    /// What the file tells of its making: the names `file.…`.
    File,
    /// Something on a page that was changed after the rest: `change.…`, and `file.…`.
    Change,
    /// The same document, or nearly the same, that came for another case before: `seen.…`.
    Sighting,
}

/// A test of a doubt.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubtExample {
    /// What it shows.
    pub name: String,
    /// By name (`change.was`), what was found; numbers, days and `true` as texts. What is not given is not known.
    pub facts: BTreeMap<String, String>,
    /// Whether that is reason for doubt.
    pub doubt: bool,
    /// The reason it must give.
    #[serde(default)]
    pub reason: Option<String>,
}

/// One reason for doubt, ready to be applied.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// `doubt/<id>`, as findings name it.
    pub rule: String,
    /// What it looks at.
    pub of: Clue,
    /// When and for whom it is in force.
    pub scope: Scope,
    /// True where there is reason for doubt.
    pub condition: Formula,
    /// The citation of its findings.
    pub citation: String,
    /// For the caseworker.
    pub reason: Template,
    /// For the applicant.
    pub messages: Texts<Template>,
    /// Its tests, with where they stand.
    pub examples: Vec<Spanned<DoubtExample>>,
    /// All names that its formula and templates read.
    pub reads: BTreeSet<Vec<String>>,
}

/// The names of what a file tells.
const FILE: [(&str, VariableType); 9] = [
    ("programs", VariableType::String),
    ("made_with", VariableType::String),
    ("producer", VariableType::String),
    ("first_producer", VariableType::String),
    ("created", VariableType::Date),
    ("modified", VariableType::Date),
    ("days_modified", VariableType::Number),
    ("saves", VariableType::Number),
    ("changes", VariableType::Number),
];

/// The names of a change on a page.
const CHANGE: [(&str, VariableType); 9] = [
    ("kind", VariableType::String),
    ("page", VariableType::Number),
    ("was", VariableType::String),
    ("now", VariableType::String),
    ("was_amount", VariableType::Number),
    ("now_amount", VariableType::Number),
    ("detail", VariableType::String),
    ("width", VariableType::Number),
    ("height", VariableType::Number),
];

/// The names of an earlier sighting.
const SEEN: [(&str, VariableType); 7] = [
    ("kind", VariableType::String),
    ("case", VariableType::String),
    ("submission", VariableType::String),
    ("likeness", VariableType::Number),
    ("same_applicant", VariableType::Bool),
    ("same_last_name", VariableType::Bool),
    ("same_address", VariableType::Bool),
];

/// The names of the submission and its document.
const COMMON: [(&str, VariableType); 3] = [
    ("received_date", VariableType::Date),
    ("program", VariableType::String),
    ("document", VariableType::String),
];

/// The kind of a name such as `change.was`; `None` where doubts of this sort have no such name.
pub fn kind_of(of: Clue, name: &str) -> Option<VariableType> {
    let (group, member) = name.split_once('.').unwrap_or(("", name));
    let mut members: Vec<(&str, VariableType)> = match (group, of) {
        ("", _) => COMMON.to_vec(),
        ("file", Clue::File | Clue::Change) => FILE.to_vec(),
        ("change", Clue::Change) => CHANGE.to_vec(),
        ("seen", Clue::Sighting) => SEEN.to_vec(),
        _ => Vec::new(),
    };
    let at = members.iter().position(|(name, _)| *name == member)?;
    Some(members.swap_remove(at).1)
}

fn vocabulary(of: Clue, tables: &Tables) -> VariableType {
    let mut members = COMMON.to_vec();
    members.push(("table", table_names(tables)));
    match of {
        Clue::File => members.push(("file", names(FILE))),
        Clue::Change => members.extend([("file", names(FILE)), ("change", names(CHANGE))]),
        Clue::Sighting => members.push(("seen", names(SEEN))),
    }
    names(members)
}

impl DoubtsFile {
    /// Compiles the file, or says all that is wrong with it.
    pub(super) fn compile(&self, tables: &Tables, problems: &mut Problems<'_>) -> Vec<Doubt> {
        problems.require_schema(&self.schema, DOUBTS_SCHEMA);
        let doubts = self.doubts.iter();
        let compiled: Vec<Doubt> =
            doubts.filter_map(|doubt| self.doubt(&doubt.value, doubt.defined, tables, problems)).collect();
        for (index, later) in self.doubts.iter().enumerate() {
            let clashes = |earlier: &&Spanned<DoubtFile>| {
                earlier.value.id.value == later.value.id.value
                    && earlier.value.scope().overlaps(&later.value.scope())
            };
            if self.doubts.iter().take(index).find(clashes).is_some() {
                let id = &later.value.id;
                let message =
                    format!("two doubts '{}' are in force on the same day: set effective_to", id.value);
                problems.add(id.defined, message);
            }
        }
        compiled
    }

    fn doubt(
        &self,
        file: &DoubtFile,
        at: Location,
        tables: &Tables,
        problems: &mut Problems<'_>,
    ) -> Option<Doubt> {
        if file.messages.en.value.trim() == file.messages.es.value.trim() {
            problems.add(file.messages.es.defined, "the Spanish text is the English one: translate it");
        }
        let shows = |doubt| file.examples.iter().any(|example| example.value.doubt == doubt);
        if !shows(true) || !shows(false) {
            problems.add(at, "give at least one example that is reason for doubt and one that is none");
        }
        if file.effective_to.is_some_and(|last| last < file.effective_from) {
            problems.add(at, "effective_to lies before effective_from");
        }
        let citation = self.citation(file, at, problems);
        let vocabulary = [vocabulary(file.of, tables)];
        let condition = Formula::compile(&file.condition, &vocabulary, Some(&VariableType::Bool), problems);
        let mut template = |text| Template::compile(text, &vocabulary, problems);
        let (reason, en, es) =
            (template(&file.reason), template(&file.messages.en), template(&file.messages.es));
        let (condition, reason, messages) = (condition?, reason?, Texts { en: en?, es: es? });
        let templates = [&reason, &messages.en, &messages.es].into_iter().flat_map(Template::reads);
        let reads = condition.reads().iter().chain(templates).cloned().collect();
        Some(Doubt {
            rule: format!("doubt/{}", file.id.value),
            of: file.of,
            scope: file.scope(),
            condition,
            citation,
            reason,
            messages,
            examples: file.examples.clone(),
            reads,
        })
    }

    fn citation(&self, file: &DoubtFile, at: Location, problems: &mut Problems<'_>) -> String {
        if file.cites.is_empty() {
            problems.add(at, "cites names no source");
        }
        let mut cited = Vec::new();
        for name in &file.cites {
            match self.sources.get(&name.value) {
                Some(source) => cited.push(source.value.cite()),
                None => {
                    problems.add(name.defined, format!("there is no source '{}' in this file", name.value));
                }
            }
        }
        cited.join("; ")
    }
}

impl DoubtFile {
    /// When and for whom it is in force.
    fn scope(&self) -> Scope {
        Scope { from: self.effective_from, to: self.effective_to, programs: self.programs.clone() }
    }
}
