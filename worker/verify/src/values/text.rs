//! Values that have no form but the printed one: spans of time, and plain text.

use super::date::{parse_date, parse_month};
use super::{Read, Text};
use crate::field::Value;

/// All of the words, without the signs at their ends and without what stands in brackets behind them. The rest of a
/// caption is none: `of parent: OHIO` behind `Birthplace`.
pub(super) fn text(text: &Text<'_>) -> Read {
    let ends = |letter: char| !letter.is_alphanumeric() && !matches!(letter, ')' | '(');
    let letters = |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).count();
    // The date in brackets behind the name of a form is part of it, a telephone number is none of anything.
    let remark = |rest: &str| !(1..7).contains(&rest.bytes().filter(u8::is_ascii_digit).count());
    let before = text.text.split_once(" (").filter(|(before, rest)| letters(before) >= 2 && remark(rest));
    let whole = before.map_or(text.text, |(before, _)| before).trim_matches(ends);
    let caption = whole.starts_with(char::is_lowercase) && whole.contains(": ");
    let value = before_a_caption(whole).trim_matches(ends);
    (letters(value) >= 2 && !caption).then(|| (Value::Text(value.to_owned()), text.text.len(), 0.9))
}

/// The words before another caption on their line: `FRESNO, FRESNO COUNTY Hospital: Mercy`.
fn before_a_caption(text: &str) -> &str {
    let caption = text.find(": ").and_then(|colon| text.get(..colon)?.rfind(' '));
    let before = caption.and_then(|at| text.get(..at)).unwrap_or(text);
    if before.contains(' ') { before } else { text }
}

/// Two days or two months with what joins them, or one: `10/01/2026 - 10/31/2026`, `October 2026`, `Oct-Dec 2026`.
pub(super) fn period(text: &Text<'_>) -> Read {
    // `del 1 de octubre de 2026 al 31`: what opens it is printed too.
    let opening = ["del ", "from "].iter().find(|word| text.text.to_lowercase().starts_with(*word));
    let before = opening.map_or(0, |word| word.len());
    let (length, quality) = span(text.text.get(before..)?)?;
    let length = before + length;
    let printed = text.text.get(..length)?.trim_end_matches(['.', ',']);
    // A reader's nought for the letter.
    let printed = printed.replace(" T0 ", " TO ").replace(" t0 ", " to ");
    Some((Value::Text(printed), length, quality))
}

fn span(text: &str) -> Option<(usize, f64)> {
    let first = point(text)?;
    let rest = text.get(first..)?;
    let rest = rest.trim_start();
    let begins = |join: &&str| rest.get(..join.len()).is_some_and(|start| start.eq_ignore_ascii_case(join));
    let joined = JOINS.iter().find(|join| begins(join)).and_then(|join| rest.get(join.len()..));
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

const JOINS: [&str; 10] = ["through", "thru", "to", "t0", "hasta", "al", "a", "-", "–", "—"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_more_than_figures_and_no_caption() {
        let cases = [
            ("LOWELL, MASS. (MERCY HOSPITAL)", Some("LOWELL, MASS")),
            ("Store Manager,", Some("Store Manager")),
            ("(Owner)", Some("(Owner)")),
            ("Owner, (510) 555-0168", Some("Owner")),
            ("FORM 31 (10/24)", Some("FORM 31 (10/24)")),
            ("0122", None),
            ("of parent: OHIO", None),
            ("of the mother: OHIO", None),
            ("FRESNO, FRESNO COUNTY Hospital: Mercy", Some("FRESNO, FRESNO COUNTY")),
        ];
        for (print, expected) in cases {
            let read = text(&Text { text: print, first: 0, starts: &[0] });
            assert_eq!(read.map(|(value, _, _)| value.to_string()).as_deref(), expected, "{print}");
        }
    }

    #[test]
    fn spans_of_time_as_printed() {
        let cases = [
            ("10/01/2026 - 10/31/2026", "10/01/2026 - 10/31/2026"),
            ("October 1, 2026 through October 31, 2026.", "October 1, 2026 through October 31, 2026"),
            ("October 2026 rent", "October 2026"),
            ("octubre de 2026", "octubre de 2026"),
            ("10/01/2026", "10/01/2026"),
            ("10/1/2026 T0 10/31/2026", "10/1/2026 TO 10/31/2026"),
            ("August of 2026 for the dwelling", "August of 2026"),
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
