//! Days in the forms that American and Spanish documents print them; months come before days in figures.

use std::ops::Range;

use jiff::civil::Date;

use super::{Read, Text};
use crate::field::Value;
use crate::rules::document::RangePart;
use crate::text::{likeness, unaccented};

/// A date, or of a range of two dates the asked-for end.
pub(super) fn date(text: &Text<'_>, part: Option<RangePart>) -> Read {
    if !may_begin_date(text.text) {
        return None;
    }
    if let Some(read) =
        part.and_then(|part| year_at_end(text.text, part).or_else(|| in_a_month(text.text, part)))
    {
        return Some(read);
    }
    let (first, length, quality) = parse_date(text.text)?;
    let second = second_of_range(text.text, length);
    match (part, second) {
        (None | Some(RangePart::Start), None) => Some((Value::Date(first), length, quality)),
        (None, Some(_)) => Some((Value::Date(first), length, quality * 0.5)),
        (Some(RangePart::Start), Some((_, end, _))) => Some((Value::Date(first), end, quality)),
        (Some(RangePart::End), Some((second, end, quality))) => Some((Value::Date(second), end, quality)),
        // A lone date may be either end.
        (Some(RangePart::End), None) => None,
    }
}

/// One end of a range that states its year once: `February 1 - October 31, 2026`, `10/01 to 10/31/2026`.
fn year_at_end(text: &str, part: RangePart) -> Option<(Value, usize, f64)> {
    let (at, join) = first_join(text)?;
    let (head, tail) = (text.get(..at)?.trim(), text.get(at + join.len()..)?);
    if head.split([' ', '/']).count() != 2 {
        return None;
    }
    let (last, length, quality) = parse_date(tail)?;
    let year = last.year();
    let day_of = |year: i16| match head.contains('/') {
        true => parse_date(&format!("{head}/{year}")),
        false => parse_date(&format!("{head}, {year}")),
    };
    let (first, ..) = day_of(year).filter(|(first, ..)| *first <= last).or_else(|| day_of(year - 1))?;
    let value = match part {
        RangePart::Start => first,
        RangePart::End => last,
    };
    Some((Value::Date(value), at + join.len() + length, quality))
}

/// One end of a range that states its month once as well: `1-30 SEP 26`, `September 16 - 30, 2026`.
fn in_a_month(text: &str, part: RangePart) -> Option<(Value, usize, f64)> {
    let (at, join) = first_join(text)?;
    let (head, tail) = (text.get(..at)?.trim(), text.get(at + join.len()..)?);
    let (month, day) = head.rsplit_once(' ').unwrap_or(("", head));
    let day: i8 = day.parse().ok().filter(|_| day.len() <= 2)?;
    let named = format!("{month} {tail}");
    let (last, length, quality) = parse_date(named.trim_start())?;
    let first = Date::new(last.year(), last.month(), day).ok().filter(|first| *first < last)?;
    let month_first = !month.is_empty();
    let length = if month_first { length.checked_sub(month.len() + 1)? } else { length };
    // `4 10-30-2026` is a figure before a date.
    let names_month = tail.get(..length)?.contains(char::is_alphabetic);
    if month_first == names_month || !month.chars().all(char::is_alphabetic) {
        return None;
    }
    let value = match part {
        RangePart::Start => first,
        RangePart::End => last,
    };
    Some((Value::Date(value), at + join.len() + length, quality))
}

/// Where two ends of a range are first joined, and by what.
fn first_join(text: &str) -> Option<(usize, &'static str)> {
    const JOINS: [&str; 10] = [" - ", " – ", " — ", "-", "–", " through ", " thru ", " to ", " al ", " a "];
    let begins = |letter: char| matches!(letter, ' ' | '-' | '–');
    text.match_indices(begins).find_map(|(at, _)| {
        let rest = text.get(at..)?;
        JOINS.into_iter().find(|join| rest.starts_with(join)).map(|join| (at, join))
    })
}

/// A day with the month in its midst, as passports print it, perhaps in two languages: `02 06 2020`, `23 MAY /MAI 2022`.
pub(super) fn days_first(text: &Text<'_>) -> Read {
    let words: Vec<&str> = text.text.split(' ').collect();
    if let Some(date) = words.first().and_then(|word| figures_days_first(word)) {
        return Some((Value::Date(date), text.first_word().len(), 1.0));
    }
    let day = words.first().filter(|day| day.len() == 2)?.parse().ok()?;
    let month = *words.get(1)?;
    let (number, next) = match month.parse::<i16>() {
        Ok(number) if month.len() == 2 => (number, 2),
        _ => {
            let first = month.split('/').next()?;
            let named = Part { text: first, end: 0 }.month()?;
            let rest = words.get(2..)?;
            let other =
                rest.iter().take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit())).count();
            (named, 2 + other)
        }
    };
    let year = words.get(next).filter(|year| year.len() >= 4).and_then(|year| year.get(..4))?;
    if next > 4 {
        return None;
    }
    let date = civil(year.parse().ok()?, number, day)?;
    let length = words.iter().take(next + 1).map(|word| word.len() + 1).sum::<usize>() - 1;
    Some((Value::Date(date), length, 1.0))
}

/// `10/03/2020` as 10 March; where that can be no day, as October.
fn figures_days_first(word: &str) -> Option<Date> {
    let word = word.trim_end_matches(|sign: char| !sign.is_ascii_digit());
    let parts: Vec<&str> = word.split(['/', '.', '-']).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    let fits = day.len() <= 2 && month.len() <= 2 && year.len() == 4;
    let (day, month, year) = (day.parse().ok()?, month.parse().ok()?, year.parse().ok().filter(|_| fits)?);
    civil(year, month, day).or_else(|| civil(year, day, month))
}

/// A date, or a month and its year: `December 2025`, `diciembre de 2025`, `12/2025`.
pub(super) fn month(text: &Text<'_>) -> Read {
    if let Some((date, length, quality)) = parse_date(text.text) {
        return Some((Value::Date(date), length, quality));
    }
    let (date, length) = parse_month(text.text)?;
    Some((Value::Date(date), length, 0.95))
}

/// The first day of the month that `text` begins with, and the bytes that it takes with its year.
pub(super) fn parse_month(text: &str) -> Option<(Date, usize)> {
    let [month, year, _] = parts(text);
    let (month, year) = (month?, year?);
    let apart = text.get(..year.end)?;
    let named = month.month().filter(|_| month.text.len() >= 3);
    let number = month.number().filter(|_| apart.contains('/') && month.text.len() <= 2);
    let whole = year.text.len() == 4;
    let date = civil(whole.then(|| year.number()).flatten()?, named.or(number)?, 1)?;
    Some((date, year.end))
}

/// The second date of a range whose first takes `length` bytes of `text`.
fn second_of_range(text: &str, length: usize) -> Option<(Date, usize, f64)> {
    let rest = text.get(length..)?;
    let trimmed = rest.trim_start().trim_start_matches([',', '.']).trim_start();
    let words = ["and ending", "through", "thru", "hasta", "to", "al", "a", "-", "–", "—", "~"];
    let joins =
        |word: &&&str| trimmed.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let after = trimmed.get(words.iter().find(joins)?.len()..)?;
    let after = after.trim_start();
    let start = text.len() - after.len();
    let (date, length, quality) = parse_date(after)?;
    Some((date, start + length, quality))
}

/// The date that `text` begins with, the bytes it takes, and how well it fits (less than 1 for two-digit years and
/// for days before months).
pub fn parse_date(text: &str) -> Option<(Date, usize, f64)> {
    if !text.starts_with(char::is_alphanumeric) || !may_begin_date(text) {
        return None;
    }
    let mended = mended(text);
    let text = mended.as_deref().unwrap_or(text);
    let [one, two, three] = parts(text);
    let (one, two, three) = (one?, two?, three?);
    let shape = (one.number(), two.number(), three.number());
    let figures = one.number().is_some() && two.number().is_some();
    // `2 03/14/2018` is a figure before a date.
    let signs = text.get(one.end..)?.trim_start().starts_with(['/', '-', '.', '–', '—']);
    if figures && (!signs || two.text.len() > 2 || one.text.len() == 3) {
        return None;
    }
    let (date, quality) = match shape {
        (Some(year), Some(month), Some(day)) if one.text.len() == 4 => (civil(year, month, day)?, 1.0),
        (Some(month), Some(day), Some(year)) => numeric(month, day, year, &three)?,
        (None, Some(day), Some(year)) => {
            (civil(full_year(year, &three)?, one.month()?, day)?, three.quality())
        }
        (Some(day), None, Some(year)) => {
            (civil(full_year(year, &three)?, two.month()?, day)?, three.quality())
        }
        _ => return None,
    };
    let quality = if mended.is_some() { MENDED * quality } else { quality };
    Some((date, three.end, quality))
}

/// What a date counts for that was not read as it must be printed.
const MENDED: f64 = 0.8;

/// The text, with as many bytes, where a reader saw what stands in no date: a nought for the letter in `02-0ct-2026`, a one
/// for the stroke in `07104/1980`.
fn mended(text: &str) -> Option<String> {
    if text.contains("0ct") {
        return Some(text.replace("0ct", "Oct"));
    }
    let bytes = text.as_bytes();
    let is_run =
        |digits: Range<usize>| bytes.get(digits).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let first = is_run(0..5) && bytes.get(2) == Some(&b'1') && bytes.get(5) == Some(&b'/') && is_run(6..10);
    first.then(|| [text.get(..2).unwrap_or_default(), "/", text.get(3..).unwrap_or_default()].concat())
}

/// Whether a day follows, where a text begins with a month's name: most words are told from a date by this alone.
fn may_begin_date(text: &str) -> bool {
    let after = text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let day = after.trim_start_matches([' ', '/', '-', '.', ',']);
    let next = day.bytes().next();
    // What is no ASCII may part them too, as may `de`.
    after.len() == text.len()
        || next.is_some_and(|next| next.is_ascii_digit() || !next.is_ascii() || next == b'd')
}

fn numeric(month: i16, day: i16, year: i16, last: &Part<'_>) -> Option<(Date, f64)> {
    let year = full_year(year, last)?;
    match civil(year, month, day) {
        Some(date) => Some((date, last.quality())),
        None => Some((civil(year, day, month)?, 0.6 * last.quality())),
    }
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    let in_range = (1900..=2100).contains(&year);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    in_range.then_some(date)
}

/// Two digits below 50 are of this century.
fn full_year(year: i16, part: &Part<'_>) -> Option<i16> {
    match part.text.len() {
        4 => Some(year),
        2 if year < 50 => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

/// A run of digits or letters of a date.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    end: usize,
}

impl Part<'_> {
    fn number(&self) -> Option<i16> {
        (self.text.len() <= 4).then(|| self.text.parse().ok()).flatten()
    }

    /// The month whose English or Spanish name, whole or cut to three letters or more, this is.
    fn month(&self) -> Option<i16> {
        if !(3..=LONGEST_MONTH).contains(&self.text.len()) {
            return None;
        }
        let name: String = self.text.chars().map(unaccented).collect::<String>().to_lowercase();
        let is =
            |month: &str| likeness(month, &name).is_some() || (name.len() >= 3 && month.starts_with(&name));
        let found = MONTHS.iter().find(|(_, names)| names.iter().any(|month| is(month)));
        found.map(|(number, _)| *number)
    }

    fn quality(&self) -> f64 {
        if self.text.len() == 4 { 1.0 } else { 0.9 }
    }
}

/// The most bytes of the longest name of a month with two letters too many.
const LONGEST_MONTH: usize = 48;

const MONTHS: [(i16, [&str; 2]); 12] = [
    (1, ["january", "enero"]),
    (2, ["february", "febrero"]),
    (3, ["march", "marzo"]),
    (4, ["april", "abril"]),
    (5, ["may", "mayo"]),
    (6, ["june", "junio"]),
    (7, ["july", "julio"]),
    (8, ["august", "agosto"]),
    (9, ["september", "septiembre"]),
    (10, ["october", "octubre"]),
    (11, ["november", "noviembre"]),
    (12, ["december", "diciembre"]),
];

/// The first three runs of digits or letters, if nothing but a date's own separators stands between them.
fn parts(text: &str) -> [Option<Part<'_>>; 3] {
    let mut parts = [None; 3];
    let mut rest = Some(text);
    for part in &mut parts {
        let Some(start) = rest else { break };
        let digits = start.starts_with(|letter: char| letter.is_ascii_digit());
        let belongs = |letter: char| if digits { letter.is_ascii_digit() } else { letter.is_alphabetic() };
        let length = start.find(|letter| !belongs(letter)).unwrap_or(start.len());
        if length == 0 {
            break;
        }
        let (run, after) = start.split_at(length);
        *part = Some(Part { text: run, end: text.len() - after.len() });
        rest = separator(after);
    }
    // `10/31/20261` is no date.
    let last = parts.iter().flatten().last();
    let runs_on = last.is_some_and(|part| {
        part.text.len() > 4 && part.number().is_none() && part.text.starts_with(|c: char| c.is_ascii_digit())
    });
    if runs_on { [None; 3] } else { parts }
}

/// What follows a separator between two parts of a date; `None` where something else follows.
fn separator(text: &str) -> Option<&str> {
    // `3rd day of October`.
    let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|ending| text.strip_prefix(ending));
    let text = ordinal.filter(|after| !after.starts_with(char::is_alphanumeric)).unwrap_or(text);
    let trimmed = text.trim_start_matches(' ');
    let after =
        trimmed.strip_prefix(['/', '-', '.', ',', '—', '–']).unwrap_or(trimmed).trim_start_matches(' ');
    let after =
        ["de ", "del ", "day of ", "of "].iter().find_map(|word| after.strip_prefix(word)).unwrap_or(after);
    (after.len() < text.len() && after.starts_with(char::is_alphanumeric)).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_all_their_forms() {
        let cases = [
            ("7/18/2008", "2008-07-18"),
            ("07-18-2008", "2008-07-18"),
            ("07.18.08", "2008-07-18"),
            ("2008-07-18", "2008-07-18"),
            ("December 28, 2021", "2021-12-28"),
            ("Dec. 28 2021", "2021-12-28"),
            ("05 FEB 1965", "1965-02-05"),
            ("05-Feb-65", "1965-02-05"),
            ("28 de diciembre de 2021", "2021-12-28"),
            ("31/10/2026", "2026-10-31"),
            ("Sept 9, 2026", "2026-09-09"),
            ("02-0ct-2026", "2026-10-02"),
            ("07104/1980", "1980-07-04"),
            ("October 3rd, 2026", "2026-10-03"),
            ("3rd day of October, 2026", "2026-10-03"),
            ("22nd of October 2026", "2026-10-22"),
        ];
        for (print, expected) in cases {
            let (date, length, _) = parse_date(print).unwrap_or_else(|| panic!("{print}"));
            assert_eq!((date.to_string().as_str(), length), (expected, print.len()), "{print}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for print in [
            "",
            "9/25",
            "13/32/2020",
            "555-01-0100",
            "99999-1234",
            "3 008 01",
            "12 12 2020",
            "2 03/14/2018",
            "10/31/20261",
            "Foo 12, 2020",
            "1,234.56",
            "3 stories of 12, 2020",
        ] {
            assert!(parse_date(print).is_none(), "{print}");
        }
    }

    #[test]
    fn a_range_has_two_ends() {
        for print in ["04/17/2020 - 04/30/2020", "04/17/2020-04/30/2020", "April 17, 2020 to April 30, 2020"]
        {
            let text = Text { text: print, first: 0, starts: &[0] };
            let end = |part| date(&text, Some(part)).unwrap().0.to_string();
            assert_eq!(
                (end(RangePart::Start), end(RangePart::End)),
                ("2020-04-17".into(), "2020-04-30".into())
            );
        }
        for print in ["17-30 APR 20", "April 17-30, 2020", "April 17 - 30, 2020 paid"] {
            let text = Text { text: print, first: 0, starts: &[0] };
            let end = |part| date(&text, Some(part)).unwrap_or_else(|| panic!("{print}")).0.to_string();
            assert_eq!(
                (end(RangePart::Start), end(RangePart::End)),
                ("2020-04-17".into(), "2020-04-30".into())
            );
        }
        for print in ["30-17 APR 20", "4-10-30-2026", "Apt 4 - 30, 2020"] {
            let text = Text { text: print, first: 0, starts: &[0] };
            assert_eq!(date(&text, Some(RangePart::End)), None, "{print}");
        }
    }
}
