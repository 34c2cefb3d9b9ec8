//! Finds the phrases of a rule file on a page, forgiving a reader's slips. Compiled once, when the rules are loaded.

use std::collections::HashMap;
use std::ops::Range;

use document::Rect;
use strsim::normalized_damerau_levenshtein;

use crate::layout::Layout;
use crate::text::{Spelling, tokens};

/// A set of phrases, each belonging to an owner: a field, a term, a sign.
#[derive(Debug, Clone)]
pub struct Lexicon<Owner> {
    words: HashMap<String, WordId>,
    /// The words by their ids.
    spellings: Vec<Spelling>,
    phrases: Vec<Phrase<Owner>>,
    /// For each word, the phrases that begin with it.
    beginning: Vec<Vec<usize>>,
}

type WordId = usize;

#[derive(Debug, Clone)]
struct Phrase<Owner> {
    words: Vec<WordId>,
    owner: Owner,
    rank: usize,
}

/// A phrase that stands on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence<Owner> {
    /// Whose phrase it is.
    pub owner: Owner,
    /// The phrase's place in its owner's list: the first is the surest.
    pub rank: usize,
    /// The words it begins with; where it is broken over two rows, those of the upper one.
    pub range: Range<usize>,
    /// Those of the lower row; empty where it stands in one.
    pub below: Range<usize>,
    /// Around all of it.
    pub rect: Rect,
    /// How many pieces were matched: long phrases are seldom chance.
    pub length: usize,
    /// How alike the print is, in `0.0..=1.0`.
    pub likeness: f64,
}

impl<Owner: Copy> Lexicon<Owner> {
    /// The lexicon of the given phrases, each with its owner and its rank in the owner's list.
    pub fn new<'a>(phrases: impl IntoIterator<Item = (Owner, usize, &'a str)>) -> Self {
        let mut lexicon =
            Self { words: HashMap::new(), spellings: Vec::new(), phrases: Vec::new(), beginning: Vec::new() };
        for (owner, rank, text) in phrases {
            let pieces = tokens(text);
            // Readers and text layers leave out spaces: `GrossPay`.
            if pieces.len() > 1 && pieces.iter().all(|piece| !piece.starts_with(|c: char| c.is_ascii_digit()))
            {
                lexicon.add(owner, rank, &[pieces.concat()]);
            }
            lexicon.add(owner, rank, &pieces);
        }
        lexicon
    }

    fn add(&mut self, owner: Owner, rank: usize, pieces: &[String]) {
        let words: Vec<_> = pieces.iter().map(|piece| self.word(piece)).collect();
        let Some(&first) = words.first() else { return };
        if let Some(phrases) = self.beginning.get_mut(first) {
            phrases.push(self.phrases.len());
        }
        self.phrases.push(Phrase { words, owner, rank });
    }

    fn word(&mut self, piece: &str) -> WordId {
        if let Some(&id) = self.words.get(piece) {
            return id;
        }
        let id = self.words.len();
        self.words.insert(piece.to_owned(), id);
        self.spellings.push(Spelling::of(piece.to_owned()));
        self.beginning.push(Vec::new());
        id
    }

    fn spelling(&self, word: WordId) -> &str {
        self.spellings.get(word).map(Spelling::text).unwrap_or_default()
    }

    /// The piece, or the two words of the lexicon that it is when a reader left out the space between them.
    fn parted(&self, piece: String) -> Vec<String> {
        /// Shorter pieces are made of two words by chance.
        const FEWEST: usize = 6;
        if piece.len() < FEWEST || self.words.contains_key(&piece) {
            return vec![piece];
        }
        let halves = (2..piece.len() - 1).filter_map(|at| piece.split_at_checked(at));
        let mut known =
            halves.filter(|(one, two)| self.words.contains_key(*one) && self.words.contains_key(*two));
        match known.next() {
            Some((one, two)) => vec![one.to_owned(), two.to_owned()],
            None => vec![piece],
        }
    }

    /// The words that `piece` may be a reading of: itself, or else all that are near it.
    fn readings(&self, piece: &str) -> Vec<(WordId, f64)> {
        if let Some(&id) = self.words.get(piece) {
            return vec![(id, 1.0)];
        }
        let piece = Spelling::of(piece.to_owned());
        let alike = self.spellings.iter().enumerate();
        alike.filter_map(|(id, word)| Some((id, word.likeness(&piece)?))).collect()
    }

    /// Every phrase that stands on the page, in the order of the page.
    pub fn find(&self, layout: &Layout) -> Vec<Occurrence<Owner>> {
        let page = Pieces::new(self, layout);
        let mut found = Vec::new();
        for start in 0..page.pieces.len() {
            for &(word, _) in page.readings(start) {
                let phrases = self.beginning.get(word).map(Vec::as_slice).unwrap_or_default();
                let phrases = phrases.iter().filter_map(|&index| self.phrases.get(index));
                found.extend(phrases.filter_map(|phrase| page.stands_at(self, start, phrase)));
            }
        }
        found
    }
}

/// A page's words cut into pieces, each with the words of the lexicon that it may be a reading of.
struct Pieces<'a> {
    layout: &'a Layout,
    pieces: Vec<Piece>,
    /// For each row, its pieces.
    rows: Vec<Range<usize>>,
}

struct Piece {
    word: usize,
    readings: Vec<(WordId, f64)>,
}

impl<'a> Pieces<'a> {
    fn new<Owner: Copy>(lexicon: &Lexicon<Owner>, layout: &'a Layout) -> Self {
        let mut known: HashMap<String, Vec<(WordId, f64)>> = HashMap::new();
        let mut pieces = Vec::new();
        let mut rows = Vec::new();
        for row in layout.rows() {
            let start = pieces.len();
            for word in row.clone() {
                let text = layout.words.get(word).map(|word| word.text.as_str()).unwrap_or_default();
                for piece in tokens(text).into_iter().flat_map(|piece| lexicon.parted(piece)) {
                    let readings = known.entry(piece).or_insert_with_key(|piece| lexicon.readings(piece));
                    pieces.push(Piece { word, readings: readings.clone() });
                }
            }
            rows.push(start..pieces.len());
        }
        Self { layout, pieces, rows }
    }

    fn readings(&self, piece: usize) -> &[(WordId, f64)] {
        self.pieces.get(piece).map(|piece| piece.readings.as_slice()).unwrap_or_default()
    }

    /// The likeness with which piece `at` reads as `word`.
    fn reads(&self, at: usize, word: WordId) -> Option<f64> {
        self.readings(at).iter().find(|(id, _)| *id == word).map(|(_, likeness)| *likeness)
    }

    /// The phrase as it stands from piece `start` on: in one row, or broken into the row below.
    fn stands_at<Owner: Copy>(
        &self,
        lexicon: &Lexicon<Owner>,
        start: usize,
        phrase: &Phrase<Owner>,
    ) -> Option<Occurrence<Owner>> {
        let (upper, mut likeness) = self.run_of(lexicon, start, &phrase.words)?;
        let rest = phrase.words.get(upper.len()..).unwrap_or_default();
        let range = self.words_of(upper.clone())?;
        let mut rect = self.layout.rect(range.clone())?;
        let mut below = 0..0;
        if !rest.is_empty() {
            let (lower, more) = self.continued(lexicon, &rect, range.start, range.end - 1, rest)?;
            below = self.words_of(lower)?;
            rect = rect.union(&self.layout.rect(below.clone())?);
            likeness += more;
        }
        let length = phrase.words.len();
        let likeness = likeness / length as f64;
        Some(Occurrence { owner: phrase.owner, rank: phrase.rank, range, below, rect, length, likeness })
    }

    /// As many of `words` as stand one after the other from piece `start` on, without a wide gap.
    fn run_of<Owner: Copy>(
        &self,
        lexicon: &Lexicon<Owner>,
        start: usize,
        words: &[WordId],
    ) -> Option<(Range<usize>, f64)> {
        let row = self.layout.words.get(self.pieces.get(start)?.word)?.row;
        let end = self.rows.get(row)?.end;
        let mut likeness = 0.0;
        let mut at = start;
        let mut slips = usize::from(words.len() >= WORDS_OF_A_SLIP);
        for &word in words {
            let near = at < end && (at == start || self.close(at));
            let alike = match near.then(|| self.reads(at, word)) {
                Some(Some(alike)) => alike,
                // One word of a long phrase may be misread beyond recognition.
                Some(None) if slips > 0 && at > start && self.resembles(at, lexicon.spelling(word)) => {
                    slips -= 1;
                    SLIP
                }
                _ => break,
            };
            likeness += alike;
            at += 1;
        }
        (at > start && self.whole_words(start..at)).then_some((start..at, likeness))
    }

    /// Whether the piece might be `word` misread: something of it must be left, and no figure.
    fn resembles(&self, at: usize, word: &str) -> bool {
        let read = self.pieces.get(at).and_then(|piece| self.layout.words.get(piece.word));
        read.is_some_and(|read| {
            let read = tokens(&read.text).concat();
            !read.contains(|letter: char| letter.is_ascii_digit())
                && normalized_damerau_levenshtein(&read, word) >= LEAST_RESEMBLANCE
        })
    }

    /// Whether the pieces leave no part of a word with figures over: the `15` of `15-239-1250` is no label.
    fn whole_words(&self, pieces: Range<usize>) -> bool {
        let word = |at: usize| self.pieces.get(at).map(|piece| piece.word);
        let cut = |inside: usize, outside: Option<usize>| {
            let split = outside.and_then(word) == word(inside);
            let text =
                word(inside).and_then(|word| self.layout.words.get(word)).map(|word| word.text.as_str());
            split && text.is_some_and(|text| text.contains(|letter: char| letter.is_ascii_digit()))
        };
        !cut(pieces.start, pieces.start.checked_sub(1)) && !cut(pieces.end - 1, Some(pieces.end))
    }

    /// The rest of a phrase in the row under its beginning, which goes from word `upper` to `last` within `rect`.
    fn continued<Owner: Copy>(
        &self,
        lexicon: &Lexicon<Owner>,
        rect: &Rect,
        upper: usize,
        last: usize,
        rest: &[WordId],
    ) -> Option<(Range<usize>, f64)> {
        let row = self.layout.words.get(upper)?.row;
        // A colon ends a label, and what goes on beside its beginning does not go on below.
        let ended = self.layout.words.get(last)?.text.ends_with(':');
        let next = self.layout.words.get(last + 1).filter(|_| self.layout.run(last).contains(&(last + 1)));
        if ended || next.is_some_and(|next| next.text.starts_with(char::is_lowercase)) {
            return None;
        }
        let (&first, height) = (rest.first()?, rect.height().max(self.layout.text_height() * 0.6));
        let under = self.rows.iter().skip(row + 1).take(2).flat_map(Clone::clone);
        let starts = under.filter(|&at| self.reads(at, first).is_some());
        let mut lower = starts.filter_map(|at| {
            let word = self.layout.words.get(self.pieces.get(at)?.word)?;
            let begins = self.layout.run(self.pieces.get(at)?.word).start == self.pieces.get(at)?.word;
            let near =
                begins && word.rect.top - rect.bottom < 0.9 * height && word.rect.overlap_x(rect) > 0.3;
            let (range, likeness) = near.then(|| self.run_of(lexicon, at, rest)).flatten()?;
            (range.len() == rest.len()).then_some((range, likeness))
        });
        lower.next()
    }

    fn close(&self, at: usize) -> bool {
        let word = |at: usize| self.pieces.get(at).map(|piece| piece.word);
        let same = at.checked_sub(1).and_then(word) == word(at);
        same || word(at).is_some_and(|word| self.layout.gap_before(word) < 1.6)
    }

    fn words_of(&self, pieces: Range<usize>) -> Option<Range<usize>> {
        let first = self.pieces.get(pieces.start)?.word;
        let last = self.pieces.get(pieces.end.checked_sub(1)?)?.word;
        Some(first..last + 1)
    }
}

/// Phrases of at least so many words may have one that is misread.
const WORDS_OF_A_SLIP: usize = 4;

/// How much of it must be left, in `0.0..=1.0`.
const LEAST_RESEMBLANCE: f64 = 0.3;

/// What such a word counts for.
const SLIP: f64 = 0.4;
