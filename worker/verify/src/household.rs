//! Whom of a household the documents are about, and which of the case's open questions a verdict clears.

use std::borrow::Cow;

use ::document::{Member, Submission};

use crate::compare;
use crate::field::{ExtractedDocument, Field, Value};
use crate::verdict::Disposition;

/// A submission as it is judged: for the person that the documents are about.
#[derive(Debug, Clone, PartialEq)]
pub struct Whom<'a> {
    /// The submission with that person as its applicant.
    pub submission: Cow<'a, Submission>,
    /// The case's own name for the person; `None` for the applicant.
    pub member_id: Option<&'a str>,
}

/// The applicant, unless the documents name one member of the household and do not name the applicant.
pub fn whom<'a>(submission: &'a Submission, documents: &[ExtractedDocument]) -> Whom<'a> {
    let applicant = Whom { submission: Cow::Borrowed(submission), member_id: None };
    let Some(household) = submission.household.as_ref().filter(|household| !household.members.is_empty())
    else {
        return applicant;
    };
    let shown: Vec<String> = documents.iter().flat_map(names).collect();
    let names = |person| shown.iter().any(|name| compare::names(name, person).holds() == Some(true));
    if names(&submission.applicant) {
        return applicant;
    }
    let named: Vec<&Member> = household.members.iter().filter(|member| names(&member.person)).collect();
    let [member] = named.as_slice() else { return applicant };
    let mut theirs = submission.clone();
    theirs.applicant = member.person.clone();
    theirs.attested_income.clone_from(&member.income);
    // What the others stated is known for the applicant alone.
    if let Some(household) = &mut theirs.household {
        household.other_income = None;
    }
    Whom { submission: Cow::Owned(theirs), member_id: Some(&member.member_id) }
}

impl Whom<'_> {
    /// What a verdict clears: what it proves of this person, where it proves it.
    pub fn clears(&self, disposition: Disposition) -> Vec<String> {
        let proved = disposition == Disposition::Verified;
        let about = self.submission.inconsistencies.iter().filter(|open| {
            open.proof_of == self.submission.proof_of && open.member_id.as_deref() == self.member_id
        });
        about.filter(|_| proved).map(|open| open.inconsistency_id.clone()).collect()
    }
}

/// The names that a document shows, those in parts put together.
fn names(document: &ExtractedDocument) -> Vec<String> {
    let name = |field: &'_ Field| {
        if let Some(Value::Name(name)) = field.value() { Some(name.clone()) } else { None }
    };
    let part = |field: &str| document.fields.get(field).and_then(name);
    let whole = part("first_name").zip(part("last_name")).map(|(first, last)| format!("{last}, {first}"));
    let shown = document.fields.values().filter_map(name);
    shown.chain(whole).collect()
}
