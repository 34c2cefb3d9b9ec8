//! Finds the machine readable zone of a page and makes its lines of what was read there.
//! Judging check digits, and what the lines mean, is left to `verify`.

use document::{Rect, Word};

/// Lines by characters: of passports and visas, of smaller papers, of cards (ICAO 9303).
const SHAPES: [(usize, usize); 3] = [(44, 2), (36, 2), (30, 3)];
/// The fewest characters of a line that may belong to a zone.
const FEWEST: usize = 24;
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
    let word_like = line.len() <= 6;
    all >= FEWEST - 6
        && word_like
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
    if count.abs_diff(length) > SLACK {
        return None;
    }
    let (start, run) = last_run(line)?;
    // A short run may be a single filler that stands for itself.
    let wanted = (run + length).checked_sub(count).filter(|wanted| run >= 4 && *wanted >= 2)?;
    let (head, tail) = (line.get(..start)?, line.get(start + run..)?);
    Some(format!("{head}{}{tail}", "<".repeat(wanted)))
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
        check(
            "a digit lost",
            &[FIRST, &SECOND.replacen("898", "88", 1)],
            Some(&[FIRST, "L88902C36UTO7408122F1204159ZE184226B<<<<<<10"]),
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
    }
}
