//! Comparing printed words: one normal form for matching, and how alike two words are when a reader may have slipped.

use strsim::{normalized_damerau_levenshtein, osa_distance};
use unicode_normalization::UnicodeNormalization;

/// The pieces of `text` that matter for matching: lower case, accents and apostrophes dropped, split at everything
/// that is neither letter nor digit and between letters and digits. `4d DL#` gives `4`, `d`, `dl`.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    each_token(text, &mut String::new(), |token| tokens.push(token.to_owned()));
    tokens
}

/// The pieces of `text` in one.
pub fn spelled(text: &str) -> String {
    let (mut whole, mut buffer) = (String::with_capacity(text.len()), String::new());
    each_token(text, &mut buffer, |token| whole.push_str(token));
    whole
}

/// As [`tokens`], for many texts: each is built in `buffer`.
pub fn each_token(text: &str, buffer: &mut String, mut each: impl FnMut(&str)) {
    buffer.clear();
    buffer.reserve(text.len());
    let mut last = Class::Other;
    for letter in text.chars().filter(|letter| !matches!(letter, '\'' | '’' | '‘')) {
        let class = Class::of(letter);
        if class != last && !buffer.is_empty() {
            each(buffer);
            buffer.clear();
        }
        match class {
            Class::Other => {}
            Class::Letter | Class::Digit if letter.is_ascii() => buffer.push(letter.to_ascii_lowercase()),
            Class::Letter | Class::Digit => buffer.extend(unaccented(letter).to_lowercase()),
        }
        last = class;
    }
    if !buffer.is_empty() {
        each(buffer);
    }
}

/// The letter without its accents.
pub fn unaccented(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    std::iter::once(letter).nfd().next().unwrap_or(letter)
}

/// How alike two normalised words are, in `0.0..=1.0`, or `None` where they are no reading of each other: words of up
/// to three letters must be the same, longer ones may differ in one letter of four. Most words of four letters are
/// one letter from another word (`sent`, `rent`): they may lack a letter, or have one that looks the same in its place.
pub fn likeness(one: &str, two: &str) -> Option<f64> {
    if one == two {
        return Some(1.0);
    }
    let allowed = slips_allowed(one, two).filter(|allowed| *allowed > 0)?;
    if far_apart(one, two, allowed) {
        return None;
    }
    let (only_one, only_two) = apart(one, two);
    let distance = match (only_one, only_two) {
        ("", rest) | (rest, "") => rest.chars().count(),
        (one, two) => osa_distance(one, two),
    };
    if one.len() == SHORT && two.len() == SHORT && !look_alike(only_one, only_two) {
        return None;
    }
    (distance <= allowed).then(|| 1.0 - distance as f64 / one.len().max(two.len()) as f64)
}

/// Words of so many letters are too short for just any slip.
const SHORT: usize = 4;

/// Letters that readers take for each other.
const LOOK_ALIKE: [&str; 6] = ["fijlt1", "acdegoq0", "hmnruvw", "sz25", "bh68", "gqy9"];

/// Whether a single letter stands in the place of one that looks the same.
fn look_alike(one: &str, two: &str) -> bool {
    one.len() == 1
        && two.len() == 1
        && LOOK_ALIKE.iter().any(|alike| alike.contains(one) && alike.contains(two))
}

/// How many slips may lie between two words; `None` where their lengths differ by more. Digits must all be right.
fn slips_allowed(one: &str, two: &str) -> Option<usize> {
    let (short, long) = (one.len().min(two.len()), one.len().max(two.len()));
    let allowed = short / 4;
    if long - short > allowed {
        return None;
    }
    let figures = one.bytes().all(|byte| byte.is_ascii_digit());
    if !figures { Some(allowed) } else { (long == short).then_some(0) }
}

/// Whether at least a `share` of `word` is left in `read`, however it was misread otherwise.
pub fn is_left_of(read: &str, word: &str, share: f64) -> bool {
    // A letter is only left where the other has it too.
    let longer = read.len().max(word.len());
    let hopeless = read.is_ascii()
        && word.is_ascii()
        && (shared_letters(read, word) as f64) < share * longer as f64 - 0.01;
    !hopeless && normalized_damerau_levenshtein(read, word) >= share
}

/// How many letters two words have in common, in whatever order.
fn shared_letters(one: &str, two: &str) -> usize {
    let mut rest = [0_u8; 256];
    for letter in one.bytes() {
        rest.get_mut(usize::from(letter)).into_iter().for_each(|count| *count = count.saturating_add(1));
    }
    let mut take = |letter: u8| match rest.get_mut(usize::from(letter)) {
        Some(0) | None => false,
        Some(count) => {
            *count -= 1;
            true
        }
    };
    two.bytes().filter(|letter| take(*letter)).count()
}

/// The two words without what they begin and end with alike, which counts for nothing in their distance.
fn apart<'a>(one: &'a str, two: &'a str) -> (&'a str, &'a str) {
    let begins = one.chars().zip(two.chars()).take_while(|(one, two)| one == two);
    let begins: usize = begins.map(|(letter, _)| letter.len_utf8()).sum();
    let (one, two) = (one.get(begins..).unwrap_or_default(), two.get(begins..).unwrap_or_default());
    let ends = one.chars().rev().zip(two.chars().rev()).take_while(|(one, two)| one == two);
    let ends: usize = ends.map(|(letter, _)| letter.len_utf8()).sum();
    (one.get(..one.len() - ends).unwrap_or_default(), two.get(..two.len() - ends).unwrap_or_default())
}

/// Whether more than `allowed` slips lie between two words for sure: a letter that is right stands in the other word, at
/// most as many places off. Most words are told apart by their first few letters.
fn far_apart(one: &str, two: &str, allowed: usize) -> bool {
    let alone = |one: &[u8], two: &[u8]| {
        let missing = |(at, letter): &(usize, &u8)| {
            let near = two.get(at.saturating_sub(allowed)..two.len().min(at + allowed + 1));
            !near.unwrap_or_default().iter().any(|other| other == *letter)
        };
        one.iter().enumerate().filter(missing).nth(allowed).is_some()
    };
    let (one, two) = (one.as_bytes(), two.as_bytes());
    one.is_ascii() && two.is_ascii() && (alone(one, two) || alone(two, one))
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Letter,
    Digit,
    Other,
}

impl Class {
    fn of(letter: char) -> Self {
        match letter {
            '0'..='9' => Self::Digit,
            'a'..='z' | 'A'..='Z' => Self::Letter,
            other if !other.is_ascii() && other.is_alphanumeric() => Self::Letter,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn shortcuts_change_no_likeness(one in "[a-d]{0,14}|[a-cñ]{3,9}", two in "[a-d]{0,14}|[a-cñ]{3,9}") {
            let (short, long) = (one.len().min(two.len()), one.len().max(two.len()));
            let distance = osa_distance(&one, &two);
            let near = distance == 0 || (long - short <= short / 4 && distance <= short / 4);
            prop_assume!(long != SHORT);
            let expected = match distance {
                0 => Some(1.0),
                _ => near.then(|| 1.0 - distance as f64 / long as f64),
            };
            prop_assert_eq!(likeness(&one, &two), expected);
        }
    }

    #[test]
    fn a_slip_of_the_reader_is_no_other_word() {
        assert_eq!(likeness("gross", "gross"), Some(1.0));
        for (one, two) in [("period", "pericd"), ("customer", "gustomer"), ("security", "securlty")] {
            assert!(likeness(one, two).is_some(), "{one} {two}");
        }
        for (one, two) in [("unit", "unlt"), ("rent", "rents"), ("date", "dato"), ("total", "tctal")] {
            assert!(likeness(one, two).is_some(), "{one} {two}");
        }
        for (one, two) in [("rent", "sent"), ("form", "from"), ("paid", "laid"), ("rate", "date")] {
            assert!(likeness(one, two).is_none(), "{one} {two}");
        }
        for (one, two) in [("net", "nat"), ("wages", "taxes"), ("2024", "2023"), ("state", "statutory")] {
            assert!(likeness(one, two).is_none(), "{one} {two}");
        }
    }
}
