//! A page's words cut into pieces, each looked up in the wordbook once, for the phrases of all rule files.

use std::num::NonZeroU32;
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::layout::Layout;
use crate::text::each_token;
use crate::wordbook::{WordId, WordSet, Wordbook};

/// The word that `#` is the sign of, where it does not stand before a number: `Employee #:`.
const NUMBER: &str = "number";

fn is_number_sign(word: &str) -> bool {
    word.trim_end_matches([':', '.', '_']).ends_with('#')
}

/// The pieces of a page.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    book: &'a Wordbook,
    /// Row after row.
    pieces: Vec<Piece>,
    /// For each row, its pieces.
    rows: Vec<Range<usize>>,
    print: Rc<Print>,
    /// The pieces that may be two words without a space between them.
    in_two: Vec<(usize, Said)>,
    shown: Shown,
    /// The words that may be read on the page, be its pieces cut in two or not.
    may_show: WordSet,
}

/// A piece of a word.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// The word's index in the layout.
    word: usize,
    /// Where those of its word begin and end among [`Print::letters`].
    spelled: (usize, usize),
    /// What it says; `None` for what is near no word of the book.
    said: Option<Said>,
}

/// What a piece says.
#[derive(Debug, Clone, Copy)]
enum Said {
    /// A word of the book.
    Word(WordId),
    /// Something else, by its place among [`Print::others`].
    Other(usize),
}

/// What the pieces of a page say, however the page is laid out.
#[derive(Debug, Clone, Default)]
struct Print {
    /// The letters of all pieces, one after the other.
    letters: String,
    others: Vec<Other>,
}

/// What is no word of the book.
#[derive(Debug, Clone)]
struct Other {
    /// The words that it may be a reading of, with how alike they are.
    near: Vec<(WordId, f64)>,
    /// The two words that it is where a reader left out the space between them, in every way it can be cut.
    halves: Vec<(WordId, WordId)>,
}

/// Where on the page each word of the book may be read: for each word the first piece, for each piece the next.
#[derive(Debug, Clone, Default)]
struct Shown {
    words: WordSet,
    first: Vec<Link>,
    /// A piece, and the place of the next.
    links: Vec<(u32, Link)>,
}

/// A place among the links, counted from one.
type Link = Option<NonZeroU32>;

impl<'a> Pieces<'a> {
    /// The pieces of the page's words.
    pub fn new(layout: &Layout, book: &'a Wordbook) -> Self {
        let mut cutting = Cutting { book, print: Print::default(), known: FxHashMap::default() };
        let mut pieces = Vec::with_capacity(layout.words.len() * 2);
        let mut rows = Vec::with_capacity(layout.rows().len());
        let mut buffer = String::new();
        for row in layout.rows() {
            let start = pieces.len();
            for word in row.clone() {
                let (first, begins) = (pieces.len(), cutting.print.letters.len());
                each_token(layout.word(word), &mut buffer, |piece| {
                    if book.is_skipped(piece) {
                        return;
                    }
                    pieces.push(Piece { word, spelled: (begins, begins), said: cutting.said(piece) });
                    cutting.print.letters.push_str(piece);
                });
                if is_number_sign(layout.word(word)) {
                    pieces.push(Piece { word, spelled: (begins, begins), said: cutting.said(NUMBER) });
                }
                let of_word = pieces.iter_mut().skip(first);
                of_word.for_each(|piece| piece.spelled.1 = cutting.print.letters.len());
            }
            rows.push(start..pieces.len());
        }
        Self::of_rows(book, pieces, rows, Rc::new(cutting.print))
    }

    fn of_rows(book: &'a Wordbook, pieces: Vec<Piece>, rows: Vec<Range<usize>>, print: Rc<Print>) -> Self {
        let (in_two, shown, may_show) = (Vec::new(), Shown::default(), WordSet::default());
        let mut own = Self { book, pieces, rows, print, in_two, shown, may_show };
        let said = own.pieces.iter().enumerate().filter_map(|(at, piece)| Some((at, piece.said?)));
        own.in_two = said.filter(|(_, said)| !own.halves(*said).is_empty()).collect();
        own.shown = Shown::of(&own);
        own.may_show = own.shown_or_cut();
        own
    }

    fn shown_or_cut(&self) -> WordSet {
        let mut words = self.shown.words.clone();
        let halves = self.in_two.iter().flat_map(|(_, said)| self.halves(*said));
        for half in halves.flat_map(|(one, two)| [*one, *two]) {
            words.insert(half);
            self.book.near(half).iter().for_each(|(near, _)| words.insert(*near));
        }
        words
    }

    /// The pieces of a layout of the same words: each of its words is the one at that index in `words` of this layout.
    pub fn rearranged(&self, layout: &Layout, words: &[usize]) -> Self {
        let mut pieces = Vec::with_capacity(self.pieces.len());
        let mut rows = Vec::with_capacity(layout.rows().len());
        for row in layout.rows() {
            let start = pieces.len();
            for (word, &own) in row.clone().zip(words.get(row.clone()).unwrap_or_default()) {
                let first = self.pieces.partition_point(|piece| piece.word < own);
                let same = self.pieces.iter().skip(first).take_while(|piece| piece.word == own);
                pieces.extend(same.map(|piece| Piece { word, ..*piece }));
            }
            rows.push(start..pieces.len());
        }
        Self::of_rows(self.book, pieces, rows, Rc::clone(&self.print))
    }

    /// The same with those pieces cut in two that are no word of a lexicon, while both halves are; `None` where there
    /// are none. `is_word` says which words of the book are words of the lexicon.
    pub fn parted(&self, is_word: impl Fn(WordId) -> bool) -> Option<Self> {
        let cut = |&(at, said): &(usize, Said)| {
            let mut halves = self.halves(said).iter().filter(|(one, two)| is_word(*one) && is_word(*two));
            let (one, two) = halves.next()?;
            let whole = matches!(said, Said::Word(word) if is_word(word));
            (!whole).then_some((at, [*one, *two]))
        };
        let cuts: Vec<_> = self.in_two.iter().filter_map(cut).collect();
        if cuts.is_empty() {
            return None;
        }
        let mut pieces = Vec::with_capacity(self.pieces.len() + cuts.len());
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut cuts = cuts.into_iter().peekable();
        for row in &self.rows {
            let start = pieces.len();
            for (at, piece) in row.clone().zip(self.pieces.get(row.clone()).unwrap_or_default()) {
                match cuts.next_if(|(cut, _)| *cut == at) {
                    Some((_, halves)) => {
                        pieces.extend(halves.map(|half| Piece { said: Some(Said::Word(half)), ..*piece }));
                    }
                    None => pieces.push(*piece),
                }
            }
            rows.push(start..pieces.len());
        }
        Some(Self::of_rows(self.book, pieces, rows, Rc::clone(&self.print)))
    }

    /// The words that a piece may be a misreading of, beside the word that it is.
    fn near(&self, said: Said) -> &[(WordId, f64)] {
        match said {
            Said::Word(word) => self.book.near(word),
            Said::Other(other) => self.print.near(other),
        }
    }

    fn halves(&self, said: Said) -> &[(WordId, WordId)] {
        match said {
            Said::Word(word) => self.book.halves(word),
            Said::Other(other) => self.print.halves(other),
        }
    }

    /// The letters of the word that a piece is of, as they are matched.
    pub fn spelled(&self, piece: usize) -> &str {
        let spelled = self.pieces.get(piece).map(|piece| piece.spelled);
        spelled.and_then(|(begins, ends)| self.print.letters.get(begins..ends)).unwrap_or_default()
    }

    /// The ways to write a word of the book.
    pub fn spellings(&self, word: WordId) -> impl Iterator<Item = &str> {
        self.book.spellings(word)
    }

    /// The pieces of a row; empty beyond the last.
    pub fn row(&self, row: usize) -> Range<usize> {
        self.rows.get(row).cloned().unwrap_or(0..0)
    }

    /// The index of the word that a piece is of.
    pub fn word(&self, piece: usize) -> Option<usize> {
        self.pieces.get(piece).map(|piece| piece.word)
    }

    /// The likeness with which a piece reads as `word`. A piece that is a word of the lexicon, as `is_word` has it, is
    /// no other.
    pub fn reads(&self, piece: usize, word: WordId, is_word: impl Fn(WordId) -> bool) -> Option<f64> {
        let said = self.pieces.get(piece)?.said?;
        match said {
            Said::Word(own) if own == word => return Some(1.0),
            Said::Word(own) if is_word(own) => return None,
            Said::Word(_) | Said::Other(_) => {}
        }
        self.near(said).iter().find(|(near, _)| *near == word).map(|(_, likeness)| *likeness)
    }

    /// The words that any piece is, or may be a reading of.
    pub fn shown(&self) -> &WordSet {
        &self.shown.words
    }

    /// The words that any piece is or may be a reading of, or either part of it in any way to cut it in two.
    pub fn may_show(&self) -> &WordSet {
        &self.may_show
    }

    /// The pieces that are the word, or may be a reading of it, in the order of the page.
    pub fn showing(&self, word: WordId) -> impl Iterator<Item = usize> {
        let link = |at: NonZeroU32| self.shown.links.get(at.get() as usize - 1).copied();
        let mut next = self.shown.first.get(word).copied().flatten();
        std::iter::from_fn(move || {
            let (piece, after) = link(next?)?;
            next = after;
            Some(piece as usize)
        })
    }
}

impl Print {
    fn near(&self, other: usize) -> &[(WordId, f64)] {
        self.others.get(other).map(|other| other.near.as_slice()).unwrap_or_default()
    }

    fn halves(&self, other: usize) -> &[(WordId, WordId)] {
        self.others.get(other).map(|other| other.halves.as_slice()).unwrap_or_default()
    }
}

impl Shown {
    #[expect(clippy::cast_possible_truncation, reason = "a page has no four thousand million words")]
    fn of(pieces: &Pieces<'_>) -> Self {
        let (words, links) = (WordSet::default(), Vec::with_capacity(pieces.pieces.len() * 2));
        let mut shown = Self { words, first: vec![None; pieces.book.len()], links };
        let said = pieces.pieces.iter().enumerate().rev().filter_map(|(at, piece)| Some((at, piece.said?)));
        for (at, said) in said {
            let exact = if let Said::Word(word) = said { Some(word) } else { None };
            for word in exact.into_iter().chain(pieces.near(said).iter().map(|(word, _)| *word)) {
                let Some(first) = shown.first.get_mut(word) else { continue };
                shown.words.insert(word);
                shown.links.push((at as u32, *first));
                *first = NonZeroU32::new(shown.links.len() as u32);
            }
        }
        shown
    }
}

/// What is known of the pieces met so far.
struct Cutting<'a> {
    book: &'a Wordbook,
    print: Print,
    known: FxHashMap<String, Option<Said>>,
}

impl Cutting<'_> {
    /// What a piece says.
    fn said(&mut self, piece: &str) -> Option<Said> {
        if let Some(word) = self.book.id(piece) {
            return Some(Said::Word(word));
        }
        if Wordbook::is_too_short(piece) {
            return None;
        }
        if let Some(&said) = self.known.get(piece) {
            return said;
        }
        let other = Other { near: self.book.search(piece), halves: self.book.split(piece) };
        let said = (!other.near.is_empty() || !other.halves.is_empty()).then(|| {
            self.print.others.push(other);
            Said::Other(self.print.others.len() - 1)
        });
        self.known.insert(piece.to_owned(), said);
        said
    }
}

#[cfg(test)]
mod tests {
    use document::{Capture, Page, PageText, Rect, TextSource, Word};

    use super::*;
    use crate::rules::calibration::Curve;
    use crate::wordbook::Numbering;

    /// A page of one row.
    fn layout(words: &[&str]) -> Layout {
        let word = |(at, text): (usize, &&str)| Word {
            text: (*text).to_owned(),
            quad: Rect::new(at as f64 / 10.0, 0.1, at as f64 / 10.0 + 0.09, 0.12).into(),
            confidence: None,
            line: 0,
        };
        let words = words.iter().enumerate().map(word).collect();
        let text = PageText {
            source: TextSource::Ocr,
            words,
            mrz: Vec::new(),
            barcodes: Vec::new(),
            strokes: Vec::new(),
        };
        let page = Page { number: 1, aspect: 1.0, capture: Capture::Scan, flaws: Vec::new(), text: Ok(text) };
        Layout::new(&page, 1, Curve::default())
    }

    #[test]
    fn pieces_show_the_words_that_they_may_be_readings_of() {
        let mut numbering = Numbering::default();
        let [gross, pay, period] = ["gross", "pay", "period"].map(|word| numbering.number(word));
        let book = Wordbook::new(numbering);
        let pieces = Pieces::new(&layout(&["GROSS-PAY", "pericd", "gross", "Ruiz"]), &book);
        let showing = |word| pieces.showing(word).collect::<Vec<_>>();
        assert_eq!([showing(gross), showing(pay), showing(period)], [vec![0, 3], vec![1], vec![2]]);
        assert!(pieces.reads(4, gross, |_| false).is_none() && !pieces.shown().contains(book.len()));
        assert_eq!((pieces.row(0), pieces.row(1)), (0..5, 0..0));
    }

    #[test]
    fn a_number_sign_is_read_as_the_word_unless_a_number_follows() {
        let mut numbering = Numbering::default();
        let number = numbering.number("number");
        let book = Wordbook::new(numbering);
        let pieces = Pieces::new(&layout(&["Employee", "#:", "Check#", "Apt", "#12"]), &book);
        assert_eq!(pieces.showing(number).map(|at| pieces.word(at)).collect::<Vec<_>>(), [Some(1), Some(2)]);
    }

    #[test]
    fn a_piece_is_cut_only_for_those_who_know_both_halves_and_not_the_whole() {
        let mut numbering = Numbering::default();
        let [year, to, whole] = ["year", "to", "yearto"].map(|word| numbering.number(word));
        let book = Wordbook::new(numbering);
        let pieces = Pieces::new(&layout(&["yearto", "date"]), &book);
        let parted = pieces.parted(|word| word != whole).unwrap();
        assert_eq!(parted.row(0), 0..3);
        assert_eq!([year, to].map(|word| parted.showing(word).collect::<Vec<_>>()), [[0], [1]]);
        assert!(pieces.parted(|_| true).is_none());
        assert!(pieces.parted(|word| word == year).is_none());
    }
}
