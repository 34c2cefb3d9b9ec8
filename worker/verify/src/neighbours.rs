//! Finds the words that differ from a piece by few slips without looking at all others: take the letters that differ out
//! of both, and what is left is the same. Saying how far two words are apart is left to `text`.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::wordbook::WordSet;

/// Words by what is left of them without some of their letters.
#[derive(Debug, Clone, Default)]
pub struct Neighbours {
    /// By the hash of what is left, the first of its entries.
    rests: FxHashMap<u32, u32>,
    /// A word, and the next entry of the same hash.
    entries: Vec<(u32, Option<u32>)>,
    /// The last bits of these hashes: they tell most others from them, and fit into a cache.
    ends: WordSet,
    /// Which bits these are.
    mask: u32,
}

/// So many slips are looked for at the most: what is left after more of them is too much to write down.
pub const MOST_SLIPS: usize = 2;

impl Neighbours {
    /// The words, each to be found by its number where up to so many letters differ.
    pub fn of<'a>(words: impl IntoIterator<Item = (usize, &'a str, usize)>) -> Self {
        /// With so many bits for each hash, one in eight others is not told from them.
        const ROOM: usize = 8;
        let mut own = Self::default();
        words.into_iter().for_each(|(id, word, slips)| own.add(id, word, slips));
        own.mask = u32::try_from((own.rests.len() * ROOM).next_power_of_two() - 1).unwrap_or(u32::MAX);
        own.ends = own.rests.keys().map(|rest| (rest & own.mask) as usize).collect();
        own
    }

    #[expect(clippy::cast_possible_truncation, reason = "rule files have no four thousand million words")]
    fn add(&mut self, id: usize, word: &str, slips: usize) {
        each_rest(word, slips.min(MOST_SLIPS), |rest| {
            let entry = self.entries.len() as u32;
            let next = self.rests.insert(rest, entry);
            self.entries.push((id as u32, next));
        });
    }

    /// Calls `each` with every word that differs from `piece` in up to `slips` letters, perhaps more than once, and with
    /// some others.
    pub fn each(&self, piece: &str, slips: usize, mut each: impl FnMut(usize)) {
        each_rest(piece, slips.min(MOST_SLIPS), |rest| {
            if !self.ends.contains((rest & self.mask) as usize) {
                return;
            }
            let mut next = self.rests.get(&rest).copied();
            while let Some((word, after)) = next.and_then(|entry| self.entries.get(entry as usize)) {
                each(*word as usize);
                next = *after;
            }
        });
    }
}

/// Calls `each` with the hash of what is left of `word` without up to `slips` of its letters, for each way to take them
/// out.
fn each_rest(word: &str, slips: usize, mut each: impl FnMut(u32)) {
    let word = Hashes::of(word);
    let end = word.len();
    each(word.whole().folded());
    for one in (0..end).filter(|_| slips > 0) {
        let before = word.part(0..one);
        each(before.followed_by(word.part(one + 1..end)).folded());
        for two in (one + 1..end).filter(|_| slips > 1) {
            let between = before.followed_by(word.part(one + 1..two));
            each(between.followed_by(word.part(two + 1..end)).folded());
        }
    }
}

/// The hash of each beginning of a word, from that of nothing on.
pub struct Hashes(Vec<Hash>);

/// A polynomial over the letters of a text: that of two texts together follows from theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash {
    value: u64,
    /// The base to the power of how many letters there are.
    power: u64,
}

/// Any large odd number will do.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hash {
    const EMPTY: Self = Self { value: 0, power: 1 };

    fn followed_by(self, other: Self) -> Self {
        let value = self.value.wrapping_mul(other.power).wrapping_add(other.value);
        Self { value, power: self.power.wrapping_mul(other.power) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "half of the bits tell enough")]
    fn folded(self) -> u32 {
        (self.value ^ (self.value >> 32)) as u32
    }
}

impl Hashes {
    /// The hashes of a word.
    pub fn of(word: &str) -> Self {
        let mut beginnings = Vec::with_capacity(word.len() + 1);
        let mut beginning = Hash::EMPTY;
        beginnings.push(beginning);
        for letter in word.chars() {
            beginning = beginning.followed_by(Hash { value: u64::from(letter), power: BASE });
            beginnings.push(beginning);
        }
        Self(beginnings)
    }

    /// How many letters the word has.
    pub fn len(&self) -> usize {
        self.0.len() - 1
    }

    /// The hash of the whole word.
    pub fn whole(&self) -> Hash {
        self.part(0..self.len())
    }

    /// The hash of these letters of the word.
    pub fn part(&self, letters: Range<usize>) -> Hash {
        let beginning = |length| self.0.get(length).copied().unwrap_or(Hash::EMPTY);
        let power = beginning(letters.len()).power;
        let value = beginning(letters.start).value.wrapping_mul(power);
        Hash { value: beginning(letters.end).value.wrapping_sub(value), power }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strsim::osa_distance;

    use super::*;

    proptest! {
        #[test]
        fn no_neighbour_is_missed(words in prop::collection::vec("[a-cñ]{1,9}", 1..20), piece in "[a-cñ]{1,9}") {
            let all = words.iter().enumerate().map(|(id, word)| (id, word.as_str(), MOST_SLIPS));
            let neighbours = Neighbours::of(all);
            let mut found = vec![false; words.len()];
            neighbours.each(&piece, MOST_SLIPS, |id| found[id] = true);
            for (word, found) in words.iter().zip(found) {
                prop_assert!(found || osa_distance(word, &piece) > MOST_SLIPS, "{} {}", word, piece);
            }
        }
    }

    #[test]
    fn the_hash_of_a_part_is_that_of_its_letters() {
        let whole = Hashes::of("período");
        let part = Hashes::of("erí");
        assert_eq!(whole.part(1..4), part.whole());
    }
}
