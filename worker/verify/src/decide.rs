//! Turns findings into what happens next, a score and a message. It only weighs: what is true of the documents is
//! left to `check`. A wrong `verified` is the worst it could do, so everything that is not clearly met prevents it.

use ::document::{Confidence, Language, Submission};

use crate::check::{Checked, Judged, Subject};
use crate::field::ExtractedDocument;
use crate::rules::{Remedy, Rules};
use crate::verdict::{Disposition, Messages, Outcome};

/// What happens next, and what the applicant is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What happens next.
    pub disposition: Disposition,
    /// How far the documents prove it, in `0.0..=1.0`; see [`decide`].
    pub score: Confidence,
    /// For the applicant.
    pub messages: Messages,
}

/// Decides by what was found.
///
/// `verified` when at least one document counts and no finding is failed or inconclusive. `resubmit` when no document
/// counts with all its findings met, and everything that is not met can be mended by the applicant. Otherwise
/// `review`; also instead of `resubmit` where the program asks for no proof at all.
///
/// The score is 0 when no document counts. Otherwise, with `met` the share of findings that are met among those that
/// speak of the upload and of documents that count (inconclusive ones count half), `type` the least confidence in the
/// type of a document that counts, and `field` the least confidence of the fields that its findings rest on, it is
/// `met × type × field`, rounded to four decimals.
pub fn decide(
    submission: &Submission,
    documents: &[ExtractedDocument],
    checked: &Checked,
    rules: &Rules,
) -> Decision {
    let disposition = disposition(submission, checked, rules);
    let messages = Messages {
        en: message(submission, checked, rules, disposition, Language::En),
        es: message(submission, checked, rules, disposition, Language::Es),
    };
    Decision { disposition, score: score(documents, checked), messages }
}

fn disposition(submission: &Submission, checked: &Checked, rules: &Rules) -> Disposition {
    let open: Vec<&Judged> = checked.judged.iter().filter(|judged| judged.is_open()).collect();
    let counting = counting(checked);
    if open.is_empty() {
        return if counting.is_empty() { Disposition::Review } else { Disposition::Verified };
    }
    let met = |index: &usize| !open.iter().any(|judged| judged.subject == Subject::Document(*index));
    let mendable = open.iter().all(|judged| judged.remedy == Remedy::Resubmit);
    if mendable && !counting.iter().any(met) && not_asked(submission, rules).is_none() {
        Disposition::Resubmit
    } else {
        Disposition::Review
    }
}

/// Why the program asks for no proof on that day, where it asks for none.
fn not_asked<'a>(submission: &Submission, rules: &'a Rules) -> Option<&'a str> {
    rules.proof(submission.proof_of)?.not_asked(submission.program, submission.received_date)
}

/// The documents that count, by their place in the list.
fn counting(checked: &Checked) -> Vec<usize> {
    let counting =
        checked.judged.iter().filter_map(|judged| match (judged.subject, judged.finding.outcome) {
            (Subject::Counting(index), Outcome::Pass) => Some(index),
            _ => None,
        });
    counting.collect()
}

fn score(documents: &[ExtractedDocument], checked: &Checked) -> Confidence {
    let counting = counting(checked);
    if counting.is_empty() {
        return Confidence::clamped(0.0);
    }
    let speaks = |judged: &&Judged| match judged.subject {
        Subject::Upload => true,
        Subject::Counting(index) | Subject::Document(index) => {
            counting.contains(&index) || matches!(judged.subject, Subject::Counting(_))
        }
    };
    let (mut weight, mut met, mut field) = (0.0, 0.0, 1.0_f64);
    for judged in checked.judged.iter().filter(speaks) {
        let share = match judged.finding.outcome {
            Outcome::Pass => 1.0,
            Outcome::Inconclusive => 0.5,
            Outcome::Fail => 0.0,
            Outcome::NotApplicable => continue,
        };
        weight += 1.0;
        met += share;
        field = judged.confidence.map_or(field, |confidence| field.min(confidence));
    }
    let types = counting.iter().filter_map(|index| documents.get(*index));
    let least_type = types.map(|document| document.type_confidence.get()).fold(1.0, f64::min);
    Confidence::clamped(met / f64::max(weight, 1.0) * least_type * field).rounded()
}

fn message(
    submission: &Submission,
    checked: &Checked,
    rules: &Rules,
    disposition: Disposition,
    language: Language,
) -> String {
    let openings = rules.openings();
    let opening = match disposition {
        Disposition::Verified => &openings.verified,
        Disposition::Review => &openings.review,
        Disposition::Resubmit => &openings.resubmit,
    };
    let mut sentences = vec![opening.get(language).trim().to_owned()];
    for judged in checked.judged.iter().filter(|judged| judged.is_open()) {
        let Some(messages) = &judged.messages else { continue };
        let own = match language {
            Language::En => &messages.en,
            Language::Es => &messages.es,
        };
        if !sentences.iter().any(|said| said == own) {
            sentences.push(own.clone());
        }
    }
    if disposition == Disposition::Resubmit
        && let Some(proof) = rules.proof(submission.proof_of)
    {
        let please = openings.please_send.get(language).trim();
        sentences.push(format!("{please} {}", proof.ask.get(language).trim()));
    }
    sentences.join(" ")
}
