//! Whether there is reason to doubt a document: by what its file tells, by what was changed on its pages, and by where it
//! was seen before. A doubt is a finding that is stated and left open, so that a person looks; it never refuses anything,
//! and never asks the applicant for anything (42 CFR 435.407: a copy counts unless there is stated reason to question it).
//! What is a reason is left to the rule file `doubts.yaml`; looking documents up among others to `pipeline`.

mod facts;
mod sketch;

use ::document::{Digest, Reading, Rect, Submission};
use zen_expression::vm::VM;

pub use sketch::Sketch;

use crate::check::{Judged, Subject};
use crate::field::ExtractedDocument;
use crate::rules::doubts::{Clue, Doubt};
use crate::rules::{Remedy, Rules};
use crate::verdict::{Finding, Messages, Outcome, Place};
use facts::Facts;

pub(crate) use facts::example;

/// What is known beside an upload itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Circumstances {
    /// Where its documents were seen before, for other cases.
    pub seen: Vec<Sighting>,
}

/// That a document came for another case before.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The file of this upload.
    pub document: Digest,
    /// The page of that file, counted from 1; `None` where the whole file is the same.
    pub page: Option<u32>,
    /// The case it came for.
    pub case_id: String,
    /// The submission it came with.
    pub submission_id: String,
    /// The share of figures that both have, in `0.0..=1.0`; 1 for the same file.
    pub likeness: f64,
    /// Whether the applicant there goes by the same name, and has the same birthday as far as both are known.
    pub same_applicant: bool,
    /// Whether the family name is the same.
    pub same_last_name: bool,
    /// Whether the address is the same; `None` where one is not known.
    pub same_address: Option<bool>,
}

/// A place of a clue, and what is known of it.
struct Found {
    facts: Facts,
    places: Vec<Place>,
}

/// The doubts about the documents of a submission, given what `check` found of them. Documents that do not count anyway
/// are not doubted: the applicant is asked for others.
pub fn doubts(
    submission: &Submission,
    documents: &[ExtractedDocument],
    readings: &[Reading],
    circumstances: &Circumstances,
    judged: &[Judged],
    rules: &Rules,
) -> Vec<Judged> {
    let (program, date) = (submission.program, submission.received_date);
    let in_force: Vec<&Doubt> =
        rules.doubts().iter().filter(|doubt| doubt.scope.covers(program, date)).collect();
    let asked_again = |index: usize| {
        let own = judged.iter().find(|judged| judged.subject == Subject::Counting(index));
        own.is_none_or(|own| own.is_open() && own.remedy == Remedy::Resubmit)
    };
    let mut found = Vec::new();
    for (index, document) in documents.iter().enumerate().filter(|(index, _)| !asked_again(*index)) {
        for doubt in &in_force {
            let clues = match doubt.of {
                Clue::File => of_files(document, readings),
                Clue::Change => of_changes(document, readings),
                Clue::Sighting => of_sightings(document, readings, circumstances),
            };
            found.extend(judge(submission, rules, doubt, index, document, clues));
        }
    }
    found
}

/// What a doubt comes to on the clues of a document: one finding for all of them.
fn judge(
    submission: &Submission,
    rules: &Rules,
    doubt: &Doubt,
    index: usize,
    document: &ExtractedDocument,
    clues: Vec<Found>,
) -> Option<Judged> {
    /// Beyond so many, the caseworker is told how many more there are.
    const NAMED: usize = 3;
    let mut vm = VM::new();
    let (mut reasons, mut evidence, mut messages) = (Vec::new(), Vec::new(), None);
    for Found { facts, places } in clues {
        let scope = facts.scope(submission, rules, &document.document_type, &doubt.reads);
        if doubt.condition.evaluate(&scope, &mut vm).as_bool() != Some(true) {
            continue;
        }
        let reason = doubt.reason.fill(&scope, &mut vm).trim().to_owned();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
        evidence.extend(places.into_iter().filter(|place| !evidence.contains(place)).collect::<Vec<_>>());
        messages = messages.or_else(|| {
            let mut fill = |text: &crate::rules::Template| text.fill(&scope, &mut vm).trim().to_owned();
            Some(Messages { en: fill(&doubt.messages.en), es: fill(&doubt.messages.es) })
        });
    }
    let more = reasons.len().saturating_sub(NAMED);
    reasons.truncate(NAMED);
    let mut reason = reasons.join("; ");
    if more > 0 {
        reason.push_str(&format!("; and {more} more"));
    }
    messages.as_ref()?;
    let (rule, citation) = (doubt.rule.clone(), doubt.citation.clone());
    let finding = Finding { rule, outcome: Outcome::Inconclusive, reason, citation, evidence };
    let subject = Subject::Document(index);
    Some(Judged { finding, subject, remedy: Remedy::Review, messages, confidence: None, unread: false })
}

/// What the files of a document tell.
fn of_files(document: &ExtractedDocument, readings: &[Reading]) -> Vec<Found> {
    let files = numbered(readings).filter(|(_, reading)| document.files.contains(&reading.document));
    let found = files.filter_map(|(before, reading)| {
        let origin = reading.origin.as_ref()?;
        let first = document
            .pages
            .iter()
            .find(|page| **page > before && (**page - before) as usize <= reading.pages.len());
        Some(Found {
            facts: Facts::of_file(origin),
            places: first.map(|page| whole(*page)).into_iter().collect(),
        })
    });
    found.collect()
}

/// What was changed on the pages of a document.
fn of_changes(document: &ExtractedDocument, readings: &[Reading]) -> Vec<Found> {
    let origins = numbered(readings).filter_map(|(before, reading)| Some((before, reading.origin.as_ref()?)));
    let found = origins.flat_map(|(before, origin)| {
        let changes = origin.changes.iter().map(move |change| (before.saturating_add(change.page), change));
        let own = changes.filter(|(page, _)| document.pages.contains(page));
        own.map(move |(page, change)| Found {
            facts: Facts::of_change(origin, change, page),
            places: vec![Place { page, quad: change.quad.rounded() }],
        })
    });
    found.collect()
}

/// Where a document was seen before.
fn of_sightings(
    document: &ExtractedDocument,
    readings: &[Reading],
    circumstances: &Circumstances,
) -> Vec<Found> {
    let files = numbered(readings).filter(|(_, reading)| document.files.contains(&reading.document));
    let found = files.flat_map(|(before, reading)| {
        let own = circumstances.seen.iter().filter(|sighting| sighting.document == reading.document);
        own.filter_map(move |sighting| {
            let page = sighting.page.map(|page| before.saturating_add(page));
            if page.is_some_and(|page| !document.pages.contains(&page)) {
                return None;
            }
            let page = page.or_else(|| document.pages.iter().copied().find(|page| *page > before));
            let places = page.map(whole).into_iter().collect();
            Some(Found { facts: Facts::of_sighting(sighting), places })
        })
    });
    found.collect()
}

/// Readings with the number of pages before each.
fn numbered(readings: &[Reading]) -> impl Iterator<Item = (u32, &Reading)> {
    readings.iter().scan(0_u32, |pages, reading| {
        let before = *pages;
        *pages = pages.saturating_add(u32::try_from(reading.pages.len()).unwrap_or(u32::MAX));
        Some((before, reading))
    })
}

fn whole(page: u32) -> Place {
    Place { page, quad: Rect::new(0.0, 0.0, 1.0, 1.0).into() }
}
