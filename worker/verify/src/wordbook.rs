//! The words of all rule files, numbered once, and which of them a printed piece may be a reading of. Phrases of words
//! are left to `lexicon`.

use rustc_hash::FxHashMap;

use crate::text::likeness;

/// A word's number.
pub type WordId = usize;

/// Words while they are being numbered.
#[derive(Debug, Clone, Default)]
pub struct Numbering {
    ids: FxHashMap<String, WordId>,
}

/// All words, in normal form, ready to be looked up.
#[derive(Debug, Clone)]
pub struct Wordbook {
    ids: FxHashMap<String, WordId>,
    words: Vec<Word>,
    /// The words of each length in bytes.
    by_length: Vec<Alike>,
}

/// What is known of a word beforehand.
#[derive(Debug, Clone, Default)]
struct Word {
    spelling: String,
    near: Vec<(WordId, f64)>,
    halves: Vec<(WordId, WordId)>,
}

/// Words of one length.
#[derive(Debug, Clone, Default)]
struct Alike {
    words: Vec<(WordId, String)>,
    /// The letters of each.
    letters: Vec<u32>,
    /// The letters among which its first and its last ones stand, even where there are slips.
    ends: Vec<[u32; 2]>,
}

/// What is looked for: a piece, its letters, and those it begins and ends with.
struct Sought<'a> {
    piece: &'a str,
    letters: u32,
    ends: [u32; 2],
}

impl Numbering {
    /// The number of the word, which it gets now if it has none.
    pub fn number(&mut self, word: &str) -> WordId {
        if let Some(&id) = self.ids.get(word) {
            return id;
        }
        let id = self.ids.len();
        self.ids.insert(word.to_owned(), id);
        id
    }
}

impl Wordbook {
    /// The words that have been numbered.
    pub fn new(numbering: Numbering) -> Self {
        let ids = numbering.ids;
        let mut words: Vec<_> = ids.iter().map(|(word, &id)| (id, word.clone())).collect();
        words.sort();
        let mut by_length = Vec::new();
        for (id, word) in &words {
            if by_length.len() <= word.len() {
                by_length.resize_with(word.len() + 1, Alike::default);
            }
            if let Some(alike) = by_length.get_mut(word.len()) {
                alike.words.push((*id, word.clone()));
                alike.letters.push(letters(word.chars()));
                // A letter is as many places off as there are slips, at the most.
                alike.ends.push(ends(word, FIRST_LETTERS + word.len() / 4));
            }
        }
        let mut book = Self { ids, words: Vec::new(), by_length };
        let known = words.iter().map(|(id, word)| {
            let near = book.search(word).into_iter().filter(|(near, _)| near != id);
            Word { spelling: word.clone(), near: near.collect(), halves: book.split(word) }
        });
        book.words = known.collect();
        book
    }

    /// How many words there are; their numbers are those below.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The number of the word that `piece` is.
    pub fn id(&self, piece: &str) -> Option<WordId> {
        self.ids.get(piece).copied()
    }

    /// The letters of a word.
    pub fn spelling(&self, word: WordId) -> &str {
        self.words.get(word).map(|word| word.spelling.as_str()).unwrap_or_default()
    }

    /// The other words that the word may be a misreading of, with how alike they are.
    pub fn near(&self, word: WordId) -> &[(WordId, f64)] {
        self.words.get(word).map(|word| word.near.as_slice()).unwrap_or_default()
    }

    /// As [`Self::split`], for a word.
    pub fn halves(&self, word: WordId) -> &[(WordId, WordId)] {
        self.words.get(word).map(|word| word.halves.as_slice()).unwrap_or_default()
    }

    /// All words that `piece` may be a reading of, with their likeness as [`likeness`] has it.
    pub fn search(&self, piece: &str) -> Vec<(WordId, f64)> {
        let slips = piece.len() / 4;
        let mut found = Vec::new();
        // Digits must all be right, and no digit is read as a letter within a word.
        if slips == 0 || piece.bytes().all(|byte| byte.is_ascii_digit()) {
            return found;
        }
        let sought = Sought { piece, letters: letters(piece.chars()), ends: ends(piece, FIRST_LETTERS) };
        for length in piece.len() - slips..=piece.len() + slips {
            let allowed = length.min(piece.len()) / 4;
            let Some(alike) = self.by_length.get(length) else { break };
            if length.abs_diff(piece.len()) <= allowed {
                match allowed {
                    1 => alike.near::<1>(&sought, &mut found),
                    2 => alike.near::<2>(&sought, &mut found),
                    3 => alike.near::<3>(&sought, &mut found),
                    _ => alike.near::<{ usize::MAX }>(&sought, &mut found),
                }
            }
        }
        found
    }

    /// The ways in which `piece` is two words without a space between them, the shortest first word first.
    pub fn split(&self, piece: &str) -> Vec<(WordId, WordId)> {
        /// Shorter pieces are made of two words by chance.
        const FEWEST: usize = 6;
        if piece.len() < FEWEST {
            return Vec::new();
        }
        let halves = (2..piece.len() - 1).filter_map(|at| piece.split_at_checked(at));
        halves.filter_map(|(one, two)| Some((self.id(one)?, self.id(two)?))).collect()
    }
}

/// Words are told apart by their letters so many at a time.
const BATCH: usize = 16;

impl Alike {
    /// Adds the words that are near the piece, with up to `SLIPS` slips.
    fn near<const SLIPS: usize>(&self, sought: &Sought<'_>, found: &mut Vec<(WordId, f64)>) {
        let own = sought.letters;
        // A slip puts at most one letter in the place of another: most words are told apart by their letters alone.
        let may_be = |other: u32| few::<SLIPS>(own & !other) & few::<SLIPS>(other & !own);
        let [begins, ends] = sought.ends;
        let shows_ends = |[first, last]: [u32; 2]| few::<SLIPS>(begins & !first) & few::<SLIPS>(ends & !last);
        let batches = self.letters.chunks(BATCH).zip(self.ends.chunks(BATCH)).zip(self.words.chunks(BATCH));
        for ((letters, ends), words) in batches {
            // All of the batch at once: this is where the time goes.
            if letters.iter().fold(false, |any, &other| any | may_be(other)) {
                let each = letters.iter().zip(ends).zip(words);
                let alike = each.filter(|((letters, ends), _)| may_be(**letters) && shows_ends(**ends));
                found.extend(alike.filter_map(|(_, (id, word))| Some((*id, likeness(word, sought.piece)?))));
            }
        }
    }
}

/// So many letters at either end of a piece must stand at the same end of a word, but for slips.
const FIRST_LETTERS: usize = 3;

/// A bit for each letter; several letters may share one.
fn letters(word: impl Iterator<Item = char>) -> u32 {
    word.fold(0, |letters, letter| letters | 1 << (u32::from(letter) % u32::BITS))
}

/// The first and the last `count` letters.
fn ends(word: &str, count: usize) -> [u32; 2] {
    [letters(word.chars().take(count)), letters(word.chars().rev().take(count))]
}

/// Whether at most `COUNT` bits are set; of more than three always.
fn few<const COUNT: usize>(bits: u32) -> bool {
    let without_lowest = |bits: u32| bits & bits.wrapping_sub(1);
    let rest = match COUNT {
        0 => bits,
        1 => without_lowest(bits),
        2 => without_lowest(without_lowest(bits)),
        3 => without_lowest(without_lowest(without_lowest(bits))),
        _ => 0,
    };
    rest == 0
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
        let book = book(&["wages", "wage", "taxes", "1099", "1098", "yearto", "year", "to"]);
        let near = |word| book.near(book.id(word).unwrap());
        assert_eq!(near("wages"), [(1, likeness("wages", "wage").unwrap())]);
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
