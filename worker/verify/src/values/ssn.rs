//! Social Security numbers, whole or with hidden digits.

use super::{Read, Text};
use crate::field::Value;

/// `123-45-6789`, `123 45 6789`, `XXX-XX-4821`, `***-**-4821`, `#####4821`; nine places in all.
pub(super) fn ssn(text: &Text<'_>) -> Read {
    whole(text).or_else(|| hidden(text.first_word()))
}

/// A number of which only the last four digits show, however many signs a reader saw of what is hidden: `**-**-4821`.
fn hidden(word: &str) -> Read {
    let (signs, shown) = word.split_at_checked(word.len().checked_sub(4)?)?;
    if !shown.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let masks = signs.chars().filter(|sign| is_mask(*sign)).count();
    let between = signs.chars().filter(|sign| matches!(sign, '-' | '–' | '—' | '_' | '.' | ',')).count();
    let only = masks + between == signs.chars().count();
    let fits = only && (3..=7).contains(&masks) && (1..=3).contains(&between);
    fits.then(|| (Value::Ssn(format!("XXX-XX-{shown}")), word.len(), 0.98))
}

fn is_mask(sign: char) -> bool {
    matches!(sign, 'X' | 'x' | '*' | '#' | '•' | '●')
}

/// Whether a sign may part the groups of a number.
fn is_between(sign: char) -> bool {
    matches!(sign, '-' | '–' | '—' | ' ')
}

/// How many digits and hidden digits a number has.
const PLACES: usize = 9;

fn whole(text: &Text<'_>) -> Read {
    if !text.text.starts_with(|letter: char| letter.is_ascii_digit() || is_mask(letter)) {
        return None;
    }
    let belongs = |letter: &char| letter.is_ascii_digit() || is_mask(*letter) || is_between(*letter);
    // Most words hold fewer places.
    text.text.chars().take_while(belongs).nth(PLACES - 1)?;
    let mut places = String::with_capacity(PLACES + 1);
    // After how many places a group ends.
    let mut ends = Vec::new();
    let mut taken = 0;
    for (at, letter) in text.text.char_indices() {
        match letter {
            '0'..='9' => places.push(letter),
            mask if is_mask(mask) => places.push('X'),
            between if is_between(between) && !places.is_empty() && places.len() < PLACES => {
                ends.push(places.len());
                continue;
            }
            _ => break,
        }
        taken = at + letter.len_utf8();
        if places.len() > PLACES {
            return None;
        }
    }
    // A reader's blank beside a hyphen: `XXX -XX-5068`.
    ends.dedup();
    let (grouped, in_one) = (ends == [3, 5], ends.is_empty());
    let (hidden, shown) = places.split_at_checked(5)?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let masked = hidden == "XXXXX" || (hidden.starts_with("XXX") && digits(hidden.get(3..)?));
    let plausible = digits(shown) && (masked || digits(hidden));
    let ends =
        text.text.get(taken..)?.chars().next().is_none_or(|next| !next.is_alphanumeric() && next != '-');
    if places.len() != PLACES || !plausible || !ends || !(grouped || masked || in_one) {
        return None;
    }
    let quality = if grouped { 1.0 } else { 0.6 };
    let (area, rest) = places.split_at(3);
    // Never issued (Social Security Administration, POMS RM 10201.035): printed as such a number it is one, and the rules
    // doubt it.
    if !grouped && matches!(area, "000" | "666") {
        return None;
    }
    let (group, serial) = rest.split_at(2);
    Some((Value::Ssn(format!("{area}-{group}-{serial}")), taken, quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(print: &str) -> Option<String> {
        let text = Text { text: print, first: 0, starts: &[0] };
        ssn(&text).map(|(value, _, _)| value.to_string())
    }

    #[test]
    fn numbers_whole_and_hidden() {
        let cases = [
            ("219-09-9999", "219-09-9999"),
            ("219 09 9999", "219-09-9999"),
            ("219099999", "219-09-9999"),
            ("000-12-3456", "000-12-3456"),
            ("xxx-xx-4821", "XXX-XX-4821"),
            ("***-**-4821 next", "XXX-XX-4821"),
            ("XXX -XX-4821", "XXX-XX-4821"),
        ];
        for (print, expected) in cases {
            assert_eq!(read(print).as_deref(), Some(expected), "{print}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for print in [
            "",
            "4821",
            "555-0101",
            "2190-9-9999",
            "21909999999",
            "XXX-XX-XXXX",
            "12/34/5678",
            "94607-1234",
            "666451209",
        ] {
            assert_eq!(read(print), None, "{print}");
        }
    }
}
