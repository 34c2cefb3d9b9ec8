//! Whose a value beside or under a label is: what the headings over it and the words before it in its row say of it.

use document::Rect;
use rust_decimal::Decimal;

use super::page::{Label, PageView};
use super::seek::{Found, Place};
use crate::field::Value;
use crate::rules::document::{FieldRule, Kind, Order};
use crate::rules::document_type::Owner;
use crate::values::Parsed;

/// Keeps the values whose row or column is that of a qualifying term, and weighs those without any such term.
pub(super) fn qualified(
    view: &PageView<'_>,
    label: &Label,
    field: &FieldRule,
    mut places: Vec<Place>,
) -> Vec<Place> {
    // `Gross earnings 174.33 3,348.00`: what stands under `Hours` is no amount.
    if field.kind == Kind::Money && places.len() > 2 {
        places.retain(|place| !counts(view, label, &place.what));
    }
    if field.order.is_none() && ends_in_their_sum(&places) {
        places.drain(..places.len() - 1);
    }
    let (Some(with), count) = (&field.with, places.len()) else {
        let allowed = |place: &Place| {
            !term_of(view, label, &place.what).is_some_and(|term| excluded(view, field, term))
        };
        return places.into_iter().filter(allowed).collect();
    };
    let itself = view.says(label, with);
    let with = view.document_type.term(with);
    let weighed = places.into_iter().enumerate().filter_map(|(index, place)| {
        let beside = term_beside(view, label, &place.what);
        let factor = match beside.or_else(|| term_over(view, label, &place.what)) {
            _ if itself => 1.0,
            Some(term) if Some(term) == with => 1.0,
            // The only amount of a total is the period's, whichever column it is set in.
            Some(_) if beside.is_none() && count == 1 && field.order == Some(Order::First) => 0.65,
            Some(_) if beside.is_none() && count == 1 && field.order == Some(Order::Last) => 0.6,
            Some(term) if excluded(view, field, term) => return None,
            _ => match field.order {
                Some(Order::First) if index == 0 => 0.85,
                Some(Order::Last) if index + 1 == count && count > 1 => 0.7,
                Some(_) => 0.25,
                None => 0.8,
            },
        };
        Some(Place { relation: place.relation * factor, ..place })
    });
    weighed.collect()
}

/// Whether the last of several amounts in a row is what the others come to: months, and their total.
fn ends_in_their_sum(places: &[Place]) -> bool {
    let amount = |place: &Place| match &place.what {
        Found::Parsed(Parsed { value: Value::Money(amount), .. }) => Some(*amount),
        Found::Parsed(_) | Found::Block(_) => None,
    };
    let amounts: Option<Vec<Decimal>> = places.iter().map(amount).collect();
    let amounts = amounts.unwrap_or_default();
    let [months @ .., total] = amounts.as_slice() else { return false };
    let sum = months.iter().try_fold(Decimal::ZERO, |sum, month| sum.checked_add(*month));
    months.len() > 1 && !total.is_zero() && sum == Some(*total)
}

/// Whether the heading over a value in the row of a label is that of a field which counts something.
fn counts(view: &PageView<'_>, label: &Label, found: &Found) -> bool {
    let Some(value) = view.layout.rect(found.words()) else { return false };
    let words = view.layout.words.iter().enumerate();
    let headings = words.filter(|(at, word)| {
        let over = word.rect.centre().y < label.rect.top && word.rect.overlap_x(&value) > 0.0;
        over && view.layout.word(*at).contains(char::is_alphabetic)
    });
    let nearest = headings.max_by(|(_, one), (_, two)| one.rect.bottom.total_cmp(&two.rect.bottom));
    let Some((heading, _)) = nearest else { return false };
    let fields = view.document_type.fields().iter().enumerate();
    let mut counting = fields.filter(|(_, (_, field))| field.kind == Kind::Number);
    counting.any(|(index, _)| view.labels(Owner::Field(index)).any(|label| label.range.contains(&heading)))
}

fn excluded(view: &PageView<'_>, field: &FieldRule, term: usize) -> bool {
    field.without.iter().any(|name| view.document_type.term(name) == Some(term))
}

/// The term that qualifies a value: beside it, or else over it.
fn term_of(view: &PageView<'_>, label: &Label, found: &Found) -> Option<usize> {
    term_beside(view, label, found).or_else(|| term_over(view, label, found))
}

/// The term between label and value, or before the label in its row.
fn term_beside(view: &PageView<'_>, label: &Label, found: &Found) -> Option<usize> {
    let value = view.layout.rect(found.words())?;
    let row = view.layout.words.get(found.words().start)?.row;
    let same_row = view.terms().filter(|(_, term)| {
        view.layout.words.get(term.range.start).is_some_and(|word| word.row == row)
            && term.rect.right <= value.left
    });
    let value_beside_label = view.layout.words.get(label.range.start).is_some_and(|word| word.row == row);
    let inline = same_row.filter(|(_, term)| !value_beside_label || term.rect.left > label.rect.right);
    let nearest = inline.max_by(|one, two| one.1.rect.right.total_cmp(&two.1.rect.right));
    nearest.map(|(term, _)| term)
}

/// The nearest term above a value.
pub(super) fn term_over(view: &PageView<'_>, label: &Label, found: &Found) -> Option<usize> {
    let value = view.layout.rect(found.words())?;
    let row = view.layout.words.get(found.words().start)?.row;
    let value_beside_label = view.layout.words.get(label.range.start).is_some_and(|word| word.row == row);
    let height = view.layout.text_height();
    let reach = Rect::new(value.left - height, value.top, value.right + height, value.bottom);
    // Over a label that heads the value's column stands what qualifies the label, close by.
    let highest = if value_beside_label { f64::NEG_INFINITY } else { label.rect.top - 3.0 * height };
    let over = view.terms().filter(|(_, term)| {
        let above = term.rect.bottom < value.top + 0.2 * height && term.rect.top > highest;
        above && term.rect.overlap_x(&reach) > 0.3
    });
    over.max_by(|one, two| one.1.rect.bottom.total_cmp(&two.1.rect.bottom)).map(|(term, _)| term)
}

/// Whether the label itself belongs to a group of terms that the field must be without: `YTD` beside or over it.
pub(super) fn forbidden_label(view: &PageView<'_>, label: &Label, field: &FieldRule) -> bool {
    let height = view.layout.text_height();
    let run = view.layout.run(label.range.start);
    view.terms().any(|(term, other)| {
        let beside = run.start <= other.range.start
            && other.range.end <= run.end
            && (other.range.end == label.range.start || other.range.start == label.range.end);
        let over = other.rect.bottom <= label.rect.top + 0.2 * height
            && label.rect.top - other.rect.bottom < 1.2 * height
            && other.rect.overlap_x(&label.rect) > 0.5;
        (beside || over) && excluded(view, field, term)
    })
}

/// Whether another label of the row of `label` heads the value's column better.
pub(super) fn headed_by_other(view: &PageView<'_>, value: &Rect, label: &Label) -> bool {
    let Some(row) = view.layout.words.get(label.range.start).map(|word| view.layout.row(word.row)) else {
        return false;
    };
    let own = alignment(value, &label.rect);
    let mut at = row.start;
    while at < row.end {
        let run = view.layout.run(at);
        let apart = run.end <= label.range.start || run.start >= label.range.end;
        if apart && view.layout.rect(run.clone()).is_some_and(|rect| alignment(value, &rect) > own) {
            return true;
        }
        at = run.end.max(at + 1);
    }
    false
}

/// How well a value stands in the column of a heading: 1 where they share an edge or overlap.
pub(super) fn alignment(value: &Rect, heading: &Rect) -> f64 {
    let overlap = value.overlap_x(heading);
    if overlap > 0.0 {
        return 0.9 + 0.1 * overlap;
    }
    let apart = (value.left - heading.right).max(heading.left - value.right);
    (0.85 - apart / (12.0 * heading.height().max(0.001)) * 0.2).max(0.3)
}
