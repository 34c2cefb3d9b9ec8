//! Finds the phrases of a rule file on a page, forgiving a reader's slips. Compiled once, when the rules are loaded.
//! Which words a piece of print may be a reading of is left to `wordbook` and `pieces`.

use std::collections::BTreeMap;
use std::ops::Range;

use document::Rect;
use rustc_hash::FxHashMap;

use crate::layout::Layout;
use crate::pieces::Pieces;
use crate::text::{is_left_of, spelled, tokens};
use crate::wordbook::{Numbering, WordId, WordSet};

/// A set of phrases, each belonging to an owner: a field, a term, a sign.
#[derive(Debug, Clone)]
pub struct Lexicon<Owner> {
    openings: Vec<Opening<Owner>>,
    /// The words of one phrase after the other.
    spelled: Vec<WordId>,
    words: WordSet,
}

/// The phrases that begin with one word.
#[derive(Debug, Clone)]
struct Opening<Owner> {
    word: WordId,
    /// The word's place in the order in which the phrases of the lexicon name their words first.
    order: usize,
    phrases: Vec<Phrase<Owner>>,
}

#[derive(Debug, Clone)]
struct Phrase<Owner> {
    /// Where its words stand among those of all phrases.
    words: Range<usize>,
    owner: Owner,
    rank: usize,
}

/// Phrases while they are being gathered.
struct Gathering<'a, Owner> {
    numbering: &'a mut Numbering,
    /// The words in the order in which they are named first.
    order: FxHashMap<WordId, usize>,
    /// By the place of their word in that order: the words, owner and rank of each phrase.
    openings: BTreeMap<usize, Vec<(Vec<WordId>, Owner, usize)>>,
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
    pub fn new<'a>(
        phrases: impl IntoIterator<Item = (Owner, usize, &'a str)>,
        numbering: &mut Numbering,
    ) -> Self {
        let mut gathering = Gathering { numbering, order: FxHashMap::default(), openings: BTreeMap::new() };
        for (owner, rank, text) in phrases {
            let pieces = tokens(text);
            // Readers and text layers leave out spaces: `GrossPay`.
            if pieces.len() > 1 && pieces.iter().all(|piece| !piece.starts_with(|c: char| c.is_ascii_digit()))
            {
                gathering.add(owner, rank, &[pieces.concat()]);
            }
            gathering.add(owner, rank, &pieces);
        }
        gathering.lexicon()
    }

    /// Every phrase that stands on the page, in the order of the page.
    pub fn find(&self, layout: &Layout, pieces: &Pieces<'_>) -> Vec<Occurrence<Owner>> {
        let parted = pieces.parted(|word| self.words.contains(word));
        Search { lexicon: self, layout, pieces: parted.as_ref().unwrap_or(pieces) }.all()
    }
}

impl<Owner> Gathering<'_, Owner> {
    fn add(&mut self, owner: Owner, rank: usize, pieces: &[String]) {
        let words: Vec<_> = pieces.iter().map(|piece| self.numbering.number(piece)).collect();
        for &word in &words {
            let place = self.order.len();
            self.order.entry(word).or_insert(place);
        }
        if let Some(&order) = words.first().and_then(|first| self.order.get(first)) {
            self.openings.entry(order).or_default().push((words, owner, rank));
        }
    }

    /// The lexicon of what was gathered, in which what is looked at together stands together.
    fn lexicon(self) -> Lexicon<Owner> {
        let words = self.order.keys().copied().collect();
        let (mut openings, mut spelled) = (Vec::with_capacity(self.openings.len()), Vec::new());
        for (order, phrases) in self.openings {
            let Some(word) = phrases.first().and_then(|(words, ..)| words.first().copied()) else { continue };
            let place = |(words, owner, rank): (Vec<WordId>, Owner, usize)| {
                let start = spelled.len();
                spelled.extend(words);
                Phrase { words: start..spelled.len(), owner, rank }
            };
            let phrases = phrases.into_iter().map(place).collect();
            openings.push(Opening { word, order, phrases });
        }
        Lexicon { openings, spelled, words }
    }
}

/// Whether so many of the words of a phrase are on the page that it may stand there.
fn is_likely(words: &[WordId], pieces: &Pieces<'_>) -> bool {
    let slips = match words.len() {
        ..WORDS_OF_A_SLIP => 0,
        // Two words of the upper row, and in the lower one enough for another slip.
        length if length >= WORDS_OF_A_SLIP + 2 => 2,
        _ => 1,
    };
    let mut missing = words.iter().filter(|word| !pieces.may_show(**word));
    missing.nth(slips).is_none()
}

/// The search for the phrases of a lexicon on one page.
struct Search<'a, Owner> {
    lexicon: &'a Lexicon<Owner>,
    layout: &'a Layout,
    pieces: &'a Pieces<'a>,
}

impl<Owner: Copy> Search<'_, Owner> {
    fn all(&self) -> Vec<Occurrence<Owner>> {
        let mut found = Vec::new();
        for opening in self.lexicon.openings.iter().filter(|opening| self.pieces.may_show(opening.word)) {
            let spelled = opening.phrases.iter().map(|phrase| (phrase, self.words_of_phrase(phrase)));
            for (phrase, words) in spelled.filter(|(_, words)| is_likely(words, self.pieces)) {
                let starts = self.pieces.showing(opening.word);
                for start in starts.filter(|start| self.reads(*start, opening.word).is_some()) {
                    let stands = self.stands_at(start, phrase, words);
                    found.extend(stands.map(|phrase| ((start, opening.order), phrase)));
                }
            }
        }
        // Stable, so that phrases which begin with one word stay in their order.
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, phrase)| phrase).collect()
    }

    fn words_of_phrase(&self, phrase: &Phrase<Owner>) -> &[WordId] {
        self.lexicon.spelled.get(phrase.words.clone()).unwrap_or_default()
    }

    /// The likeness with which piece `at` reads as `word`. A piece that is a word of the lexicon is no other.
    fn reads(&self, at: usize, word: WordId) -> Option<f64> {
        let token = self.pieces.token(at)?;
        match token.exact {
            Some(exact) if exact == word => Some(1.0),
            Some(exact) if self.lexicon.words.contains(exact) => None,
            Some(_) | None => token.near.iter().find(|(id, _)| *id == word).map(|(_, likeness)| *likeness),
        }
    }

    /// The phrase as it stands from piece `start` on: in one row, or broken into the row below.
    fn stands_at(&self, start: usize, phrase: &Phrase<Owner>, words: &[WordId]) -> Option<Occurrence<Owner>> {
        let (upper, mut likeness) = self.run_of(start, words)?;
        let rest = words.get(upper.len()..).unwrap_or_default();
        let range = self.words_of(upper.clone())?;
        let mut rect = self.layout.rect(range.clone())?;
        let mut below = 0..0;
        if !rest.is_empty() {
            let (lower, more) = self.continued(&rect, range.start, range.end - 1, rest)?;
            below = self.words_of(lower)?;
            rect = rect.union(&self.layout.rect(below.clone())?);
            likeness += more;
        }
        let length = words.len();
        let likeness = likeness / length as f64;
        Some(Occurrence { owner: phrase.owner, rank: phrase.rank, range, below, rect, length, likeness })
    }

    /// As many of `words` as stand one after the other from piece `start` on, without a wide gap.
    fn run_of(&self, start: usize, words: &[WordId]) -> Option<(Range<usize>, f64)> {
        let row = self.layout.words.get(self.pieces.word(start)?)?.row;
        let end = self.pieces.row(row).end;
        let mut likeness = 0.0;
        let mut at = start;
        let mut slips = usize::from(words.len() >= WORDS_OF_A_SLIP);
        for (index, &word) in words.iter().enumerate() {
            let near = at < end && (at == start || self.close(at));
            let alike = match near.then(|| self.reads(at, word)) {
                Some(Some(alike)) => alike,
                // One word of a long phrase may be misread beyond recognition.
                Some(None) if slips > 0 && at > start => {
                    if !self.may_go_on(at, row, words.get(index..).unwrap_or_default()) {
                        return None;
                    }
                    if !self.resembles(at, self.pieces.spelling(word)) {
                        break;
                    }
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

    /// Whether the rest of a phrase may stand from piece `at` of a row on, be its first word misread there or not.
    fn may_go_on(&self, at: usize, row: usize, rest: &[WordId]) -> bool {
        let [under, below] = [row + 1, row + 2].map(|row| self.pieces.row(row));
        let stands_below =
            |word| self.pieces.showing(word).any(|at| under.contains(&at) || below.contains(&at));
        match rest {
            [] | [_] => true,
            [first, next, ..] => {
                self.reads(at + 1, *next).is_some() || stands_below(*next) || stands_below(*first)
            }
        }
    }

    /// Whether the piece might be `word` misread: something of it must be left, and no figure.
    fn resembles(&self, at: usize, word: &str) -> bool {
        self.pieces.word(at).is_some_and(|read| {
            let read = self.layout.word(read);
            !read.contains(|letter: char| letter.is_ascii_digit())
                && is_left_of(&spelled(read), word, LEAST_RESEMBLANCE)
        })
    }

    /// Whether the pieces leave no part of a word with figures over: the `15` of `15-239-1250` is no label.
    fn whole_words(&self, pieces: Range<usize>) -> bool {
        let word = |at: usize| self.pieces.word(at);
        let cut = |inside: usize, outside: Option<usize>| {
            let split = outside.and_then(word) == word(inside);
            let figure = |word| self.layout.word(word).contains(|letter: char| letter.is_ascii_digit());
            split && word(inside).is_some_and(figure)
        };
        !cut(pieces.start, pieces.start.checked_sub(1)) && !cut(pieces.end - 1, Some(pieces.end))
    }

    /// The rest of a phrase in the row under its beginning, which goes from word `upper` to `last` within `rect`.
    fn continued(
        &self,
        rect: &Rect,
        upper: usize,
        last: usize,
        rest: &[WordId],
    ) -> Option<(Range<usize>, f64)> {
        let row = self.layout.words.get(upper)?.row;
        // A colon ends a label, and what goes on beside its beginning does not go on below.
        let ended = self.layout.word(last).ends_with(':');
        let goes_on = self.layout.run(last).contains(&(last + 1));
        if ended || (goes_on && self.layout.word(last + 1).starts_with(char::is_lowercase)) {
            return None;
        }
        let (&first, height) = (rest.first()?, rect.height().max(self.layout.text_height() * 0.6));
        let [under, below] = [row + 1, row + 2].map(|row| self.pieces.row(row));
        let starts = self.pieces.showing(first).filter(|at| under.contains(at) || below.contains(at));
        let starts = starts.filter(|&at| self.reads(at, first).is_some());
        let mut lower = starts.filter_map(|at| {
            let word = self.pieces.word(at)?;
            let whole = at.checked_sub(1).and_then(|before| self.pieces.word(before)) != Some(word);
            let begins = whole && self.layout.run(word).start == word;
            let word = self.layout.words.get(word)?;
            let near =
                begins && word.rect.top - rect.bottom < 0.9 * height && word.rect.overlap_x(rect) > 0.3;
            let (range, likeness) = near.then(|| self.run_of(at, rest)).flatten()?;
            (range.len() == rest.len()).then_some((range, likeness))
        });
        lower.next()
    }

    fn close(&self, at: usize) -> bool {
        let word = |at: usize| self.pieces.word(at);
        let same = at.checked_sub(1).and_then(word) == word(at);
        same || word(at).is_some_and(|word| self.layout.gap_before(word) < 1.6)
    }

    fn words_of(&self, pieces: Range<usize>) -> Option<Range<usize>> {
        let first = self.pieces.word(pieces.start)?;
        let last = self.pieces.word(pieces.end.checked_sub(1)?)?;
        Some(first..last + 1)
    }
}

/// Phrases of at least so many words may have one that is misread.
const WORDS_OF_A_SLIP: usize = 4;

/// How much of it must be left, in `0.0..=1.0`.
const LEAST_RESEMBLANCE: f64 = 0.3;

/// What such a word counts for.
const SLIP: f64 = 0.4;
