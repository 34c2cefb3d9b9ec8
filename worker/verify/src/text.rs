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
    std::iter::once(letter).nfd().next().unwrap_or(letter)
}

/// How alike two normalised words are, in `0.0..=1.0`, or `None` where they are no reading of each other: words of up
/// to three letters must be the same, longer ones may differ in one letter of four.
pub fn likeness(one: &str, two: &str) -> Option<f64> {
    if one == two {
        return Some(1.0);
    }
    let (short, long) = (one.len().min(two.len()), one.len().max(two.len()));
    let allowed = short / 4;
    if allowed == 0 || long - short > allowed || one.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let distance = osa_distance(one, two);
    (distance <= allowed).then(|| 1.0 - distance as f64 / long as f64)
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
