//! Says which type of document a page is of, by the signs that the rule files list. Reading its fields is left to `extract`.

use document::{Confidence, MrzLine};

use crate::aamva::Card;
use crate::layout::Layout;
use crate::pieces::Pieces;
use crate::rules::Rules;
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

/// So many bytes are short for a word.
const SHORT: usize = 3;

/// The likeliest type of a page. A page of no known type is said to be unknown, never forced
/// into a type: unless one type is likelier than all others together and none, there is none.
pub fn classify<'a>(page: &PageSigns<'_>, rules: &'a Rules) -> Classification<'a> {
    let types = rules.document_types();
    let values = values_shown(page, types);
    let mut phrases = phrases_shown(page, rules).into_iter();
    // The odds that it is of each type, against its being of none.
    let odds = types.iter().map(|document_type| {
        let points = points(page, document_type, phrases.by_ref(), &values);
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

/// How alike the print is to a phrase of each sign, type after type; 0 for a sign of which no phrase stands on the page.
fn phrases_shown(page: &PageSigns<'_>, rules: &Rules) -> Vec<f64> {
    let signs = rules.document_types().iter().map(|document_type| document_type.rule.recognise.signs.len());
    let mut shown = vec![0.0; signs.sum()];
    for phrase in rules.signs().find(page.layout, page.pieces) {
        if let Some(likeness) = shown.get_mut(phrase.owner) {
            *likeness = phrase.likeness.max(*likeness);
        }
    }
    shown
}

/// The weights of the type's signs that the page shows, added up. Takes what `phrases` say of the signs.
fn points(
    page: &PageSigns<'_>,
    document_type: &DocumentType,
    phrases: impl Iterator<Item = f64>,
    values: &[(Kind, bool)],
) -> f64 {
    let strength = |sign: &Sign, phrase: f64| {
        let value = sign.value.is_some_and(|kind| values.contains(&(kind, true)));
        let other = value || shows_mrz(page, sign) || (sign.card && page.card.is_some());
        if other { 1.0 } else { phrase }
    };
    let signs = document_type.rule.recognise.signs.iter().zip(phrases);
    signs.map(|(sign, phrase)| sign.weight * strength(sign, phrase)).sum()
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
        let (field, layout) = (FieldRule::of(kind), page.layout);
        let reads = |(at, end)| values::read(&field, layout, at, end).is_some();
        let words = || layout.rows().iter().flat_map(|row| row.clone().map(|at| (at, row.end)));
        // What a short word is is told sooner: `CA`.
        let is_short = |(at, _): &(usize, usize)| layout.word(*at).len() <= SHORT;
        words().filter(is_short).any(reads) || words().filter(|word| !is_short(word)).any(reads)
    };
    kinds.into_iter().map(|kind| (kind, stands(kind))).collect()
}
