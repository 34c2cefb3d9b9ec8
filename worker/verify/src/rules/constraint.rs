//! What the values of a document have to do with each other, as its rule file says it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zen_expression::variable::VariableType;

use super::document::{Kind, yes};
use super::expression::{self, names};
use super::file::Problems;

/// What a document's values must satisfy among themselves: it chooses between readings, confirms the right ones, and
/// is a finding where it does not hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConstraintRule {
    /// Unique in the file.
    pub name: String,
    /// The fields that must have been read for it to be judged.
    pub needs: Vec<String>,
    /// Conditions over the fields' values, one of which must be true: decimals, and dates as `d(field)`.
    #[serde(default)]
    pub any_of: Vec<String>,
    /// A property of the machine readable zone instead of a condition.
    #[serde(default)]
    pub mrz: Option<MrzProperty>,
    /// The two fields that it needs say the same, instead of a condition: names and numbers may be written otherwise,
    /// and a name may be cut short.
    #[serde(default)]
    pub same: bool,
    /// Lines of the document add up, instead of a condition: to the amount that it needs, or to the first that it needs
    /// less the second. These groups of terms stand on such lines.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Whether values that satisfy it confirm each other: true for arithmetic, false for mere order.
    #[serde(default)]
    pub confirms: bool,
    /// Fields that must not have been read for it to be judged.
    #[serde(default)]
    pub when_absent: Vec<String>,
    /// Those of the amounts that it needs that may stand under no label: where one of them is missing, it is the one
    /// amount on the pages with which the conditions hold, if there is just one.
    #[serde(default)]
    pub completes: Vec<String>,
    /// What is left over where no condition is true, as an expression over the same fields: where up to three other amounts
    /// of the pages come to it, as fees and checks that are listed apart do, it cannot be told whether it holds.
    #[serde(default)]
    pub remainder: Option<String>,
    /// Totals that leave something out where the first condition is the only one that is true: they are not what these
    /// fields mean, and are left out of what the document says.
    #[serde(default)]
    pub apart: Vec<String>,
    /// Whether it is a finding where it does not hold; otherwise it only helps to choose between readings.
    #[serde(default = "yes")]
    pub decides: bool,
    /// For the caseworker where it does not hold; `{field}` stands for a field's value.
    pub reason: String,
    /// Where it comes from.
    pub citation: String,
}

impl ConstraintRule {
    /// Says what is wrong with it in a file whose fields are of these kinds.
    pub(crate) fn check(&self, fields: &BTreeMap<&str, Kind>, problems: &mut Problems<'_>) {
        let (own, name) = (format!("name: {}", self.name), &self.name);
        let is_field = |field: &&String| fields.contains_key(field.as_str());
        for field in self.needs.iter().filter(|field| !is_field(field)) {
            problems.add_after(
                &own,
                field,
                0,
                format!("constraint '{name}' needs '{field}', which is no field"),
            );
        }
        let is_amount =
            |field: &&String| self.needs.contains(field) && fields.get(field.as_str()) == Some(&Kind::Money);
        for field in self.completes.iter().filter(|field| !is_amount(field)) {
            let problem =
                format!("constraint '{name}' completes '{field}', which is no amount that it needs");
            problems.add_after(&own, field, 0, problem);
        }
        for field in self.apart.iter().filter(|field| !is_field(field)) {
            let problem = format!("constraint '{name}' sets '{field}' apart, which is no field");
            problems.add_after(&own, field, 0, problem);
        }
        if !self.apart.is_empty() && self.any_of.len() < 2 {
            let problem = format!("constraint '{name}' sets fields apart by one condition");
            problems.add_after(&own, "apart:", 0, problem);
        }
        if self.citation.trim().is_empty() {
            problems.add_after(&own, "citation:", 0, format!("constraint '{name}' has no citation"));
        }
        if self.needs.iter().all(|field| is_field(&field)) {
            self.check_conditions(fields, &own, problems);
        }
        let holes = self.reason.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        for hole in holes.filter(|hole| !fields.contains_key(*hole)) {
            let problem = format!("the reason names '{hole}', which is no field");
            problems.add_after(&own, &format!("{{{hole}}}"), 1, problem);
        }
    }

    /// Conditions see amounts and numbers as numbers, and all else that the constraint needs as text.
    fn check_conditions(&self, fields: &BTreeMap<&str, Kind>, own: &str, problems: &mut Problems<'_>) {
        let seen = |field: &str| match fields.get(field) {
            Some(Kind::Money | Kind::Number | Kind::Year) => VariableType::Number,
            _ => VariableType::String,
        };
        let vocabulary = names(self.needs.iter().map(|field| (field.as_str(), seen(field))));
        let conditions = self.any_of.iter().map(|condition| (condition, VariableType::Bool));
        let remainder = self.remainder.iter().map(|remainder| (remainder, VariableType::Number));
        for (text, wanted) in conditions.chain(remainder) {
            expression::check(text, &vocabulary, &wanted, &mut |offset, problem| {
                problems.add_after(own, text, offset, problem);
            });
        }
    }
}

/// What can be asked of a machine readable zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MrzProperty {
    /// Every check digit fits.
    CheckDigits,
    /// It says what is printed above it.
    AgreesWithPrint,
}

/// Two values in one line with what they come to: so many hours at a rate. Where a line multiplies, they are found whatever
/// stands over them.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductRule {
    /// The field that counts: hours, a number.
    pub count: String,
    /// The field that says what one comes to: a rate, an amount.
    pub rate: String,
    /// Groups of terms one of which stands in such a line; one without is taken where there is none.
    #[serde(default)]
    pub on: Vec<String>,
    /// Groups of terms that stand in no such line.
    #[serde(default)]
    pub without: Vec<String>,
}
