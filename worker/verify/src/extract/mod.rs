//! Reads a document's fields: finds the labels, gathers candidates for each value, and chooses the combination that
//! satisfies the document's own constraints. Judging what the values mean is left to `check`.

mod assign;
mod attached;
mod block;
mod candidate;
mod choose;
mod complete;
mod constraint;
mod letterhead;
mod lines;
mod marker;
mod mrz;
mod page;
mod party;
mod product;
mod prose;
mod qualify;
mod remainder;
mod seek;
mod signature;
mod unlabelled;

use std::collections::BTreeMap;

use document::MrzLine;

use crate::aamva::Card;
use crate::field::{ConstraintOutcome, Field, Provenance};
use crate::layout::Layout;
use crate::pieces::Pieces;
use crate::rules::document::FieldRule;
use crate::rules::document_type::{DocumentType, Owner};
use candidate::Candidate;
use page::PageView;

/// One page as extraction sees it.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    /// Its words.
    pub layout: &'a Layout,
    /// The same, cut into pieces and looked up.
    pub(crate) pieces: &'a Pieces<'a>,
    /// Its machine readable zone.
    pub mrz: &'a [MrzLine],
    /// What its barcode says of a card.
    pub(crate) card: Option<&'a Card<'a>>,
}

/// What a document says; empty for a document of no known type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extraction {
    /// By name; no entry for what the document does not show.
    pub fields: BTreeMap<String, Field>,
    /// What came of the constraints, in the order of the rule file.
    pub constraints: Vec<ConstraintOutcome>,
}

/// The fields of a document of the given type.
pub fn extract(pages: &[PageInput<'_>], document_type: &DocumentType) -> Extraction {
    let views: Vec<_> = pages.iter().map(|page| PageView::new(page, document_type)).collect();
    let extraction = of_views(&views, pages, document_type);
    if !is_poor(&extraction, &views, document_type) {
        return extraction;
    }
    // Where captions and values take turns at equal distances, what they say together tells which belongs to which.
    let turned: Vec<_> = views.into_iter().map(PageView::turned).collect();
    let other = of_views(&turned, pages, document_type);
    if sense(&other) > sense(&extraction) + CLEARLY_MORE { other } else { extraction }
}

/// How much more sense an extraction must make than another: about what one field does.
const CLEARLY_MORE: f64 = 1.0;

/// Whether so little is found around the captions of fields that the values may stand on their other side.
fn is_poor(extraction: &Extraction, views: &[PageView<'_>], document_type: &DocumentType) -> bool {
    const FEWEST: usize = 4;
    let captions = |index| {
        let labels = views
            .iter()
            .flat_map(move |view| view.labels(Owner::Field(index)).map(move |label| (view, label)));
        labels.filter(|(view, label)| view.is_alone(label))
    };
    let captioned =
        || document_type.fields().iter().enumerate().filter(|(index, _)| captions(*index).next().is_some());
    let count = captioned().count();
    // What has its value beside it has it neither over nor under it.
    let beside =
        captioned().filter(|(index, _)| captions(*index).any(|(view, label)| view.goes_on(label))).count();
    let is_found = |name: &String| matches!(extraction.fields.get(name), Some(Field::Found { .. }));
    let missing = captioned().filter(|(_, (name, _))| !is_found(name)).count();
    let contradicted = extraction.constraints.iter().filter(|outcome| outcome.holds == Some(false)).count();
    count >= FEWEST && 2 * beside < count && 3 * (missing + contradicted) > count
}

/// How well the fields of an extraction go together: how surely each was found, and what its constraints say.
fn sense(extraction: &Extraction) -> f64 {
    let found = extraction.fields.values().filter_map(|field| match field {
        Field::Found { confidence, .. } => Some(confidence.get()),
        Field::Unreadable { .. } => None,
    });
    let outcomes = extraction.constraints.iter().filter_map(|outcome| outcome.holds);
    found.sum::<f64>() + outcomes.map(|holds| if holds { 0.5 } else { -1.0 }).sum::<f64>()
}

fn of_views(views: &[PageView<'_>], pages: &[PageInput<'_>], document_type: &DocumentType) -> Extraction {
    let zone = pages.iter().find_map(|page| mrz::Zone::read(page.mrz, page.layout.page));
    let mut candidates: BTreeMap<&str, Vec<Candidate>> = BTreeMap::new();
    let mut mailing = Vec::new();
    for (view, page) in views.iter().zip(pages) {
        for (index, (name, field)) in document_type.fields().iter().enumerate() {
            candidates.entry(name).or_default().extend(seek::field(view, index, field));
        }
        for (name, candidate) in party::parties(view) {
            if is_mailing(document_type, name) {
                mailing.push((name, candidate));
            } else {
                candidates.entry(name).or_default().push(candidate);
            }
        }
        for rule in &document_type.rule.products {
            for (name, candidate) in product::candidates(view, rule) {
                candidates.entry(name).or_default().push(candidate);
            }
        }
        for (index, candidate) in prose::candidates(page, document_type) {
            if let Some((name, _)) = document_type.fields().get(index) {
                candidates.entry(name).or_default().push(candidate);
            }
        }
    }
    if let Some(zone) = &zone {
        for (name, field) in document_type.fields() {
            candidates.entry(name).or_default().extend(field.mrz.and_then(|part| zone.candidate(part)));
        }
    }
    for page in pages {
        for (name, field) in document_type.fields() {
            candidates.entry(name).or_default().extend(of_card(page, field));
        }
    }
    for (name, field) in document_type.fields() {
        let first = field.prose.following.as_ref().and_then(|first| candidates.get(first.as_str()));
        let Some(first) = first else { continue };
        let found: Vec<_> = views.iter().flat_map(|view| attached::following(view, field, first)).collect();
        candidates.entry(name).or_default().extend(found);
    }
    // The line under a title is found when the title has been.
    for (name, field) in document_type.fields().iter().chain(document_type.fields()) {
        let over = field.under.as_ref().and_then(|over| candidates.get(over.as_str()));
        let Some(over) = over else { continue };
        let found: Vec<_> = views.iter().flat_map(|view| attached::under(view, field, over)).collect();
        candidates.entry(name).or_default().extend(found);
    }
    mailing.retain(|(name, _)| {
        !candidates.get(name).is_some_and(|found| found.iter().any(|found| found.score() >= LABEL_STANDS))
    });
    for (name, candidate) in mailing {
        candidates.entry(name).or_default().push(candidate);
    }
    let mut chosen = choose::choose(candidates, document_type.constraints());
    if let Some(zone) = &zone {
        zone.believe_printed(&mut chosen, document_type);
    }
    complete::complete(&mut chosen, document_type, views);
    complete::give_way(&mut chosen, document_type);
    complete::leave_parts(&mut chosen, document_type, views);
    let mut extraction = choose::settle(chosen, document_type.constraints(), views, zone.as_ref());
    mark_unreadable(&mut extraction.fields, views, document_type);
    choose::leave_apart(&mut extraction, document_type.constraints());
    extraction
}

/// From this score on something on the document is labelled as the address that a mailing address stands in for.
const LABEL_STANDS: f64 = 0.5;

/// Whether a field is the address at which somebody gets mail.
fn is_mailing(document_type: &DocumentType, name: &str) -> bool {
    let mut parties = document_type.parties().iter().filter(|party| party.mailing);
    parties.any(|party| party.address.as_deref() == Some(name))
}

/// What a card's barcode says of a field. Its own error correction has proved what was read.
fn of_card(page: &PageInput<'_>, field: &FieldRule) -> Option<Candidate> {
    let card = page.card?;
    let value = card.value(field.card?)?;
    Some(Candidate::of_code(value, mrz::CHECKED, page.layout.page, card.quad))
}

/// Fields whose label is plain to see, with something beside it that is no value of its kind.
fn mark_unreadable(
    fields: &mut BTreeMap<String, Field>,
    views: &[PageView<'_>],
    document_type: &DocumentType,
) {
    for (index, (name, field)) in document_type.fields().iter().enumerate() {
        if fields.contains_key(name) {
            continue;
        }
        let garbled = views.iter().find_map(|view| {
            let label = view.labels(Owner::Field(index)).find(|label| seek::garbled(view, label, field))?;
            Some(Provenance { page: view.layout.page, quad: view.layout.quad(label.range.clone())? })
        });
        if let Some(provenance) = garbled {
            fields.insert(name.clone(), Field::Unreadable { provenance });
        }
    }
}
