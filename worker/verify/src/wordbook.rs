//! The words of all rule files, numbered once, and which of them a printed piece may be a reading of. Phrases of words
//! are left to `lexicon`.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::neighbours::{Hash, Hashes, MOST_SLIPS, Neighbours};
use crate::synonyms::Synonyms;
use crate::text::likeness;

/// A word's number.
pub type WordId = usize;

/// A set of words, as one bit for each.
#[derive(Debug, Clone, Default)]
pub struct WordSet(Vec<u64>);

/// A set of words, each with its place among them.
#[derive(Debug, Clone, Default)]
pub struct WordIndex {
    words: WordSet,
    /// How many words stand before each block of the set.
    before: Vec<usize>,
}

/// Words while they are being numbered. Words that say the same have one number.
#[derive(Debug, Clone, Default)]
pub struct Numbering {
    ids: FxHashMap<String, WordId>,
    /// How many numbers there are.
    count: usize,
    synonyms: Synonyms,
}

/// All words, in normal form, ready to be looked up.
#[derive(Debug, Clone)]
pub struct Wordbook {
    ids: Ids,
    words: Vec<Word>,
    /// Every way to write a word, with its number; those of a word stand together.
    spellings: Vec<(String, WordId)>,
    synonyms: Synonyms,
    /// Those of all spellings, by which most pieces are told from them.
    hashes: FxHashSet<Hash>,
    neighbours: Neighbours,
    /// The long words of each length in bytes, which may hold more slips than [`MOST_SLIPS`].
    long: Vec<Long>,
}

/// The numbers of words, by their letters.
#[derive(Debug, Clone, Default)]
struct Ids {
    /// Those of words whose letters fit into one number, which are compared without another look at memory.
    short: FxHashMap<u128, WordId>,
    long: FxHashMap<String, WordId>,
}

/// What is known of a word beforehand.
#[derive(Debug, Clone, Default)]
struct Word {
    /// Where its spellings stand among those of all words.
    spellings: Range<usize>,
    near: Vec<(WordId, f64)>,
    halves: Vec<(WordId, WordId)>,
}

/// The long spellings of one length, and beside each the letters that it holds.
#[derive(Debug, Clone, Default)]
struct Long {
    spellings: Vec<usize>,
    letters: Vec<Letters>,
    counts: Vec<Counts>,
}

/// The letters of a word, as one bit for each; several letters may share a bit.
#[derive(Debug, Clone, Copy)]
struct Letters(u32);

/// How often each letter stands in a word; several letters may share a place.
#[derive(Debug, Clone, Copy)]
struct Counts([u8; 32]);

impl WordSet {
    /// Adds a word.
    pub fn insert(&mut self, word: WordId) {
        if self.0.len() <= word / 64 {
            self.0.resize(word / 64 + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word / 64) {
            *bits |= 1 << (word % 64);
        }
    }

    /// Whether the word is one of them.
    pub fn contains(&self, word: WordId) -> bool {
        self.0.get(word / 64).is_some_and(|bits| bits >> (word % 64) & 1 == 1)
    }

    /// The words that are in both sets, the lowest number first.
    pub fn both(&self, other: &Self) -> impl Iterator<Item = WordId> {
        let common = self.0.iter().zip(&other.0).map(|(one, two)| one & two);
        let blocks = common.enumerate().filter(|(_, bits)| *bits != 0);
        blocks.flat_map(|(block, bits)| places(bits).map(move |place| block * 64 + place))
    }
}

/// The places of the bits that are set, the lowest first.
fn places(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits - 1;
        Some(lowest as usize)
    })
}

impl WordIndex {
    /// The places of those words that are in the other set too, the first place first.
    pub fn places_in(&self, other: &WordSet) -> impl Iterator<Item = usize> {
        self.words.both(other).map(|word| self.place(word))
    }

    /// How many words of the set have a lower number.
    fn place(&self, word: WordId) -> usize {
        let (block, bit) = (word / 64, word % 64);
        let before = self.before.get(block).copied().unwrap_or_default();
        let bits = self.words.0.get(block).copied().unwrap_or_default();
        before + (bits & ((1 << bit) - 1)).count_ones() as usize
    }
}

impl FromIterator<WordId> for WordIndex {
    fn from_iter<Words: IntoIterator<Item = WordId>>(words: Words) -> Self {
        let words: WordSet = words.into_iter().collect();
        let count = |total: &mut usize, bits: &u64| {
            let before = *total;
            *total += bits.count_ones() as usize;
            Some(before)
        };
        let before = words.0.iter().scan(0, count).collect();
        Self { words, before }
    }
}

impl FromIterator<WordId> for WordSet {
    fn from_iter<Words: IntoIterator<Item = WordId>>(words: Words) -> Self {
        let mut set = Self::default();
        words.into_iter().for_each(|word| set.insert(word));
        set
    }
}

impl Numbering {
    /// The numbering of words of which some say the same.
    pub fn of(synonyms: Synonyms) -> Self {
        Self { synonyms, ..Self::default() }
    }

    /// Which words say the same.
    pub fn synonyms(&self) -> &Synonyms {
        &self.synonyms
    }

    /// The number of the word, which it gets now if it has none.
    pub fn number(&mut self, word: &str) -> WordId {
        if let Some(&id) = self.ids.get(word) {
            return id;
        }
        let all = self.synonyms.all(word);
        let known = all.iter().find_map(|same| self.ids.get(*same)).copied();
        let id = known.unwrap_or(self.count);
        self.count += usize::from(known.is_none());
        self.ids.extend(all.into_iter().chain([word]).map(|same| (same.to_owned(), id)));
        id
    }
}

impl Ids {
    fn add(&mut self, word: &str, id: WordId) {
        match packed(word) {
            Some(letters) => self.short.insert(letters, id),
            None => self.long.insert(word.to_owned(), id),
        };
    }

    fn get(&self, word: &str) -> Option<WordId> {
        let id = match packed(word) {
            Some(letters) => self.short.get(&letters),
            None => self.long.get(word),
        };
        id.copied()
    }
}

/// The letters of a word of up to sixteen bytes, none of which is zero, as one number.
fn packed(word: &str) -> Option<u128> {
    let mut bytes = [0; 16];
    bytes.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
    Some(u128::from_le_bytes(bytes))
}

impl Wordbook {
    /// The words that have been numbered.
    pub fn new(numbering: Numbering) -> Self {
        let Numbering { ids: numbered, count, synonyms } = numbering;
        let mut ids = Ids::default();
        let mut spellings: Vec<_> = numbered.into_iter().collect();
        spellings.sort_by(|one, two| one.1.cmp(&two.1).then_with(|| one.0.cmp(&two.0)));
        spellings.iter().for_each(|(spelling, id)| ids.add(spelling, *id));
        let hashes = spellings.iter().map(|(spelling, _)| Hashes::of(spelling).whole()).collect();
        let place = |id: WordId| spellings.partition_point(|(_, other)| *other < id);
        let words = (0..count).map(|id| Word { spellings: place(id)..place(id + 1), ..Word::default() });
        let words = words.collect();
        let (neighbours, long) = (Neighbours::default(), Vec::new());
        let mut book = Self { ids, words, spellings, synonyms, hashes, neighbours, long };
        book.index();
        let known = (0..count).map(|id| {
            let spellings = book.words.get(id).map(|word| word.spellings.clone()).unwrap_or_default();
            let mut word = Word { spellings, ..Word::default() };
            for spelling in book.spellings(id) {
                // What is a word was hardly misread: it is another word only by its end, as `wages` is `wage`.
                let ends = |near: WordId| {
                    book.spellings(near).any(|near| near.starts_with(spelling) || spelling.starts_with(near))
                };
                let near = book.search(spelling).into_iter();
                add_nearest(&mut word.near, near.filter(|(near, _)| *near != id && ends(*near)));
                word.halves.extend(book.split(spelling));
            }
            word
        });
        book.words = known.collect();
        book
    }

    /// Prepares [`Self::search`].
    fn index(&mut self) {
        let spellings = self.spellings.iter().map(|(spelling, _)| spelling.as_str()).enumerate();
        let spellings = spellings.map(|(place, spelling)| (place, spelling, slips_in(spelling)));
        // Longer words are near none but long pieces, which are compared with all long words.
        let short = |spelling: &str, slips: usize| spelling.len() - slips.min(MOST_SLIPS) < FIRST_LONG;
        self.neighbours =
            Neighbours::of(spellings.clone().filter(|(_, spelling, slips)| short(spelling, *slips)));
        for (place, spelling, _) in spellings.filter(|(_, _, slips)| *slips > MOST_SLIPS) {
            let length = self.long.len().max(spelling.len() + 1);
            self.long.resize_with(length, Long::default);
            if let Some(alike) = self.long.get_mut(spelling.len()) {
                alike.spellings.push(place);
                alike.letters.push(Letters::of(spelling));
                alike.counts.push(Counts::of(spelling));
            }
        }
    }

    /// How many words there are; their numbers are those below.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The number of the word that `piece` is.
    pub fn id(&self, piece: &str) -> Option<WordId> {
        self.ids.get(piece).or_else(|| self.ids.get(self.synonyms.singular(piece)?))
    }

    /// Whether a piece is left out of what is compared with phrases.
    pub fn is_skipped(&self, piece: &str) -> bool {
        self.synonyms.is_skipped(piece)
    }

    /// The ways to write a word.
    pub fn spellings(&self, word: WordId) -> impl Iterator<Item = &str> {
        let places = self.words.get(word).map(|word| word.spellings.clone()).unwrap_or_default();
        self.spellings.get(places).unwrap_or_default().iter().map(|(spelling, _)| spelling.as_str())
    }

    /// The other words that the word may be a misreading of, with how alike they are.
    pub fn near(&self, word: WordId) -> &[(WordId, f64)] {
        self.words.get(word).map(|word| word.near.as_slice()).unwrap_or_default()
    }

    /// As [`Self::split`], for a word.
    pub fn halves(&self, word: WordId) -> &[(WordId, WordId)] {
        self.words.get(word).map(|word| word.halves.as_slice()).unwrap_or_default()
    }

    /// Whether a piece is too short to be read as any word that it is not, or as two.
    pub fn is_too_short(piece: &str) -> bool {
        slips_in(piece) == 0 && piece.len() < FEWEST_OF_TWO
    }

    /// All words that `piece` may be a reading of, with their likeness as [`likeness`] has it.
    pub fn search(&self, piece: &str) -> Vec<(WordId, f64)> {
        let slips = slips_in(piece);
        let mut found = Vec::new();
        // Digits must all be right, and no digit is read as a letter within a word.
        if slips == 0 || piece.bytes().all(|byte| byte.is_ascii_digit()) {
            return found;
        }
        let mut add = |place: usize| {
            let Some((spelling, id)) = self.spellings.get(place) else { return };
            let alike = likeness(spelling, piece).map(|alike| (*id, alike));
            add_nearest(&mut found, alike);
        };
        self.neighbours.each(piece, slips, &mut add);
        if slips > MOST_SLIPS {
            self.long_near(piece, slips).for_each(add);
        }
        found
    }

    /// The places of the long spellings that may be near a piece with so many slips.
    fn long_near(&self, piece: &str, slips: usize) -> impl Iterator<Item = usize> {
        let (letters, counts) = (Letters::of(piece), Counts::of(piece));
        let lengths = piece.len() - slips..(piece.len() + slips + 1).min(self.long.len());
        let alike = self.long.get(lengths).unwrap_or_default().iter();
        let alike =
            alike.flat_map(|words| words.letters.iter().zip(words.counts.iter().zip(&words.spellings)));
        // A slip puts at most one letter in the place of another: most words are told apart by which letters they hold,
        // most others by how many of each.
        let alike = alike.filter(move |(word, _)| letters.apart(**word) <= 2 * slips);
        let near = move |word: &Counts| counts.beyond(word) <= slips && word.beyond(&counts) <= slips;
        alike.filter(move |(_, (word, _))| near(word)).map(|(_, (_, place))| *place)
    }

    /// The ways in which `piece` is two words without a space between them, the shortest first word first.
    pub fn split(&self, piece: &str) -> Vec<(WordId, WordId)> {
        if piece.len() < FEWEST_OF_TWO {
            return Vec::new();
        }
        let hashes = Hashes::of(piece);
        let known = |letters: Range<usize>| self.hashes.contains(&hashes.part(letters));
        let cuts = piece.char_indices().enumerate();
        let cuts = cuts.filter(|(_, (at, _))| (2..piece.len() - 1).contains(at));
        let likely = cuts.filter(|(letters, _)| known(0..*letters) && known(*letters..hashes.len()));
        let halves = likely.filter_map(|(_, (at, _))| piece.split_at_checked(at));
        halves.filter_map(|(one, two)| Some((self.id(one)?, self.id(two)?))).collect()
    }
}

/// Adds words, each once and with the likeness of the spelling that is most alike.
fn add_nearest(known: &mut Vec<(WordId, f64)>, found: impl IntoIterator<Item = (WordId, f64)>) {
    for (word, alike) in found {
        match known.iter_mut().find(|(other, _)| *other == word) {
            Some((_, most)) => *most = most.max(alike),
            None => known.push((word, alike)),
        }
    }
}

/// Shorter pieces are made of two words by chance.
const FEWEST_OF_TWO: usize = 6;

/// Words of so many bytes may hold more than [`MOST_SLIPS`] slips.
const FIRST_LONG: usize = 4 * (MOST_SLIPS + 1);

/// How many slips a word may hold, as [`likeness`] has it.
fn slips_in(word: &str) -> usize {
    word.len() / 4
}

impl Letters {
    fn of(word: &str) -> Self {
        Self(word.chars().fold(0, |letters, letter| letters | 1 << (letter as u32 % 32)))
    }

    /// How many letters one of the two words has and the other has not.
    fn apart(self, other: Self) -> usize {
        (self.0 ^ other.0).count_ones() as usize
    }
}

impl Counts {
    fn of(word: &str) -> Self {
        let mut counts = [0_u8; 32];
        for letter in word.chars() {
            if let Some(count) = counts.get_mut(letter as usize % 32) {
                *count = count.saturating_add(1);
            }
        }
        Self(counts)
    }

    /// How many of these letters the other word does not have.
    fn beyond(&self, other: &Self) -> usize {
        let counts = self.0.iter().zip(&other.0);
        // Added up in few bits, many at once.
        counts.map(|(own, other)| u32::from(own.saturating_sub(*other))).sum::<u32>() as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn book(words: &[&str]) -> Wordbook {
        let mut numbering = Numbering::default();
        for word in words {
            numbering.number(word);
        }
        Wordbook::new(numbering)
    }

    #[test]
    fn a_word_keeps_its_number() {
        let mut numbering = Numbering::default();
        assert_eq!(["gross", "pay", "gross"].map(|word| numbering.number(word)), [0, 1, 0]);
        let book = Wordbook::new(numbering);
        assert_eq!(["gross", "pay", "net"].map(|word| book.id(word)), [Some(0), Some(1), None]);
    }

    #[test]
    fn pieces_are_split_where_both_halves_are_words() {
        let book = book(&["year", "to", "ye", "arto", "date"]);
        assert_eq!(book.split("yearto"), [(2, 3), (0, 1)]);
        for piece in ["toto", "yearly", "todates", "año", "periodo"] {
            assert_eq!(book.split(piece), [], "{piece}");
        }
    }

    #[test]
    fn words_know_what_they_may_be_a_misreading_of() {
        let words = ["wages", "wage", "taxes", "1099", "1098", "yearto", "year", "to", "receive", "receipt"];
        let book = book(&words);
        let near = |word| book.near(book.id(word).unwrap());
        assert_eq!(near("wages"), [(1, likeness("wages", "wage").unwrap())]);
        assert_eq!(near("receive"), []);
        assert_eq!(near("1099"), []);
        assert_eq!(book.halves(5), [(6, 7)]);
    }

    proptest! {
        #[test]
        fn exactly_the_likely_words_are_found(
            words in prop::collection::vec("[a-cñ]{1,9}|[a-h]{6,18}|[0-9]{1,6}", 1..60),
            piece in "[a-cñ]{0,9}|[a-h]{6,18}|[0-9]{1,6}",
        ) {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let book = book(&words);
            let mut found = book.search(&piece);
            found.sort_by_key(|(id, _)| *id);
            let mut expected: Vec<_> = words
                .iter()
                .filter_map(|word| Some((book.id(word)?, likeness(word, &piece)?)))
                .filter(|(_, likeness)| *likeness < 1.0)
                .collect();
            expected.sort_by_key(|(id, _)| *id);
            expected.dedup();
            found.retain(|(_, likeness)| *likeness < 1.0);
            prop_assert_eq!(found, expected);
        }
    }
}
