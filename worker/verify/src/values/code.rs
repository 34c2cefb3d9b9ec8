//! Numbers and codes that name something: accounts, licences, states, years, choices.

use std::sync::LazyLock;

use super::{Read, Text};
use crate::field::Value;
use crate::rules::document::Choices;
use crate::text::spelled;
use crate::wordbook::{Numbering, Wordbook};

/// Letters and digits, at least one digit; words are joined where the print groups them: `D 123 456`.
pub(super) fn code(text: &Text<'_>) -> Read {
    let first = text.first_word();
    // Most words are neither a code nor the first group of one.
    if first.len() > 1 && !first.contains(is_place) {
        return None;
    }
    let word = trimmed(first);
    // `D 1234567` and `1234 5678 9012`: groups of one number.
    let joined = grouped(text.text);
    let (code, taken) = joined.unwrap_or_else(|| (word.to_owned(), first.len()));
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '*' | '/' | '•');
    let has_digit = code.bytes().any(|byte| byte.is_ascii_digit());
    if code.len() < 2 || !code.chars().all(fits) || !has_digit || looks_like_date(word) {
        return None;
    }
    let letters = code.bytes().any(|byte| byte.is_ascii_uppercase());
    let quality = match code.len() {
        4.. => 1.0,
        3 if letters => 0.95,
        _ => 0.6,
    };
    Some((Value::Code(code.to_uppercase()), taken, quality))
}

/// Digits and signs alone: account numbers, employer numbers.
pub(super) fn digits(text: &Text<'_>) -> Read {
    let (value, taken, quality) = code(text)?;
    let Value::Code(code) = &value else { return None };
    let plain = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '*' | 'X' | '•' | '.');
    (code.chars().all(plain) && code.bytes().filter(u8::is_ascii_digit).count() >= 2)
        .then_some((value, taken, quality))
}

/// An employer's number, with hidden digits or without: `12-3456789`, `**-***6789`; or nine digits in one.
pub(super) fn tin(text: &Text<'_>) -> Read {
    let word = trimmed(text.first_word());
    let places = word
        .chars()
        .filter(|letter| letter.is_ascii_digit() || matches!(letter, 'X' | 'x' | '*' | '•'))
        .count();
    let hyphen = word.chars().position(|letter| letter == '-');
    if places != 9 {
        return None;
    }
    let fits = places + word.matches('-').count() == word.chars().count();
    let quality = match (hyphen, word.matches('-').count()) {
        (Some(2), 1) => 1.0,
        (None, 0) => 0.9,
        _ => return None,
    };
    let shown = word.bytes().filter(u8::is_ascii_digit).count() >= 2;
    (fits && shown).then(|| (Value::Code(word.to_uppercase()), text.first_word().len(), quality))
}

/// Ten digits of a telephone, as printed without spaces: `(510) 555-0142`, `510.555.0142`, `1-510-555-0142`.
pub(super) fn phone(text: &Text<'_>) -> Read {
    let belongs =
        |letter: char| letter.is_ascii_digit() || matches!(letter, '(' | ')' | '-' | '.' | ' ' | '+' | '/');
    if !text.text.starts_with(belongs) {
        return None;
    }
    let number: String = text.text.chars().take_while(|letter| belongs(*letter)).take(20).collect();
    let number = number.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let grouped = number.contains(['(', '-', '.', ' ', '/']);
    let local = digits.strip_prefix('1').unwrap_or(&digits);
    let ends = text.text.get(number.len()..)?.chars().next().is_none_or(|next| !next.is_alphanumeric());
    let fits = local.len() == 10 && grouped && !local.starts_with(['0', '1']) && ends;
    fits.then(|| (Value::Code(number.replace(' ', "")), number.len(), 1.0))
}

/// A year of four digits, not before 1990.
pub(super) fn year(text: &Text<'_>) -> Read {
    let first = text.first_word();
    if !first.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut words = text.text.split(' ').skip(1);
    // Forms print the century, and the year's last digits beside it: `20 25`.
    let (word, taken) = match (trimmed(first), words.next()) {
        ("20", Some(second)) if trimmed(second).len() == 2 => {
            (format!("20{}", trimmed(second)), first.len() + 1 + second.len())
        }
        (word, _) => (word.to_owned(), first.len()),
    };
    let year: i32 = (word.len() == 4).then(|| word.parse().ok()).flatten()?;
    (1990..=2100).contains(&year).then(|| (Value::Number(year.into()), taken, 1.0))
}

/// A state's two capital letters, or its whole name.
pub(super) fn state(text: &Text<'_>) -> Read {
    let (code, words) = state_code(text.text)?;
    let taken = text.text.split(' ').take(words).map(|word| word.len() + 1).sum::<usize>() - 1;
    // Two letters may be the end of any word; alone, or before the number that the state gave, they are hardly.
    let next = text.text.split(' ').nth(words);
    let is_number = |word: &str| word.starts_with(|letter: char| letter.is_ascii_digit());
    let is_zip = |word: &str| word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_digit());
    let quality = match next {
        _ if words > 1 || trimmed(text.first_word()).len() > 2 => 1.0,
        Some(next) if !is_number(next) || is_zip(next) => 0.6,
        Some(_) | None => 0.85,
    };
    Some((Value::Code(code.to_owned()), taken, quality))
}

/// The state whose two capital letters or name `text` begins with, and how many words they are.
pub fn state_code(text: &str) -> Option<(&'static str, usize)> {
    /// The first words of the names, and for each the states whose names begin with it.
    static FIRST_WORDS: LazyLock<(Wordbook, Vec<Vec<usize>>)> = LazyLock::new(first_words);
    let word = text.get(..text.bytes().position(|byte| byte == b' ').unwrap_or(text.len()))?;
    // `CA/517-7830-8`: the number that the state gave the employer comes after it.
    let first = trimmed(word.split('/').next().unwrap_or(word));
    if first.len() == 2
        && let Some((code, _)) = STATES.iter().find(|(code, _)| *code == first)
    {
        return Some((code, 1));
    }
    if !word.contains(char::is_alphabetic) {
        return None;
    }
    let first = spelled(word);
    let (book, named_so) = &*FIRST_WORDS;
    let ids = book.id(&first).into_iter().chain(book.search(&first).into_iter().map(|(id, _)| id));
    let mut likely: Vec<usize> = ids.filter_map(|id| named_so.get(id)).flatten().copied().collect();
    if likely.is_empty() {
        return None;
    }
    likely.sort_unstable();
    likely.dedup();
    let words: Vec<String> = text.split(' ').take(3).map(spelled).collect();
    let named = |name: &str| {
        let same = |(part, word): (&str, &String)| crate::text::likeness(part, word).is_some();
        let parts = || name.split(' ');
        (parts().zip(&words).all(same) && parts().count() <= words.len()).then(|| parts().count())
    };
    let states = likely.into_iter().filter_map(|index| STATES.get(index));
    let named = states.filter_map(|(code, name)| named(name).map(|words| (*code, words)));
    named.max_by_key(|(_, words)| *words)
}

fn first_words() -> (Wordbook, Vec<Vec<usize>>) {
    let (mut numbering, mut states) = (Numbering::default(), Vec::<Vec<usize>>::new());
    for (index, (_, name)) in STATES.iter().enumerate() {
        let word = numbering.number(name.split(' ').next().unwrap_or_default());
        states.resize_with(states.len().max(word + 1), Vec::new);
        if let Some(states) = states.get_mut(word) {
            states.push(index);
        }
    }
    (Wordbook::new(numbering), states)
}

/// The choice whose phrase `text` begins with, the longest phrase first.
/// Payroll programs put a code before it: `K4T-Weekly`.
pub(super) fn choice(text: &Text<'_>, choices: &Choices) -> Read {
    let coded = || {
        let (code, rest) = text.text.split_once('-')?;
        let is_code =
            code.len() <= 4 && code.contains(|letter: char| letter.is_ascii_digit()) && !code.contains(' ');
        let (choice, length) = is_code.then(|| choices.begins(rest)).flatten()?;
        Some((choice, code.len() + 1 + length))
    };
    let (choice, length) = choices.begins(text.text).or_else(coded)?;
    Some((Value::Choice(choice.to_owned()), length, 1.0))
}

/// A number printed in groups: each of digits, hidden digits or a single letter.
fn grouped(text: &str) -> Option<(String, usize)> {
    let group = |word: &&str| {
        let digits = word.len() >= 2 && word.chars().all(is_place);
        digits
            || (word.len() == 1
                && word.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()))
    };
    let mut groups: Vec<_> = text.split(' ').take(6).take_while(group).collect();
    let words: Vec<_> = text.split(' ').take(groups.len().max(1) + 1).collect();
    match words.as_slice() {
        // `A000 443 992`, with the letter of an alien's number.
        [first, second, ..] if groups.is_empty() && is_lettered(first) && group(second) => {
            groups = vec![*first];
            groups.extend(text.split(' ').skip(1).take(5).take_while(group));
        }
        // `123-45-6789 DI`: a number that ends with the kind of its claim.
        [number, kind] if groups.len() <= 1 && is_claim(number, kind) => groups = vec![*number, *kind],
        _ => {}
    }
    let taken = groups.iter().map(|group| group.len() + 1).sum::<usize>().checked_sub(1)?;
    (groups.len() >= 2).then(|| (groups.concat(), taken))
}

/// Whether a letter may stand in a group of a number: a digit, or what hides or parts digits.
fn is_place(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '*' | 'X' | 'x' | '-')
}

fn is_lettered(word: &str) -> bool {
    let digits = word.strip_prefix(|letter: char| letter.is_ascii_uppercase());
    digits.is_some_and(|digits| {
        digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    })
}

fn is_claim(number: &str, kind: &str) -> bool {
    let signs = |letter: char| letter.is_ascii_digit() || matches!(letter, 'X' | '*' | '-');
    let kinds = matches!(kind.len(), 1 | 2) && kind.starts_with(|letter: char| letter.is_ascii_uppercase());
    number.len() == 11
        && number.matches('-').count() == 2
        && number.chars().all(signs)
        && kinds
        && kind.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '*' | '•'))
}

fn looks_like_date(word: &str) -> bool {
    super::parse_date(word).is_some() || is_month_of_year(word)
}

/// Whether it is a month and its year, as the date of a form: `10-1995`, `02/2024`.
fn is_month_of_year(word: &str) -> bool {
    let Some((month, year)) = word.split_once(['-', '/']) else { return false };
    let month = month.parse::<u8>().is_ok_and(|month| (1..=12).contains(&month));
    month && year.len() == 4 && year.parse::<u16>().is_ok_and(|year| (1900..2100).contains(&year))
}

/// The two letters of the United States Postal Service, and names in lower case.
const STATES: [(&str, &str); 56] = [
    ("AL", "alabama"),
    ("AK", "alaska"),
    ("AZ", "arizona"),
    ("AR", "arkansas"),
    ("CA", "california"),
    ("CO", "colorado"),
    ("CT", "connecticut"),
    ("DE", "delaware"),
    ("DC", "district of columbia"),
    ("FL", "florida"),
    ("GA", "georgia"),
    ("HI", "hawaii"),
    ("ID", "idaho"),
    ("IL", "illinois"),
    ("IN", "indiana"),
    ("IA", "iowa"),
    ("KS", "kansas"),
    ("KY", "kentucky"),
    ("LA", "louisiana"),
    ("ME", "maine"),
    ("MD", "maryland"),
    ("MA", "massachusetts"),
    ("MI", "michigan"),
    ("MN", "minnesota"),
    ("MS", "mississippi"),
    ("MO", "missouri"),
    ("MT", "montana"),
    ("NE", "nebraska"),
    ("NV", "nevada"),
    ("NH", "new hampshire"),
    ("NJ", "new jersey"),
    ("NM", "new mexico"),
    ("NY", "new york"),
    ("NC", "north carolina"),
    ("ND", "north dakota"),
    ("OH", "ohio"),
    ("OK", "oklahoma"),
    ("OR", "oregon"),
    ("PA", "pennsylvania"),
    ("RI", "rhode island"),
    ("SC", "south carolina"),
    ("SD", "south dakota"),
    ("TN", "tennessee"),
    ("TX", "texas"),
    ("UT", "utah"),
    ("VT", "vermont"),
    ("VA", "virginia"),
    ("WA", "washington"),
    ("WV", "west virginia"),
    ("WI", "wisconsin"),
    ("WY", "wyoming"),
    ("PR", "puerto rico"),
    ("GU", "guam"),
    ("VI", "virgin islands"),
    ("AS", "american samoa"),
    ("MP", "northern mariana islands"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(print: &str) -> Text<'_> {
        Text { text: print, first: 0, starts: &[0] }
    }

    #[test]
    fn codes_in_all_their_forms() {
        let cases = [
            ("15-239-1250", "15-239-1250"),
            ("d1234567", "D1234567"),
            ("D 1234567", "D1234567"),
            ("0015 7052 5057", "001570525057"),
            ("****4821", "****4821"),
        ];
        for (print, expected) in cases {
            assert_eq!(
                code(&text(print)).map(|(value, _, _)| value.to_string()).as_deref(),
                Some(expected),
                "{print}"
            );
        }
        for print in ["", "Name", "01/02/2020", "$12.00", "a,b"] {
            assert!(code(&text(print)).is_none(), "{print}");
        }
    }

    #[test]
    fn states_by_letters_and_by_name() {
        let cases = [
            ("CA 94607", Some(("CA", 1))),
            ("New York Driver", Some(("NY", 2))),
            ("WASHINCTON", Some(("WA", 1))),
            ("West Virginia", Some(("WV", 2))),
            ("Calm", None),
            ("in", None),
        ];
        for (print, expected) in cases {
            assert_eq!(state_code(print), expected, "{print}");
        }
    }

    #[test]
    fn two_letters_are_a_state_alone_or_before_the_number_that_it_gave() {
        let quality = |print| state(&Text { text: print, first: 0, starts: &[0] }).unwrap().2;
        let sure = ["IL 251-7807-5", "IL", "Illinois wages"].map(quality);
        let doubtful = ["IN the year", "TX 77004"].map(quality);
        assert!(sure.iter().all(|sure| doubtful.iter().all(|doubtful| sure > doubtful)));
    }
}
