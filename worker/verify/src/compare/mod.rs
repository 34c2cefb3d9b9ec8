//! Whether what a document says is what the applicant gave: names, addresses, numbers and days of birth.
//! What follows from it is left to the checks. Unsure is an answer of its own and never counts as a match.

mod address;
mod name;
mod nickname;

use ::document::Applicant;
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use crate::field::Value;

pub use address::{addresses, state_of};
pub use name::{is_the_name, names};

/// What a comparison came to, and why, for the caseworker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What it came to.
    pub likeness: Likeness,
    /// In words, with what was compared.
    pub because: String,
}

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same, differences of writing apart.
    Match,
    /// Not the same.
    Differ,
    /// A person must say: a nickname, a slip of the reader, a part that is missing.
    Unsure,
}

impl Comparison {
    fn new(likeness: Likeness, because: impl Into<String>) -> Self {
        Self { likeness, because: because.into() }
    }

    /// `true` for a match, `false` for a difference, nothing where it is not sure.
    pub fn holds(&self) -> Option<bool> {
        match self.likeness {
            Likeness::Match => Some(true),
            Likeness::Differ => Some(false),
            Likeness::Unsure => None,
        }
    }
}

/// Compares what a field says with what the applicant gave; `None` where that gives nothing to compare it with.
pub fn values(field: &str, value: &Value, applicant: &Applicant) -> Option<Comparison> {
    match value {
        Value::Name(name) => Some(names(name, applicant)),
        Value::Address(address) => addresses(address, applicant),
        Value::Ssn(shown) => ssn_last4(shown, applicant),
        Value::Date(day) if field.ends_with("date_of_birth") => birth_dates(*day, applicant),
        Value::Date(_)
        | Value::Money(_)
        | Value::Number(_)
        | Value::Code(_)
        | Value::Choice(_)
        | Value::Text(_) => None,
    }
}

/// Compares the last four digits of a Social Security number, as the document shows them, with those of the applicant;
/// `None` where the applicant gave none.
pub fn ssn_last4(shown: &str, applicant: &Applicant) -> Option<Comparison> {
    let given = applicant.ssn_last4.as_deref()?;
    let signs: Vec<char> = shown.chars().filter(char::is_ascii_alphanumeric).collect();
    let last: String = signs.iter().skip(signs.len().saturating_sub(4)).collect();
    let differing = last.chars().zip(given.chars()).filter(|(one, two)| one != two).count();
    let comparison = if last.len() != 4 || !last.bytes().all(|sign| sign.is_ascii_digit()) {
        Comparison::new(Likeness::Unsure, "its last four digits are hidden")
    } else {
        match differing {
            0 => Comparison::new(Likeness::Match, format!("it ends in {given}, as the applicant's")),
            1 => Comparison::new(
                Likeness::Unsure,
                format!("it ends in {last}, one digit other than the applicant's {given}"),
            ),
            _ => Comparison::new(Likeness::Differ, format!("it ends in {last}, the applicant's in {given}")),
        }
    };
    Some(comparison)
}

/// Compares a day of birth with that of the applicant; `None` where the applicant gave none.
pub fn birth_dates(shown: Date, applicant: &Applicant) -> Option<Comparison> {
    let given = applicant.date_of_birth?;
    let (one, two) = (shown.to_string(), given.to_string());
    let differing = one.chars().zip(two.chars()).filter(|(one, two)| one != two).count();
    let swapped =
        shown.year() == given.year() && (shown.month(), shown.day()) == (given.day(), given.month());
    let comparison = if shown == given {
        Comparison::new(Likeness::Match, format!("{shown} is the applicant's date of birth"))
    } else if swapped {
        Comparison::new(Likeness::Unsure, format!("{shown} and {given} differ by exchanged day and month"))
    } else if differing == 1 {
        Comparison::new(Likeness::Unsure, format!("{shown} and {given} differ by one digit"))
    } else {
        Comparison::new(Likeness::Differ, format!("{shown} is not the applicant's date of birth, {given}"))
    };
    Some(comparison)
}

/// Whether two names of payers mean the same one; `None` where it is not sure or one is missing.
pub fn is_same_payer(one: Option<&str>, two: Option<&str>) -> Option<bool> {
    let (one, two) = (words(one?).join(" "), words(two?).join(" "));
    if one == two {
        return Some(true);
    }
    let alike = strsim::jaro_winkler(&one, &two) > 0.8 || one.starts_with(&two) || two.starts_with(&one);
    if alike { None } else { Some(false) }
}

/// The words of a text in capitals without accents, split at everything that is neither letter nor digit; apostrophes
/// vanish, so that O'Brien is one word.
fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .nfd()
        .filter(|letter| !matches!(letter, '\'' | '’' | '‘' | '`' | '.') && !is_accent(*letter))
        .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
        .flat_map(char::to_uppercase)
        .collect();
    plain.split_whitespace().map(|word| word.replace('Ø', "O").replace('Ł', "L").replace('Đ', "D")).collect()
}

/// The marks that decomposition splits off letters.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Whether one word may be a misreading of the other: one letter changed, missing or added, in words of three or more.
fn is_slip(one: &str, two: &str) -> bool {
    one != two && one.chars().count().min(two.chars().count()) >= 3 && strsim::osa_distance(one, two) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applicant() -> Applicant {
        Applicant {
            first_name: "Maria".to_owned(),
            last_name: "Lopez".to_owned(),
            date_of_birth: Some("1988-04-02".parse().unwrap()),
            address: None,
            ssn_last4: Some("4821".to_owned()),
        }
    }

    #[test]
    fn the_last_four_digits_are_compared() {
        let cases = [
            ("XXX-XX-4821", Likeness::Match),
            ("123-45-4821", Likeness::Match),
            ("XXX-XX-4921", Likeness::Unsure),
            ("XXX-XX-1234", Likeness::Differ),
            ("123-45-XXXX", Likeness::Unsure),
            ("48", Likeness::Unsure),
        ];
        for (shown, expected) in cases {
            assert_eq!(ssn_last4(shown, &applicant()).unwrap().likeness, expected, "{shown}");
        }
        assert_eq!(ssn_last4("XXX-XX-4821", &Applicant { ssn_last4: None, ..applicant() }), None);
    }

    #[test]
    fn days_of_birth_are_compared() {
        let cases = [
            ("1988-04-02", Likeness::Match),
            ("1988-02-04", Likeness::Unsure),
            ("1983-04-02", Likeness::Unsure),
            ("1990-11-17", Likeness::Differ),
        ];
        for (shown, expected) in cases {
            let compared = birth_dates(shown.parse().unwrap(), &applicant()).unwrap();
            assert_eq!(compared.likeness, expected, "{shown}");
        }
    }

    #[test]
    fn words_lose_what_is_mere_writing() {
        let cases = [("O'Brien-Núñez, Jr.", "OBRIEN NUNEZ JR"), ("Nguyễn Thị", "NGUYEN THI"), ("…", "")];
        for (text, expected) in cases {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }
}
