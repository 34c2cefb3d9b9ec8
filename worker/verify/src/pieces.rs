//! A page's words cut into pieces, each looked up in the wordbook once, for the phrases of all rule files.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::layout::Layout;
use crate::text::each_token;
use crate::wordbook::{WordId, WordSet, Wordbook};

/// The pieces of a page.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    book: &'a Wordbook,
    /// Row after row.
    pieces: Vec<Piece>,
    /// For each row, its pieces.
    rows: Vec<Range<usize>>,
    tokens: Rc<Vec<Token<'a>>>,
    shown: Shown,
}

/// A piece of a word.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// The word's index in the layout.
    word: usize,
    /// The index of what it says; `None` for what is near no word of the book.
    token: Option<usize>,
}

/// What a piece says.
#[derive(Debug, Clone)]
pub struct Token<'a> {
    /// The word that it is.
    pub exact: Option<WordId>,
    /// The other words that it may be a reading of, with how alike they are.
    pub near: Cow<'a, [(WordId, f64)]>,
    /// The two words that it is where a reader left out the space between them, in every way it can be cut.
    halves: Cow<'a, [(WordId, WordId)]>,
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
        let mut cutting =
            Cutting { book, tokens: Vec::new(), known: FxHashMap::default(), others: FxHashMap::default() };
        let mut pieces = Vec::with_capacity(layout.words.len() * 2);
        let mut rows = Vec::with_capacity(layout.rows().len());
        let mut buffer = String::new();
        for row in layout.rows() {
            let start = pieces.len();
            for word in row.clone() {
                each_token(layout.word(word), &mut buffer, |piece| {
                    pieces.push(Piece { word, token: cutting.token(piece) });
                });
            }
            rows.push(start..pieces.len());
        }
        let shown = Shown::new(&pieces, &cutting.tokens, book);
        Self { book, pieces, rows, tokens: Rc::new(cutting.tokens), shown }
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
        let shown = Shown::new(&pieces, &self.tokens, self.book);
        Self { book: self.book, pieces, rows, tokens: Rc::clone(&self.tokens), shown }
    }

    /// The same with those pieces cut in two that are no word of a lexicon, while both halves are; `None` where there
    /// are none. `is_word` says which words of the book are words of the lexicon.
    pub fn parted(&self, is_word: impl Fn(WordId) -> bool) -> Option<Self> {
        let cut = |token: &Token<'_>| {
            let whole = token.exact.is_some_and(&is_word);
            let mut halves = token.halves.iter().filter(|(one, two)| is_word(*one) && is_word(*two));
            halves.next().copied().filter(|_| !whole)
        };
        if !self.tokens.iter().any(|token| !token.halves.is_empty() && cut(token).is_some()) {
            return None;
        }
        let cuts: Vec<_> = self.tokens.iter().map(cut).collect();
        let mut tokens = Vec::clone(&self.tokens);
        let mut half = |id: WordId| {
            tokens.push(Token::of(id, self.book));
            tokens.len() - 1
        };
        let halves: Vec<_> = cuts.iter().map(|cut| cut.map(|(one, two)| [half(one), half(two)])).collect();
        let mut pieces = Vec::with_capacity(self.pieces.len() + halves.len());
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let start = pieces.len();
            for piece in self.pieces.get(row.clone()).unwrap_or_default() {
                match piece.token.and_then(|token| halves.get(token).copied().flatten()) {
                    Some(halves) => pieces.extend(halves.map(|half| Piece { token: Some(half), ..*piece })),
                    None => pieces.push(*piece),
                }
            }
            rows.push(start..pieces.len());
        }
        let shown = Shown::new(&pieces, &tokens, self.book);
        Some(Self { book: self.book, pieces, rows, tokens: Rc::new(tokens), shown })
    }

    /// The letters of a word of the book.
    pub fn spelling(&self, word: WordId) -> &'a str {
        self.book.spelling(word)
    }

    /// The pieces of a row; empty beyond the last.
    pub fn row(&self, row: usize) -> Range<usize> {
        self.rows.get(row).cloned().unwrap_or(0..0)
    }

    /// The index of the word that a piece is of.
    pub fn word(&self, piece: usize) -> Option<usize> {
        self.pieces.get(piece).map(|piece| piece.word)
    }

    /// What a piece says, where that is near any word of the book.
    pub fn token(&self, piece: usize) -> Option<&Token<'a>> {
        self.tokens.get(self.pieces.get(piece)?.token?)
    }

    /// Whether any piece is the word, or may be a reading of it.
    pub fn may_show(&self, word: WordId) -> bool {
        self.shown.words.contains(word)
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

impl<'a> Token<'a> {
    fn of(word: WordId, book: &'a Wordbook) -> Self {
        Self { exact: Some(word), near: book.near(word).into(), halves: book.halves(word).into() }
    }
}

impl Shown {
    #[expect(clippy::cast_possible_truncation, reason = "a page has no four thousand million words")]
    fn new(pieces: &[Piece], tokens: &[Token<'_>], book: &Wordbook) -> Self {
        let (words, links) = (WordSet::default(), Vec::with_capacity(pieces.len() * 2));
        let mut shown = Self { words, first: vec![None; book.len()], links };
        for (at, piece) in pieces.iter().enumerate().rev() {
            let Some(token) = piece.token.and_then(|token| tokens.get(token)) else { continue };
            for word in token.exact.into_iter().chain(token.near.iter().map(|(word, _)| *word)) {
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
    tokens: Vec<Token<'a>>,
    known: FxHashMap<WordId, usize>,
    others: FxHashMap<String, Option<usize>>,
}

impl Cutting<'_> {
    /// The index of what a piece says.
    fn token(&mut self, piece: &str) -> Option<usize> {
        if let Some(word) = self.book.id(piece) {
            let known = self.known.entry(word).or_insert_with(|| {
                self.tokens.push(Token::of(word, self.book));
                self.tokens.len() - 1
            });
            return Some(*known);
        }
        if let Some(&token) = self.others.get(piece) {
            return token;
        }
        let (near, halves) = (self.book.search(piece), self.book.split(piece));
        let token = (!near.is_empty() || !halves.is_empty()).then(|| {
            self.tokens.push(Token { exact: None, near: near.into(), halves: halves.into() });
            self.tokens.len() - 1
        });
        self.others.insert(piece.to_owned(), token);
        token
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
        assert!(pieces.token(4).is_none() && !pieces.may_show(book.len()));
        assert_eq!((pieces.row(0), pieces.row(1)), (0..5, 0..0));
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
