//! The names that conditions and reasons may use, for each document type.
//! What they stand for on a document is worked out by `check::facts`, which follows the same list.

use std::collections::BTreeMap;

use serde_saphyr::Location;
use zen_expression::variable::VariableType;

use super::constraint::ConstraintRule;
use super::document::{DocumentRule, Kind};
use super::document_type::DocumentType;
use super::expression::names;
use super::file::Problems;
use super::table::{Constant, Tables};
use crate::wordbook::Numbering;

/// A name that is compared as a whole where a document shows its parts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeName {
    /// What conditions call it.
    pub name: &'static str,
    /// The field of the first name.
    pub first: &'static str,
    /// The field of the middle name, which may be missing.
    pub middle: &'static str,
    /// The field of the last name.
    pub last: &'static str,
}

/// The names that are compared as a whole: as printed, and as the barcode of a card has it.
const WHOLE_NAMES: [WholeName; 2] = [
    WholeName { name: "name", first: "first_name", middle: "middle_name", last: "last_name" },
    WholeName {
        name: "barcode_name",
        first: "barcode_first_name",
        middle: "barcode_middle_name",
        last: "barcode_last_name",
    },
];

/// The whole name that conditions call so.
pub fn whole_name(name: &str) -> Option<&'static WholeName> {
    WHOLE_NAMES.iter().find(|whole| whole.name == name)
}

/// The whole name that a field is a part of.
pub fn whole_name_of(field: &str) -> Option<&'static WholeName> {
    WHOLE_NAMES.iter().find(|whole| [whole.first, whole.middle, whole.last].contains(&field))
}

/// The names for a document of a type, or for an upload as a whole where there is none.
pub fn vocabulary(document: Option<&DocumentRule>, tables: &Tables) -> VariableType {
    let mut members: Vec<(&str, VariableType)> = vec![
        ("received_date", VariableType::Date),
        ("received_year", VariableType::Number),
        ("received_month", VariableType::Number),
        ("program", VariableType::String),
        ("given", given()),
        ("table", table_names(tables)),
    ];
    match document {
        None => members.push(("income", income())),
        Some(document) => {
            members.extend(kinds(document).into_iter().map(|(name, kind)| (name, type_of(kind))));
            members.extend(derived(document));
        }
    }
    names(members)
}

/// The fields that a name rests on; empty for what does not come from the document.
pub fn fields_behind(path: &[String], document: &DocumentRule) -> Vec<String> {
    match path {
        [group, member, ..] if GROUPS.contains(&group.as_str()) => {
            match whole_name(member).filter(|whole| shows_apart(document, whole)) {
                Some(whole) => vec![whole.first.to_owned(), whole.last.to_owned()],
                None => vec![member.clone()],
            }
        }
        [field] if kind_of(document, field).is_some() => vec![field.clone()],
        _ => Vec::new(),
    }
}

/// The names that conditions use for other things than fields.
const RESERVED: [&str; 12] = [
    "received_date",
    "received_year",
    "received_month",
    "program",
    "given",
    "table",
    "days",
    "match",
    "because",
    "state_of",
    "ssn_parts",
    "pay",
];

/// All fields of a document type with their kinds, those of its parties included.
pub fn kinds(document: &DocumentRule) -> BTreeMap<&str, Kind> {
    let own = document.fields.iter().map(|(name, field)| (name.as_str(), field.kind));
    let parties = document.parties.iter().flat_map(|party| {
        let names = party.names.iter().map(|name| (name.as_str(), party.kind));
        names.chain(party.address.as_deref().map(|name| (name, Kind::Address)))
    });
    parties.chain(own).collect()
}

/// The kind of one field; `None` where the type has no such field.
pub fn kind_of(document: &DocumentRule, field: &str) -> Option<Kind> {
    kinds(document).get(field).copied()
}

/// A document file, its names checked.
pub fn load_document(
    problems: &mut Problems<'_>,
    path: &str,
    numbering: &mut Numbering,
) -> Option<DocumentType> {
    let rule: DocumentRule = problems.parse()?;
    let name = &rule.document_type;
    if path != format!("documents/{name}.yaml") {
        problems.add(Location::UNKNOWN, format!("the file of the type '{name}' is documents/{name}.yaml"));
    }
    let fields = kinds(&rule);
    for field in fields.keys().filter(|field| RESERVED.contains(field)) {
        problems
            .add(Location::UNKNOWN, format!("a field may not be called '{field}': conditions use that name"));
    }
    for (language, title) in [("en", &rule.title.en), ("es", &rule.title.es)] {
        if title.trim().is_empty() {
            problems.add_after("\ntitle:", language, 0, format!("the title in '{language}' is empty"));
        }
    }
    let before = problems.count();
    for (at, constraint) in rule.constraints.iter().enumerate() {
        constraint.check(&fields, problems);
        if rule.constraints.iter().take(at).any(|other| other.name == constraint.name) {
            let problem = format!("two constraints are called '{}'", constraint.name);
            problems.add_after(&format!("name: {}", constraint.name), &constraint.name, 0, problem);
        }
    }
    let sound = problems.count() == before;
    for (name, field) in &rule.fields {
        let confirms = |constraint: &ConstraintRule| {
            constraint.confirms && !constraint.any_of.is_empty() && constraint.needs.contains(name)
        };
        let is_amount_of_sum = field.kind == Kind::Money && rule.constraints.iter().any(confirms);
        if !field.weak_labels.is_empty() && !is_amount_of_sum {
            let problem = format!("'{name}' has weak labels, and is no amount that a constraint confirms");
            problems.add_after(&format!("\n  {name}:"), "weak_labels:", 0, problem);
        }
        let terms = field.with.iter().chain(&field.without).chain(&field.totals);
        for term in terms.filter(|term| !rule.terms.contains_key(*term)) {
            let problem = format!("'{name}' has '{term}', which is no group of terms");
            problems.add_after(&format!("\n  {name}:"), term, 0, problem);
        }
        if let Some(other) = field.gives_way_to.as_ref().filter(|other| !fields.contains_key(other.as_str()))
        {
            let problem = format!("'{name}' gives way to '{other}', which is no field");
            problems.add_after(&format!("\n  {name}:"), other, 0, problem);
        }
    }
    for product in &rule.products {
        for (field, kind) in [(&product.count, Kind::Number), (&product.rate, Kind::Money)] {
            if rule.fields.get(field).map(|rule| rule.kind) != Some(kind) {
                let problem = format!("a product has '{field}', which is no field of kind {kind:?}");
                problems.add(Location::UNKNOWN, problem);
            }
        }
        for term in product.on.iter().chain(&product.without).filter(|term| !rule.terms.contains_key(*term)) {
            problems.add(Location::UNKNOWN, format!("a product has '{term}', which is no group of terms"));
        }
    }
    let compiled = DocumentType::compile(rule, numbering);
    // What is wrong with a condition has been said where it stands.
    if let (Err(error), true) = (&compiled, sound) {
        problems.add(Location::UNKNOWN, error.to_string());
    }
    compiled.ok()
}

/// The groups of names that are worked out from a field.
const GROUPS: [&str; 5] = ["days", "match", "because", "state_of", "ssn_parts"];

fn derived(document: &DocumentRule) -> Vec<(&'static str, VariableType)> {
    let of = |wanted: fn(Kind) -> bool, as_type: fn() -> VariableType| {
        names(
            kinds(document).into_iter().filter(|(_, kind)| wanted(*kind)).map(|(name, _)| (name, as_type())),
        )
    };
    let compared = |as_type: fn() -> VariableType| {
        let fields = kinds(document).into_iter().filter(|(name, kind)| is_compared(name, *kind));
        let whole = WHOLE_NAMES.iter().filter(|whole| shows_apart(document, whole)).map(|whole| whole.name);
        names(fields.map(|(name, _)| name).chain(whole).map(|name| (name, as_type())))
    };
    vec![
        ("days", of(|kind| kind == Kind::Date, || VariableType::Number)),
        ("match", compared(|| VariableType::Bool)),
        ("because", compared(|| VariableType::String)),
        ("state_of", of(|kind| kind == Kind::Address, || VariableType::String)),
        ("ssn_parts", of(|kind| kind == Kind::Ssn, ssn)),
        ("pay", pay()),
    ]
}

/// Whether a field can be compared with what the applicant gave.
fn is_compared(name: &str, kind: Kind) -> bool {
    match kind {
        Kind::Person | Kind::Address | Kind::Ssn => true,
        Kind::Date | Kind::Month => name.ends_with("date_of_birth"),
        Kind::Money
        | Kind::Number
        | Kind::Year
        | Kind::Organisation
        | Kind::Code
        | Kind::Digits
        | Kind::Tin
        | Kind::Phone
        | Kind::State
        | Kind::Choice
        | Kind::Signature
        | Kind::Period
        | Kind::Text => false,
    }
}

fn shows_apart(document: &DocumentRule, whole: &WholeName) -> bool {
    let shows = |field| kind_of(document, field).is_some();
    shows(whole.first) && shows(whole.last) && !shows(whole.name)
}

fn type_of(kind: Kind) -> VariableType {
    match kind {
        Kind::Money | Kind::Number | Kind::Year => VariableType::Number,
        Kind::Date | Kind::Month => VariableType::Date,
        Kind::Person
        | Kind::Organisation
        | Kind::Address
        | Kind::Ssn
        | Kind::Code
        | Kind::Digits
        | Kind::Tin
        | Kind::Phone
        | Kind::State
        | Kind::Choice
        | Kind::Signature
        | Kind::Period
        | Kind::Text => VariableType::String,
    }
}

fn ssn() -> VariableType {
    let number = || VariableType::Number;
    names([("hidden", VariableType::Bool), ("area", number()), ("group", number()), ("serial", number())])
}

fn pay() -> VariableType {
    names([
        ("frequency", VariableType::String),
        ("period_days", VariableType::Number),
        ("period_fits", VariableType::Bool),
    ])
}

fn given() -> VariableType {
    names(["date_of_birth", "address", "ssn_last4", "income"].map(|name| (name, VariableType::Bool)))
}

fn income() -> VariableType {
    let numbers =
        ["monthly", "net_monthly", "attested_monthly", "difference_percent", "net_difference_percent"];
    let texts = ["method", "problem"].map(|name| (name, VariableType::String));
    let others = texts.into_iter().chain([("same_side", VariableType::Bool)]);
    names(numbers.map(|name| (name, VariableType::Number)).into_iter().chain(others))
}

pub(super) fn table_names(tables: &Tables) -> VariableType {
    names(tables.names().map(|(name, constant)| {
        let kind = match constant {
            Constant::Number(_) => VariableType::Number,
            Constant::List(_) => VariableType::String.array(),
            // Keys are looked up while running: a year or a frequency that is not there makes a check inconclusive.
            Constant::By(_) => VariableType::Any,
        };
        (name, kind)
    }))
}
