//! The rule files, loaded and checked as a whole: what loads can be applied.
//! Reading the folder is left to the caller, applying the rules to `check` and `extract`.

use std::collections::{BTreeMap, BTreeSet};

use ::document::{Digest, Proof};

pub mod calibration;
mod compile;
pub mod compiled;
pub mod constraint;
pub mod document;
pub mod document_type;
pub mod doubts;
pub mod examples;
pub mod expression;
pub mod file;
pub mod proof;
pub mod schema;
pub mod synonyms;
pub mod table;
pub mod verdicts;
mod vocabulary;

pub use calibration::Calibration;
pub use compiled::{Accept, Check, ProofRules, Reasons, Test, Way, proof_name};
pub use document_type::DocumentType;
pub use expression::{Formula, Template};
pub use file::{RuleError, RuleFile, Texts};
pub use proof::{AmountFile, IfAbsent, Remedy};
pub use table::{Constant, Tables};
pub use verdicts::{Note, Notes, Openings};
pub use vocabulary::{WholeName, kind_of, whole_name, whole_name_of};

use calibration::CalibrationFile;
use compile::Surroundings;
use doubts::{Doubt, DoubtsFile};
use file::Problems;
use proof::ProofFile;
use synonyms::SynonymsFile;
use verdicts::VerdictsFile;
use vocabulary::load_document;

use crate::lexicon::Lexicon;
use crate::wordbook::{Numbering, Wordbook};

/// All rule files, checked.
#[derive(Debug, Clone)]
pub struct Rules {
    version: String,
    digest: Digest,
    files: usize,
    documents: Vec<DocumentType>,
    signs: Lexicon<usize>,
    wordbook: Wordbook,
    calibration: Calibration,
    tables: Tables,
    proofs: Vec<ProofRules>,
    doubts: Vec<Doubt>,
    openings: Openings<Texts>,
    notes: Notes<Note>,
}

/// The file with the version and with what is said of any upload.
const VERDICTS: &str = "verdicts.yaml";
/// The file with what is reason to doubt a document; without it nothing is.
const DOUBTS: &str = "doubts.yaml";
/// The file with what the confidences of readers mean.
const CALIBRATION: &str = "calibration.yaml";
/// The file with the words that say the same; without it none do.
const SYNONYMS: &str = "synonyms.yaml";

impl Rules {
    /// Loads rule files, in whatever order they come, or says everything that is wrong with them, by file and line.
    pub fn load(files: impl IntoIterator<Item = RuleFile>) -> Result<Self, Vec<RuleError>> {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_by(|one, two| one.path.cmp(&two.path));
        let mut errors = Vec::new();
        let rules = Loading { files: &files, errors: &mut errors }.load();
        errors.sort();
        errors.dedup();
        match rules {
            Some(rules) if errors.is_empty() => Ok(rules),
            Some(_) | None => Err(errors),
        }
    }

    /// The version that the rule files give themselves.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The digest of all rule files: their names and contents.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// How many files were loaded.
    pub fn files(&self) -> usize {
        self.files
    }

    /// The document types, by name.
    pub fn document_types(&self) -> &[DocumentType] {
        &self.documents
    }

    /// The phrases of the signs of all document types; see [`document_type::signs`].
    pub(crate) fn signs(&self) -> &Lexicon<usize> {
        &self.signs
    }

    /// The words of the phrases of all document types.
    pub(crate) fn wordbook(&self) -> &Wordbook {
        &self.wordbook
    }

    /// One document type.
    pub fn document(&self, name: &str) -> Option<&DocumentType> {
        self.documents.iter().find(|document| document.name() == name)
    }

    /// What the confidences of readers mean.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// What proves something; `None` where no file says so.
    pub fn proof(&self, proof: Proof) -> Option<&ProofRules> {
        self.proofs.iter().find(|rules| rules.proof == proof)
    }

    /// All proofs, in the order of their files.
    pub fn proofs(&self) -> &[ProofRules] {
        &self.proofs
    }

    /// The dated constants.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// What is reason to doubt a document, in the order of the file.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// How a message to the applicant begins.
    pub fn openings(&self) -> &Openings<Texts> {
        &self.openings
    }

    /// What is said of any upload.
    pub fn notes(&self) -> &Notes<Note> {
        &self.notes
    }
}

/// Files on their way to become rules. Tables and documents come first: proofs are checked against them.
struct Loading<'a> {
    files: &'a [RuleFile],
    errors: &'a mut Vec<RuleError>,
}

impl Loading<'_> {
    fn load(&mut self) -> Option<Rules> {
        let (mut documents, mut tables, mut proofs) = (BTreeMap::new(), Tables::default(), Vec::new());
        let mut broken = BTreeSet::new();
        let (mut verdicts, mut calibration, mut doubts) = (None, None, None);
        // The phrases of all other files are made of its words.
        let synonyms = self.files.iter().find(|file| file.path == SYNONYMS).and_then(|file| {
            let mut problems = Problems::new(file, self.errors);
            problems.parse::<SynonymsFile>().map(|parsed| parsed.compile(&mut problems))
        });
        let mut numbering = Numbering::of(synonyms.unwrap_or_default());
        for file in self.files {
            let mut problems = Problems::new(file, self.errors);
            match place(&file.path) {
                Place::Document => {
                    match load_document(&mut problems, &file.path, &mut numbering) {
                        Some(document) => {
                            documents.insert(document.name().to_owned(), document);
                        }
                        None => broken.extend(stem(&file.path)),
                    }
                }
                Place::Table => {
                    if let Some(table) = problems.parse() {
                        tables.add(table, &mut problems);
                    }
                }
                Place::Proof => proofs.extend(problems.parse::<ProofFile>().map(|proof| (file, proof))),
                Place::Verdicts => verdicts = problems.parse::<VerdictsFile>().map(|parsed| (file, parsed)),
                Place::Calibration => {
                    let parsed = problems.parse::<CalibrationFile>();
                    calibration = parsed.map(|parsed| Calibration::compile(parsed, &mut problems));
                }
                Place::Doubts => doubts = problems.parse::<DoubtsFile>().map(|parsed| (file, parsed)),
                Place::Synonyms => {}
                Place::Other => problems.add(
                    serde_saphyr::Location::UNKNOWN,
                    "rule files are documents/*.yaml, proofs/*.yaml, tables/*.yaml, calibration.yaml, doubts.yaml, synonyms.yaml and verdicts.yaml",
                ),
            }
        }
        self.require_tables(&tables);
        let surroundings = Surroundings { documents: &documents, broken: &broken, tables: &tables };
        let compile = |(file, proof): (&RuleFile, ProofFile)| {
            surroundings.compile(proof, &file.path, &mut Problems::new(file, self.errors))
        };
        let proofs = proofs.into_iter().map(compile).collect();
        let doubts = doubts.map_or_else(Vec::new, |(file, doubts)| {
            doubts.compile(&tables, &mut Problems::new(file, self.errors))
        });
        self.require(VERDICTS, "it holds the version and the messages for any upload");
        self.require(CALIBRATION, "it holds what the confidences of readers mean");
        let ((file, verdicts), calibration) = (verdicts?, calibration?);
        let mut problems = Problems::new(file, self.errors);
        problems.require_schema(&verdicts.schema, verdicts::VERDICTS_SCHEMA);
        let notes = verdicts.notes.compile(&mut problems)?;
        let openings = openings(verdicts.openings);
        let digest = digest(self.files);
        let (files, documents) = (self.files.len(), documents.into_values().collect::<Vec<_>>());
        let version = verdicts.version;
        let signs = document_type::signs(&documents, &mut numbering);
        let wordbook = Wordbook::new(numbering);
        Some(Rules {
            version,
            digest,
            files,
            documents,
            signs,
            wordbook,
            calibration,
            tables,
            proofs,
            doubts,
            openings,
            notes,
        })
    }

    /// The constants that the program itself asks for must be there.
    fn require_tables(&mut self, tables: &Tables) {
        let names: Vec<_> = tables.names().map(|(name, _)| name).collect();
        for needed in crate::check::CONSTANTS {
            if !names.contains(&needed) {
                self.missing("tables", &format!("no table has the constant '{needed}', which is needed"));
            }
        }
    }

    fn require(&mut self, path: &str, because: &str) {
        if !self.files.iter().any(|file| file.path == path) {
            self.missing(path, &format!("this file is missing: {because}"));
        }
    }

    fn missing(&mut self, path: &str, problem: &str) {
        self.errors.push(RuleError {
            file: path.to_owned(),
            line: 1,
            column: 1,
            problem: problem.to_owned(),
        });
    }
}

/// The type whose file lies at `path`: they have one name.
fn stem(path: &str) -> Option<String> {
    Some(path.strip_prefix("documents/")?.strip_suffix(".yaml")?.to_owned())
}

enum Place {
    Document,
    Table,
    Proof,
    Verdicts,
    Calibration,
    Doubts,
    Synonyms,
    Other,
}

fn place(path: &str) -> Place {
    match path.split_once('/') {
        Some(("documents", name)) if name.ends_with(".yaml") => Place::Document,
        Some(("tables", name)) if name.ends_with(".yaml") => Place::Table,
        Some(("proofs", name)) if name.ends_with(".yaml") => Place::Proof,
        None if path == VERDICTS => Place::Verdicts,
        None if path == CALIBRATION => Place::Calibration,
        None if path == DOUBTS => Place::Doubts,
        None if path == SYNONYMS => Place::Synonyms,
        Some(_) | None => Place::Other,
    }
}

fn openings(file: Openings<Texts<file::Sited>>) -> Openings<Texts> {
    let plain = |texts: Texts<file::Sited>| Texts { en: texts.en.value, es: texts.es.value };
    Openings {
        verified: plain(file.verified),
        review: plain(file.review),
        resubmit: plain(file.resubmit),
        please_send: plain(file.please_send),
    }
}

fn digest(files: &[RuleFile]) -> Digest {
    Digest::of_parts(files.iter().flat_map(|file| [file.path.as_bytes(), file.text.as_bytes()]))
}
