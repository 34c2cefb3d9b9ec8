//! Comparing printed words: one normal form for matching, and how alike two words are when a reader may have slipped.

use strsim::osa_distance;
use unicode_normalization::UnicodeNormalization;

/// The pieces of `text` that matter for matching: lower case, accents and apostrophes dropped, split at everything
/// that is neither letter nor digit and between letters and digits. `4d DL#` gives `4`, `d`, `dl`.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut current = String::new();
    let mut last = Class::Other;
    for letter in text.chars().filter(|letter| !matches!(letter, '\'' | '’' | '‘')) {
        let class = Class::of(letter);
        if class != last && !current.is_empty() {
            tokens.push(std::mem::take(&mut current));
        }
        if class != Class::Other {
            current.extend(unaccented(letter).to_lowercase());
        }
        last = class;
    }
    if !current.is_empty() {
        tokens.push(current);
    }
    tokens
}

/// The letter without its accents.
pub fn unaccented(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    std::iter::once(letter).nfd().next().unwrap_or(letter)
}

/// How alike two normalised words are, in `0.0..=1.0`, or `None` where they are no reading of each other: words of up
/// to three letters must be the same, longer ones may differ in one letter of four.
pub fn likeness(one: &str, two: &str) -> Option<f64> {
    if one == two {
        return Some(1.0);
    }
    let allowed = slips_allowed(one, two).filter(|allowed| *allowed > 0)?;
    let distance = osa_distance(one, two);
    (distance <= allowed).then(|| 1.0 - distance as f64 / one.len().max(two.len()) as f64)
}

/// How many slips may lie between two words; `None` where their lengths differ by more. Digits must all be right.
fn slips_allowed(one: &str, two: &str) -> Option<usize> {
    let (short, long) = (one.len().min(two.len()), one.len().max(two.len()));
    let allowed = if one.bytes().all(|byte| byte.is_ascii_digit()) { 0 } else { short / 4 };
    (long - short <= allowed).then_some(allowed)
}

/// A normalised word that is compared with many others.
#[derive(Debug, Clone)]
pub struct Spelling {
    text: String,
    /// A bit for each letter that it has; several letters may share one.
    letters: u64,
}

impl Spelling {
    /// The word, ready to be compared.
    pub fn of(text: String) -> Self {
        let letters = text.chars().fold(0, |letters, letter| letters | 1 << (u32::from(letter) % u64::BITS));
        Self { text, letters }
    }

    /// The word.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As [`likeness`]; most pairs are told apart by their letters alone.
    pub fn likeness(&self, other: &Self) -> Option<f64> {
        // A slip puts at most one letter in the place of another.
        let allowed = slips_allowed(&self.text, &other.text)?;
        let [lost, gained] = [self.letters & !other.letters, other.letters & !self.letters];
        let within = lost.count_ones().max(gained.count_ones()) as usize <= allowed;
        within.then(|| likeness(&self.text, &other.text)).flatten()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Letter,
    Digit,
    Other,
}

impl Class {
    fn of(letter: char) -> Self {
        if letter.is_ascii_digit() {
            Self::Digit
        } else if letter.is_alphanumeric() {
            Self::Letter
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_where_kinds_meet() {
        let cases = [
            ("W-2", "w 2"),
            ("4d DL#", "4 d dl"),
            ("Employee’s", "employees"),
            ("Nom/Apellidos", "nom apellidos"),
            ("Período:", "periodo"),
            ("…", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(tokens(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn words_told_apart_by_their_letters_are_no_reading_of_each_other() {
        let words = [
            "gross", "gros5", "period", "pericd", "perido", "customer", "gustomer", "2024", "2023", "añejo",
            "anejo", "",
        ];
        for (one, two) in words.iter().flat_map(|one| words.map(|two| (*one, two))) {
            let spelled = Spelling::of(one.to_owned()).likeness(&Spelling::of(two.to_owned()));
            assert_eq!(spelled, likeness(one, two), "{one} {two}");
        }
    }

    #[test]
    fn a_slip_of_the_reader_is_no_other_word() {
        assert_eq!(likeness("gross", "gross"), Some(1.0));
        for (one, two) in [("period", "pericd"), ("customer", "gustomer"), ("security", "securlty")] {
            assert!(likeness(one, two).is_some(), "{one} {two}");
        }
        for (one, two) in [("net", "nat"), ("wages", "taxes"), ("2024", "2023"), ("state", "statutory")] {
            assert!(likeness(one, two).is_none(), "{one} {two}");
        }
    }
}
