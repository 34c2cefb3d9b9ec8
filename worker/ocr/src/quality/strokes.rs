//! Ink that is neither print nor a rule: signatures, and whatever else is drawn by hand.
//! What such ink means, at its place, is left to `verify`.

use std::collections::BTreeSet;
use std::ops::Range;

use document::{Quad, Rect, Word};
use image::GrayImage;

use crate::parts::{Part, parts};

/// Ink is darker than this share of the paper around it, in levels.
const PALEST_INK: u8 = 190;
/// Straight runs of ink beyond so many heights of letters are rules.
const RULE: f32 = 3.5;
/// A rule that leans comes in steps, each at least this part of such a run.
const STEPPED: usize = 3;
/// What hangs together over so many heights of letters, this way and that, was not printed letter by letter.
const LONG: f32 = 4.0;
const TALL: f32 = 1.1;
/// The share of its box that a line leaves ink on; portraits and logos are darker, dust is paler.
const FILLED: std::ops::RangeInclusive<f32> = 0.02..=0.45;
/// What is larger, as a share of the page, is no signature.
const LARGEST: f64 = 0.1;
/// The most that are noted of a page, the largest first.
const MOST: usize = 24;
/// Words that were read as surely as this, and have so many letters that differ, are print.
const SURE: f64 = 0.9;
const DIFFERENT: usize = 3;
/// What print takes so much of the width of is print.
const TAKEN: f64 = 0.6;

/// The places on an evenly lit picture where something is drawn, from the top down; letters are `height` pixels high.
pub(super) fn find(even: &GrayImage, height: f32) -> Vec<Quad> {
    let mut drawn: Vec<Rect> = drawn(even, height);
    drawn.sort_by(|one, two| area(two).total_cmp(&area(one)));
    drawn.truncate(MOST);
    drawn.sort_by(|one, two| one.top.total_cmp(&two.top).then(one.left.total_cmp(&two.left)));
    drawn.into_iter().map(Quad::from).collect()
}

/// Those of `drawn` that no reader took for `words`.
pub(crate) fn beside_words(drawn: Vec<Quad>, words: &[Word]) -> Vec<Quad> {
    // A scrawl is read as `mmm` or `un`, and now and then surely.
    let sure = |word: &&Word| {
        let letters: BTreeSet<char> =
            word.text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        letters.len() >= DIFFERENT && word.confidence.is_none_or(|confidence| confidence.get() >= SURE)
    };
    let print: Vec<Rect> = words.iter().filter(sure).map(|word| word.quad.bounds()).collect();
    let is_free = |quad: &Quad| {
        let own = quad.bounds();
        let beside = print.iter().filter(|word| own.overlap_y(word) > 0.5);
        let taken: f64 =
            beside.map(|word| (word.right.min(own.right) - word.left.max(own.left)).max(0.0)).sum();
        taken < TAKEN * own.width()
    };
    drawn.into_iter().filter(is_free).collect()
}

/// The boxes of what hangs together and is larger than letters, rules apart.
fn drawn(even: &GrayImage, height: f32) -> Vec<Rect> {
    let (columns, rows) = (f64::from(even.width()), f64::from(even.height()));
    let ink = without_rules(even, (RULE * height) as usize);
    let drawn =
        parts(&ink, even.width() as usize).into_iter().filter(|part| is_drawn(part, height)).map(|part| {
            let [left, top, right, bottom] =
                [part.left, part.top, part.right, part.bottom].map(|at| at as f64);
            Rect::new(left / columns, top / rows, right / columns, bottom / rows)
        });
    drawn.filter(|place| area(place) < LARGEST).collect()
}

/// Whether a part is larger than letters `height` pixels high, and as pale as lines are.
fn is_drawn(part: &Part, height: f32) -> bool {
    let (long, short) = (part.width().max(part.height()), part.width().min(part.height()));
    long > LONG * height && short > TALL * height && FILLED.contains(&part.filled())
}

fn area(place: &Rect) -> f64 {
    place.width() * place.height()
}

/// For each pixel whether it is ink, rules apart: runs along a row or a column of more than `longest` pixels, and where
/// the page leans, shorter ones that go on in the next row.
fn without_rules(even: &GrayImage, longest: usize) -> Vec<bool> {
    let width = even.width() as usize;
    let dark: Vec<bool> = even.iter().map(|level| *level < PALEST_INK).collect();
    let mut ink = dark.clone();
    let rows: Vec<_> = dark.chunks_exact(width.max(1)).map(|row| runs(row, longest / STEPPED)).collect();
    for (y, row) in rows.iter().enumerate() {
        let beside =
            [y.checked_sub(1), Some(y + 1)].into_iter().flatten().filter_map(|y| rows.get(y)).flatten();
        let after = |one: &Range<usize>, next: &Range<usize>| {
            next.start > one.start && next.start <= one.end + 2 && next.end > one.end
        };
        let goes_on = |run: &Range<usize>| beside.clone().any(|other| after(run, other) || after(other, run));
        for run in row.iter().filter(|run| run.len() > longest || goes_on(run)) {
            let pixels = ink.get_mut(y * width + run.start..y * width + run.end);
            pixels.into_iter().flatten().for_each(|pixel| *pixel = false);
        }
    }
    // How far the ink above each column reaches up.
    let mut above = vec![0_usize; width];
    let below = vec![false; width];
    for (y, row) in dark.chunks_exact(width.max(1)).chain([below.as_slice()]).enumerate() {
        for ((x, &is_dark), above) in row.iter().enumerate().zip(&mut above) {
            if is_dark {
                *above += 1;
                continue;
            }
            if *above > longest {
                for y in y - *above..y {
                    ink.get_mut(y * width + x).into_iter().for_each(|pixel| *pixel = false);
                }
            }
            *above = 0;
        }
    }
    ink
}

/// The runs of ink of more than `longest` pixels in a row.
fn runs(row: &[bool], longest: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (x, &is_dark) in row.iter().chain([&false]).enumerate() {
        if is_dark {
            continue;
        }
        if x - start > longest {
            found.push(start..x);
        }
        start = x + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    /// A white page with a wave of ink at 300 to 420 by 500, a rule under it, and a box.
    fn page() -> GrayImage {
        let ink = |x: u32, y: u32| {
            let wave = 500.0 + 22.0 * (f64::from(x) / 9.0).sin();
            let drawn = (300..420).contains(&x) && (f64::from(y) - wave).abs() < 4.0;
            let rule = (280..700).contains(&x) && (530..532).contains(&y);
            let upright = (600..602).contains(&x) && (100..460).contains(&y);
            let letter = y % 60 < 12 && x % 16 < 9 && (100..400).contains(&y) && (100..560).contains(&x);
            drawn || rule || upright || letter
        };
        GrayImage::from_fn(800, 1000, |x, y| Luma([if ink(x, y) { 20 } else { 240 }]))
    }

    #[test]
    fn a_line_drawn_by_hand_is_found_and_print_and_rules_are_not() {
        let found = find(&page(), 12.0);
        assert_eq!(found.len(), 1, "{found:?}");
        let place = found[0].bounds();
        assert!((place.left - 0.375).abs() < 0.01 && (place.right - 0.525).abs() < 0.01, "{place:?}");
        assert!(place.top > 0.46 && place.bottom < 0.54, "{place:?}");
    }

    #[test]
    fn what_a_reader_is_sure_of_is_print() {
        let word = |text: &str, confidence: f64| Word {
            text: text.to_owned(),
            quad: Rect::new(0.37, 0.49, 0.53, 0.51).into(),
            confidence: Some(document::Confidence::clamped(confidence)),
            line: 0,
        };
        let found = || find(&page(), 12.0);
        assert_eq!(beside_words(found(), &[word("Sincerely", 0.98)]).len(), 0);
        assert_eq!(beside_words(found(), &[word("Mwnlr", 0.4)]).len(), 1);
        assert_eq!(beside_words(found(), &[word("mmn", 0.99)]).len(), 1);
        assert_eq!(beside_words(found(), &[]).len(), 1);
    }
}
