//! Finds the phrases of a rule file on a page, forgiving a reader's slips. Compiled once, when the rules are loaded.
//! Which words a piece of print may be a reading of is left to `wordbook` and `pieces`.

use std::collections::BTreeMap;
use std::ops::Range;

use document::Rect;
use rustc_hash::FxHashMap;

use crate::layout::Layout;
use crate::pieces::Pieces;
use crate::text::{is_left_of, tokens};
use crate::wordbook::{Numbering, WordId, WordIndex, WordSet};

/// A set of phrases, each belonging to an owner: a field, a term, a sign.
#[derive(Debug, Clone)]
pub struct Lexicon<Owner> {
    /// The words by which phrases are looked up.
    keys: WordIndex,
    /// Where the phrases of each key begin; at the end, how many phrases there are.
    starts: Vec<usize>,
    keyed: Vec<Keyed>,
    /// Group by group, in the order in which they were given.
    phrases: Vec<Phrase<Owner>>,
    /// The words of one phrase after the other.
    spelled: Vec<WordId>,
    /// The words of the phrases of each group.
    groups: Vec<WordSet>,
}

/// A phrase under its key: of the words that must be read where it stands, the one that stands in the fewest phrases.
#[derive(Debug, Clone, Copy)]
struct Keyed {
    /// Another word that must be read there, if there is one.
    other: WordId,
    /// The phrase's place among all.
    phrase: usize,
}

#[derive(Debug, Clone)]
struct Phrase<Owner> {
    /// Where its words stand among those of all phrases.
    words: Range<usize>,
    /// The first word's place in the order in which the phrases of the group name their words first.
    order: usize,
    group: usize,
    owner: Owner,
    rank: usize,
}

/// Phrases while they are being gathered.
struct Gathering<'a, Owner> {
    numbering: &'a mut Numbering,
    /// The words of each group in the order in which they are named first.
    groups: Vec<FxHashMap<WordId, usize>>,
    /// Whose phrases of each group are of such words.
    known: FxHashMap<(usize, Vec<WordId>), Vec<Owner>>,
    phrases: Vec<Phrase<Owner>>,
    spelled: Vec<WordId>,
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

impl<Owner: Copy + PartialEq> Lexicon<Owner> {
    /// The lexicon of the given phrases, each with its owner and its rank in the owner's list.
    pub fn new<'a>(
        phrases: impl IntoIterator<Item = (Owner, usize, &'a str)>,
        numbering: &mut Numbering,
    ) -> Self {
        Self::of_groups([phrases], numbering)
    }

    /// The lexicon of groups of phrases that know nothing of each other. A piece of a page that is a word of a group is
    /// read as no other word by its phrases.
    pub fn of_groups<'a, Phrases: IntoIterator<Item = (Owner, usize, &'a str)>>(
        groups: impl IntoIterator<Item = Phrases>,
        numbering: &mut Numbering,
    ) -> Self {
        let (phrases, spelled, known) = (Vec::new(), Vec::new(), FxHashMap::default());
        let mut gathering = Gathering { numbering, groups: Vec::new(), known, phrases, spelled };
        for group in groups {
            gathering.groups.push(FxHashMap::default());
            group.into_iter().for_each(|(owner, rank, text)| gathering.add(owner, rank, text));
        }
        gathering.lexicon()
    }

    /// Every phrase that stands on the page, group by group, in the order of the page.
    pub fn find(&self, layout: &Layout, pieces: &Pieces<'_>) -> Vec<Occurrence<Owner>> {
        let likely = self.likely(pieces.may_show());
        let groups = likely.chunk_by(|one, two| one.group == two.group);
        groups.flat_map(|likely| self.find_of_group(likely, layout, pieces)).collect()
    }

    /// The phrases that may stand on a page of these words, in their order.
    fn likely(&self, page: &WordSet) -> Vec<&Phrase<Owner>> {
        let keyed = |place: usize| {
            let (start, end) = (self.starts.get(place)?, self.starts.get(place + 1)?);
            self.keyed.get(*start..*end)
        };
        let keyed = self.keys.places_in(page).filter_map(keyed).flatten();
        let likely = keyed.filter(|keyed| page.contains(keyed.other)).map(|keyed| keyed.phrase);
        let mut likely: Vec<_> = likely.collect();
        likely.sort_unstable();
        likely.into_iter().filter_map(|phrase| self.phrases.get(phrase)).collect()
    }

    /// Those of the likely phrases of one group that stand on the page, in its order.
    fn find_of_group(
        &self,
        likely: &[&Phrase<Owner>],
        layout: &Layout,
        pieces: &Pieces<'_>,
    ) -> Vec<Occurrence<Owner>> {
        let words = likely.first().and_then(|phrase| self.groups.get(phrase.group));
        let Some(words) = words else { return Vec::new() };
        let parted = pieces.parted(|word| words.contains(word));
        let search = Search { words, layout, pieces: parted.as_ref().unwrap_or(pieces) };
        let mut found = Vec::new();
        for phrase in likely {
            let spelled = self.spelled.get(phrase.words.clone()).unwrap_or_default();
            found.extend(search.all(phrase, spelled).map(|(place, found)| ((place, phrase.order), found)));
        }
        // Stable, so that phrases which begin with one word stay in their order.
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, phrase)| phrase).collect()
    }
}

impl<Owner: Copy + PartialEq> Gathering<'_, Owner> {
    /// Adds a phrase to the last group.
    fn add(&mut self, owner: Owner, rank: usize, text: &str) {
        let pieces = tokens(text);
        // Readers and text layers leave out spaces: `GrossPay`.
        if pieces.len() > 1 && pieces.iter().all(|piece| !piece.starts_with(|c: char| c.is_ascii_digit())) {
            self.add_pieces(owner, rank, &[pieces.concat()]);
        }
        for way in self.numbering.synonyms().ways(&pieces) {
            self.add_pieces(owner, rank, &way);
        }
    }

    fn add_pieces(&mut self, owner: Owner, rank: usize, pieces: &[String]) {
        let words: Vec<_> = pieces.iter().map(|piece| self.numbering.number(piece)).collect();
        let (Some(&first), start) = (words.first(), self.spelled.len()) else { return };
        // What one owner says twice, in whatever words, counts where it stands first.
        let owners = self.known.entry((self.groups.len(), words.clone())).or_default();
        if owners.contains(&owner) {
            return;
        }
        owners.push(owner);
        let Some(group) = self.groups.last_mut() else { return };
        for &word in &words {
            let place = group.len();
            group.entry(word).or_insert(place);
        }
        let Some(&order) = group.get(&first) else { return };
        self.spelled.extend(words);
        let (words, group) = (start..self.spelled.len(), self.groups.len() - 1);
        self.phrases.push(Phrase { words, order, group, owner, rank });
    }

    /// The lexicon of what was gathered, in which what is looked at together stands together.
    fn lexicon(self) -> Lexicon<Owner> {
        let mut keyed: BTreeMap<WordId, Vec<Keyed>> = BTreeMap::new();
        let counts = self.counts();
        let count = |word: &&WordId| counts.get(*word).copied().unwrap_or_default();
        for (phrase, words) in self.phrases.iter().map(|phrase| self.needed(phrase)).enumerate() {
            let Some(&key) = words.iter().min_by_key(count) else { continue };
            let other = words.iter().find(|word| **word != key).copied().unwrap_or(key);
            keyed.entry(key).or_default().push(Keyed { other, phrase });
        }
        let groups = self.groups.iter().map(|group| group.keys().copied().collect()).collect();
        let ends = keyed.values().scan(0, |end, keyed| {
            *end += keyed.len();
            Some(*end)
        });
        Lexicon {
            keys: keyed.keys().copied().collect(),
            starts: std::iter::once(0).chain(ends).collect(),
            keyed: keyed.into_values().flatten().collect(),
            phrases: self.phrases,
            spelled: self.spelled,
            groups,
        }
    }

    /// In how many phrases each word is needed.
    fn counts(&self) -> FxHashMap<WordId, usize> {
        let mut counts = FxHashMap::default();
        for word in self.phrases.iter().flat_map(|phrase| self.needed(phrase)) {
            *counts.entry(*word).or_default() += 1;
        }
        counts
    }

    /// The words of a phrase that must be read where it stands.
    fn needed(&self, phrase: &Phrase<Owner>) -> &[WordId] {
        let words = self.spelled.get(phrase.words.clone()).unwrap_or_default();
        if may_slip(words) { words.get(..1).unwrap_or_default() } else { words }
    }
}

/// Whether a word of the phrase may be misread beyond recognition.
fn may_slip(words: &[WordId]) -> bool {
    words.len() >= WORDS_OF_A_SLIP
}

/// Whether so many of the words of a phrase are on the page that it may stand there.
fn is_likely(words: &[WordId], pieces: &Pieces<'_>) -> bool {
    let slips = match words.len() {
        ..WORDS_OF_A_SLIP => 0,
        // Two words of the upper row, and in the lower one enough for another slip.
        length if length >= WORDS_OF_A_SLIP + 2 => 2,
        _ => 1,
    };
    let mut missing = words.iter().filter(|word| !pieces.shown().contains(**word));
    missing.nth(slips).is_none()
}

/// The search for the phrases of a group on one page.
struct Search<'a> {
    /// The words of the group.
    words: &'a WordSet,
    layout: &'a Layout,
    pieces: &'a Pieces<'a>,
}

impl Search<'_> {
    /// Every place where a phrase stands, by its first piece.
    fn all<Owner: Copy>(
        &self,
        phrase: &Phrase<Owner>,
        words: &[WordId],
    ) -> impl Iterator<Item = (usize, Occurrence<Owner>)> {
        let first = words.first().filter(|_| is_likely(words, self.pieces));
        let starts = first.into_iter().flat_map(|first| self.pieces.showing(*first));
        starts.filter_map(move |start| Some((start, self.stands_at(start, phrase, words)?)))
    }

    /// The likeness with which piece `at` reads as `word`. A piece that is a word of the group is no other.
    fn reads(&self, at: usize, word: WordId) -> Option<f64> {
        self.pieces.reads(at, word, |word| self.words.contains(word))
    }

    /// The phrase as it stands from piece `start` on: in one row, or broken into the row below.
    fn stands_at<Owner: Copy>(
        &self,
        start: usize,
        phrase: &Phrase<Owner>,
        words: &[WordId],
    ) -> Option<Occurrence<Owner>> {
        if !self.may_go_on_from(start, words) {
            return None;
        }
        let (upper, mut likeness) = self.run_of(start, words)?;
        let rest = words.get(upper.len()..).unwrap_or_default();
        let range = self.words_of(upper.clone())?;
        let exact = likeness >= upper.len() as f64;
        if !self.may_stand_under(range.start, rest) || !self.whole_words(upper, exact) {
            return None;
        }
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

    /// Whether the second of the words may be read after the piece `start` or under it: most phrases are told from a page
    /// by this alone.
    fn may_go_on_from(&self, start: usize, words: &[WordId]) -> bool {
        let row = self.pieces.word(start).and_then(|word| self.layout.words.get(word)).map(|word| word.row);
        let second = words.get(1).filter(|_| !may_slip(words));
        second.is_none_or(|second| {
            self.reads(start + 1, *second).is_some() || row.is_some_and(|row| self.stands_below(row, *second))
        })
    }

    /// As many of `words` as stand one after the other from piece `start` on, without a wide gap.
    fn run_of(&self, start: usize, words: &[WordId]) -> Option<(Range<usize>, f64)> {
        let row = self.layout.words.get(self.pieces.word(start)?)?.row;
        let end = self.pieces.row(row).end;
        let mut likeness = 0.0;
        let mut at = start;
        let mut slips = usize::from(may_slip(words));
        for (index, &word) in words.iter().enumerate() {
            let near = at < end && (at == start || self.close(at));
            let alike = match near.then(|| self.reads(at, word)) {
                Some(Some(alike)) => alike,
                // One word of a long phrase may be misread beyond recognition; a colon ends it.
                Some(None) if slips > 0 && at > start && !self.ends_a_label(at - 1) => {
                    if !self.may_go_on(at, row, words.get(index..).unwrap_or_default()) {
                        return None;
                    }
                    if !self.pieces.spellings(word).any(|spelling| self.resembles(at, spelling)) {
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
        (at > start).then_some((start..at, likeness))
    }

    /// Whether the word of a piece ends with a colon.
    fn ends_a_label(&self, at: usize) -> bool {
        self.pieces.word(at).is_some_and(|word| self.layout.word(word).ends_with(':'))
    }

    /// Whether the rest of a phrase may stand from piece `at` of a row on, be its first word misread there or not.
    fn may_go_on(&self, at: usize, row: usize, rest: &[WordId]) -> bool {
        match rest {
            [] | [_] => true,
            [first, next, ..] => {
                self.reads(at + 1, *next).is_some()
                    || self.stands_below(row, *next)
                    || self.stands_below(row, *first)
            }
        }
    }

    /// Whether the rest of a phrase, if there is any, may stand in one of the two rows under a word.
    fn may_stand_under(&self, word: usize, rest: &[WordId]) -> bool {
        let row = self.layout.words.get(word).map(|word| word.row);
        rest.first().is_none_or(|first| row.is_some_and(|row| self.stands_below(row, *first)))
    }

    /// Whether a word may be read in one of the two rows under a row.
    fn stands_below(&self, row: usize, word: WordId) -> bool {
        let [under, below] = [row + 1, row + 2].map(|row| self.pieces.row(row));
        self.pieces.showing(word).any(|at| under.contains(&at) || below.contains(&at))
    }

    /// Whether the piece might be `word` misread: something of it must be left, and no figure.
    fn resembles(&self, at: usize, word: &str) -> bool {
        let figures = self
            .pieces
            .word(at)
            .is_none_or(|read| self.layout.word(read).contains(|letter: char| letter.is_ascii_digit()));
        !figures && is_left_of(self.pieces.spelled(at), word, LEAST_RESEMBLANCE)
    }

    /// Whether the pieces leave no part of a word with figures over: the `15` of `15-239-1250` is no label. Pieces that are
    /// not read `exact` leave no part of any word over: the `Carlos` of `Juan-Carlos` is no `cargos`.
    fn whole_words(&self, pieces: Range<usize>, exact: bool) -> bool {
        let word = |at: usize| self.pieces.word(at);
        let cut = |inside: usize, outside: Option<usize>| {
            let split = outside.and_then(word) == word(inside);
            let figure = |word| self.layout.word(word).contains(|letter: char| letter.is_ascii_digit());
            split && (!exact || word(inside).is_some_and(figure))
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
        // A colon ends a label, as a value behind it does, and what goes on beside its beginning does not go on below.
        let beside = (self.layout.row(row).end > last + 1).then(|| self.layout.word(last + 1));
        let gap = self.layout.gap_before(last + 1);
        let is_value = |next: &str| {
            let digits = next.bytes().filter(u8::is_ascii_digit).count();
            gap < GAP_OF_A_VALUE && (digits > 3 || (next.len() > 3 && !next.contains(char::is_alphabetic)))
        };
        let next = beside.filter(|_| self.layout.run(last).contains(&(last + 1)));
        let ended = self.layout.word(last).ends_with(':') || beside.is_some_and(is_value);
        let close = gap < SPACE_OF_A_PHRASE;
        if ended || next.is_some_and(|next| close || next.starts_with(char::is_lowercase)) {
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
            let exact = likeness >= range.len() as f64;
            (range.len() == rest.len() && self.whole_words(range.clone(), exact)).then_some((range, likeness))
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

/// A figure so near behind a label, in heights of text, is its value.
const GAP_OF_A_VALUE: f64 = 3.0;

/// Words of one phrase stand no farther apart, in heights of text; captions side by side do.
const SPACE_OF_A_PHRASE: f64 = 0.6;

/// Phrases of at least so many words may have one that is misread.
const WORDS_OF_A_SLIP: usize = 4;

/// How much of it must be left, in `0.0..=1.0`.
const LEAST_RESEMBLANCE: f64 = 0.3;

/// What such a word counts for.
const SLIP: f64 = 0.4;
