//! The words of a page as they are printed: without specks and the lines of a fax machine, and parted where a reader ran a
//! label into its value. Where they stand to each other is left to `layout`.

use document::{Confidence, Point, Quad, Rect, Word};

/// A word, or a part of one, as it is printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printed<'a> {
    pub text: &'a str,
    pub quad: Quad,
    pub bounds: Rect,
    pub confidence: Option<Confidence>,
    pub line: u32,
}

/// The words of a page of this aspect that say something, in the order in which they were read.
pub(crate) fn of(words: &[Word], aspect: f64) -> Vec<Printed<'_>> {
    let senders = senders_line(words);
    let mut printed = Vec::with_capacity(words.len() + words.len() / 8);
    for word in words.iter().filter(|word| says_something(&word.text) && !senders.contains(&word.line)) {
        split(word, |part| printed.extend(Some(part).filter(|part| !stands_upright(part, aspect))));
    }
    printed
}

/// Whether a word is more than a rule or a speck that a reader took for print.
fn says_something(text: &str) -> bool {
    text.chars().any(|letter| {
        letter.is_alphanumeric()
            || matches!(
                letter,
                '$' | '#'
                    | '-'
                    | '('
                    | ')'
                    | '+'
                    | ','
                    | '&'
                    | '*'
                    | '–'
                    | '—'
                    | '☒'
                    | '☑'
                    | '✓'
                    | '✔'
                    | '✗'
                    | '✘'
                    | '■'
                    | '⊠'
            )
    })
}

/// The lines that a fax machine printed over the page: when it was sent, from and to which number, and which page it is.
fn senders_line(words: &[Word]) -> Vec<u32> {
    let top = words.iter().filter(|word| word.quad.corners().iter().all(|corner| corner.y < 0.05));
    let says = |line: u32, text: &str| {
        words.iter().any(|word| word.line == line && word.text.to_uppercase().trim_end_matches(':') == text)
    };
    let paged = |word: &Word| {
        let page = word.text.to_uppercase();
        let page = page.strip_prefix("P.").unwrap_or_default();
        page.split_once('/').is_some_and(|(one, of)| {
            [one, of].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    let top: Vec<_> = top.collect();
    let sent = top.iter().any(|word| paged(word)) && top.iter().any(|word| says(word.line, "FROM"));
    let mut lines: Vec<u32> = top.iter().filter(|_| sent).map(|word| word.line).collect();
    lines.dedup();
    lines.retain(|line| says(*line, "FROM") || words.iter().any(|word| word.line == *line && paged(word)));
    lines
}

/// Splits off what is printed right behind a label: `LIC#D123`, `Date:1/2/24`, `ISS01/06/2015`, `No.123456`. The line
/// that was written on is none of its letters: `_Trinh`.
fn split<'a>(word: &'a Word, mut each: impl FnMut(Printed<'a>)) {
    let (confidence, line) = (word.confidence, word.line);
    let mut part = |text, quad: Quad| each(Printed { text, quad, bounds: quad.bounds(), confidence, line });
    let text = word.text.trim_matches('_');
    // A speck before a date: `.05/07/1996`.
    let dated = |rest: &&str| rest.bytes().filter(|byte| *byte == b'/').count() == 2;
    let text = text.strip_prefix('.').filter(dated).unwrap_or(text);
    let Some(at) = split_point(text) else { return part(text, word.quad) };
    let (head, tail) = text.split_at(at);
    let share = head.chars().count() as f64 / text.chars().count() as f64;
    let [top_left, top_right, bottom_right, bottom_left] = word.quad.corners();
    let between = |one: Point, two: Point| Point {
        x: one.x + (two.x - one.x) * share,
        y: one.y + (two.y - one.y) * share,
    };
    let (top, bottom) = (between(top_left, top_right), between(bottom_left, bottom_right));
    part(head, Quad::new([top_left, top, bottom, bottom_left]));
    part(tail, Quad::new([top, top_right, bottom_right, bottom]));
}

/// The byte at which a label ends and its value begins within one word.
fn split_point(text: &str) -> Option<usize> {
    let after_mark =
        text.char_indices().find(|(_, letter)| matches!(letter, ':' | '#')).map(|(at, _)| at + 1);
    // `SS#:123`.
    let after_mark = after_mark
        .map(|at| if text.get(at..).is_some_and(|rest| rest.starts_with(':')) { at + 1 } else { at });
    if let Some(at) = after_mark.filter(|&at| at < text.len()) {
        let head = text.get(..at)?;
        let labelled = head.chars().filter(|letter| letter.is_alphabetic()).count() >= 2;
        return labelled.then_some(at);
    }
    let numbered =
        ["No.", "NO.", "Nº", "N°"].iter().find_map(|mark| Some((mark.len(), text.strip_prefix(mark)?)));
    if let Some((at, number)) = numbered {
        let fits = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        return (fits && digits >= 3).then_some(at);
    }
    // An amount and the same in words: `$900.00(Nine`.
    let words = text.find('(').filter(|at| {
        let (figures, words) = text.split_at(*at);
        figures.ends_with(|letter: char| letter.is_ascii_digit())
            && words
                .get(1..)
                .is_some_and(|words| words.len() > 1 && words.bytes().all(|byte| byte.is_ascii_alphabetic()))
    });
    if words.is_some() {
        return words;
    }
    // `W-22025`, `SSA-10992025`: the name of the form and its year.
    let form = text.len().checked_sub("2025".len()).and_then(|at| text.split_at_checked(at));
    if let Some((form, year)) = form
        && form.contains(char::is_alphabetic)
        && ["W-2", "1040", "1099"].iter().any(|name| form.ends_with(name))
        && year.starts_with("20")
        && year.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(form.len());
    }
    // `W-2Wage and Tax Statement`.
    let title = text
        .strip_prefix("W-2")
        .filter(|rest| rest.len() > 2 && rest.bytes().all(|byte| byte.is_ascii_alphabetic()));
    if let Some(title) = title {
        return Some(text.len() - title.len());
    }
    // `2161ALMOND`: a house and its street.
    let house = text.bytes().take_while(u8::is_ascii_digit).count();
    let street = text.get(house..).unwrap_or_default();
    if (2..=5).contains(&house) && street.len() >= 4 && street.bytes().all(|byte| byte.is_ascii_alphabetic())
    {
        return Some(house);
    }
    let first_digit = text.find(|letter: char| letter.is_ascii_digit())?;
    let (head, tail) = text.split_at(first_digit);
    let letters = head.chars().count() >= 3 && head.chars().all(char::is_alphabetic);
    let dated = tail.matches('/').count() == 2 && tail.len() >= 8;
    (letters && dated).then_some(first_digit)
}

/// Whether a word of several letters runs up or down the page: marginal print, which is in no row.
fn stands_upright(word: &Printed<'_>, aspect: f64) -> bool {
    let bounds = &word.bounds;
    bounds.height() > bounds.width() * aspect * 1.5 && word.text.chars().count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_glued_to_their_label_are_split_off() {
        for (text, expected) in [
            ("LIC#WDL123", vec!["LIC#", "WDL123"]),
            ("Date:01/02/2026", vec!["Date:", "01/02/2026"]),
            ("ISS01/06/2015", vec!["ISS", "01/06/2015"]),
            ("No.32225009", vec!["No.", "32225009"]),
            ("No.A000", vec!["No.", "A000"]),
            ("$900.00(Nine", vec!["$900.00", "(Nine"]),
            ("W-22025", vec!["W-2", "2025"]),
            ("W-2Wage", vec!["W-2", "Wage"]),
            ("SS#:***-**-4821", vec!["SS#:", "***-**-4821"]),
            (".05/07/1996", vec!["05/07/1996"]),
            ("SSA-10992025", vec!["SSA-1099", "2025"]),
            ("10402025", vec!["10402025"]),
            ("2161ALMOND", vec!["2161", "ALMOND"]),
            ("_Trinh", vec!["Trinh"]),
            ("12:30", vec!["12:30"]),
            ("A1B2", vec!["A1B2"]),
        ] {
            let quad = Rect::new(0.1, 0.1, 0.5, 0.12).into();
            let words = [Word { text: text.to_owned(), quad, confidence: None, line: 0 }];
            let parts: Vec<_> = of(&words, 1.0).into_iter().map(|part| part.text).collect();
            assert_eq!(parts, expected);
        }
    }
}
