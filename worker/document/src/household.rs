//! Who lives with an applicant, and which of the case's questions are open: what a document may be about beside the
//! applicant.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Applicant, AttestedIncome, Proof};

/// The household that income is judged for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Household {
    /// How many people it has, the applicant included; at least one.
    pub size: u32,
    /// What the household stated beside the income of this person, where all of it was stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_income: Option<AttestedIncome>,
    /// The others, as far as documents may be theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// Somebody of the household beside the applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The case's own name for this person.
    pub member_id: String,
    /// Who it is.
    pub person: Applicant,
    /// The income stated for this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub income: Option<AttestedIncome>,
}

/// Something in a case that does not agree with other data, and that a document can settle (10 CCR 6492; 42 CFR 435.952).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inconsistency {
    /// The case's own name for it.
    pub inconsistency_id: String,
    /// What a document must prove to clear it.
    pub proof_of: Proof,
    /// Whom it is about; the applicant where it names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<String>,
}

/// The most members or inconsistencies that a submission may name.
pub(crate) const MAX_NAMED: usize = 100;

impl Household {
    /// What is wrong with it, if anything.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let mut ids: Vec<&str> = self.members.iter().map(|member| member.member_id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let incomes =
            self.members.iter().filter_map(|member| member.income.as_ref()).chain(&self.other_income);
        if self.size == 0 || self.members.len() >= self.size as usize {
            Some("household.size must count the applicant and all members")
        } else if self.members.len() > MAX_NAMED {
            Some("household names too many members")
        } else if ids.len() < self.members.len() {
            Some("household names a member_id twice")
        } else if incomes.map(|income| income.amount).any(|amount: Decimal| amount.is_sign_negative()) {
            Some("an income of the household must not be negative")
        } else {
            None
        }
    }
}
