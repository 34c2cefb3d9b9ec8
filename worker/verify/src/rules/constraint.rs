//! What the values of a document have to do with each other, as its rule file says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::yes;

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
