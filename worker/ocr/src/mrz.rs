//! Finds the machine readable zone of a page and makes its lines of what was read there.
//! Judging check digits, and what the lines mean, is left to `verify`.

use document::{Rect, Word};

/// Lines by characters: of passports and visas, of smaller papers, of cards (ICAO 9303).
const SHAPES: [(usize, usize); 3] = [(44, 2), (36, 2), (30, 3)];
const OF_CARDS: usize = 30;
/// The fewest characters of a line that may belong to a zone.
const FEWEST: usize = 24;
/// The least length of the longest word: a zone has no spaces, and capital lines elsewhere have many.
const LONGEST_WORD: usize = 18;
/// How far a count may be off and still be put right where the fillers prove it.
const SLACK: usize = 3;

/// The band of a page that looks like a machine readable zone, with room around it; in fractions of the page.
pub(crate) fn band(words: &[Word]) -> Option<Rect> {
    let lines = words.chunk_by(|one, two| one.line == two.line);
    let zone = lines.filter(|line| looks_like_one(line)).filter_map(|line| {
        let mut bounds = line.iter().map(|word| word.quad.bounds());
        let first = bounds.next()?;
        Some(bounds.fold(first, |all, one| all.union(&one)))
    });
    // Lines of a zone stand close together; the last group on the page is it.
    let mut groups: Vec<Rect> = Vec::new();
    for line in zone {
        match groups.last_mut() {
            Some(group) if line.top - group.bottom < 3.0 * line.height() => *group = group.union(&line),
            _ => groups.push(line),
        }
    }
    let band = groups.last()?;
    let room = (1.5 * band.height()).clamp(0.02, 0.12);
    Some(Rect::new(0.0, (band.top - room).max(0.0), 1.0, (band.bottom + room).min(1.0)))
}

/// Fillers are read as all sorts of marks, but the letters stay capital and the line long.
fn looks_like_one(line: &[Word]) -> bool {
    let text: String = line.iter().flat_map(|word| word.text.chars()).collect();
    let all = text.chars().count();
    let fillers = text.chars().filter(|c| matches!(c, '<' | '«' | '‹' | '¢' | '€' | '£')).count();
    let fitting = text.chars().filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit()).count() + fillers;
    let digits_among_letters =
        text.chars().any(|c| c.is_ascii_digit()) && text.chars().any(|c| c.is_ascii_uppercase());
    let longest = line.iter().map(|word| word.text.chars().count()).max().unwrap_or(0);
    all >= FEWEST - 6
        && longest >= LONGEST_WORD
        && fitting * 10 >= all * 8
        && (fillers >= 2 || (digits_among_letters && all >= FEWEST + 4))
}

/// The lines of a zone in `read`, lines of text as the trained reader gave them, each with its index; `None` where
/// they have no shape that a zone has.
pub(crate) fn lines(read: &[String]) -> Option<Vec<(usize, String)>> {
    let cleaned: Vec<(usize, String)> = read
        .iter()
        .map(|line| line.chars().filter(|c| matches!(c, 'A'..='Z' | '0'..='9' | '<')).collect::<String>())
        .enumerate()
        .filter(|(_, line)| line.len() + SLACK >= FEWEST)
        .collect();
    for (length, count) in SHAPES {
        for window in cleaned.windows(count).rev() {
            let fitted: Option<Vec<_>> =
                window.iter().map(|(index, line)| Some((*index, fit(line, length)?))).collect();
            if let Some(fitted) = fitted.filter(|fitted| begins_as_one(fitted)) {
                return Some(fitted);
            }
        }
    }
    None
}

/// The first line begins with the kind of document and the country that issued it.
fn begins_as_one(lines: &[(usize, String)]) -> bool {
    let first = lines.first().map(|(_, line)| line.as_bytes()).unwrap_or_default();
    matches!(first, [b'P' | b'V' | b'I' | b'A' | b'C', _, country @ ..]
        if country.iter().take(3).all(|c| c.is_ascii_uppercase() || *c == b'<'))
}

/// `line` with exactly `length` characters: longer or shorter runs of fillers are put right, nothing else.
fn fit(line: &str, length: usize) -> Option<String> {
    let count = line.len();
    if count == length {
        return Some(line.to_owned());
    }
    if let Some(inner) = without_edges(line, length) {
        return Some(inner);
    }
    if count.abs_diff(length) > SLACK {
        return None;
    }
    let (start, run) = last_run(line)?;
    // A short run may be a single filler that stands for itself.
    let wanted = (run + length).checked_sub(count).filter(|wanted| run >= 4 && *wanted >= 2)?;
    let (head, tail) = (line.get(..start)?, line.get(start + run..)?);
    let fitted = format!("{head}{}{tail}", "<".repeat(wanted));
    // What ends in fillers has none but fillers to lose; before a check digit the dates must stand in their places.
    (tail.is_empty() || has_dates_in_place(&fitted)).then_some(fitted)
}

/// The part of `line` of the right length whose check digits are all right: the edge of the paper and stamps beside a
/// zone are read as characters at its ends.
fn without_edges(line: &str, length: usize) -> Option<String> {
    let spare = line.len().checked_sub(length).filter(|spare| *spare <= SLACK)?;
    let parts = (0..=spare).filter_map(|start| line.get(start..start + length));
    let mut proven = parts.filter(|part| {
        has_dates_in_place(part) && checks(length).iter().all(|(span, at)| is_right(part, span.clone(), *at))
    });
    proven.next().map(str::to_owned)
}

/// How many check digits [`right_check_digits`] looks at.
pub(crate) const CHECK_DIGITS: usize = 3;

/// How many of the check digits of number, birth date and expiry date are right.
pub(crate) fn right_check_digits<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    lines
        .map(|line| {
            let first_of_card = line.len() == OF_CARDS && !has_dates_in_place(line);
            let own = if first_of_card { vec![(5..14, 14)] } else { checks(line.len()) };
            let holds = first_of_card || has_dates_in_place(line);
            own.into_iter().filter(|(span, at)| holds && is_right(line, span.clone(), *at)).count()
        })
        .sum::<usize>()
        .min(CHECK_DIGITS)
}

/// The characters that each check digit of the line with the dates is for, and where the digit stands.
fn checks(length: usize) -> Vec<(std::ops::Range<usize>, usize)> {
    if length == OF_CARDS {
        vec![(0..6, 6), (8..14, 14)]
    } else {
        vec![(0..9, 9), (13..19, 19), (21..27, 27)]
    }
}

/// Whether the check digit at `at` is that of `span`: weights 7, 3, 1; letters count from 10, fillers nothing
/// (ICAO 9303-3, 4.9).
fn is_right(line: &str, span: std::ops::Range<usize>, at: usize) -> bool {
    let value = |c: u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'A'..=b'Z' => u32::from(c - b'A') + 10,
        _ => 0,
    };
    let Some(text) = line.get(span) else { return false };
    let sum: u32 = text.bytes().zip([7, 3, 1].into_iter().cycle()).map(|(c, weight)| value(c) * weight).sum();
    line.as_bytes().get(at).is_some_and(|digit| digit.is_ascii_digit() && value(*digit) == sum % 10)
}

/// Whether a line holds birth date, sex and expiry where its kind has them, each date with its check digit.
fn has_dates_in_place(line: &str) -> bool {
    let start = if line.len() == OF_CARDS { 0 } else { 13 };
    let is_date =
        |at: usize| line.get(at..at + 7).is_some_and(|date| date.bytes().all(|c| c.is_ascii_digit()));
    let sex = line.as_bytes().get(start + 7);
    is_date(start) && is_date(start + 8) && matches!(sex, Some(b'M' | b'F' | b'X' | b'<'))
}

/// Where the last run of at least two fillers begins, and how long it is; at most two check digits follow it.
fn last_run(line: &str) -> Option<(usize, usize)> {
    let body = line.trim_end_matches(|c: char| c != '<');
    if line.len() - body.len() > 2 {
        return None;
    }
    let head = body.trim_end_matches('<');
    Some((head.len(), body.len() - head.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::Quad;

    const FIRST: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
    const SECOND: &str = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";

    fn check(name: &str, read: &[&str], expected: Option<&[&str]>) {
        let read: Vec<String> = read.iter().map(|line| (*line).to_owned()).collect();
        let found = lines(&read).map(|lines| lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>());
        let expected = expected.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn a_zone_is_known_by_its_shape() {
        check("two lines of 44", &[FIRST, SECOND], Some(&[FIRST, SECOND]));
        check("text above it", &["SIGNATURE OF BEARER", FIRST, SECOND], Some(&[FIRST, SECOND]));
        check("fillers read one too few", &[&FIRST[..43], SECOND], Some(&[FIRST, SECOND]));
        check("fillers read two too many", &[&format!("{FIRST}<<"), SECOND], Some(&[FIRST, SECOND]));
        check("a digit lost", &[FIRST, &SECOND.replacen("898", "88", 1)], None);
        check(
            "a filler lost before the check digits",
            &[FIRST, &SECOND.replacen("<<<<<10", "<<<<10", 1)],
            Some(&[FIRST, SECOND]),
        );
        check("the edge of the paper", &[FIRST, &format!("{SECOND}X")], Some(&[FIRST, SECOND]));
        check(
            "an edge that check digits do not prove",
            &[FIRST, &format!("{}X", SECOND.replacen("898", "896", 1))],
            None,
        );
        check("a lost letter and no fillers", &[&"P<UTOERIKSSON".repeat(3)[..39], SECOND], None);
        check(
            "ordinary text",
            &["THE BEARER OF THIS PASSPORT IS A CITIZEN", "OF THE UNITED STATES OF AMERICA AND"],
            None,
        );
        check("one line alone", &[FIRST], None);
        let card = [
            "I<UTOD231458907<<<<<<<<<<<<<<<",
            "7408122F1204159UTO<<<<<<<<<<<6",
            "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        ];
        check("three lines of 30", &card, Some(&card));
    }

    #[test]
    fn check_digits_are_counted() {
        let card = [
            "I<UTOD231458907<<<<<<<<<<<<<<<",
            "7408122F1204159UTO<<<<<<<<<<<6",
            "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        ];
        let wrong = SECOND.replacen("898", "896", 1);
        let cases: [(&[&str], usize); 4] =
            [(&[FIRST, SECOND], 3), (&card, 3), (&[FIRST, &wrong], 2), (&[FIRST, FIRST], 0)];
        for (lines, expected) in cases {
            assert_eq!(right_check_digits(lines.iter().copied()), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_band_is_where_long_capital_lines_are() {
        let word = |text: &str, line: u32, top: f64| Word {
            text: text.to_owned(),
            quad: Quad::from(Rect::new(0.05, top, 0.95, top + 0.03)),
            confidence: None,
            line,
        };
        let page = [
            word("UNITED STATES OF AMERICA", 0, 0.1),
            word("P<UTOERIKSSON<<ANNA<MARIA<<<<KKK<<", 1, 0.8),
            word(SECOND, 2, 0.86),
        ];
        let band = band(&page).unwrap();
        assert!(band.top < 0.78 && band.top > 0.6 && band.bottom > 0.9, "{band:?}");
        assert_eq!(super::band(&page[..1]), None);

        let entry = "09/09/26 LANTERN BROADBAND -141.79";
        let entries: Vec<Word> = entry.split(' ').map(|text| word(text, 0, 0.5)).collect();
        assert_eq!(super::band(&entries), None);
    }
}
