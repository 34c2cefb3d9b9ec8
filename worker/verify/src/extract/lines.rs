//! Whether the lines of a table add up to a total: earnings to gross pay, what is withheld to the difference between gross
//! and net pay. Which fields hold the totals is left to the rule file.

use std::ops::Range;

use rust_decimal::Decimal;

use super::page::PageView;
use crate::field::Value;
use crate::layout::Layout;
use crate::rules::document::{FieldRule, Kind};
use crate::values::{self, Parsed};

/// An amount and where it stands.
#[derive(Debug, Clone, Copy)]
struct Amount {
    value: Decimal,
    left: f64,
    right: f64,
    middle: f64,
    row: usize,
}

/// Whether lines of the pages add up to `total`; `None` where no line is one that holds one of the terms and an amount, or
/// such lines are no more than a small part of it, and it stands on another: hours of leave on them, say, the pay there.
pub(super) fn add_up(views: &[PageView<'_>], terms: &[String], total: Decimal) -> Option<bool> {
    let (mut most, mut printed) = (Decimal::ZERO, 0);
    for view in views {
        let amounts = amounts(view.layout);
        let lines = lines_with(view, terms);
        let is_line = |amount: &Amount| lines.iter().any(|(row, _)| *row == amount.row);
        let of_line = |(row, right): &(usize, f64)| {
            let on_line = amounts.iter().filter(|amount| amount.row == *row);
            on_line.clone().find(|amount| amount.left > *right).or_else(|| on_line.clone().next())
        };
        let of_total = lines.iter().filter_map(of_line).map(|amount| amount.value);
        most = of_total.filter(|value| *value < total).fold(most, Decimal::max);
        printed += amounts.iter().filter(|amount| amount.value == total).count();
        if amounts.iter().any(|amount| amount.value == total && is_line(amount)) {
            return Some(true);
        }
        let height = view.layout.text_height();
        let columns = [
            columns(&amounts, height, |amount| amount.right),
            columns(&amounts, height, |amount| amount.left),
        ];
        if columns.iter().any(|columns| {
            is_sum_of_run(columns, total)
                || is_sum_of_parts(columns, total, height)
                || is_sum_of_subtotals(columns, total)
        }) {
            return Some(true);
        }
    }
    let on_another = printed > 1 && most * LEAST_SHARE < total;
    (!most.is_zero() && !on_another).then_some(false)
}

/// The largest line of a total is no smaller a part of it than one in this many.
const LEAST_SHARE: Decimal = Decimal::from_parts(20, 0, 0, false, 0);

/// The rows of a page that hold one of the terms, and where it ends.
pub(super) fn lines_with(view: &PageView<'_>, terms: &[String]) -> Vec<(usize, f64)> {
    let wanted: Vec<_> = terms.iter().filter_map(|term| view.document_type.term(term)).collect();
    let labels = view.terms().filter(|(term, _)| wanted.contains(term));
    let placed = labels
        .filter_map(|(_, label)| Some((view.layout.words.get(label.range.start)?.row, label.rect.right)));
    placed.collect()
}

/// The amounts of a page as [`printed`] has them, and where they stand.
fn amounts(layout: &Layout) -> Vec<Amount> {
    let placed = printed(layout).into_iter().filter_map(|(value, words, _)| {
        let row = layout.words.get(words.start)?.row;
        let rect = layout.rect(words)?;
        Some(Amount { value, left: rect.left, right: rect.right, middle: rect.centre().y, row })
    });
    placed.collect()
}

/// The amounts of a page with dollars and cents, without their signs: what is taken away is printed with a minus on some
/// stubs and without on others. With each, the words that it was read from, and how much its form speaks for it.
pub(super) fn printed(layout: &Layout) -> Vec<(Decimal, Range<usize>, f64)> {
    let money = FieldRule::of(Kind::Money);
    let mut amounts = Vec::new();
    for row in layout.rows() {
        let mut at = row.start;
        while at < row.end {
            let Some(Parsed { value, words, quality }) = values::read(&money, layout, at, row.end) else {
                at += 1;
                continue;
            };
            at = words.end.max(at + 1);
            if let Value::Money(value) = value
                && value.scale() == 2
                && !value.is_zero()
            {
                amounts.push((value.abs(), words, quality));
            }
        }
    }
    amounts
}

/// The amounts that stand one under another by one of their edges, each column from the top down.
fn columns(amounts: &[Amount], height: f64, edge: impl Fn(&Amount) -> f64) -> Vec<Vec<Amount>> {
    /// Edges of one column differ by less, in heights of text.
    const STRAIGHT: f64 = 0.8;
    let mut columns: Vec<Vec<Amount>> = Vec::new();
    for amount in amounts {
        let near = |column: &&mut Vec<Amount>| {
            column.last().is_some_and(|last| (edge(last) - edge(amount)).abs() < STRAIGHT * height)
        };
        match columns.iter_mut().rev().find(near) {
            Some(column) => column.push(*amount),
            None => columns.push(vec![*amount]),
        }
    }
    columns
}

/// Whether several amounts of a column that follow each other add up to the total.
fn is_sum_of_run(columns: &[Vec<Amount>], total: Decimal) -> bool {
    columns.iter().any(|column| {
        (0..column.len()).any(|first| {
            let mut sum = Decimal::ZERO;
            let run = column.iter().skip(first).map(|amount| amount.value).take_while(|value| *value < total);
            run.enumerate().any(|(index, value)| {
                sum += value;
                index > 0 && sum == total
            })
        })
    })
}

/// Whether two or three parts of columns add up to the total: taxes in one, what else is withheld in another.
fn is_sum_of_parts(columns: &[Vec<Amount>], total: Decimal, height: f64) -> bool {
    let sums: Vec<_> =
        columns.iter().flat_map(|column| parts(column, height)).filter(|sum| *sum < total).collect();
    let beyond = |from: usize, wanted: Decimal| sums.iter().skip(from).any(|sum| *sum == wanted);
    sums.iter().enumerate().any(|(first, one)| {
        let rest = total - one;
        let third = |(second, two): (usize, &Decimal)| *two < rest && beyond(second + 1, rest - two);
        beyond(first + 1, rest) || sums.iter().enumerate().skip(first + 1).any(third)
    })
}

/// Whether the subtotals of a column add up to the total: each over or under the lines that it sums, by itself where it
/// has none.
fn is_sum_of_subtotals(columns: &[Vec<Amount>], total: Decimal) -> bool {
    let turned = |column: &[Amount]| column.iter().rev().copied().collect::<Vec<_>>();
    let both = columns.iter().flat_map(|column| [subtotals(column), subtotals(&turned(column))]);
    is_sum_of_run(&both.collect::<Vec<_>>(), total)
}

/// The amounts of a column without those that follow the one that is their sum.
fn subtotals(column: &[Amount]) -> Vec<Amount> {
    let mut kept = Vec::new();
    let mut rest = column;
    while let [head, lines @ ..] = rest {
        kept.push(*head);
        let mut sum = Decimal::ZERO;
        let summed = lines.iter().position(|line| {
            sum += line.value;
            sum >= head.value
        });
        let summed = summed.filter(|_| sum == head.value).map_or(0, |last| last + 1);
        rest = lines.get(summed..).unwrap_or_default();
    }
    kept
}

/// What the parts of a column add up to: amounts without a wide gap between them. The sum of those over it is no part.
fn parts(column: &[Amount], height: f64) -> Vec<Decimal> {
    /// In heights of text, from middle to middle.
    const WIDE: f64 = 3.2;
    let (mut parts, mut sum, mut last) = (Vec::new(), Decimal::ZERO, None);
    for amount in column {
        let apart = last.is_some_and(|last: f64| amount.middle - last > WIDE * height);
        let is_total = amount.value == sum;
        if apart || is_total {
            parts.push(std::mem::take(&mut sum));
        }
        if !is_total {
            sum += amount.value;
        }
        last = Some(amount.middle);
    }
    parts.push(sum);
    parts.retain(|part| !part.is_zero());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts in cents under each other in columns by their right edge, on lines by their number; text is 0.01 high.
    fn page(amounts: &[(i64, f64, usize)]) -> Vec<Amount> {
        let place = |&(cents, right, row): &(i64, f64, usize)| {
            let middle = row as f64 * 0.02;
            Amount { value: Decimal::new(cents, 2), left: right - 0.05, right, middle, row }
        };
        amounts.iter().map(place).collect()
    }

    fn holds(amounts: &[(i64, f64, usize)], total: i64) -> bool {
        let (columns, total) = (columns(&page(amounts), 0.01, |amount| amount.right), Decimal::new(total, 2));
        is_sum_of_run(&columns, total)
            || is_sum_of_parts(&columns, total, 0.01)
            || is_sum_of_subtotals(&columns, total)
    }

    #[test]
    fn lines_add_up_to_the_total_under_them() {
        let earnings =
            [(120_000, 0.5, 1), (500_000, 0.8, 1), (23_450, 0.5, 2), (90_000, 0.8, 2), (143_450, 0.5, 3)];
        assert!(holds(&earnings, 143_450));
        assert!(holds(&earnings, 590_000));
        // An amount that stands alone is no sum, and the year's amounts are not the period's.
        for total in [243_450, 620_000, 120_000] {
            assert!(!holds(&earnings, total), "{total}");
        }
    }

    #[test]
    fn taxes_and_other_deductions_may_stand_apart() {
        let taxes = [(10_000, 0.5, 1), (6_200, 0.5, 2), (16_200, 0.5, 3)];
        let others = [(4_000, 0.9, 1), (1_550, 0.9, 2)];
        let both = [taxes.as_slice(), &others].concat();
        assert!(holds(&both, 21_750));
        let under = [taxes.as_slice(), &[(4_000, 0.5, 9), (1_550, 0.5, 10)]].concat();
        assert!(holds(&under, 21_750));
        assert!(!holds(&both, 31_750));
        let headed = [
            (87_636, 0.5, 1),
            (37_039, 0.5, 2),
            (41_007, 0.5, 3),
            (9_590, 0.5, 4),
            (621, 0.5, 5),
            (621, 0.5, 6),
            (1_850, 0.5, 7),
            (1_850, 0.5, 8),
        ];
        assert!(holds(&headed, 90_107));
        assert!(!holds(&headed, 91_107));
        assert!(!holds(&[], 100));
    }
}
