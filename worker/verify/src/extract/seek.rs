//! Looks for a field's values around its labels: after them, under them, over them, and where their column or row
//! crosses that of a qualifying term.

use std::ops::Range;
use std::sync::LazyLock;

use super::block::{self, Lines};
use super::candidate::Candidate;
use super::choose::LEAST_SCORE;
use super::page::{Label, PageView};
use super::qualify::{alignment, forbidden_label, headed_by_other, qualified, term_over};
use super::signature;
use super::unlabelled::{anywhere, has_label_over, is_one_of_several, ticked, titled};
use crate::rules::document::{FieldRule, Kind, Look, Order, RangePart};
use crate::rules::document_type::Owner;
use crate::values::{self, Parsed};

/// How well each way of standing beside a label speaks for a value.
pub(super) const RIGHT: f64 = 0.97;
const BELOW: f64 = 0.94;
const CROSSING: f64 = 0.98;
const ABOVE: f64 = 0.7;
const LEFT: f64 = 0.9;
/// What a value under a label counts for less where an amount stands beside it.
const BESIDE_AMOUNT: f64 = 0.5;
/// What a value over a label counts for less where one stands under it.
const AFTER_BELOW: f64 = 0.8;
/// What each later label counts for less where the first is the likeliest.
const LATER: f64 = 0.8;

/// The candidates for the field at `index` of the document type.
pub(super) fn field(view: &PageView<'_>, index: usize, field: &FieldRule) -> Vec<Candidate> {
    if field.kind == Kind::Signature {
        let labels: Vec<_> = view.labels(Owner::Field(index)).collect();
        return signature::candidates(view, &labels, field);
    }
    let (mut found, mut weak) = (Vec::new(), Vec::new());
    let labels = view.labels(Owner::Field(index)).filter(|label| !forbidden_label(view, label, field));
    let mut order = 1.0;
    for label in labels {
        let places = if field.is_weak(label.rank) { &mut weak } else { &mut found };
        let mut around = around(view, label, index, field);
        if field.is_weak(label.rank) {
            around.retain(|(place, _)| !has_own_caption(view, label, &place.what));
        }
        let around = around.into_iter();
        places.extend(around.map(|(place, weight)| (place, order * weight)));
        // `at:` may say the hour.
        order *= if field.first_label && label.length > 1 { LATER } else { 1.0 };
    }
    // An amount or a period without a label is none where another has one.
    let is_labelled =
        |(place, weight): &(Place, f64)| place.relation * place.what.quality() * weight >= LEAST_SCORE;
    let is_one = matches!(field.kind, Kind::Money | Kind::Period);
    let is_open = !is_one || !found.iter().any(is_labelled);
    if field.look.contains(&Look::Anywhere) && is_open {
        found.extend(anywhere(view, field).into_iter().map(|place| (place, 1.0)));
    }
    if field.kind == Kind::Choice {
        found.retain(|(place, _)| !is_one_of_several(view, field, &place.what));
    }
    if field.look.contains(&Look::Ticked) {
        found.extend(ticked(view, field).into_iter().map(|place| (place, 1.0)));
    }
    if field.look.contains(&Look::Titled) {
        found.extend(titled(view, field).map(|place| (place, 1.0)));
    }
    let candidate = |(place, weight)| candidate(view, place, weight);
    let weak = weak.into_iter().filter_map(candidate);
    let weak = weak.map(|candidate| Candidate { weak: true, ..candidate });
    found.into_iter().filter_map(candidate).chain(weak).collect()
}

fn candidate(view: &PageView<'_>, place: Place, weight: f64) -> Option<Candidate> {
    let relation = place.relation * weight;
    match place.what {
        Found::Parsed(Parsed { value, words, quality }) => {
            Candidate::new(view.layout, value, &[words], quality, relation)
        }
        Found::Block(Lines { value, lines, quality }) => {
            Candidate::new(view.layout, value, &lines, quality, relation)
        }
    }
}

/// Whether the row of an amount under a label begins, left of the label, with words that are no term: `Federal income tax`.
fn has_own_caption(view: &PageView<'_>, label: &Label, found: &Found) -> bool {
    let row = view.layout.words.get(found.words().start).map_or(0..0, |word| view.layout.row(word.row));
    let first = view.layout.run(row.start);
    let left = view.layout.rect(first.clone()).is_some_and(|rect| rect.right < label.rect.left);
    let term = view.terms().any(|(_, term)| first.contains(&term.range.start));
    left && !term && view.layout.text(first).contains(char::is_alphabetic)
}

/// The places around one label where the value of the field at `index` may stand, with what the label counts for.
fn around(view: &PageView<'_>, label: &Label, index: usize, field: &FieldRule) -> Vec<(Place, f64)> {
    let (mut found, weight) = (Vec::new(), view.weight(label));
    // Beside a label of its own, one end of a range stands alone; its first day may still have the last behind it.
    let whole = |part: &RangePart| {
        label.rank >= field.labels.len() || (*part == RangePart::Start && field.kind == Kind::Date)
    };
    let alone = view.document_type.without_part(index).filter(|_| !field.part.as_ref().is_some_and(whole));
    let last = view.document_type.without_part(index).filter(|_| field.part == Some(RangePart::End));
    if let Some(single) = last.filter(|_| alone.is_none()) {
        found.extend(second_below(view, label, single).into_iter().map(|place| (place, weight)));
    }
    let field = alone.unwrap_or(field);
    let under = view.captions_under();
    let mut has_below = false;
    let has_amount = field.order == Some(Order::Last) && has_amount_beside(view, label, field);
    for look in &field.look {
        let (places, weight) = match look {
            // What stands beside or under a caption here is another one's.
            Look::Right if under => (right(view, label, field), 0.6 * weight),
            Look::Below if under => (above(view, label, field), weight * BELOW / ABOVE),
            Look::Above if under && field.look.contains(&Look::Below) => continue,
            Look::Above if under => (above(view, label, field), weight * BELOW / ABOVE),
            Look::Right => (right(view, label, field), weight),
            Look::Below if has_amount => (below(view, label, field), BESIDE_AMOUNT * weight),
            Look::Below => (below(view, label, field), weight),
            Look::Above if has_below => (above(view, label, field), AFTER_BELOW * weight),
            Look::Above => (above(view, label, field), weight),
            Look::Anywhere | Look::Ticked | Look::Titled => continue,
        };
        has_below |= *look == Look::Below && !places.is_empty();
        found.extend(places.into_iter().map(|place| (place, weight)));
    }
    for term in field.with.iter().chain(&field.totals) {
        found.extend(crossing(view, label, field, term).into_iter().map(|place| (place, weight)));
    }
    found.extend(left(view, label, field).into_iter().map(|place| (place, weight)));
    found
}

/// Whether an amount stands right beside a label: the period's, where the year's is looked for.
fn has_amount_beside(view: &PageView<'_>, label: &Label, field: &FieldRule) -> bool {
    let run = view.layout.run(label.range.start);
    let next = after(view, label)
        .filter(|(start, _)| run.contains(start) || view.layout.gap_before(*start) < FAR_BESIDE);
    next.is_some_and(|(start, end)| !view.is_label(start) && value_at(view, field, start, end).is_some())
}

/// What is beside a label stands no farther from it, in heights of text, where no table says so.
const FAR_BESIDE: f64 = 4.0;

/// Whether something stands right after the label that is no value of its kind and badly read.
pub(super) fn garbled(view: &PageView<'_>, label: &Label, field: &FieldRule) -> bool {
    if label.likeness < 0.95 || label.length < 2 || !field.look.contains(&Look::Right) {
        return false;
    }
    let Some((start, end)) = after(view, label) else { return false };
    let words = view.until_label(start, end.min(start + 3));
    let poor = |word: &usize| {
        let word = view.layout.words.get(*word);
        word.and_then(|word| word.confidence).is_some_and(|confidence| confidence.get() < 0.6)
    };
    view.layout.gap_before(start) < 12.0 && words.into_iter().any(|word| poor(&word))
}

/// A value beside a label, or standing for itself, and how well its place speaks for it.
pub(super) struct Place {
    pub what: Found,
    pub relation: f64,
}

pub(super) enum Found {
    Parsed(Parsed),
    Block(Lines),
}

/// The first word after a label in its row, and the end of the row.
fn after(view: &PageView<'_>, label: &Label) -> Option<(usize, usize)> {
    after_line(view, if label.below.is_empty() { &label.range } else { &label.below })
}

/// The first word after a line of a label in its row, and the end of the row.
fn after_line(view: &PageView<'_>, line: &Range<usize>) -> Option<(usize, usize)> {
    let row = view.layout.row(view.layout.words.get(line.start)?.row);
    Some((line.end, row.end))
}

/// Values after the label in its row; of a label in two rows after the lower one, or else after the upper one.
fn right(view: &PageView<'_>, label: &Label, field: &FieldRule) -> Vec<Place> {
    let mut places =
        beside(view, label, if label.below.is_empty() { &label.range } else { &label.below }, field);
    // Nothing but the value stands beside the upper one: headings stand beside that of a heading.
    let next = label.range.end;
    // What goes on below begins small and has nothing behind it: `Federal income tax` over `withheld`.
    let goes_on = || {
        view.layout.word(label.below.start).starts_with(char::is_lowercase)
            && view.layout.run(label.below.start).end == label.below.end
    };
    if places.is_empty()
        && !label.below.is_empty()
        && goes_on()
        && value_at(view, field, next, next + 1).is_some()
    {
        places = beside(view, label, &label.range, field);
    }
    qualified(view, label, field, places)
}

/// Values after one line of the label in its row.
fn beside(view: &PageView<'_>, label: &Label, line: &Range<usize>, field: &FieldRule) -> Vec<Place> {
    let Some((start, end)) = after_line(view, line) else { return Vec::new() };
    let mut cell = view.until_label(start, end);
    let sentence = view.layout.run(start.saturating_sub(1)).end;
    // `Your monthly benefit, beginning January 1, 2026`: the date says since when an amount is paid.
    while let Some(told) =
        view.date_label(cell.end).filter(|_| many_in_a_row(field.kind) && cell.end < sentence)
    {
        cell.end = view.until_label(told, end).end;
    }
    let mut places = Vec::new();
    let mut skipped = 0.0;
    let mut at = cell.start;
    while at < cell.end && skipped < MOST_SKIPPED {
        let Some(found) =
            value_at(view, field, at, cell.end).filter(|_| !begins_a_date(view, field, at, cell.end))
        else {
            let (words, weight) = skip(view, at, cell.end);
            // The words of another table in the same row: `Gross wages 500.00 9,000.00   State tax 12.00`.
            let is_found = places.iter().any(|place: &Place| place.what.quality() >= 0.5);
            if is_found && weight > 0.0 && view.layout.run(at).start == at {
                break;
            }
            // What goes on from the label says more of what it labels: `Net profit (line A less line B)`.
            skipped += if at < sentence { 0.15 * weight } else { weight };
            at += words;
            continue;
        };
        let end = found.words().end;
        let gap = view.rect(at).map_or(0.0, |rect| rect.left - label.rect.right) / view.layout.text_height();
        let gap = if !many_in_a_row(field.kind) && is_of_table(view, label, at) { 0.0 } else { gap };
        let relation = RIGHT * distance(gap, field.kind) * 0.8_f64.powf(skipped);
        places.push(Place { what: found, relation });
        if !many_in_a_row(field.kind) {
            break;
        }
        at = end.max(at + 1);
    }
    places
}

/// Whether captions stand over and under a label with something beside them that begins where the value does: a table of
/// two columns, in which no distance says anything.
fn is_of_table(view: &PageView<'_>, label: &Label, value: usize) -> bool {
    /// So many rows over and under are looked at, and so many must be alike.
    const ROWS: usize = 3;
    const ALIKE: usize = 2;
    let layout = view.layout;
    let (Some(first), Some(second)) =
        (layout.words.get(layout.run(label.range.start).start), view.rect(value))
    else {
        return false;
    };
    let near = |one: f64, two: f64| (one - two).abs() < 0.6 * layout.text_height();
    let begins = |row: &Range<usize>, left: f64| {
        let begins = |at: &usize| {
            layout.run(*at).start == *at && view.rect(*at).is_some_and(|rect| near(rect.left, left))
        };
        row.clone().find(begins)
    };
    let around = first.row.saturating_sub(ROWS)..=first.row + ROWS;
    let rows = layout.rows().iter().enumerate().filter(|(row, _)| around.contains(row) && *row != first.row);
    let cells = rows.filter_map(|(_, row)| Some((begins(row, first.rect.left)?, begins(row, second.left)?)));
    // Under the captions of a form stand values.
    let captioned = cells.map(|(caption, value)| view.is_label(caption) && !view.is_label(value));
    let captioned: Vec<bool> = captioned.collect();
    captioned.len() >= ALIKE && captioned.into_iter().all(|captioned| captioned)
}

/// Beyond so many heights of text beside a label, what stands under another one is no value of it.
const FAR: f64 = 6.0;

/// After so many words that are no value, a value is no longer the label's.
const MOST_SKIPPED: f64 = 4.0;

/// Values before the label in its row, in a column whose heading says what they are: tables that begin with amounts.
fn left(view: &PageView<'_>, label: &Label, field: &FieldRule) -> Vec<Place> {
    let with = field.with.as_ref().and_then(|term| view.document_type.term(term));
    let row = view.layout.words.get(label.range.start).map(|word| view.layout.row(word.row));
    let (Some(with), Some(row), true) = (with, row, many_in_a_row(field.kind)) else { return Vec::new() };
    // Behind a word of its own an amount is that one's.
    let lettered = |word: usize| view.layout.word(word).contains(char::is_alphabetic);
    if (row.start..label.range.start).any(lettered) {
        return Vec::new();
    }
    let found = values_in(view, field, row.start..label.range.start).into_iter();
    let headed = found.filter(|found| term_over(view, label, found) == Some(with));
    headed.map(|what| Place { what, relation: LEFT }).collect()
}

/// How many words to go on from one that is no value, and what they count for: a date and what stands in brackets count
/// as one.
fn skip(view: &PageView<'_>, at: usize, end: usize) -> (usize, f64) {
    let text = |word: usize| view.layout.word(word);
    let bracketed = || (at..end).take(8).position(|word| text(word).contains(')')).map(|length| length + 1);
    let words = if text(at).starts_with('(') { bracketed() } else { dated(view, at, end) };
    let qualifies = view.terms().any(|(_, term)| term.range.contains(&at));
    (words.unwrap_or(1), if has_letters(view, at) && !qualifies { 1.0 } else { 0.0 })
}

/// How many words a date takes that begins at `at`.
fn dated(view: &PageView<'_>, at: usize, end: usize) -> Option<usize> {
    static DATE: LazyLock<FieldRule> = LazyLock::new(|| FieldRule::of(Kind::Date));
    let date = values::read(&DATE, view.layout, at, end)?;
    Some(date.words.len())
}

/// Whether an amount that is looked for would be read from a date.
fn begins_a_date(view: &PageView<'_>, field: &FieldRule, at: usize, end: usize) -> bool {
    many_in_a_row(field.kind) && dated(view, at, end).is_some()
}

/// Values under the label, within the room of its cell.
fn below(view: &PageView<'_>, label: &Label, field: &FieldRule) -> Vec<Place> {
    let column = view.column(label, None);
    let height = view.layout.text_height();
    let mut places = Vec::new();
    for row in rows_under(view, label, field.reach) {
        let words = view.within(row, column);
        let Some(top) = view.layout.rect(words.clone()).map(|rect| rect.top) else { continue };
        let distance = (top - label.rect.bottom) / height;
        if distance > field.reach || view.barred(words.clone(), &label.rect) {
            break;
        }
        let found = view.between_labels(words).into_iter().flat_map(|words| values_in(view, field, words));
        // What stands far beside the column, under a label of its own, is that one's.
        let is_another = |found: &Found| {
            let gap = view.layout.rect(found.words()).map_or(0.0, |rect| rect.left - label.rect.right);
            field.kind == Kind::Money && gap > FAR * height && has_label_over(view, found.words().start)
        };
        let found = found.filter(|found| !is_another(found));
        let relation = |found: &Found| {
            let aligned = view.layout.rect(found.words()).map_or(0.0, |rect| alignment(&rect, &label.rect));
            BELOW * (1.0 - distance.max(0.0) / (5.0 * field.reach)) * aligned
        };
        places.extend(found.map(|what| Place { relation: relation(&what), what }));
        // What only might be a value leaves room for one further down.
        if places.iter().any(|place| place.what.quality() >= 0.5) {
            break;
        }
    }
    qualified(view, label, field, places)
}

/// The second of the two dates under the label of a range: `Pay period (from - to)` over `09/01/2026   09/30/2026`.
fn second_below(view: &PageView<'_>, label: &Label, single: &FieldRule) -> Option<Place> {
    let mut dates = below(view, label, single);
    let second = dates.pop()?;
    (dates.len() == 1).then_some(second)
}

/// Values right over the label: forms that print a caption under its line.
fn above(view: &PageView<'_>, label: &Label, field: &FieldRule) -> Vec<Place> {
    let column = view.column(label, None);
    let Some(row) = view.layout.words.get(label.range.start).map(|word| word.row) else { return Vec::new() };
    let rows = (0..row).rev().take(2).map(|row| view.within(view.layout.row(row), column));
    let near = rows.filter(|words| {
        let rect = view.layout.rect(words.clone());
        rect.is_some_and(|rect| label.rect.top - rect.bottom < 2.0 * view.layout.text_height())
    });
    let found = near.flat_map(|words| values_in(view, field, view.until_label(words.start, words.end)));
    found.map(|what| Place { what, relation: ABOVE }).collect()
}

/// Values where the label's column meets the row of a term that qualifies it: under `Hours`, in the row `Regular`.
fn crossing(view: &PageView<'_>, label: &Label, field: &FieldRule, term: &str) -> Vec<Place> {
    let wanted = view.document_type.term(term);
    let rows = view.terms().filter(|(term, term_label)| {
        Some(*term) == wanted && term_label.rect.top > label.rect.bottom - 0.3 * label.rect.height()
    });
    let mut places = Vec::new();
    for (_, term) in rows {
        let Some(row) = view.layout.words.get(term.range.start).map(|word| view.layout.row(word.row)) else {
            continue;
        };
        let found = values_in(view, field, term.range.end..row.end).into_iter();
        let best = found.filter_map(|found| {
            let rect = view.layout.rect(found.words())?;
            let aligned = alignment(&rect, &label.rect);
            (aligned > 0.8 && !headed_by_other(view, &rect, label)).then_some((found, aligned))
        });
        if let Some((what, aligned)) = best.max_by(|one, two| one.1.total_cmp(&two.1)) {
            let far = (term.rect.top - label.rect.bottom) / view.layout.text_height();
            places.push(Place { what, relation: CROSSING * aligned * (1.0 - (far / 200.0).min(0.3)) });
        }
    }
    places
}

/// The values that begin within a range of words of one row.
pub(super) fn values_in(view: &PageView<'_>, field: &FieldRule, words: Range<usize>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = words.start;
    let begins = |at: usize| view.layout.run(at).start == at || view.is_label(at - 1);
    while at < words.end {
        // Within a run a name might be a part of anything: `1420 Harbor Way`.
        let value = value_at(view, field, at, words.end).filter(|_| field.kind != Kind::Person || begins(at));
        match value {
            Some(value) => {
                at = value.words().end.max(at + 1);
                found.push(value);
            }
            None => at += 1,
        }
    }
    found
}

/// The value that begins at word `at`; names and addresses only where a run begins.
pub(super) fn value_at(view: &PageView<'_>, field: &FieldRule, at: usize, end: usize) -> Option<Found> {
    let run = view.layout.run(at);
    let end = match field.kind {
        Kind::Person
        | Kind::Organisation
        | Kind::Address
        | Kind::Code
        | Kind::Digits
        | Kind::Ssn
        | Kind::Tin
        | Kind::Phone
        | Kind::Text => end.min(run.end),
        Kind::Money
        | Kind::Number
        | Kind::Year
        | Kind::Date
        | Kind::Month
        | Kind::Period
        | Kind::State
        | Kind::Choice
        | Kind::Signature => end,
    };
    if field.kind == Kind::Address {
        return block::address_from(view, at..end).map(Found::Block);
    }
    // The sign of an empty box is none of the next one's amount.
    let bare = at < view.layout.words.len() && !has_letters(view, at);
    if bare && run.end == at + 1 && many_in_a_row(field.kind) {
        return None;
    }
    let parsed = values::read(field, view.layout, at, end);
    let goes_on = parsed.is_none() && field.part == Some(RangePart::End);
    parsed.or_else(|| goes_on.then(|| end_below(view, field, at)).flatten()).map(Found::Parsed)
}

/// The second date of a range that goes on in the next line: `20 de octubre` over `al 26 de octubre`, `Oct 20 -` over
/// `Oct 26`.
fn end_below(view: &PageView<'_>, field: &FieldRule, at: usize) -> Option<Parsed> {
    let run = view.layout.run(at);
    let start = |at, end| values::read_part(field, Some(RangePart::Start), view.layout, at, end);
    start(at, run.end)?;
    let line = block::downwards(view, at..run.end, 2, 1.5).into_iter().nth(1)?;
    let joins = |word: usize| {
        let word = view.layout.word(word).to_lowercase();
        matches!(word.as_str(), "al" | "a" | "to" | "thru" | "through" | "hasta" | "-" | "–" | "—")
    };
    if joins(run.end - 1) {
        return start(line.start, line.end);
    }
    start(line.start + 1, line.end).filter(|_| joins(line.start))
}

impl Found {
    pub fn quality(&self) -> f64 {
        match self {
            Self::Parsed(parsed) => parsed.quality,
            Self::Block(block) => block.quality,
        }
    }

    pub fn words(&self) -> Range<usize> {
        match self {
            Self::Parsed(parsed) => parsed.words.clone(),
            Self::Block(block) => block.lines.first().cloned().unwrap_or(0..0),
        }
    }
}

/// The rows under a label that may be within `reach` heights of text.
fn rows_under<'a>(
    view: &'a PageView<'_>,
    label: &Label,
    reach: f64,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let last = if label.below.is_empty() { &label.range } else { &label.below };
    let next = view.layout.words.get(last.start).map_or(usize::MAX, |word| word.row.saturating_add(1));
    view.layout.rows().iter().skip(next).take(1 + reach as usize).cloned()
}

fn many_in_a_row(kind: Kind) -> bool {
    matches!(kind, Kind::Money | Kind::Number)
}

/// Amounts stand at the far end of a row of dots; other values stand near their label.
fn distance(gap: f64, kind: Kind) -> f64 {
    let reach = if many_in_a_row(kind) || kind == Kind::Date { 300.0 } else { 80.0 };
    (1.0 - gap.max(0.0) / reach).max(0.3)
}

fn has_letters(view: &PageView<'_>, word: usize) -> bool {
    view.layout.word(word).chars().any(char::is_alphanumeric)
}
