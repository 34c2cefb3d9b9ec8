//! Amounts and plain numbers as payroll, banks and tax forms print them.

use rust_decimal::Decimal;

use super::{Read, Text};
use crate::field::Value;
use crate::rules::document::Choices;

/// `1,234.56`, `$1,234.56`, `$ 12.00-`, `(12.00)`, `- 40.60`, `1,963 76` (a blank for the point), `37.43*`.
pub(super) fn money(text: &Text<'_>) -> Read {
    let (sign, start) = lead(text.text);
    let rest = text.text.get(start..)?;
    let figure = figure(rest)?;
    let mut taken = start + figure.length;
    let mut negative = sign.negative;
    let after = text.text.get(taken..)?;
    if let Some(tail) = after.chars().next().filter(|tail| !tail.is_whitespace()) {
        match tail {
            '-' => negative = true,
            // `(` begins what is said of it: `$1,675.00(dólares)`.
            '(' | '_' => {
                return figure
                    .amount(sign.dollar)
                    .map(|(amount, quality)| (Value::Money(amount), taken, quality));
            }
            ')' | ']' | '}' | '|' | '*' | '.' | ',' | ';' | '!' | '?' | '"' | '\'' | '°' | '”' | '†' => {
            }
            // `12.00CR` is an amount; `12.00%` and `12.003` are something else.
            'C' | 'D' if matches!(after.get(..2), Some("CR" | "DR")) => negative |= tail == 'C',
            _ => return None,
        }
        taken += if tail == 'C' || tail == 'D' { 2 } else { tail.len_utf8() };
        let next = text.text.get(taken..)?.chars().next();
        // `555-0101` and `12.00.5` go on.
        if next.is_some_and(char::is_alphanumeric) {
            return None;
        }
    }
    let (amount, quality) = figure.amount(sign.dollar)?;
    let amount = if negative { -amount } else { amount };
    Some((Value::Money(amount), taken, quality))
}

/// An amount of a form that wants whole dollars: there one without cents is none the worse.
pub(super) fn dollars(text: &Text<'_>) -> Read {
    let (value, taken, quality) = money(text)?;
    let figures = text.text.get(..taken)?.bytes().filter(u8::is_ascii_digit).count();
    let quality = if figures >= 3 { quality.max(0.9) } else { quality };
    Some((value, taken, quality))
}

/// An amount that is printed with a minus where it is taken away.
pub(super) fn unsigned(text: &Text<'_>) -> Read {
    let (value, taken, quality) = money(text)?;
    let Value::Money(amount) = value else { return None };
    Some((Value::Money(amount.abs()), taken, quality))
}

/// An amount that may be printed with four decimals or six: `29.2000`, `31.550000`.
pub(super) fn per_unit(text: &Text<'_>) -> Read {
    let (sign, start) = lead(text.text);
    let word = text.text.get(start..)?.split(' ').next()?;
    let exact = word.len() <= LONGEST_RATE
        && word.split_once('.').is_some_and(|(_, decimals)| matches!(decimals.len(), 4 | 6));
    let Some(amount) = word.parse::<Decimal>().ok().filter(|_| exact && !sign.negative) else {
        return money(text);
    };
    // Zeros beyond the cents say nothing.
    let mut exact = amount.normalize();
    exact.rescale(exact.scale().max(2));
    Some((Value::Money(exact), start + word.len(), 1.0))
}

/// Rates have no more digits and signs.
const LONGEST_RATE: usize = 14;

/// An amount that is written as a word: `NONE`.
pub(super) fn in_words(text: &Text<'_>, words: &Choices) -> Read {
    let (value, taken, quality) = super::code::choice(text, words)?;
    Some((Value::Money(value.to_string().parse().ok()?), taken, quality))
}

/// A number without a sign, as hours and units are printed: `80`, `80.00`, `34.5`.
pub(super) fn number(text: &Text<'_>) -> Read {
    let word = text.first_word();
    let digits = word.trim_end_matches(['*', ',']);
    let dots = digits.matches('.').count();
    let plain = digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.') && dots <= 1;
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    // `31.550000` is a rate; `80.000000` may be hours.
    let rate = decimals.len() > 4 && decimals.bytes().any(|digit| digit != b'0');
    if !plain || rate || whole.is_empty() || whole.len() > 4 || digits.ends_with('.') {
        return None;
    }
    let quality = if dots == 1 { 1.0 } else { 0.6 };
    Some((Value::Number(digits.parse().ok()?), word.len(), quality))
}

struct Lead {
    negative: bool,
    dollar: bool,
}

/// The signs before the digits and how many bytes they take.
fn lead(text: &str) -> (Lead, usize) {
    let mut lead = Lead { negative: false, dollar: false };
    let mut taken = 0;
    for letter in text.chars() {
        match letter {
            '-' | '−' | '–' | '(' if !lead.negative => lead.negative = true,
            '$' => lead.dollar = true,
            '+' | '=' | ' ' | '*' | '|' | '[' => {}
            _ => break,
        }
        taken += letter.len_utf8();
    }
    (lead, taken)
}

/// Digits with their separators as printed.
struct Figure {
    groups: Vec<String>,
    separators: Vec<char>,
    length: usize,
    repaired: bool,
}

fn figure(text: &str) -> Option<Figure> {
    if !text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let mut figure =
        Figure { groups: vec![String::new()], separators: Vec::new(), length: 0, repaired: false };
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let group = figure.groups.last_mut()?;
        match letter {
            '0'..='9' => group.push(letter),
            // A reader's slips, only between digits.
            'O' | 'o' if !group.is_empty() => {
                group.push('0');
                figure.repaired = true;
            }
            '.' | ',' if next.is_some_and(|next| next.is_ascii_digit()) && !group.is_empty() => {
                figure.separators.push(letter);
                figure.groups.push(String::new());
            }
            // `2, 754.80`: a reader's blank after the mark of thousands.
            ',' if next == Some(' ')
                && !figure.separators.contains(&'.')
                && thousands_follow(text.get(at + 2..))
                && (1..=3).contains(&group.len()) =>
            {
                figure.separators.push(',');
                figure.groups.push(String::new());
                figure.repaired = true;
            }
            ' ' if text.get(..at).is_some_and(|before| before.ends_with(',')) && group.is_empty() => {}
            ' ' if figure.blank_is_point(text.get(at + 1..)) => {
                figure.separators.push(' ');
                figure.groups.push(String::new());
            }
            _ => break,
        }
        figure.length = at + letter.len_utf8();
    }
    figure.groups.iter().all(|group| !group.is_empty()).then_some(figure)
}

/// Whether three digits come next, and a decimal point or nothing else: `$850, 343 Dock St` has two numbers.
fn thousands_follow(rest: Option<&str>) -> bool {
    let three = |bytes: &[u8]| matches!(bytes, [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9']);
    rest.map(str::as_bytes).is_some_and(|bytes| match bytes.get(3) {
        Some(next) => *next == b'.' && bytes.get(..3).is_some_and(three),
        None => three(bytes),
    })
}

impl Figure {
    /// Whether the blank before `rest` stands for the decimal point: two digits and no more follow.
    fn blank_is_point(&self, rest: Option<&str>) -> bool {
        let bytes = rest.unwrap_or_default().as_bytes();
        let two = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count() == 2;
        let ends = bytes.get(2).is_none_or(|byte| *byte == b' ');
        let has_point = self.separators.iter().any(|separator| matches!(separator, '.' | ' '));
        let last = self.groups.last().map_or(0, String::len);
        two && ends && !has_point && (1..=3).contains(&last) && self.groups.len() <= 3
    }

    /// The amount and how well it fits: cents make an amount sure, a bare whole number might be anything.
    fn amount(&self, dollar: bool) -> Option<(Decimal, f64)> {
        let last = self.groups.last()?;
        let cents = !self.separators.is_empty() && last.len() == 2;
        let whole = if cents { self.groups.split_last()?.1 } else { &self.groups };
        let grouped = whole.iter().skip(1).all(|group| group.len() == 3)
            && whole.first().is_some_and(|first| whole.len() == 1 || first.len() <= 3);
        let digits: usize = whole.iter().map(String::len).sum();
        if !grouped || digits > 10 {
            return None;
        }
        let text = format!("{}.{}", whole.concat(), if cents { last.as_str() } else { "00" });
        let point = self.separators.last().copied();
        let quality: f64 = match (cents, point, dollar) {
            (true, Some('.'), _) => 1.0,
            (true, Some(' '), _) => 0.93,
            (true, _, _) => 0.85,
            (false, _, true) => 0.75,
            (false, Some(','), false) => 0.6,
            (false, _, false) => 0.3,
        };
        let amount = text.parse().ok()?;
        Some((amount, if self.repaired { quality * 0.8 } else { quality }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text<'_> {
        Text { text, first: 0, starts: &[0] }
    }

    #[test]
    fn amounts_in_all_their_forms() {
        let cases = [
            ("452.43", "452.43"),
            ("$ 23,526.80", "23526.80"),
            ("- 40.60", "-40.60"),
            ("-101.03", "-101.03"),
            ("(15.00)", "-15.00"),
            ("15.00-", "-15.00"),
            ("37.43*", "37.43"),
            ("$6,482.54; that is", "6482.54"),
            ("1,963 76", "1963.76"),
            ("$1,200", "1200.00"),
            ("1O0.00", "100.00"),
            ("1.234.56", "1234.56"),
        ];
        for (print, expected) in cases {
            let (value, _, _) = money(&text(print)).unwrap_or_else(|| panic!("{print}"));
            assert_eq!(value.to_string(), expected, "{print}");
        }
    }

    #[test]
    fn what_is_no_amount() {
        for print in ["", "abc", "7/18/2008", "12.5%", "1,23,456.00", "555-0101", "12345678901234.00", "$"] {
            assert!(money(&text(print)).is_none(), "{print}");
        }
    }

    #[test]
    fn rates_may_have_four_decimals() {
        for (print, expected) in [("29.2000", "29.20"), ("$45.0800 x", "45.08"), ("18.85", "18.85")] {
            let (value, _, _) = per_unit(&text(print)).unwrap_or_else(|| panic!("{print}"));
            assert_eq!(value.to_string(), expected, "{print}");
        }
    }

    #[test]
    fn numbers_keep_their_zeros() {
        assert_eq!(number(&text("80.00")).unwrap().0.to_string(), "80.00");
        for print in ["1,000.00", "12a", ".", "12345"] {
            assert!(number(&text(print)).is_none(), "{print}");
        }
    }
}
