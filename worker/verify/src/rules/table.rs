//! The rule files of dated constants. Which constant means what is left to the checks that name them.

use std::collections::BTreeMap;

use ::document::Program;
use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{Problems, Scope, Sited, Source};

/// The schema of [`TableFile`].
pub const TABLE_SCHEMA: &str = "vouch/table/1";

/// A file of constants.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    /// [`TABLE_SCHEMA`].
    #[schemars(with = "String", extend("const" = TABLE_SCHEMA))]
    pub schema: Sited,
    /// What the constants are for.
    pub description: String,
    /// By the name that conditions use after `table.`; unique among all tables.
    #[schemars(with = "BTreeMap<String, ConstantFile>")]
    pub constants: BTreeMap<String, Spanned<ConstantFile>>,
}

/// One constant and its values through time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstantFile {
    /// What it is.
    pub description: String,
    /// Days, dollars, percent and so on.
    pub unit: String,
    /// The values; for one program and day there is at most one.
    #[schemars(with = "Vec<EntryFile>")]
    pub values: Vec<Spanned<EntryFile>>,
}

/// One value of a constant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryFile {
    /// A single number; exactly one of `value`, `list` and `by` is given.
    #[serde(default)]
    #[schemars(with = "Option<f64>")]
    pub value: Option<Decimal>,
    /// Several texts, numbers as texts.
    #[serde(default)]
    pub list: Option<Vec<String>>,
    /// Numbers by key: by year, by frequency, by household size.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, f64>>")]
    pub by: Option<BTreeMap<String, Decimal>>,
    /// The first day it holds.
    #[schemars(with = "String")]
    pub effective_from: Date,
    /// The last day it holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub effective_to: Option<Date>,
    /// For these programs alone; for all others when absent.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// Where it is written.
    pub source: Source,
}

/// All constants of all tables.
#[derive(Debug, Clone, Default)]
pub struct Tables(BTreeMap<String, Vec<Entry>>);

#[derive(Debug, Clone)]
struct Entry {
    scope: Scope,
    constant: Constant,
}

/// The value of a constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// A single number.
    Number(Decimal),
    /// Several texts.
    List(Vec<String>),
    /// Numbers by key.
    By(BTreeMap<String, Decimal>),
}

impl Tables {
    /// The constant as it stands for `program` on `date`: the program's own where it has one.
    pub fn get(&self, name: &str, program: Program, date: Date) -> Option<&Constant> {
        let mut holding = self.0.get(name)?.iter().filter(|entry| entry.scope.covers(program, date));
        let first = holding.next()?;
        let own = |entry: &&Entry| !entry.scope.programs.is_empty();
        Some(&Some(first).filter(own).or_else(|| holding.find(own)).unwrap_or(first).constant)
    }

    /// The constant, where it is a single number.
    pub fn number(&self, name: &str, program: Program, date: Date) -> Option<Decimal> {
        match self.get(name, program, date)? {
            Constant::Number(number) => Some(*number),
            Constant::List(_) | Constant::By(_) => None,
        }
    }

    /// The number that the constant has for a key.
    pub fn by(&self, name: &str, key: &str, program: Program, date: Date) -> Option<Decimal> {
        match self.get(name, program, date)? {
            Constant::By(numbers) => numbers.get(key).copied(),
            Constant::Number(_) | Constant::List(_) => None,
        }
    }

    /// All numbers of a constant with their keys; none where it has no keys.
    pub fn all(&self, name: &str, program: Program, date: Date) -> Vec<(String, Decimal)> {
        match self.get(name, program, date) {
            Some(Constant::By(numbers)) => {
                numbers.iter().map(|(key, number)| (key.clone(), *number)).collect()
            }
            Some(Constant::Number(_) | Constant::List(_)) | None => Vec::new(),
        }
    }

    /// All names, with one value of each to know its kind by.
    pub fn names(&self) -> impl Iterator<Item = (&str, &Constant)> {
        self.0.iter().filter_map(|(name, entries)| Some((name.as_str(), &entries.first()?.constant)))
    }

    /// Adds the constants of a file.
    pub(super) fn add(&mut self, file: TableFile, problems: &mut Problems<'_>) {
        problems.require_schema(&file.schema, TABLE_SCHEMA);
        for (name, constant) in file.constants {
            if self.0.contains_key(&name) {
                problems.add(constant.defined, format!("the constant '{name}' is in another table too"));
            }
            let mut entries: Vec<Entry> = Vec::new();
            for entry in constant.value.values {
                let at = entry.defined;
                let Some(entry) = Entry::new(entry, problems) else { continue };
                let clashes = |other: &Entry| {
                    other.scope.overlaps(&entry.scope)
                        && other.scope.programs.is_empty() == entry.scope.programs.is_empty()
                };
                if entries.iter().any(clashes) {
                    problems
                        .add(at, format!("two values of '{name}' hold on the same day: set effective_to"));
                }
                entries.push(entry);
            }
            if entries.is_empty() {
                problems.add(constant.defined, format!("'{name}' has no values"));
            }
            self.0.insert(name, entries);
        }
    }
}

impl Entry {
    fn new(file: Spanned<EntryFile>, problems: &mut Problems<'_>) -> Option<Self> {
        let at = file.defined;
        let file = file.value;
        let constant = match (file.value, file.list, file.by) {
            (Some(number), None, None) => Constant::Number(number),
            (None, Some(list), None) => Constant::List(list),
            (None, None, Some(numbers)) => Constant::By(numbers),
            _ => {
                problems.add(at, "give exactly one of value, list and by");
                return None;
            }
        };
        if file.effective_to.is_some_and(|last| last < file.effective_from) {
            problems.add(at, "effective_to lies before effective_from");
        }
        let scope = Scope { from: file.effective_from, to: file.effective_to, programs: file.programs };
        Some(Self { scope, constant })
    }
}
