//! Says which type of document a page is of, by the signs that the rule files list. Reading its fields is left to `extract`.

use document::{Confidence, MrzLine};

use crate::aamva::Card;
use crate::layout::Layout;
use crate::pieces::Pieces;
use crate::rules::document::{FieldRule, Kind, Sign};
use crate::rules::document_type::DocumentType;
use crate::values;

/// What a page was taken for.
#[derive(Debug, Clone, Copy)]
pub struct Classification<'a> {
    /// The type; `None` for a page of no known type.
    pub document_type: Option<&'a DocumentType>,
    /// How sure that is.
    pub confidence: Confidence,
}

/// One page as classification sees it.
#[derive(Debug, Clone, Copy)]
pub struct PageSigns<'a> {
    /// Its words.
    pub layout: &'a Layout,
    /// The same, cut into pieces and looked up.
    pub(crate) pieces: &'a Pieces<'a>,
    /// Its machine readable zone.
    pub mrz: &'a [MrzLine],
    /// What its barcode says of a card.
    pub(crate) card: Option<&'a Card<'a>>,
}

/// Every further point makes a type about this much likelier.
const ODDS_OF_A_POINT: f64 = 3.0;

/// The likeliest type of a page. A page of no known type is said to be unknown, never forced
/// into a type: unless one type is likelier than all others together and none, there is none.
pub fn classify<'a>(page: &PageSigns<'_>, types: &'a [DocumentType]) -> Classification<'a> {
    let values = values_shown(page, types);
    // The odds that it is of each type, against its being of none.
    let odds = types.iter().map(|document_type| {
        let points = points(page, document_type, &values);
        (
            document_type,
            ODDS_OF_A_POINT.powf((points - document_type.rule.recognise.at_least).clamp(-20.0, 20.0)),
        )
    });
    let odds: Vec<_> = odds.collect();
    let total = 1.0 + odds.iter().map(|(_, odds)| odds).sum::<f64>();
    let best = odds.iter().max_by(|one, two| one.1.total_cmp(&two.1));
    match best {
        Some((document_type, odds)) if odds / total > 0.5 => Classification {
            document_type: Some(document_type),
            confidence: Confidence::clamped(odds / total),
        },
        _ => Classification { document_type: None, confidence: Confidence::clamped(1.0 / total) },
    }
}

/// The weights of the type's signs that the page shows, added up.
fn points(page: &PageSigns<'_>, document_type: &DocumentType, values: &[(Kind, bool)]) -> f64 {
    let found = document_type.signs().find(page.layout, page.pieces);
    let strength = |index: usize, sign: &Sign| {
        let phrase = found.iter().filter(|phrase| phrase.owner == index).map(|phrase| phrase.likeness);
        let phrase = phrase.fold(0.0, f64::max);
        let value = sign.value.is_some_and(|kind| values.contains(&(kind, true)));
        let other = value || shows_mrz(page, sign) || (sign.card && page.card.is_some());
        if other { 1.0 } else { phrase }
    };
    let signs = document_type.rule.recognise.signs.iter().enumerate();
    signs.map(|(index, sign)| sign.weight * strength(index, sign)).sum()
}

fn shows_mrz(page: &PageSigns<'_>, sign: &Sign) -> bool {
    let begins = |start: &String| page.mrz.first().is_some_and(|line| line.text.starts_with(start.as_str()));
    sign.mrz.as_ref().is_some_and(begins)
}

/// Of each kind of value that is a sign of some type, whether one stands on the page.
fn values_shown(page: &PageSigns<'_>, types: &[DocumentType]) -> Vec<(Kind, bool)> {
    let signs = types.iter().flat_map(|document_type| &document_type.rule.recognise.signs);
    let mut kinds: Vec<_> = signs.filter_map(|sign| sign.value).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let stands = |kind| {
        let (field, mut rows) = (FieldRule::of(kind), page.layout.rows().iter());
        rows.any(|row| row.clone().any(|at| values::read(&field, page.layout, at, row.end).is_some()))
    };
    kinds.into_iter().map(|kind| (kind, stands(kind))).collect()
}
