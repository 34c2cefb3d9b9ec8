//! The message that starts everything: which files, for which case and applicant, to prove what.

use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::household::{Household, Inconsistency, MAX_NAMED};
use crate::stored::{StoredSubmission, SubmissionSchemaError};

/// One upload and what it is to prove. Read from JSON in the form of [`StoredSubmission`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSubmission", into = "StoredSubmission")]
pub struct Submission {
    /// The sender's own id, unique for each upload; 1 to 128 letters, digits, `-`, `_` or `.`.
    pub submission_id: String,
    /// The case it belongs to.
    pub case_id: String,
    /// Whose rules apply.
    pub program: Program,
    /// What the upload is to prove.
    pub proof_of: Proof,
    /// The day it was received: every rule is applied as of this day.
    pub received_date: Date,
    /// In which the applicant is written to.
    pub language: Language,
    /// The uploaded files, in order; at least one.
    pub files: Vec<FileRef>,
    /// What the applicant says the document is, as a document type's name.
    pub declared_type: Option<String>,
    /// Whom the proof is for.
    pub applicant: Applicant,
    /// The income the applicant stated.
    pub attested_income: Option<AttestedIncome>,
    /// Who lives with the applicant, where the sender says so.
    pub household: Option<Household>,
    /// What of the case is open and could be cleared.
    pub inconsistencies: Vec<Inconsistency>,
}

/// Where one uploaded file lies: `s3://bucket/key`, a path, or a path relative to the submission's own place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FileRef(pub String);

/// The person a proof is for. Only a name is needed; what is absent is not compared.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Applicant {
    /// Given name or names.
    pub first_name: String,
    /// Family name or names.
    pub last_name: String,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub date_of_birth: Option<Date>,
    /// Home address on one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The last four digits of the Social Security number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssn_last4: Option<String>,
}

/// The income an applicant stated, before deductions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestedIncome {
    /// Dollars for each period, not negative.
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// How often it comes.
    pub frequency: Frequency,
}

/// How often something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// 52 times a year.
    Weekly,
    /// 26 times a year.
    Biweekly,
    /// 24 times a year.
    Semimonthly,
    /// 12 times a year.
    Monthly,
    /// Once a year.
    Annual,
}

/// The benefit program whose rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// California's health insurance exchange.
    CoveredCalifornia,
    /// California's Medicaid.
    MediCal,
    /// California's SNAP.
    Calfresh,
}

/// What a document can prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// What the applicant earns.
    Income,
    /// Who the applicant is.
    Identity,
    /// That the applicant is a citizen.
    Citizenship,
    /// That the applicant may live in the country.
    LawfulPresence,
    /// Where the applicant lives.
    Residency,
}

/// A language in which applicants are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

/// A submission that cannot be worked on: the sender must correct it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Written for another version.
    #[error(transparent)]
    Schema(#[from] SubmissionSchemaError),
    /// The id is used in file names and object keys.
    #[error(
        "submission_id must be 1 to 128 letters, digits, '-', '_' or '.', and start with a letter or digit"
    )]
    Id,
    /// Nothing was uploaded.
    #[error("files must name at least one file")]
    NoFiles,
    /// More files than an upload may have.
    #[error("files names {0} files, at most {MAX_FILES}")]
    TooManyFiles(usize),
    /// There is nobody to compare the document with.
    #[error("applicant needs a first_name or a last_name")]
    NoName,
    /// Compared digit by digit, so it must be four of them.
    #[error("ssn_last4 must be four digits")]
    SsnLast4,
    /// Income is not negative.
    #[error("attested income must not be negative")]
    NegativeIncome,
    /// What is said of the household does not hold together.
    #[error("{0}")]
    Household(&'static str),
    /// Every inconsistency is one of the applicant or of a member that is named, and there are not too many.
    #[error(
        "inconsistencies must be at most {MAX_NAMED}, each about the applicant or a member of the household"
    )]
    Inconsistencies,
}

/// The most files one upload may have.
pub const MAX_FILES: usize = 100;

impl Submission {
    /// The same submission, if it can be worked on.
    pub(crate) fn checked(self) -> Result<Self, SubmissionError> {
        let id = self.submission_id.as_bytes();
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let starts_well = id.first().is_some_and(u8::is_ascii_alphanumeric);
        if !starts_well || id.len() > 128 || !id.iter().all(allowed) {
            return Err(SubmissionError::Id);
        }
        match self.files.len() {
            0 => return Err(SubmissionError::NoFiles),
            1..=MAX_FILES => {}
            more => return Err(SubmissionError::TooManyFiles(more)),
        }
        let applicant = &self.applicant;
        if applicant.first_name.trim().is_empty() && applicant.last_name.trim().is_empty() {
            return Err(SubmissionError::NoName);
        }
        let four_digits = |text: &String| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !applicant.ssn_last4.as_ref().is_none_or(four_digits) {
            return Err(SubmissionError::SsnLast4);
        }
        if self.attested_income.as_ref().is_some_and(|income| income.amount.is_sign_negative()) {
            return Err(SubmissionError::NegativeIncome);
        }
        if let Some(problem) = self.household.as_ref().and_then(Household::problem) {
            return Err(SubmissionError::Household(problem));
        }
        let members = self.household.iter().flat_map(|household| &household.members);
        let named: Vec<&str> = members.map(|member| member.member_id.as_str()).collect();
        let known = |open: &Inconsistency| open.member_id.as_deref().is_none_or(|id| named.contains(&id));
        if self.inconsistencies.len() > MAX_NAMED || !self.inconsistencies.iter().all(known) {
            return Err(SubmissionError::Inconsistencies);
        }
        Ok(self)
    }
}

/// Hides what it holds: an applicant's particulars never reach a log.
impl fmt::Debug for Applicant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Applicant(hidden)")
    }
}

impl Frequency {
    /// How many pays a year has.
    pub fn per_year(self) -> u32 {
        match self {
            Self::Weekly => 52,
            Self::Biweekly => 26,
            Self::Semimonthly => 24,
            Self::Monthly => 12,
            Self::Annual => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"schema": "vouch/submission/1", "submission_id": "s-1", "case_id": "88-1",
        "program": "medi-cal", "proof_of": "income", "received_date": "2026-11-02", "files": ["stub.pdf"],
        "applicant": {"first_name": "Ines", "last_name": "Okafor", "ssn_last4": "4821"},
        "attested": {"income": {"amount": "2000.00", "frequency": "biweekly"}},
        "household": {"size": 3, "other_income": {"amount": "100.00", "frequency": "weekly"},
            "members": [{"member_id": "m-2", "person": {"first_name": "Ada", "last_name": "Okafor"}}]},
        "inconsistencies": [{"inconsistency_id": "i-7", "proof_of": "income", "member_id": "m-2"}]}"#;

    #[test]
    fn a_submission_survives_being_written() {
        let submission: Submission = serde_json::from_str(WHOLE).unwrap();
        assert_eq!(submission.language, Language::En);
        let json = serde_json::to_string(&submission).unwrap();
        assert_eq!(serde_json::from_str::<Submission>(&json).unwrap(), submission);
    }

    #[test]
    fn what_cannot_be_worked_on_is_refused_with_a_reason() {
        let cases = [
            ("submission/1", "submission/2", "not 'vouch/submission/1'"),
            ("s-1", "../s-1", "submission_id"),
            (r#"["stub.pdf"]"#, "[]", "at least one file"),
            ("4821", "482", "four digits"),
            ("2000.00", "-1", "negative"),
            ("2026-11-02", "2026-13-02", "month"),
            ("medi-cal", "medicare", "unknown variant"),
            (r#""case_id""#, r#""note": 1, "case_id""#, "unknown field"),
            (r#""size": 3"#, r#""size": 1"#, "must count the applicant and all members"),
            ("100.00", "-100.00", "income of the household must not be negative"),
            (
                r#""income", "member_id": "m-2""#,
                r#""income", "member_id": "m-3""#,
                "a member of the household",
            ),
        ];
        for (from, to, message) in cases {
            let error = serde_json::from_str::<Submission>(&WHOLE.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(message), "{to}: {error}");
        }
    }

    #[test]
    fn an_applicant_does_not_show_in_debug_output() {
        let submission: Submission = serde_json::from_str(WHOLE).unwrap();
        assert!(!format!("{submission:?}").contains("Okafor"));
    }
}
