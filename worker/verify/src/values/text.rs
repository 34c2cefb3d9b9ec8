//! Values that have no form but the printed one: spans of time, and plain text.

use super::date::{parse_date, parse_month};
use super::{Read, Text};
use crate::field::Value;

/// All of the words, without the signs at their ends.
pub(super) fn text(text: &Text<'_>) -> Read {
    let ends = |letter: char| !letter.is_alphanumeric() && !matches!(letter, ')' | '(');
    let value = text.text.trim_matches(ends);
    let letters = value.chars().filter(|letter| letter.is_alphanumeric()).count();
    (letters >= 2).then(|| (Value::Text(value.to_owned()), text.text.len(), 0.9))
}

/// Two days or two months with what joins them, or one: `10/01/2026 - 10/31/2026`, `October 2026`, `Oct-Dec 2026`.
pub(super) fn period(text: &Text<'_>) -> Read {
    // `del 1 de octubre de 2026 al 31`: what opens it is printed too.
    let opening = ["del ", "from "].iter().find(|word| text.text.to_lowercase().starts_with(*word));
    let before = opening.map_or(0, |word| word.len());
    let (length, quality) = span(text.text.get(before..)?)?;
    let length = before + length;
    Some((Value::Text(text.text.get(..length)?.trim_end_matches(['.', ',']).to_owned()), length, quality))
}

fn span(text: &str) -> Option<(usize, f64)> {
    let first = point(text)?;
    let rest = text.get(first..)?;
    let joined = JOINS.iter().find_map(|join| rest.trim_start().strip_prefix(join));
    let second = joined.and_then(|after| {
        let after = after.trim_start();
        Some(text.len() - after.len() + point(after)?)
    });
    Some(second.map_or((first, 0.85), |end| (end, 1.0)))
}

/// The length of a day or a month at the beginning of `text`.
fn point(text: &str) -> Option<usize> {
    parse_date(text).map(|(_, length, _)| length).or_else(|| parse_month(text).map(|(_, length)| length))
}

const JOINS: [&str; 9] = ["through", "thru", "to", "hasta", "al", "a", "-", "–", "—"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_as_printed() {
        let cases = [
            ("10/01/2026 - 10/31/2026", "10/01/2026 - 10/31/2026"),
            ("October 1, 2026 through October 31, 2026.", "October 1, 2026 through October 31, 2026"),
            ("October 2026 rent", "October 2026"),
            ("octubre de 2026", "octubre de 2026"),
            ("10/01/2026", "10/01/2026"),
            (
                "del 1 de octubre de 2026 al 31 de octubre de 2026",
                "del 1 de octubre de 2026 al 31 de octubre de 2026",
            ),
        ];
        for (print, expected) in cases {
            let text = Text { text: print, first: 0, starts: &[0] };
            assert_eq!(
                period(&text).map(|(value, _, _)| value.to_string()).as_deref(),
                Some(expected),
                "{print}"
            );
        }
        for print in ["", "Apt 3", "rent 2026", "12.00"] {
            let text = Text { text: print, first: 0, starts: &[0] };
            assert!(period(&text).is_none(), "{print}");
        }
    }
}
