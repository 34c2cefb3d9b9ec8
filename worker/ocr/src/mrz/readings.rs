//! Makes one zone of what several looks read: what may stand at a place rules out lookalikes, most looks win, and
//! check digits choose where looks differ. Nothing is put in that no look and no rule of the place gives.

use std::ops::Range;

use super::{OF_CARDS, OF_PASSPORTS};

/// The most places where looks differ that check digits choose between: each doubles the tries.
const MOST_DISPUTED: usize = 10;

/// What may stand at a place of a zone (ICAO 9303-4 to 9303-7).
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Letter,
    Digit,
    Any,
}

/// A check digit: the line it stands on and its place, and the parts it is for, each with its line.
struct Check {
    at: (usize, usize),
    of: Vec<(usize, Range<usize>)>,
}

/// The lines of a zone, each from at least one reading of the right length, the best look first.
pub(super) fn agreed(readings: &[Vec<String>]) -> Vec<String> {
    let length = readings.first().and_then(|line| line.first()).map_or(0, String::len);
    let is_visa = readings.iter().flatten().next().is_some_and(|line| line.starts_with('V'));
    let mut zone: Vec<Vec<u8>> = Vec::new();
    let mut disputed: Vec<((usize, usize), Vec<u8>)> = Vec::new();
    for (row, line) in readings.iter().enumerate() {
        let mut chosen = Vec::with_capacity(length);
        for column in 0..length {
            let options = options(line, column, kind(length, row, column));
            chosen.push(options.first().copied().unwrap_or(b'<'));
            if options.len() > 1 {
                disputed.push(((row, column), options));
            }
        }
        zone.push(chosen);
    }
    let checks = checks(length, is_visa);
    let proof = |zone: &[Vec<u8>]| checks.iter().filter(|check| is_right(zone, check)).count();
    let is_checked = |row: usize| checks.iter().any(|check| check.of.iter().any(|(of, _)| *of == row));
    // One look may be right where most are wrong in the same way.
    for look in 0..readings.iter().map(Vec::len).max().unwrap_or(0) {
        let mut tried = zone.clone();
        for (row, line) in tried.iter_mut().enumerate().filter(|(row, _)| is_checked(*row)) {
            let Some(seen) = readings.get(row).and_then(|line| line.get(look)) else { continue };
            let placed = seen.bytes().enumerate();
            *line = placed.map(|(column, letter)| fitting(letter, kind(length, row, column))).collect();
        }
        if proof(&tried) > proof(&zone) {
            zone = tried;
        }
    }
    disputed.retain(|(at, _)| checks.iter().any(|check| check.covers(*at)));
    if proof(&zone) < checks.len() && (1..=MOST_DISPUTED).contains(&disputed.len()) {
        let mut best = (proof(&zone), zone.clone(), true);
        try_all(&mut zone.clone(), &disputed, &mut |tried| {
            let proof = proof(tried);
            if proof > best.0 {
                best = (proof, tried.to_vec(), true);
            } else if proof == best.0 && tried != best.1 {
                best.2 = false;
            }
        });
        // Where two choices are proven alike, none is.
        if best.2 {
            zone = best.1;
        }
    }
    zone.into_iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

/// All choices for the places in dispute, one after the other.
fn try_all(
    zone: &mut Vec<Vec<u8>>,
    disputed: &[((usize, usize), Vec<u8>)],
    see: &mut impl FnMut(&[Vec<u8>]),
) {
    let Some((((row, column), options), rest)) = disputed.split_first() else { return see(zone) };
    for option in options {
        if let Some(place) = zone.get_mut(*row).and_then(|line| line.get_mut(*column)) {
            *place = *option;
        }
        try_all(zone, rest, see);
    }
}

/// What the looks saw at a place, most seen first; the first look's among those that as many saw.
fn options(line: &[String], column: usize, kind: Kind) -> Vec<u8> {
    let mut seen: Vec<(u8, usize)> = Vec::new();
    for letter in line.iter().filter_map(|look| look.as_bytes().get(column)) {
        let letter = fitting(*letter, kind);
        match seen.iter_mut().find(|(other, _)| *other == letter) {
            Some((_, count)) => *count += 1,
            None => seen.push((letter, 1)),
        }
    }
    // A look that saw what may stand there is believed before one that did not.
    seen.sort_by_key(|(letter, count)| (!may_stand(*letter, kind), std::cmp::Reverse(*count)));
    let possible = seen.iter().filter(|(letter, _)| may_stand(*letter, kind)).count();
    seen.truncate(possible.max(1));
    seen.into_iter().map(|(letter, _)| letter).collect()
}

fn may_stand(letter: u8, kind: Kind) -> bool {
    match kind {
        Kind::Letter => !letter.is_ascii_digit(),
        Kind::Digit => !letter.is_ascii_uppercase(),
        Kind::Any => true,
    }
}

/// The look-alike of `letter` that may stand at a place, or itself.
fn fitting(letter: u8, kind: Kind) -> u8 {
    const ALIKE: [(u8, u8); 6] =
        [(b'0', b'O'), (b'1', b'I'), (b'2', b'Z'), (b'5', b'S'), (b'6', b'G'), (b'8', b'B')];
    let alike = match kind {
        Kind::Letter => ALIKE.iter().find(|(digit, _)| *digit == letter).map(|(_, found)| *found),
        Kind::Digit => ALIKE.iter().find(|(_, found)| *found == letter).map(|(digit, _)| *digit),
        Kind::Any => None,
    };
    alike.unwrap_or(letter)
}

fn kind(length: usize, row: usize, column: usize) -> Kind {
    match (length, row, column) {
        // The second sign of a paper's kind may be either.
        (_, 0, 1) => Kind::Any,
        (OF_CARDS, 0, 0..5) | (OF_CARDS, 1, 15..18) | (OF_CARDS, 2, _) => Kind::Letter,
        (OF_CARDS, 0, 14) | (OF_CARDS, 1, 0..=6 | 8..=14 | 29) => Kind::Digit,
        (OF_CARDS, 1, 7) => Kind::Letter,
        (OF_CARDS, ..) => Kind::Any,
        (_, 0, _) | (_, 1, 10..13 | 20) => Kind::Letter,
        (_, 1, 9 | 13..=19 | 21..=27) => Kind::Digit,
        _ => Kind::Any,
    }
}

fn checks(length: usize, is_visa: bool) -> Vec<Check> {
    let own = |row, of: Range<usize>| Check { at: (row, of.end), of: vec![(row, of)] };
    let mut checks = if length == OF_CARDS {
        vec![own(0, 5..14), own(1, 0..6), own(1, 8..14)]
    } else {
        vec![own(1, 0..9), own(1, 13..19), own(1, 21..27)]
    };
    match length {
        OF_CARDS => {
            checks.push(Check { at: (1, 29), of: vec![(0, 5..30), (1, 0..7), (1, 8..15), (1, 18..29)] });
        }
        _ if is_visa => {}
        OF_PASSPORTS => {
            checks.push(own(1, 28..42));
            checks.push(Check { at: (1, 43), of: vec![(1, 0..10), (1, 13..20), (1, 21..43)] });
        }
        _ => checks.push(Check { at: (1, 35), of: vec![(1, 0..10), (1, 13..20), (1, 21..35)] }),
    }
    checks
}

impl Check {
    fn covers(&self, at: (usize, usize)) -> bool {
        self.at == at || self.of.iter().any(|(row, span)| *row == at.0 && span.contains(&at.1))
    }
}

fn is_right(zone: &[Vec<u8>], check: &Check) -> bool {
    let part = |(row, span): &(usize, Range<usize>)| zone.get(*row).and_then(|line| line.get(span.clone()));
    let letters = check.of.iter().filter_map(part).flatten().copied();
    let digit = zone.get(check.at.0).and_then(|line| line.get(check.at.1));
    digit.is_some_and(|digit| is_check_digit(*digit, letters))
}

/// Whether `digit` is the check digit of `letters`: weights 7, 3, 1; letters count from 10, fillers nothing (ICAO
/// 9303-3, 4.9). The digit of nothing may be a filler.
pub(super) fn is_check_digit(digit: u8, letters: impl Iterator<Item = u8>) -> bool {
    let value = |letter: u8| match letter {
        b'0'..=b'9' => u32::from(letter - b'0'),
        b'A'..=b'Z' => u32::from(letter - b'A') + 10,
        _ => 0,
    };
    let sum: u32 =
        letters.zip([7, 3, 1].into_iter().cycle()).map(|(letter, weight)| value(letter) * weight).sum();
    match digit {
        b'<' => sum == 0,
        digit => digit.is_ascii_digit() && value(digit) == sum % 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
    const SECOND: &str = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";

    fn check(name: &str, first: &[&str], second: &[&str], expected: (&str, &str)) {
        let owned = |looks: &[&str]| looks.iter().map(|look| (*look).to_owned()).collect::<Vec<_>>();
        assert_eq!(agreed(&[owned(first), owned(second)]), [expected.0, expected.1], "{name}");
    }

    #[test]
    fn one_zone_is_made_of_several_looks() {
        check("one look", &[FIRST], &[SECOND], (FIRST, SECOND));
        check(
            "the place says letter or digit",
            &[&FIRST.replace('O', "0")],
            &[&SECOND.replace("UTO74081", "UT074O8I")],
            (FIRST, SECOND),
        );
        check(
            "check digits choose in the number",
            &[FIRST],
            &[&SECOND.replace("L898", "LB98"), SECOND],
            (FIRST, SECOND),
        );
        check(
            "one look that is proven against two that are not",
            &[FIRST],
            &[
                SECOND,
                &SECOND.replace("L898902C36UTO74", "LB9B9O2C36UTO75"),
                &SECOND.replace("L898902C36UTO74", "LB9B9O2C36UTO75"),
            ],
            (FIRST, SECOND),
        );
        check(
            "most looks win in the name",
            &[&FIRST.replace("ANNA", "AMNA"), FIRST, FIRST],
            &[SECOND],
            (FIRST, SECOND),
        );
        // The number's check digit fails for both looks: the first is kept, though it is wrong.
        let (one, two) = (SECOND.replace("L898", "L896"), SECOND.replace("L898", "L895"));
        check("nothing is invented", &[FIRST], &[&one, &two], (FIRST, &one));
    }

    #[test]
    fn check_digits_of_all_papers_are_known() {
        let zones: [&[&str]; 4] = [
            &[FIRST, SECOND],
            &["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"],
            &[
                "I<UTOD231458907<<<<<<<<<<<<<<<",
                "7408122F1204159UTO<<<<<<<<<<<6",
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            ],
            &["V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"],
        ];
        for zone in zones {
            let lines: Vec<Vec<u8>> = zone.iter().map(|line| line.as_bytes().to_vec()).collect();
            for check in checks(zone[0].len(), zone[0].starts_with('V')) {
                assert!(is_right(&lines, &check), "{zone:?} at {:?}", check.at);
            }
        }
    }
}
