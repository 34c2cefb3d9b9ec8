//! When a value that was read is the one that is labelled.

use verify::rules::document::Kind;
use verify::text::unaccented;

/// Whether both say the same. Amounts, numbers, dates and choices must be equal in normal form; of names, addresses
/// and codes the letters and digits must be, whatever their case and the signs between them.
pub fn same(kind: Option<Kind>, found: &str, expected: &str) -> bool {
    match kind {
        Some(
            Kind::Person
            | Kind::Organisation
            | Kind::Address
            | Kind::Code
            | Kind::Digits
            | Kind::Ssn
            | Kind::Tin
            | Kind::Phone
            | Kind::State
            | Kind::Period
            | Kind::Text,
        )
        | None => essence(found) == essence(expected),
        Some(
            Kind::Money
            | Kind::Number
            | Kind::Year
            | Kind::Date
            | Kind::Month
            | Kind::Choice
            | Kind::Signature,
        ) => found == expected,
    }
}

/// Whether both are the same words but for accents: read wrong, and yet the same person's to every rule.
pub fn differ_in_accents_alone(found: &str, expected: &str) -> bool {
    let plain = |text: &str| essence(text).chars().map(unaccented).collect::<String>();
    found != expected && plain(found) == plain(expected)
}

/// Letters and digits in lower case, and the hiding `X` of codes as printed.
fn essence(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == '<')
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_are_told_from_letters() {
        assert!(differ_in_accents_alone("Zelazny", "Żelazny") && differ_in_accents_alone("XIMÉNA", "Ximena"));
        assert!(!differ_in_accents_alone("Zelasny", "Żelazny") && !differ_in_accents_alone("Ana", "Ana"));
    }

    #[test]
    fn signs_and_case_do_not_matter_where_they_say_nothing() {
        let cases = [
            (Kind::Address, "1 Main St, Oakland CA 94607", "1 MAIN ST, OAKLAND, CA 94607", true),
            (Kind::Person, "García", "Garcia", false),
            (Kind::Money, "12.00", "12.0", false),
            (Kind::Code, "1234-5678", "12345678", true),
            (Kind::Date, "2026-01-02", "2026-01-03", false),
            (Kind::Code, "P<USA<", "P<USA", false),
        ];
        for (kind, found, expected, outcome) in cases {
            assert_eq!(same(Some(kind), found, expected), outcome, "{found} {expected}");
        }
    }
}
