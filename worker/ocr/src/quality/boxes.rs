//! Small square boxes that somebody may have ticked.
//! Which choice a box stands for is left to `verify`, which sees them as words.

use document::{Confidence, Quad, Rect, Word};
use image::GrayImage;

use crate::parts::{Part, parts};

/// Ink is darker than this share of the paper around it, in levels.
const PALEST_INK: u8 = 170;
/// The side of a box, in heights of letters and in pixels.
const SIDE: std::ops::RangeInclusive<f32> = 0.8..=3.0;
const LEAST_SIDE: usize = 9;
/// The share of each side that is drawn.
const DRAWN: f64 = 0.9;
/// Within so much of an edge the side is looked for: pages lean.
const FRAME: f64 = 0.2;
/// The share of the inside beyond which something stands in it, and below which it is empty.
const TICKED: f64 = 0.10;
/// What a reader reads in a box or makes of one is no longer than this.
const LONGEST_MISREAD: usize = 2;

/// A box on a page, in fractions of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TickBox {
    place: Rect,
    /// The share of its inside that is ink.
    filled: f64,
}

impl TickBox {
    fn is_ticked(&self) -> bool {
        self.filled > TICKED
    }

    /// Whether its middle is within the box of a word.
    fn is_within(&self, word: &Word) -> bool {
        let (centre, bounds) = (self.place.centre(), word.quad.bounds());
        (bounds.left..=bounds.right).contains(&centre.x) && (bounds.top..=bounds.bottom).contains(&centre.y)
    }

    fn word(&self, line: u32) -> Word {
        /// So far from the limit there is no doubt.
        const CLEAR: f64 = 0.06;
        let text = if self.is_ticked() { "☒" } else { "☐" };
        let sure = 0.5 + 0.48 * ((self.filled - TICKED).abs() / CLEAR).min(1.0);
        Word {
            text: text.to_owned(),
            quad: Quad::from(self.place),
            confidence: Some(Confidence::clamped(sure)),
            line,
        }
    }
}

/// The boxes on an evenly lit picture whose letters are `height` pixels high.
pub(super) fn find(even: &GrayImage, height: f32) -> Vec<TickBox> {
    let width = even.width() as usize;
    let ink: Vec<bool> = even.iter().map(|level| *level < PALEST_INK).collect();
    let is_ink = |x: usize, y: usize| ink.get(y * width + x).copied().unwrap_or(false);
    let square = |part: &Part| {
        let (wide, high) = (part.width(), part.height());
        (0.8..1.25).contains(&(wide / high))
            && SIDE.contains(&(high / height))
            && part.right - part.left >= LEAST_SIDE
            && part.bottom - part.top >= LEAST_SIDE
    };
    let (columns, rows) = (f64::from(even.width()), f64::from(even.height()));
    let found = parts(&ink, width).into_iter().filter(square).filter_map(|part| {
        let place = Rect::new(
            part.left as f64 / columns,
            part.top as f64 / rows,
            part.right as f64 / columns,
            part.bottom as f64 / rows,
        );
        Some(TickBox { place, filled: filled(&part, &is_ink)? })
    });
    found.collect()
}

/// The share of the inside of a box that is ink; `None` where the part is no box.
fn filled(part: &Part, is_ink: &impl Fn(usize, usize) -> bool) -> Option<f64> {
    let (width, height) = (part.right - part.left, part.bottom - part.top);
    let thick = |side: usize| ((side as f64 * FRAME) as usize).max(2);
    let (across, down) = (thick(width), thick(height));
    let share = |steps: usize, drawn: &dyn Fn(usize) -> bool| {
        (0..steps).filter(|at| drawn(*at)).count() as f64 / steps as f64
    };
    let left = |y: usize| (0..across).any(|x| is_ink(part.left + x, part.top + y));
    let right = |y: usize| (0..across).any(|x| is_ink(part.right - 1 - x, part.top + y));
    let top = |x: usize| (0..down).any(|y| is_ink(part.left + x, part.top + y));
    let bottom = |x: usize| (0..down).any(|y| is_ink(part.left + x, part.bottom - 1 - y));
    // A letter is round at its corners.
    let corner = |x: usize, y: usize| {
        (0..2).any(|dx| {
            (0..2).any(|dy| {
                let x = if x == 0 { part.left + dx } else { part.right - 1 - dx };
                let y = if y == 0 { part.top + dy } else { part.bottom - 1 - dy };
                is_ink(x, y)
            })
        })
    };
    let framed = [share(height, &left), share(height, &right), share(width, &top), share(width, &bottom)];
    let corners = [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().all(|(x, y)| corner(x, y));
    if !corners || framed.into_iter().any(|side| side < DRAWN) {
        return None;
    }
    let (rows, columns) =
        (part.top + down + 1..part.bottom - down - 1, part.left + across + 1..part.right - across - 1);
    let pixels = rows.len() * columns.len();
    let dark =
        rows.flat_map(|y| columns.clone().map(move |x| (x, y))).filter(|(x, y)| is_ink(*x, *y)).count();
    let filled = dark as f64 / pixels.max(1) as f64;
    // What is dark all over is a bullet or a part of a picture.
    (pixels > 8 && filled < 0.75).then_some(filled)
}

/// The words of a page with its boxes among them, as `☐` and `☒`, instead of what a reader made of them.
pub(crate) fn among_words(boxes: &[TickBox], mut words: Vec<Word>) -> Vec<Word> {
    let holds = |one: &TickBox, word: &Word| {
        let centre = word.quad.bounds().centre();
        (one.place.left..=one.place.right).contains(&centre.x)
            && (one.place.top..=one.place.bottom).contains(&centre.y)
    };
    let could_be_box = |word: &Word| {
        word.text.chars().count() <= LONGEST_MISREAD && !word.text.contains(|it: char| it.is_ascii_digit())
    };
    words.retain(|word| !could_be_box(word) || !boxes.iter().any(|one| holds(one, word)));
    // Forms have boxes for single digits too.
    let free = boxes.iter().filter(|one| !words.iter().any(|word| holds(one, word)));
    // Letters that touch each other make a full box too: `HO`.
    let free = free.filter(|one| !one.is_ticked() || !words.iter().any(|word| one.is_within(word)));
    let alone = words.iter().map(|word| word.line + 1).max().unwrap_or(0);
    let made = (alone..).zip(free).map(|(alone, one)| {
        let places = words.iter().map(|word| (word.quad.bounds(), word.line));
        let beside = places
            .filter(|(place, _)| place.left > one.place.centre().x && place.overlap_y(&one.place) > 0.5);
        let nearest = beside.min_by(|one, two| one.0.left.total_cmp(&two.0.left));
        one.word(nearest.map_or(alone, |(_, line)| line))
    });
    let made: Vec<Word> = made.collect();
    words.extend(made);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    /// A white page with boxes 16 pixels wide at (50, 50), empty, and at (50, 100), with a cross; a ring at (50, 150).
    fn page() -> GrayImage {
        GrayImage::from_fn(300, 200, |x, y| {
            let at = |top: u32| {
                let inside = (50..66).contains(&x) && (top..top + 16).contains(&y);
                inside.then(|| (i64::from(x) - 50, i64::from(y) - i64::from(top)))
            };
            let framed = |(x, y): (i64, i64)| x < 2 || y < 2 || x > 13 || y > 13;
            let crossed = |(x, y): (i64, i64)| (x - y).abs() < 2 || (x + y - 15).abs() < 2;
            let round =
                |(x, y): (i64, i64)| (36..=64).contains(&((2 * x - 15).pow(2) / 4 + (2 * y - 15).pow(2) / 4));
            let ink = at(50).is_some_and(framed)
                || at(100).is_some_and(|it| framed(it) || crossed(it))
                || at(150).is_some_and(round);
            Luma([if ink { 20 } else { 250 }])
        })
    }

    fn word(text: &str, left: f64, top: f64) -> Word {
        let quad = Rect::new(left, top, left + 0.1, top + 0.07).into();
        Word { text: text.to_owned(), quad, confidence: None, line: 7 }
    }

    #[test]
    fn boxes_are_told_from_rings_and_by_what_stands_in_them() {
        let found = find(&page(), 12.0);
        let ticked: Vec<_> = found.iter().map(|one| one.word(0).text).collect();
        assert_eq!(ticked, ["☐", "☒"]);
        assert!(found.iter().all(|one| one.word(0).confidence.unwrap().get() > 0.9), "{found:?}");
    }

    #[test]
    fn boxes_take_the_place_of_what_was_read_in_them() {
        let found = find(&page(), 12.0);
        let words = vec![word("Weekly", 0.3, 0.26), word("X", 0.15, 0.51), word("Monthly", 0.3, 0.51)];
        let texts = |words: Vec<Word>| words.into_iter().map(|word| word.text).collect::<Vec<_>>();
        let made = among_words(&found, words);
        assert_eq!(made.iter().map(|word| word.line).collect::<Vec<_>>(), [7; 4]);
        assert_eq!(texts(made), ["Weekly", "Monthly", "☐", "☒"]);
        assert_eq!(texts(among_words(&found[1..], vec![word("5", 0.15, 0.51)])), ["5"], "a digit in a box");
        let around =
            |text| vec![Word { quad: Rect::new(0.1, 0.46, 0.5, 0.62).into(), ..word(text, 0.1, 0.5) }];
        assert_eq!(texts(among_words(&found[1..], around("HOME"))), ["HOME"], "letters that touch");
        let empty =
            vec![Word { quad: Rect::new(0.1, 0.21, 0.5, 0.37).into(), ..word("YouSpouse", 0.1, 0.2) }];
        assert_eq!(texts(among_words(&found[..1], empty)), ["YouSpouse", "☐"]);
    }
}
