//! Finds the machine readable zone of a page and makes its lines of what was read there.
//! Judging check digits, and what the lines mean, is left to `verify`.

use document::Word;

mod readings;

use readings::{agreed, is_check_digit};

/// Lines by characters: of passports and visas, of smaller papers, of cards (ICAO 9303).
const SHAPES: [(usize, usize); 3] = [(44, 2), (36, 2), (30, 3)];
const OF_CARDS: usize = 30;
const OF_PASSPORTS: usize = 44;
/// The fewest characters of a line that may belong to a zone.
const FEWEST: usize = 24;
/// The least length of the longest word: a zone has no spaces, and capital lines elsewhere have many.
const LONGEST_WORD: usize = 18;
/// How far a count may be off and still be put right where the fillers prove it.
const SLACK: usize = 3;

/// Whether a line of words may be one of a zone. Fillers are read as all sorts of marks, but the letters stay capital
/// and the line long.
pub(crate) fn looks_like_one(line: &[Word]) -> bool {
    let text: String = line.iter().flat_map(|word| word.text.chars()).collect();
    let all = text.chars().count();
    let fillers = text.chars().filter(|c| is_filler(*c)).count();
    let fitting = text.chars().filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit()).count() + fillers;
    let digits_among_letters =
        text.chars().any(|c| c.is_ascii_digit()) && text.chars().any(|c| c.is_ascii_uppercase());
    let longest = line.iter().map(|word| word.text.chars().count()).max().unwrap_or(0);
    all >= FEWEST - 6
        && longest >= LONGEST_WORD
        && fitting * 10 >= all * 8
        && (fillers >= 2 || (digits_among_letters && all >= FEWEST + 4))
}

fn is_filler(letter: char) -> bool {
    matches!(letter, '<' | '«' | '‹' | '¢' | '€' | '£')
}

/// What was read as a line of a zone, with nothing but what stands in zones: marks that print has and zones have not
/// are fillers misread.
pub(crate) fn cleaned(read: &str) -> String {
    let signs = read.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase());
    signs.map(|c| if c.is_ascii_uppercase() || c.is_ascii_digit() { c } else { '<' }).collect()
}

/// The lines of a zone among `rows`, each with what several looks read there, cleaned, the best look first; with the
/// index of each; `None` where they have no shape that a zone has.
pub(crate) fn lines(rows: &[Vec<String>]) -> Option<Vec<(usize, String)>> {
    for (length, count) in SHAPES {
        for start in (0..=rows.len().saturating_sub(count)).rev() {
            let window = rows.get(start..start + count).unwrap_or_default();
            let fit_all = |row: &Vec<String>| row.iter().filter_map(|line| fit(line, length)).collect();
            let fitted: Vec<Vec<String>> = window.iter().map(fit_all).collect();
            if fitted.len() < count || fitted.iter().any(Vec::is_empty) {
                continue;
            }
            let zone = agreed(&fitted);
            if begins_as_one(&zone) {
                return Some((start..).zip(zone).collect());
            }
        }
    }
    None
}

/// The first line begins with the kind of document and the country that issued it.
fn begins_as_one(lines: &[String]) -> bool {
    let first = lines.first().map(String::as_bytes).unwrap_or_default();
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

/// The characters that each check digit of the line with the dates is for, and where the digit stands.
fn checks(length: usize) -> Vec<(std::ops::Range<usize>, usize)> {
    if length == OF_CARDS {
        vec![(0..6, 6), (8..14, 14)]
    } else {
        vec![(0..9, 9), (13..19, 19), (21..27, 27)]
    }
}

/// Whether the check digit at `at` is that of `span`.
fn is_right(line: &str, span: std::ops::Range<usize>, at: usize) -> bool {
    let parts = line.as_bytes().get(at).zip(line.get(span));
    parts.is_some_and(|(digit, span)| digit.is_ascii_digit() && is_check_digit(*digit, span.bytes()))
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
    use document::{Quad, Rect};

    const FIRST: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
    const SECOND: &str = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";

    fn check(name: &str, read: &[&str], expected: Option<&[&str]>) {
        let read: Vec<Vec<String>> = read.iter().map(|line| vec![cleaned(line)]).collect();
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
    fn a_line_of_a_zone_is_told_from_print() {
        let word = |text: &str| Word {
            text: text.to_owned(),
            quad: Quad::from(Rect::new(0.05, 0.5, 0.95, 0.53)),
            confidence: None,
            line: 0,
        };
        assert!(looks_like_one(&[word("P<UTOERIKSSON<<ANNA<MARIA<<<<KKK<<")]));
        assert!(looks_like_one(&[word(SECOND)]));
        let of_words = |line: &str| line.split(' ').map(word).collect::<Vec<_>>();
        assert!(!looks_like_one(&of_words("UNITED STATES OF AMERICA")));
        assert!(!looks_like_one(&of_words("09/09/26 LANTERN BROADBAND -141.79")));
    }

    #[test]
    fn marks_that_zones_have_not_are_fillers() {
        assert_eq!(cleaned("P«UTOER iKSSON^·"), "P<UTOERIKSSON<<");
    }
}
