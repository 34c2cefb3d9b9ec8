//! The figures of a page, by which two pictures of one paper are told from pictures of two papers. Words are alike on all
//! papers of one maker; dates, amounts and numbers are not, and they survive another scan and another name.

use std::collections::BTreeSet;

use ::document::{Digest, PageText};

/// Fewer digits are no figure that tells papers apart.
const LEAST_DIGITS: usize = 3;
/// With fewer figures a page cannot be told from others.
const LEAST_FIGURES: usize = 8;
/// The figures of a page that are remembered, those with the least hashes.
const MOST_FIGURES: usize = 128;
/// How many shelves a sketch lies on. Of two with nine in ten figures alike, 998 in 1000 share one; with half, 68 in 100.
const SHELVES: u32 = 4;
/// How many least hashes make a shelf.
const HASHES: u32 = 2;

/// The figures of a page, each as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch(BTreeSet<u32>);

impl Sketch {
    /// The sketch of a page; `None` where it has too few figures.
    pub fn of(text: &PageText) -> Option<Self> {
        let figures = text.words.iter().filter_map(|word| {
            let digits: String = word.text.chars().filter(char::is_ascii_digit).collect();
            (digits.len() >= LEAST_DIGITS).then(|| hash(&[digits.as_bytes()]))
        });
        Self::from_hashes(figures)
    }

    /// The sketch with these hashes; `None` where there are too few.
    pub fn from_hashes(hashes: impl IntoIterator<Item = u32>) -> Option<Self> {
        let all: BTreeSet<u32> = hashes.into_iter().collect();
        let kept: BTreeSet<u32> = all.into_iter().take(MOST_FIGURES).collect();
        (kept.len() >= LEAST_FIGURES).then_some(Self(kept))
    }

    /// The hashes, in order.
    pub fn hashes(&self) -> impl Iterator<Item = u32> {
        self.0.iter().copied()
    }

    /// The share of figures that both have among those that either has, in `0.0..=1.0`.
    pub fn likeness(&self, other: &Self) -> f64 {
        let both = self.0.intersection(&other.0).count();
        let either = self.0.union(&other.0).count();
        both as f64 / either.max(1) as f64
    }

    /// The names of the shelves it lies on: sketches that are alike share one at least, most likely.
    pub fn shelves(&self) -> Vec<Digest> {
        let least = |salt: u32| {
            let salted = self.0.iter().map(|figure| hash(&[&salt.to_be_bytes(), &figure.to_be_bytes()]));
            salted.min().unwrap_or_default()
        };
        let shelf = |shelf: u32| {
            let hashes = (0..HASHES).map(|part| least(shelf * HASHES + part).to_be_bytes());
            let parts: Vec<[u8; 4]> = [shelf.to_be_bytes()].into_iter().chain(hashes).collect();
            Digest::of_parts(parts.iter().map(<[u8; 4]>::as_slice))
        };
        (0..SHELVES).map(shelf).collect()
    }
}

/// The first four bytes of a digest: the same on every machine and in every version.
fn hash(parts: &[&[u8]]) -> u32 {
    let hex = Digest::of_parts(parts.iter().copied()).hex();
    hex.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ::document::{Rect, TextSource, Word};

    use super::*;

    fn page(figures: impl IntoIterator<Item = u32>) -> PageText {
        let word = |figure: u32| Word {
            text: format!("${},{:03}.00", 1 + figure / 1000, figure % 1000),
            quad: Rect::new(0.0, 0.0, 0.1, 0.1).into(),
            confidence: None,
            line: 0,
        };
        let words = figures.into_iter().map(word).collect();
        PageText {
            source: TextSource::Ocr,
            words,
            mrz: Vec::new(),
            barcodes: Vec::new(),
            strokes: Vec::new(),
        }
    }

    fn sketch(figures: impl IntoIterator<Item = u32>) -> Sketch {
        Sketch::of(&page(figures)).unwrap()
    }

    #[test]
    fn pages_with_hardly_any_figures_have_no_sketch() {
        assert_eq!(Sketch::of(&page(0..7)), None);
        assert!(Sketch::of(&page(0..8)).is_some());
    }

    #[test]
    fn likeness_is_the_share_of_common_figures() {
        assert!((sketch(0..40).likeness(&sketch(0..40)) - 1.0).abs() < 1e-9);
        assert!((sketch(0..40).likeness(&sketch(4..44)) - 36.0 / 44.0).abs() < 1e-9);
        assert!(sketch(0..40).likeness(&sketch(100..140)).abs() < 1e-9);
    }

    #[test]
    fn alike_pages_share_a_shelf_and_others_none() {
        let share = |one: &Sketch, two: &Sketch| {
            let other = two.shelves();
            one.shelves().iter().any(|shelf| other.contains(shelf))
        };
        let alike =
            (0..200).filter(|at| share(&sketch(at * 50..at * 50 + 40), &sketch(at * 50 + 2..at * 50 + 42)));
        assert!(alike.count() >= 196, "nine in ten figures alike");
        let apart =
            (0..200).filter(|at| share(&sketch(at * 90..at * 90 + 40), &sketch(at * 90 + 41..at * 90 + 81)));
        assert_eq!(apart.count(), 0, "no figure alike");
    }
}
