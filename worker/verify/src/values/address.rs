//! Addresses of the United States: what the last line looks like, and what a street line looks like.

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::{Read, Text};
use crate::field::Value;
use crate::text::each_token;

/// The last line of an address: `Oakland, CA 94607-1234`, perhaps with the street before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressLine {
    /// The bytes up to the end of the ZIP code.
    pub length: usize,
    /// Whether the street stands on the same line.
    pub with_street: bool,
}

/// What `text` is as the last line of an address: words, a state (or `USA`), and a ZIP code.
pub fn address_line(text: &str) -> Option<AddressLine> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (city, length) = up_to_zip(text)?;
    let lettered =
        city.split(' ').any(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() >= 2);
    lettered.then(|| AddressLine { length, with_street: is_street(city) })
}

/// What stands before the last state that a ZIP code follows, and where that ends.
fn up_to_zip(text: &str) -> Option<(&str, usize)> {
    let mut end = text.len();
    loop {
        let (before, zip) = text.get(..end)?.rsplit_once(' ')?;
        let (city, state) = before.rsplit_once(' ')?;
        if is_zip(zip) && is_state(state) {
            return Some((city, end));
        }
        end = before.len();
    }
}

/// Whether the line begins as a street, a box or a unit does.
pub fn is_street(text: &str) -> bool {
    let words = Words::of(text);
    if words.count == 0 {
        return false;
    }
    let number = text.split_whitespace().next().unwrap_or_default();
    let letters = number.chars().filter(|letter| letter.is_alphabetic()).count();
    let letters_of = text.chars().flat_map(char::to_lowercase).filter(|letter| *letter != '.');
    let boxed = || "po box".chars().eq(letters_of.skip_while(|letter| letter.is_whitespace()).take(6));
    (words.name_way && words.number_before_word)
        || (words.numbered && letters <= 1 && words.word_after_first)
        || boxed()
        || words.name_unit(text)
}

/// Whether the line names a flat, a suite or a floor and no street.
pub fn is_unit(text: &str) -> bool {
    Words::of(text).name_unit(text)
}

/// What the tokens of a line show.
#[derive(Default)]
struct Words {
    count: usize,
    /// The first is a number, as houses have one.
    numbered: bool,
    /// The first is a kind of flat.
    unit: bool,
    /// A word follows the first.
    word_after_first: bool,
    /// A word follows a number somewhere.
    number_before_word: bool,
    /// One of them is what streets are called.
    name_way: bool,
}

impl Words {
    fn of(line: &str) -> Self {
        let (mut words, mut after_number) = (Self::default(), false);
        each_token(line, &mut String::new(), |token| {
            let number = token.bytes().all(|byte| byte.is_ascii_digit());
            let word = !number && token.contains(char::is_alphabetic);
            if words.count == 0 {
                words.numbered = number && token.len() <= 6;
                words.unit = UNITS.contains(&token);
            }
            words.word_after_first |= word && words.count > 0;
            words.number_before_word |= word && after_number;
            words.name_way |= word && is_way(token);
            words.count += 1;
            after_number = number;
        });
        words
    }

    fn name_unit(&self, line: &str) -> bool {
        self.unit || (line.trim_start().starts_with('#') && self.count <= 3)
    }
}

/// Whether streets are called so.
fn is_way(word: &str) -> bool {
    static SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| WAYS.into_iter().collect());
    SET.contains(word)
}

/// What parts of houses are called.
const UNITS: [&str; 8] = ["apt", "apartment", "unit", "suite", "ste", "floor", "bldg", "building"];

/// What streets are called.
const WAYS: [&str; 24] = [
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "drive",
    "dr",
    "lane",
    "ln",
    "boulevard",
    "blvd",
    "way",
    "court",
    "ct",
    "place",
    "pl",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "circle",
    "terrace",
    "plaza",
];

/// What they are called in Spanish, where that stands first.
const SPANISH_WAYS: [&str; 5] = ["calle", "avenida", "camino", "carretera", "paseo"];

/// An address on one line, street first, ZIP code last.
pub(super) fn one_line(text: &Text<'_>) -> Read {
    let line = address_line(text.text).filter(|line| line.with_street)?;
    let address = tidy(text.text.get(..line.length)?);
    Some((Value::Address(address), line.length, 1.0))
}

/// One space between words, none before commas, no comma at the ends.
pub(crate) fn tidy(text: &str) -> String {
    let text = without_introduction(text);
    let mixed = text.chars().any(char::is_lowercase);
    let words: Vec<_> = text.split_whitespace().collect();
    let after = |at: usize| words.get(at + 1).copied().unwrap_or_default();
    let before =
        |at: usize| at.checked_sub(1).and_then(|before| words.get(before)).copied().unwrap_or_default();
    let read = |(at, word): (usize, &&str)| match *word {
        word if !mixed => word.to_owned(),
        "E1" if !UNITS.contains(&before(at).to_lowercase().trim_end_matches('.')) && is_plain(after(at)) => {
            "El".to_owned()
        }
        word => with_small_l(word),
    };
    let joined = words.iter().enumerate().map(read).collect::<Vec<_>>().join(" ").replace(" ,", ",");
    joined.trim_matches(|letter: char| letter == ',' || letter.is_whitespace() || letter == ':').to_owned()
}

/// The address without the words that lead to its house number: `Address 12 Oak St`, `for rent of 12 Oak St`.
fn without_introduction(text: &str) -> &str {
    const LEADING: [&str; 16] = [
        "address",
        "at",
        "dirección",
        "domicilio",
        "for",
        "home",
        "location",
        "mail",
        "mailing",
        "of",
        "property",
        "rent",
        "residence",
        "service",
        "situs",
        "to",
    ];
    let numbered = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    // `Patrón / dirección legal: 12 Oak St`: a caption ends with a colon, whatever its words are.
    let captioned = text.rsplit_once(": ").filter(|(caption, address)| {
        // `12 Oak St, Unit: 4` is an address already, `36.00 hrs. Org. address: 12 Oak St` is none.
        numbered(address) && is_street(address) && !Words::of(caption).name_way
    });
    if let Some((_, address)) = captioned {
        return address;
    }
    let house = text.split_whitespace().position(numbered);
    let leads = |word: &str| {
        let bare = word.trim_end_matches([':', '.', ',']).to_lowercase();
        // What begins small is none of the names of streets, save how they are called.
        let small =
            word.starts_with(char::is_lowercase) && !is_way(&bare) && !SPANISH_WAYS.contains(&bare.as_str());
        small || word == "/" || LEADING.contains(&bare.as_str())
    };
    let led = house.is_some_and(|house| house > 0 && text.split_whitespace().take(house).all(leads));
    let digit = text.find(|letter: char| letter.is_ascii_digit());
    digit.filter(|_| led).and_then(|digit| text.get(digit..)).unwrap_or(text)
}

/// Whether a word is one of letters alone, of more than two, as cities and streets have them.
fn is_plain(word: &str) -> bool {
    let bare = word.trim_end_matches([',', '.']);
    bare.chars().count() > 2 && bare.chars().all(char::is_alphabetic)
}

/// The word with a small L where a reader saw a capital I: `Pl`, `El Paso` and `Blvd` among words that are not in capitals.
fn with_small_l(word: &str) -> String {
    let bare = word.trim_end_matches([',', '.']);
    let tail = word.get(bare.len()..).unwrap_or_default();
    match bare {
        "PI" => format!("Pl{tail}"),
        "EI" => format!("El{tail}"),
        "BIvd" | "B1vd" => format!("Blvd{tail}"),
        "P1" => format!("Pl{tail}"),
        _ => word.to_owned(),
    }
}

fn is_zip(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',']);
    if word.len() < 5 || !word.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
        return false;
    }
    // A speck between digits is read as a point.
    let word = if word.contains('.') { Cow::from(word.replace('.', "")) } else { Cow::from(word) };
    let (five, four) = word.split_once('-').unwrap_or((&word, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    five.len() == 5 && digits(five) && digits(four) && matches!(four.len(), 0 | 4)
}

fn is_state(word: &str) -> bool {
    let word = word.trim_matches([',', '.']);
    let known = super::state_code(word).is_some() && (word.len() == 2 || word.chars().count() > 3);
    known || word == "USA"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_lead_to_a_house_number_are_no_part_of_it() {
        for (print, expected) in [
            ("Address 12 Oak St, Oakland", "12 Oak St, Oakland"),
            ("FOR RENT OF 12 OAK ST", "12 OAK ST"),
            ("Service at: 12 Oak St", "12 Oak St"),
            ("Patrón / dirección legal: 12 Oak St", "12 Oak St"),
            ("12 Oak St, Unit: 4, Fresno", "12 Oak St, Unit: 4, Fresno"),
            ("house / apt. 12 Oak St", "12 Oak St"),
            ("calle 12 #4, Fresno", "calle 12 #4, Fresno"),
            ("12 Home Court", "12 Home Court"),
            ("Mail Stop 12", "Mail Stop 12"),
            ("PO Box 12", "PO Box 12"),
        ] {
            assert_eq!(tidy(print), expected);
        }
    }

    #[test]
    fn figures_that_are_misread_letters_are_read_as_these() {
        for (print, expected) in [
            ("12 Oak B1vd, E1 Monte, CA 91732", "12 Oak Blvd, El Monte, CA 91732"),
            ("12 Oak P1 Apt E1", "12 Oak Pl Apt E1"),
            ("12 Oak St Unit E1 Fresno CA 93721", "12 Oak St Unit E1 Fresno CA 93721"),
        ] {
            assert_eq!(tidy(print), expected);
        }
    }

    #[test]
    fn last_lines_of_addresses() {
        for (print, with_street) in [
            ("Oakland, CA 94607", false),
            ("ANYTOWN, USA 10101", false),
            ("NORTH QUINCY, MA 02171-1748", false),
            ("640 GRAHAM MILLS, KENNETHVIEW, NJ 79419", true),
            ("BIGTOWN, MA, 02801", false),
        ] {
            assert_eq!(address_line(print).map(|line| line.with_street), Some(with_street), "{print}");
        }
        for print in ["", "CA 94607", "Pay 12345", "1234 Main Street", "Oakland CA"] {
            assert!(address_line(print).is_none(), "{print}");
        }
    }

    #[test]
    fn streets() {
        for print in ["475 ANY AVENUE", "P.O. BOX 847812", "Apt. 1", "4567 MAIN STREET"] {
            assert!(is_street(print), "{print}");
        }
        for print in ["ANY COMPANY CORP.", "12345", "", "Suites of America", "2GARCIA"] {
            assert!(!is_street(print), "{print}");
        }
    }
}
