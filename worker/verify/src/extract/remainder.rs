//! Whether what a sum leaves over is listed elsewhere on the pages: fees and checks apart from other withdrawals.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::lines;
use super::page::PageView;
use crate::field::Value;

/// Of more amounts than this, some come to anything.
const MOST_AMOUNTS: usize = 120;

/// Whether up to three amounts of the pages may come to `rest`, of which one may count against the others. Those of the sum
/// itself are left out; where there are too many amounts, they may.
pub(super) fn may_be_listed(views: &[PageView<'_>], rest: Decimal, own: &[&Value]) -> bool {
    let printed = views.iter().flat_map(|view| lines::printed(view.layout)).map(|(amount, ..)| amount);
    // What is printed has lost its sign there.
    let is_own =
        |amount: &Decimal| own.iter().any(|own| matches!(own, Value::Money(own) if own.abs() == *amount));
    let amounts: Vec<_> = printed.filter(|amount| !is_own(amount)).collect();
    amounts.len() > MOST_AMOUNTS || come_to(&amounts, rest.abs())
}

fn come_to(amounts: &[Decimal], rest: Decimal) -> bool {
    let others: HashSet<Decimal> = amounts.iter().copied().chain([Decimal::ZERO]).collect();
    // One, two or three together, or one or two less another.
    let fits = |sum: Decimal| others.contains(&(rest - sum)) || others.contains(&(sum - rest));
    let pairs = amounts.iter().enumerate().flat_map(|(place, one)| {
        let second = amounts.iter().skip(place + 1).chain([&Decimal::ZERO]);
        second.filter_map(|two| one.checked_add(*two))
    });
    pairs.into_iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_three_amounts_may_come_to_what_is_left() {
        let amounts = [1200, 4550, 33_000, 75].map(|cents| Decimal::new(cents, 2));
        for rest in [1200, 5750, 38_750, 37_475, 5675, 31_800] {
            assert!(come_to(&amounts, Decimal::new(rest, 2)), "{rest}");
        }
        for rest in [1201, 38_826, 100_000] {
            assert!(!come_to(&amounts, Decimal::new(rest, 2)), "{rest}");
        }
        assert!(!come_to(&[], Decimal::ONE));
    }
}
