//! From readings to a verdict: classify, extract, check, decide. No I/O, no clock, no randomness, and total: what is
//! wrong with a document is data in the verdict. Loading rule files from a disk is left to the caller.

#![warn(clippy::indexing_slicing)]

mod aamva;
pub mod arrange;
pub mod check;
pub mod classify;
pub mod compare;
pub mod decide;
pub mod doubt;
pub mod extract;
pub mod field;
pub mod household;
pub mod income;
pub mod income_report;
pub mod layout;
mod lexicon;
mod neighbours;
pub mod pay;
mod pieces;
pub mod poverty;
mod printed;
pub mod rules;
mod synonyms;
pub mod text;
mod values;
pub mod verdict;
mod wordbook;

use document::{Reading, Submission};

use decide::Decision;
use doubt::Circumstances;
use rules::Rules;
use verdict::{DocumentReport, RulesStamp, VERDICT_SCHEMA, Verdict};

/// Judges a submission by the readings of its files, in the order of `submission.files`, as of its received date.
pub fn verify(submission: &Submission, readings: &[Reading], rules: &Rules) -> Verdict {
    verify_among(submission, readings, &Circumstances::default(), rules)
}

/// The same where it is known what else was sent.
pub fn verify_among(
    submission: &Submission,
    readings: &[Reading],
    circumstances: &Circumstances,
    rules: &Rules,
) -> Verdict {
    let documents = arrange::documents(readings, rules);
    let (faults, flaws) = (check::faults(readings), check::flaws(readings));
    let whom = household::whom(submission, &documents);
    let mut checked = check::check(&whom.submission, &documents, &faults, &flaws, rules);
    let doubts = doubt::doubts(submission, &documents, readings, circumstances, &checked.judged, rules);
    checked.judged.extend(doubts);
    let Decision { disposition, score, messages } = decide::decide(submission, &documents, &checked, rules);
    let mut readers: Vec<_> = readings.iter().flat_map(|reading| reading.readers.iter().cloned()).collect();
    readers.sort();
    readers.dedup();
    Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        submission_id: submission.submission_id.clone(),
        case_id: submission.case_id.clone(),
        disposition,
        score,
        documents: documents.iter().map(DocumentReport::from).collect(),
        findings: checked.findings(),
        income: checked.income,
        member_id: whom.member_id.map(str::to_owned),
        clears: whom.clears(disposition),
        messages,
        rules: RulesStamp { version: rules.version().to_owned(), digest: rules.digest() },
        readers,
    }
}
