//! Finds two amounts by the line that multiplies them: `Regular 80.00 29.50 2,360.00` shows hours and a rate whatever
//! stands over them.

use std::ops::Range;

use document::Rect;
use rust_decimal::Decimal;

use super::candidate::Candidate;
use super::lines;
use super::page::PageView;
use crate::field::Value;
use crate::rules::constraint::ProductRule;
use crate::rules::document::{FieldRule, Kind};
use crate::rules::document_type::Owner;
use crate::values;

/// How well a line speaks for its factors where a heading says which is which, and where their sizes do.
const HEADED: f64 = 0.93;
const BY_SIZE: f64 = 0.85;

/// More units than this in a line are no rate of pay for one, and rates are below it: which of two is which is plain
/// where they are on either side.
const MOST_FOR_ONE: Decimal = Decimal::from_parts(60, 0, 0, false, 0);

/// A number of a line, by the words that it was read from.
struct Factor {
    value: Decimal,
    words: Range<usize>,
}

/// A line that multiplies.
struct Line {
    count: Factor,
    rate: Factor,
    product: Decimal,
    headed: bool,
}

/// The candidates for both fields of a product, by their names.
pub(super) fn candidates<'a>(view: &PageView<'_>, rule: &'a ProductRule) -> Vec<(&'a str, Candidate)> {
    let [Some((count_index, count)), Some((rate_index, rate))] =
        [&rule.count, &rule.rate].map(|name| view.document_type.field(name))
    else {
        return Vec::new();
    };
    let owners = [count_index, rate_index].map(Owner::Field);
    let [on, without] = [&rule.on, &rule.without].map(|terms| lines::lines_with(view, terms));
    let holds = |lines: &[(usize, f64)], row: usize| lines.iter().any(|(line, _)| *line == row);
    let rows = (0..view.layout.rows().len()).filter(|row| !holds(&without, *row));
    let (named, other): (Vec<_>, Vec<_>) = rows
        .filter_map(|row| Some((row, line(view, row, [count, rate], owners)?)))
        .partition(|(row, _)| holds(&on, *row));
    let Some((_, line)) = named.into_iter().chain(other).next() else { return Vec::new() };
    let relation = if line.headed { HEADED } else { BY_SIZE };
    let candidate = |field: &FieldRule, factor: &Factor| {
        let read = values::read(field, view.layout, factor.words.start, factor.words.end)?;
        Candidate::new(view.layout, read.value, &[read.words], read.quality, relation)
    };
    let found = [(&rule.count, candidate(count, &line.count)), (&rule.rate, candidate(rate, &line.rate))];
    found.into_iter().filter_map(|(name, candidate)| Some((name.as_str(), candidate?))).collect()
}

/// What a row multiplies: where the year's figures stand beside the period's, the smaller product.
fn line(view: &PageView<'_>, row: usize, fields: [&FieldRule; 2], owners: [Owner; 2]) -> Option<Line> {
    let row = view.layout.row(row);
    let figures =
        row.clone().filter(|word| view.layout.word(*word).bytes().any(|byte| byte.is_ascii_digit()));
    if figures.count() < 3 {
        return None;
    }
    let [counts, rates] = fields.map(|field| factors(view, field, row.clone()));
    let products: Vec<_> = factors(view, &FieldRule::of(Kind::Money), row);
    let products: Vec<_> = products.iter().filter(|product| product.value.scale() == 2).collect();
    let mut lines = Vec::new();
    for count in &counts {
        for rate in rates.iter().filter(|rate| !meet(rate, count)) {
            let of_both = |product: &&&Factor| {
                let off = (product.value - count.value * rate.value).abs();
                off <= Decimal::new(1, 2) && !meet(product, count) && !meet(product, rate)
            };
            let Some(product) = products.iter().find(of_both) else { continue };
            let Some(headed) = is_that_way(view, [count, rate], owners) else { continue };
            let factor = |factor: &Factor| Factor { value: factor.value, words: factor.words.clone() };
            lines.push(Line { count: factor(count), rate: factor(rate), product: product.value, headed });
        }
    }
    let least = lines.iter().map(|line| line.product).min()?;
    lines.retain(|line| line.product == least);
    // Either way round is none.
    if lines.len() == 1 { lines.pop() } else { None }
}

/// The numbers of a row that are more than one, as `field` reads them.
fn factors(view: &PageView<'_>, field: &FieldRule, row: Range<usize>) -> Vec<Factor> {
    let read = row.clone().filter_map(|at| {
        let figures = view.layout.word(at).bytes().any(|byte| byte.is_ascii_digit());
        let read = values::read(field, view.layout, at, row.end).filter(|_| figures)?;
        let (Value::Money(value) | Value::Number(value)) = read.value else { return None };
        (value > Decimal::ONE).then_some(Factor { value, words: read.words })
    });
    read.collect()
}

/// Whether both were read from the same word.
fn meet(one: &Factor, two: &Factor) -> bool {
    one.words.start < two.words.end && two.words.start < one.words.end
}

/// Whether the first is the count and the second the rate: by the headings over them, or else by their sizes. Then
/// whether headings say so.
fn is_that_way(view: &PageView<'_>, factors: [&Factor; 2], owners: [Owner; 2]) -> Option<bool> {
    let rects = factors.map(|factor| view.layout.rect(factor.words.clone()));
    let under = |rect: &Option<Rect>, owner: Owner| {
        let over = |rect: &Rect| {
            view.labels(owner).any(|label| label.rect.bottom < rect.top && label.rect.overlap_x(rect) > 0.0)
        };
        rect.as_ref().is_some_and(over)
    };
    let [count, rate] = &rects;
    let [counts, rates] = owners;
    let right = under(count, counts) || under(rate, rates);
    let turned = under(count, rates) || under(rate, counts);
    let [count, rate] = factors.map(|factor| factor.value);
    match (right, turned) {
        (true, false) => Some(true),
        (false, true) => None,
        _ => (count > MOST_FOR_ONE && rate < MOST_FOR_ONE).then_some(false),
    }
}
