//! Finds a field's values where no label says so: the one of its kind on a card, the date on a line of its own, the choice
//! with a tick. Looking around labels is left to `seek`.

use std::ops::Range;

use jiff::civil::Date;

use super::block;
use super::page::PageView;
use super::seek::{Found, Place, RIGHT, value_at, values_in};
use crate::field::Value;
use crate::rules::document::{FieldRule, Kind, RangePart};
use crate::rules::document_type::Owner;
use crate::values::{self, Parsed};

/// How well a value of the right kind anywhere on the page speaks for itself.
const ANYWHERE: f64 = 0.6;
/// From this quality on a number is grouped as Social Security numbers are, or has cents.
const GROUPED: f64 = 0.9;
/// The one number of its form on a card, the one year on a form, the one amount or period on a receipt.
const ALONE: f64 = 0.86;

/// Every value of the kind on the page, the highest first.
pub(super) fn anywhere(view: &PageView<'_>, field: &FieldRule) -> Vec<Place> {
    let rows = view.layout.rows().iter();
    let own = |found: &Found| {
        let start = found.words().start;
        let before = start.checked_sub(1).filter(|_| view.layout.gap_before(start) < 3.0);
        // `Profit & Loss 5/1/2026 - 10/31/2026`: a range is none of an amount's.
        let of_amount = |word: usize| {
            let mut fields = view.document_type.fields().iter().enumerate();
            let holds = |index| view.labels(Owner::Field(index)).any(|label| label.range.contains(&word));
            fields.any(|(index, (_, field))| field.kind == Kind::Money && holds(index))
        };
        let is_other = |word: usize| view.is_label(word) && !(field.part.is_some() && of_amount(word));
        !before.is_some_and(is_other)
    };
    let found = rows.flat_map(|row| values_in(view, field, row.clone())).filter(own);
    // `2013 Telegraph Street` is no year.
    let streets = if field.kind == Kind::Year { block::blocks(view) } else { Vec::new() };
    let in_street =
        |word: usize| streets.iter().flat_map(|block| &block.address).any(|line| line.contains(&word));
    let found = found.filter(|found| !in_street(found.words().start));
    let ranged = |found: &Found| field.part.is_none() || field.kind != Kind::Date || is_range(view, found);
    let found: Vec<_> = found.filter(|found| is_distinctive(found, field.kind) && ranged(found)).collect();
    let value = |found: &Found| match found {
        Found::Parsed(parsed) => Some(parsed.value.clone()),
        Found::Block(_) => None,
    };
    // Numbers without cents or a sign may be anything, tables are full of `0.00`, and a caption in the row of an amount says
    // what it is of.
    let captioned = |found: &Found| {
        let row = view.layout.words.get(found.words().start).map_or(0..0, |word| view.layout.row(word.row));
        view.labels(Owner::Ignored).any(|label| row.contains(&label.range.start))
    };
    let is_some = |found: &Found| match value(found) {
        Some(Value::Money(amount)) => {
            let amounts = found.quality() >= GROUPED || view.layout.text(found.words()).contains('$');
            amounts && !amount.is_zero() && !captioned(found)
        }
        _ => true,
    };
    let near = |found: &Found| field.kind != Kind::Period || is_of_days_near(view, found);
    let found: Vec<_> = found.into_iter().filter(is_some).filter(near).collect();
    let one = found.windows(2).all(|pair| matches!(pair, [one, two] if value(one) == value(two)));
    let telling = field.part.is_some()
        || (one
            && matches!(
                field.kind,
                Kind::Code | Kind::Year | Kind::Ssn | Kind::Phone | Kind::Money | Kind::Period
            ));
    // Of several amounts or periods none says that it is the one.
    if matches!(field.kind, Kind::Money | Kind::Period) && !one {
        return Vec::new();
    }
    let first = if telling { ALONE } else { ANYWHERE };
    // `N8654427` beside the figures of an audit: the one number that begins with a letter.
    let lettered = |found: &Found| {
        value(found).is_some_and(|value| matches!(value, Value::Code(code) if is_letter_and_figures(&code)))
    };
    let one_lettered = found.iter().filter(|found| lettered(found)).count() == 1;
    let relation = |index: usize, found: &Found| {
        let tells = stands_alone(view, found, field.kind) || (one_lettered && lettered(found));
        let first = if tells { first.max(ALONE) } else { first };
        first * (1.0 - 0.05 * index as f64).max(0.3)
    };
    let places = found.into_iter().enumerate();
    places.map(|(index, what)| Place { relation: relation(index, &what), what }).collect()
}

/// The values right after a tick.
pub(super) fn ticked(view: &PageView<'_>, field: &FieldRule) -> Vec<Place> {
    let words = &view.layout.words;
    let ticks = (0..words.len()).filter(|&at| is_tick(view.layout.word(at)));
    let found = ticks.filter_map(|tick| {
        let end = view.layout.row(words.get(tick)?.row).end;
        let what = value_at(view, field, tick + 1, end)?;
        (view.layout.gap_before(tick + 1) < 3.0).then_some(Place { what, relation: RIGHT })
    });
    found.collect()
}

/// The lowest name in the lower half of a page that has a title at work behind a comma or in the line under it.
pub(super) fn titled(view: &PageView<'_>, field: &FieldRule) -> Option<Place> {
    let layout = view.layout;
    let tops = layout.rows().iter().filter_map(|row| layout.rect(row.clone())).map(|rect| rect.top);
    let (first, last) =
        tops.fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), top| (first.min(top), last.max(top)));
    let is_low = |run: &Range<usize>| {
        layout.rect(run.clone()).is_some_and(|rect| rect.top > f64::midpoint(first, last))
    };
    let is_title = |line: &Range<usize>| {
        line.len() <= LONGEST_TITLE
            && line.end.checked_sub(1).is_some_and(|last| values::is_title(layout.word(last)))
    };
    let named = |run: Range<usize>| {
        let name = values::read(field, layout, run.start, run.end)
            .filter(|name| name.words.start == run.start && name.words.len() > 1)?;
        let behind = name.words.end..run.end;
        let titled = if behind.is_empty() {
            block::run_under(view, &run, 1.5).is_some_and(|under| is_title(&under))
        } else {
            layout.word(behind.start - 1).ends_with(',') && is_title(&behind)
        };
        titled.then_some(Place { what: Found::Parsed(name), relation: TITLED })
    };
    let plain = |run: &Range<usize>| !view.is_label(run.start);
    layout.runs().filter(is_low).filter(plain).filter_map(named).last()
}

/// How well a title at work speaks for the name over it as that of who signs.
const TITLED: f64 = 0.88;
/// Titles have at most so many words.
const LONGEST_TITLE: usize = 5;

/// Whether other choices stand in the same row: only a tick can tell which is meant.
pub(super) fn is_one_of_several(view: &PageView<'_>, field: &FieldRule, found: &Found) -> bool {
    let Found::Parsed(chosen) = found else { return false };
    let row = view.layout.words.get(chosen.words.start).map_or(0..0, |word| view.layout.row(word.row));
    let beside = values_in(view, field, row);
    beside.iter().any(|other| matches!(other, Found::Parsed(other) if other.value != chosen.value))
}

fn is_tick(text: &str) -> bool {
    matches!(
        text.trim_matches(['[', ']', '(', ')', '|']),
        "X" | "x" | "☒" | "☑" | "✓" | "✔" | "✗" | "✘" | "■" | "⊠"
    )
}

/// Whether it is a date on a line of its own in the upper part of the page, as letters are dated.
fn stands_alone(view: &PageView<'_>, found: &Found, kind: Kind) -> bool {
    let words = found.words();
    let run = view.layout.run(words.start);
    // `Fresno, a 2 de octubre de 2026`, `Oakland, CA, October 2, 2026`.
    let place = view.layout.text(run.start..words.start);
    let dated = run.end == words.end
        && words.start - run.start <= 4
        && (place.ends_with(',') || place.ends_with(", a"))
        && !place.contains(|letter: char| letter.is_ascii_digit());
    let high = view.layout.rect(words.clone()).is_some_and(|rect| rect.top < 0.45);
    kind == Kind::Date && (run == words || dated) && high && !has_label_over(view, words.start)
}

/// Whether a label stands right over a word, and so says what it is.
pub(super) fn has_label_over(view: &PageView<'_>, word: usize) -> bool {
    let Some(own) = view.layout.words.get(word) else { return false };
    let height = view.layout.text_height();
    // Tightly set rows may have been taken for one.
    let rows = (0..=own.row).rev().take(3).flat_map(|row| view.layout.row(row));
    let over = rows.filter_map(|other| Some((other, view.rect(other)?)));
    let mut near = over.filter(|(_, rect)| {
        own.rect.top - rect.bottom < 1.5 * height
            && rect.bottom < own.rect.top + 0.3 * height
            && rect.left < own.rect.right + height
            && rect.right > own.rect.left - height
    });
    near.any(|(other, _)| view.is_label(other))
}

/// Whether a period is no longer than two months, and another date on the page lies in it or close to it: the term of a lease
/// is longer, and what was revised in a month is a form.
fn is_of_days_near(view: &PageView<'_>, found: &Found) -> bool {
    const LONGEST: i32 = 62;
    let words = found.words();
    let ends = |part| FieldRule { part: Some(part), ..FieldRule::of(Kind::Date) };
    let read = |field: &FieldRule, at: usize, end: usize| {
        let Value::Date(day) = values::read(field, view.layout, at, end)?.value else { return None };
        Some(day)
    };
    let (month, day) = (FieldRule::of(Kind::Month), FieldRule::of(Kind::Date));
    let Some(start) = read(&month, words.start, words.end) else { return false };
    let apart = |day: Date| (day - start).get_days().abs();
    let long = read(&ends(RangePart::End), words.start, words.end).is_some_and(|end| apart(end) > LONGEST);
    let mut others = view.layout.rows().iter().flat_map(|row| row.clone().map(move |at| (at, row.end)));
    !long
        && others.any(|(at, end)| {
            !words.contains(&at) && read(&day, at, end).is_some_and(|day| apart(day) <= LONGEST)
        })
}

/// Whether the date that was found is one end of a range.
fn is_range(view: &PageView<'_>, found: &Found) -> bool {
    let start = found.words().start;
    let end = FieldRule { part: Some(RangePart::End), ..FieldRule::of(Kind::Date) };
    values::read(&end, view.layout, start, view.layout.run(start).end).is_some()
}

fn is_letter_and_figures(code: &str) -> bool {
    let mut signs = code.chars();
    signs.next().is_some_and(char::is_alphabetic) && signs.all(|sign| sign.is_ascii_digit())
}

/// Whether a value without a label can be told from other print: long numbers can, short ones are house numbers.
fn is_distinctive(found: &Found, kind: Kind) -> bool {
    let Found::Parsed(Parsed { value, quality, .. }) = found else { return true };
    let text = value.to_string();
    // A day by itself is any date.
    if kind == Kind::Period && values::parse_date(&text).is_some_and(|(_, length, _)| length == text.len()) {
        return false;
    }
    // The account that pay goes to is hidden like that, in one.
    if kind == Kind::Ssn && text.starts_with("XXX") && *quality < GROUPED {
        return false;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    kind != Kind::Code || (text.len() >= 7 && text.len() <= 17 && digits >= 5 && !text.contains('/'))
}
