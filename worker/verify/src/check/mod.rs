//! Applies the rules of a proof to the documents of an upload: findings with reasons, citations and evidence.
//! What follows from the findings is left to `decide`.

mod apply;
pub(crate) mod facts;
mod shown;
mod standing;
mod upload;

use ::document::Submission;

pub use upload::{PageFlaw, UploadFault, faults, flaws};

use crate::field::ExtractedDocument;
use crate::income::{Earnings, PERIODS};
use crate::rules::{ProofRules, Remedy, Rules};
use crate::verdict::{Finding, Income, Messages, Outcome};
use facts::{Case, Trusted};

/// Everything that was found, and the income that the documents show.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// In order: the upload's faults, then each document's standing, constraints and checks, then the checks of the
    /// upload as a whole.
    pub judged: Vec<Judged>,
    /// Computed where income was to be proved and the documents that count show it.
    pub income: Option<Income>,
}

/// A finding, with what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// As the verdict shows it.
    pub finding: Finding,
    /// What it speaks of.
    pub subject: Subject,
    /// What happens where it is not met.
    pub remedy: Remedy,
    /// For the applicant where it is not met.
    pub messages: Option<Messages>,
    /// The least confidence of the fields that it rests on; `None` where it rests on none.
    pub confidence: Option<f64>,
    /// Whether it is open only because something could not be read: a better picture might decide it.
    pub unread: bool,
}

/// What a finding speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The upload as a whole, or one of its files or pages.
    Upload,
    /// Whether a document, by its place in the list, counts as proof.
    Counting(usize),
    /// A document, by its place in the list.
    Document(usize),
}

impl Checked {
    /// The findings alone, in order.
    pub fn findings(&self) -> Vec<Finding> {
        self.judged.iter().map(|judged| judged.finding.clone()).collect()
    }
}

impl Judged {
    /// Whether it speaks against `verified`.
    pub fn is_open(&self) -> bool {
        match self.finding.outcome {
            Outcome::Fail | Outcome::Inconclusive => true,
            Outcome::Pass | Outcome::NotApplicable => false,
        }
    }
}

/// The constants that the program itself asks the tables for.
pub const CONSTANTS: [&str; 5] =
    [FIELD_CONFIDENCE, AGREEING_CONFIDENCE, TYPE_CONFIDENCE, FLAW_SEVERITY, PERIODS];

/// Below this confidence a field counts as not read.
const FIELD_CONFIDENCE: &str = "field_confidence";

/// The same for a field that says what the applicant gave.
const AGREEING_CONFIDENCE: &str = "agreeing_confidence";

/// Below this confidence a document's type counts as not known.
const TYPE_CONFIDENCE: &str = "type_confidence";

/// From this severity on a flaw of a picture is why something could not be read.
const FLAW_SEVERITY: &str = "flaw_severity";

/// Judges the documents of a submission, and what is wrong with its files and pictures, by the rules of its received
/// date.
pub fn check(
    submission: &Submission,
    documents: &[ExtractedDocument],
    faults: &[UploadFault],
    flaws: &[PageFlaw],
    rules: &Rules,
) -> Checked {
    let case = Case { submission, rules };
    let mut judged: Vec<Judged> = faults.iter().map(|fault| upload::judge(&case, fault)).collect();
    if documents.is_empty() && faults.is_empty() {
        judged.push(upload::no_document(&case));
    }
    let Some(proof) = rules.proof(submission.proof_of) else {
        judged.push(standing::no_rules(&case));
        return Checked { judged, income: None };
    };
    let (mut payments, mut any_counts) = (Vec::new(), false);
    for (index, document) in documents.iter().enumerate() {
        let trusted = Trusted::new(&case, document);
        let counts = standing::judge(&case, proof, index, document);
        let applies = !counts.is_open();
        any_counts |= applies;
        // Whoever decides on it wants to know too whether its values hold together.
        let is_accepted = counts.finding.outcome != Outcome::Fail && !counts.unread;
        let mut own = vec![counts];
        if is_accepted {
            own.extend(standing::constraints(&case, index, trusted));
        }
        if applies {
            own.extend(apply::document(&case, proof, index, trusted));
            let amount = proof.amount(&document.document_type);
            payments.extend(amount.map(|amount| trusted.payment(amount)));
        }
        let of_document = |flaw: &&PageFlaw| document.pages.contains(&flaw.page);
        for flaw in flaws.iter().filter(of_document).filter(|flaw| upload::matters(&case, flaw)) {
            blame(&case, flaw, index, &mut own);
        }
        judged.extend(own);
    }
    let earnings = earnings(&case, payments);
    if any_counts {
        judged.extend(apply::upload(&case, proof, &earnings));
    }
    Checked { judged, income: earnings.ok().map(|earned| case.income_report(&earned)) }
}

/// Where something could not be read on a document and a picture of it is poor, the applicant can mend it.
fn blame(case: &Case<'_>, flaw: &PageFlaw, index: usize, judged: &mut Vec<Judged>) {
    let mut any = false;
    for unread in judged.iter_mut().filter(|judged| judged.unread && judged.is_open()) {
        unread.remedy = Remedy::Resubmit;
        unread.messages = None;
        any = true;
    }
    if any {
        judged.push(upload::of_picture(case, flaw, Subject::Document(index)));
    }
}

/// The earnings, unless a document that counts does not say what it pays how often.
fn earnings(case: &Case<'_>, payments: Vec<Option<crate::income::Payment>>) -> Result<Earnings, String> {
    let payments: Option<Vec<_>> = payments.into_iter().collect();
    let payments = payments.ok_or("an amount, or how often it is paid, could not be made out")?;
    Earnings::of(&payments, case.factors())
}

/// Applies one check alone: for the examples of rule files.
pub(crate) fn apply_alone(
    submission: &Submission,
    documents: &[ExtractedDocument],
    rules: &Rules,
    proof: &ProofRules,
    check: &crate::rules::Check,
) -> Vec<Judged> {
    let case = Case { submission, rules };
    if check.documents.is_empty() {
        let payments = documents.iter().map(|document| {
            let amount = proof.amount(&document.document_type)?;
            Trusted::new(&case, document).payment(amount)
        });
        let earnings = earnings(&case, payments.collect());
        return apply::one(&case, proof, check, None, &earnings).into_iter().collect();
    }
    let first = documents.first().map(|document| Trusted::new(&case, document));
    apply::one(&case, proof, check, first.map(|first| (0, first)), &Err(String::new())).into_iter().collect()
}
