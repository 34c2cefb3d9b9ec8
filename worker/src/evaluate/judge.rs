//! Holds what was read of a document, and the verdict on its submission, against its label.
//! When two values are the same is left to `compare`, counting to `summary`.

use std::collections::BTreeMap;

use document::Reading;
use verify::field::{ExtractedDocument, Field, UNKNOWN};
use verify::rules::document_type::DocumentType;
use verify::rules::{Rules, kind_of};
use verify::verdict::{Outcome, Place, Verdict};

use super::compare::{differ_in_accents_alone, same};
use super::result::{Extra, FileResult, Found, Miss, OpenFinding, VerdictResult};
use super::set::{Case, Label};

/// What became of a case. `readings` are of [`Case::files`]: the labelled file's, then those of its submission.
pub fn judge(case: &Case, readings: &[&Reading], rules: &Rules) -> Option<FileResult> {
    let (own, sent) = readings.split_first()?;
    let mut result = read(&case.label, own, rules);
    if let Some(submission) = &case.submission {
        let sent: Vec<Reading> = sent.iter().map(|reading| (*reading).clone()).collect();
        let verdict = verify::verify(submission, &sent, rules);
        result.verdict = Some(judged(&case.label, &result, &verdict, pages_before(own, &sent)));
    }
    Some(result)
}

/// What was read of one file.
fn read(label: &Label, reading: &Reading, rules: &Rules) -> FileResult {
    let documents = verify::arrange::documents(std::slice::from_ref(reading), rules);
    let built = rules.document(&label.document_type);
    let expected_type = built.map_or(UNKNOWN, DocumentType::name).to_owned();
    let as_expected = documents.iter().find(|document| document.document_type == expected_type);
    let found = as_expected.or_else(|| documents.first());
    let mut result = FileResult {
        id: label.id().to_owned(),
        file: label.file.clone(),
        capture: label.capture.clone(),
        labelled_type: label.document_type.clone(),
        expected_type,
        found_type: found.map_or(UNKNOWN, |document| document.document_type.as_str()).to_owned(),
        right: BTreeMap::new(),
        misses: Vec::new(),
        extras: Vec::new(),
        verdict: None,
    };
    if let Some(built) = built {
        let found = found.filter(|_| result.type_is_right());
        compare_fields(label, built, found, &mut result);
    }
    result
}

/// Sorts the fields of a document into those that are right, those that are not, and those that nobody labelled.
fn compare_fields(
    label: &Label,
    built: &DocumentType,
    document: Option<&ExtractedDocument>,
    result: &mut FileResult,
) {
    let fields = document.map(|document| &document.fields);
    for (name, expected) in &label.fields {
        let Some(expected) = expected.as_str() else { continue };
        let field = fields.and_then(|fields| fields.get(name));
        match field.and_then(found) {
            Some(found) if same(kind_of(&built.rule, name), &found.value, expected) => {
                result.right.insert(name.clone(), found.confidence);
            }
            found => {
                let label = field.filter(|_| found.is_none()).map(place);
                result.misses.push(Miss { field: name.clone(), expected: expected.to_owned(), found, label });
            }
        }
    }
    if label.complete {
        let unlabelled = fields.into_iter().flatten().filter(|(name, _)| !label.fields.contains_key(*name));
        let extra =
            |(name, field): (&String, &Field)| Some(Extra { field: name.clone(), found: found(field)? });
        result.extras.extend(unlabelled.filter_map(extra));
    }
}

fn found(field: &Field) -> Option<Found> {
    match field {
        Field::Found { value, confidence, .. } => Some(Found {
            value: value.to_string(),
            confidence: confidence.rounded().get(),
            place: place(field),
        }),
        Field::Unreadable { .. } => None,
    }
}

/// Where a field, or its label, stands, as verdicts say it.
fn place(field: &Field) -> Place {
    let provenance = field.provenance();
    Place { page: provenance.page, quad: provenance.quad.rounded() }
}

/// How many pages of the submission stand before the labelled file; `None` where that was not sent.
fn pages_before(own: &Reading, sent: &[Reading]) -> Option<u32> {
    let at = sent.iter().position(|reading| reading.document == own.document)?;
    let before = sent.iter().take(at).map(|reading| reading.pages.len()).sum::<usize>();
    u32::try_from(before).ok()
}

fn judged(label: &Label, result: &FileResult, verdict: &Verdict, pages_before: Option<u32>) -> VerdictResult {
    let open = verdict.findings.iter().filter(|finding| is_open(finding.outcome));
    let open = open.map(|finding| OpenFinding {
        rule: finding.rule.clone(),
        outcome: finding.outcome,
        reason: finding.reason.clone(),
    });
    let rests_on = |place: &Place| {
        let page = pages_before.map(|before| before.saturating_add(place.page));
        let mut met = verdict.findings.iter().filter(|finding| finding.outcome == Outcome::Pass);
        page.is_some_and(|page| met.any(|finding| finding.evidence.contains(&Place { page, ..*place })))
    };
    let wrong = result.misses.iter().filter(|miss| {
        let misleads =
            |it: &Found| rests_on(&it.place) && !differ_in_accents_alone(&it.value, &miss.expected);
        miss.found.as_ref().is_some_and(misleads)
    });
    VerdictResult {
        expected: label.expected.clone(),
        found: verdict.disposition,
        open: open.collect(),
        rests_on_wrong: wrong.map(|miss| miss.field.clone()).collect(),
    }
}

fn is_open(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Fail | Outcome::Inconclusive => true,
        Outcome::Pass | Outcome::NotApplicable => false,
    }
}
