//! Names of people and organisations.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::name_words::{
    HEADING, JOINING, LEADING, NO_NAME, NO_PERSON, NO_PERSON_ALONE, OF_TITLES, ORGANISATION, PARTICLES,
    TITLES,
};
use super::{Read, Text};
use crate::field::Value;
use crate::rules::document::RangePart;
use crate::text::{each_token, spelled, unaccented};

/// A person's name that the text begins with: two to six words of letters, or one where the cell holds no more.
/// Of a name with the surname first, before a comma, the asked-for part: its start is the surname.
pub(super) fn person(text: &Text<'_>, part: Option<RangePart>) -> Read {
    let Some(part) = part else { return whole(text) };
    let (surname, rest) = text.text.split_once(',')?;
    let given =
        rest.trim_start().split(' ').take_while(|word| is_name_word(word)).collect::<Vec<_>>().join(" ");
    if !is_person(&format!("{surname} {given}")) || given.is_empty() {
        return None;
    }
    let length = text.text.len() - rest.trim_start().len() + given.len();
    let name = match part {
        RangePart::Start => surname,
        RangePart::End => &given,
    };
    Some((Value::Name(tidy_name(name)), length, 1.0))
}

fn whole(text: &Text<'_>) -> Read {
    // `(Ana Ruiz, sole proprietor)`: the bracket is none of the name. Of a caption it may hold anything: `(Block Letters)`.
    let opened = text.text.strip_prefix('(');
    let titled = |inner: &&str| inner.split(')').next().is_some_and(|inner| inner.contains(", "));
    let inner = opened.filter(titled).unwrap_or(text.text);
    let before = text.text.len() - inner.len();
    let (name, length, quality) = of_words(inner)?;
    Some((name, before + length, quality))
}

fn of_words(text: &str) -> Read {
    let mut words: Vec<&str> = text.split(' ').take_while(|word| is_name_word(word)).take(6).collect();
    // `(a sole proprietorship of Ana Ruiz)`: nor is the one that closes.
    let closing = text.split(' ').nth(words.len()).and_then(|word| word.split_once(')'));
    words.extend(closing.map(|(word, _)| word).filter(|word| !words.is_empty() && is_name_word(word)));
    // `Linh Tran, HR Specialist`.
    if let Some(comma) = words.iter().position(|word| word.ends_with(','))
        && text.split(' ').skip(comma + 1).take(4).any(|word| TITLES.contains(&spelled(word).as_str()))
    {
        words.truncate(comma + 1);
    }
    words.truncate(title_in(&words).unwrap_or(words.len()));
    // `Linh Tran Store`: the rest of the title is in the next line.
    while words.len() > 2 && words.last().is_some_and(|last| of_title(last)) {
        words.pop();
    }
    let name = words.join(" ");
    if !is_person(&name) || is_place(&words, text.get(name.len()..).unwrap_or_default()) {
        return None;
    }
    let alone = words.len() == text.split(' ').count();
    let quality = match words.len() {
        1 if alone => 0.97,
        1 => 0.7,
        _ => 1.0,
    };
    Some((Value::Name(tidy_name(&name)), name.len(), quality))
}

/// An organisation's name: the whole cell, if most of it is letters, without the caption before it.
pub(super) fn organisation(text: &Text<'_>) -> Read {
    let captioned = text.text.split_once(": ").filter(|(caption, _)| caption.split(' ').count() <= 2);
    let name = captioned.map_or(text.text, |(_, name)| name).trim();
    let name = before_a_date(name);
    let letters = name.chars().filter(|letter| letter.is_alphabetic()).count();
    if letters < 2
        || letters * 2 < name.chars().count()
        || super::address_line(name).is_some()
        || is_caption(name)
        || is_no_whole_name(name)
        || is_street_alone(name)
        || is_title(name)
    {
        return None;
    }
    let quality = if is_organisation(name) { 1.0 } else { 0.9 };
    Some((Value::Name(tidy_name(name)), text.text.len(), quality))
}

/// The name without the day on which something was sent to it: `Ana Ruiz on Aug 4, 2026`.
fn before_a_date(name: &str) -> &str {
    let dated = name.split_once(" on ").filter(|(_, rest)| super::date::parse_date(rest).is_some());
    dated.map_or(name, |(name, _)| name)
}

/// Whether a line is less or more than the name of an organisation: one word of which many names have one, as `Care`, a
/// name with a telephone number, an account, a share or a date, a question, a caption with its value, the end of a name, as
/// `of the Controller`, or words of a sentence, which have no capital letter.
pub fn is_no_whole_name(text: &str) -> bool {
    const MOST_DIGITS: usize = 6;
    let figures = text.bytes().filter(u8::is_ascii_digit).count();
    // `15 Rent or lease`: a line of a form or the number of an account.
    let mut words = text.split(' ');
    let numbered = words.next().is_some_and(|first| first.bytes().all(|byte| byte.is_ascii_digit()))
        && words.next_back().is_some_and(|last| last.starts_with(char::is_lowercase));
    figures > MOST_DIGITS
        || numbered
        || text.contains(['%', '?'])
        || text.contains(": ")
        || text.get(..3).is_some_and(|first| first.eq_ignore_ascii_case("of "))
        || ends_in_a_unit(text)
        || !text.contains(char::is_uppercase)
        || (!text.trim().contains(' ') && is_organisation(text))
}

/// Whether the last words are a unit of a building, as lines of addresses end: `Apt. 2`.
fn ends_in_a_unit(text: &str) -> bool {
    let mut last = text.rsplitn(3, ' ');
    let (number, unit) = (last.next().unwrap_or_default(), last.next().unwrap_or_default());
    number.contains(|letter: char| letter.is_ascii_digit()) && super::is_unit(&format!("{unit} {number}"))
}

/// The name with one space between parts, without the signs at its ends that are not part of it and without a day behind
/// it: `Ana Ruiz on Aug 4, 2026`. `EI` among words in small letters is what readers make of `El`.
pub fn tidy_name(text: &str) -> String {
    let words: Vec<_> = without_room(before_a_date(text)).split_whitespace().collect();
    let mixed = words.iter().any(|word| word.chars().any(char::is_lowercase));
    // A reader's capital for a small letter: `EI Sol Market`.
    let right = |word| if mixed && word == "EI" { "El" } else { word };
    // A reader's blank before a hyphen: `ANNE -MARIE`.
    let joined = words.into_iter().map(right).collect::<Vec<_>>().join(" ").replace(" -", "-");
    let ends = |letter: char| !letter.is_alphanumeric() && letter != ')';
    let name = joined.trim_start_matches(ends);
    let without = name.trim_end_matches(ends);
    // The full stop of `Jr.`, of `INC.` and of an initial is part of the name.
    let rest = name.get(without.len()..).unwrap_or_default();
    let last = without.rsplit(' ').next().unwrap_or_default().to_lowercase();
    let abbreviated = last.chars().count() == 1
        || matches!(
            last.as_str(),
            "jr" | "sr" | "inc" | "co" | "corp" | "ltd" | "llc" | "dept" | "l.l.c" | "n.a"
        );
    match without.rsplit_once(' ') {
        // What follows a name and is but strokes is a numeral.
        Some((before, last)) if is_numeral(last) => {
            format!("{before} {}", if last.len() == 2 { "II" } else { "III" })
        }
        _ if rest.starts_with('.') && abbreviated => format!("{without}."),
        _ => without.to_owned(),
    }
}

/// The name without the room that its firm has in a house: `Ruiz Hair & Beauty (Booth 4)`.
fn without_room(name: &str) -> &str {
    const ROOMS: [&str; 8] = ["suite", "ste", "unit", "apt", "booth", "stall", "space", "floor"];
    let (before, room) = name.split_once('(').unwrap_or((name, ""));
    let mut words = room.trim_end().trim_end_matches(')').split([' ', '.', '#']);
    let first = words.next().unwrap_or_default().to_lowercase();
    let number = words.next_back().unwrap_or_default();
    let numbered = number.chars().count() == 1 || number.contains(|letter: char| letter.is_ascii_digit());
    let is_room = room.trim_end().ends_with(')') && ROOMS.contains(&first.as_str()) && numbered;
    if is_room && !before.trim().is_empty() { before } else { name }
}

/// Whether a word is what a reader makes of `II` or `III`: two or three strokes, of which it takes some for other letters.
fn is_numeral(word: &str) -> bool {
    matches!(word.len(), 2 | 3) && word.bytes().all(|stroke| matches!(stroke, b'I' | b'l' | b'1' | b'|'))
}

/// Whether the words could be a person's name: letters alone, no word that stands on forms instead.
pub fn is_person(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let long = words.iter().any(|word| word.chars().count() >= 3);
    (1..=6).contains(&words.len())
        && letters >= 3
        && long
        && words.iter().all(|word| is_name_word(word))
        && words.iter().enumerate().all(|(at, word)| {
            let inside = at > 0 && at + 1 < words.len();
            word.trim_start_matches('-').starts_with(char::is_uppercase)
                || PARTICLES.contains(word)
                || (inside && is_small_initial(word))
        })
        && !ends_with_a_state(text)
        && !(words.len() > 1 && words.last().is_some_and(|last| ends_a_street(last)))
        && !words.last().is_some_and(|last| JOINING.contains(&last.to_lowercase().as_str()))
        && !(words.len() == 1 && NO_PERSON_ALONE.contains(&spelled(text).as_str()))
        && !is_scrawl(text)
        // `Cashier II`: a numeral comes after two names at least.
        && !(words.len() == 2 && words.last().is_some_and(|last| *last == "IV" || is_numeral(last)))
        && !words.iter().any(|word| stands_on_forms(word) || names_no_person(word))
}

/// Whether a word is one small letter that is no word by itself: the initial in `Ana d Ruiz`.
fn is_small_initial(word: &str) -> bool {
    let mut letters = word.trim_end_matches('.').chars();
    let letter = letters.next();
    letters.next().is_none()
        && letter.is_some_and(|letter| letter.is_lowercase() && !"aeouy".contains(letter))
}

/// Whether the words hold one by which companies and offices call themselves.
pub fn is_organisation(text: &str) -> bool {
    static WORDS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| ORGANISATION.into_iter().collect());
    let mut any = false;
    each_token(text, &mut String::new(), |word| any |= WORDS.contains(word));
    any
}

/// Whether a line is a house number and a street: `2160 Telegraph Avenue`.
fn is_street_alone(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_digit())
        && line.rsplit(' ').next().is_some_and(ends_a_street)
}

/// Whether a word is one that streets end with, and people do not: `Ave`.
fn ends_a_street(word: &str) -> bool {
    let word = word.trim_end_matches('.').to_lowercase();
    matches!(
        word.as_str(),
        "ave"
            | "avenue"
            | "blvd"
            | "boulevard"
            | "rd"
            | "road"
            | "st"
            | "dr"
            | "drive"
            | "pkwy"
            | "parkway"
            | "hwy"
            | "highway"
    )
}

/// Whether the word stands beside names on forms and is none.
fn stands_on_forms(word: &str) -> bool {
    ON_FORMS.contains(spelled(word).as_str())
}

/// Whether no person is called so, but an office or a company is, or a sentence goes on with it.
fn names_no_person(word: &str) -> bool {
    NO_PERSON.contains(&spelled(word).as_str())
}

/// Whether all its words stand on forms, but for those that join them: `Gross pay`, `and telephone no`.
pub fn is_caption(text: &str) -> bool {
    let (mut any, mut all) = (false, true);
    each_token(text, &mut String::new(), |word| {
        let on_forms = ON_FORMS.contains(word);
        any |= on_forms;
        let heading = HEADING.contains(&word);
        any |= heading;
        all &= on_forms || heading || word == "no" || JOINING.contains(&word) || LEADING.contains(&word);
    });
    any && all
}

/// Whether it is what a reader makes of a signature: no vowel, or one letter again and again.
fn is_scrawl(text: &str) -> bool {
    let letters: Vec<char> = text.to_lowercase().chars().map(unaccented).collect();
    let repeated = letters.windows(3).any(|three| {
        // The third of a name is written `III`.
        matches!(three, [one, two, three] if one == two && two == three && *one != 'i')
    });
    repeated || !letters.iter().any(|letter| "aeiouy".contains(*letter))
}

/// Whether the words are the city and state before a ZIP code: `SACRAMENTO CA`.
fn is_place(words: &[&str], after: &str) -> bool {
    let zip = after.trim_start().bytes().take_while(u8::is_ascii_digit).count() == 5;
    zip && words.last().is_some_and(|last| super::state_code(last).is_some())
}

/// Whether it is a place: `SAN DIEGO, CALIFORNIA`.
fn ends_with_a_state(text: &str) -> bool {
    let after = text.rsplit_once(", ").map(|(_, after)| after);
    after.is_some_and(|after| {
        super::state_code(after).is_some_and(|(_, words)| words == after.split(' ').count())
    })
}

fn is_name_word(word: &str) -> bool {
    let inner = word.trim_end_matches([',', '.']);
    let inner = inner.strip_prefix('-').filter(|rest| rest.len() > 2).unwrap_or(inner);
    !inner.is_empty()
        && inner.starts_with(char::is_alphabetic)
        && inner.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '-' | '\'' | '’' | '.'))
}

/// Whether the text is one word that titles at work end with: the rest of one that is broken over two lines.
pub fn is_title(text: &str) -> bool {
    TITLES.contains(&spelled(text).as_str())
}

/// Where a title at work begins that stands right behind a whole name: `Linh Tran Store Manager`.
pub fn title_in(words: &[&str]) -> Option<usize> {
    let last = words.iter().position(|word| is_title(word) && names_no_person(word))?;
    let first = last - words.iter().take(last).rev().take_while(|word| of_title(word)).count();
    (first > 1).then_some(first)
}

fn of_title(word: &str) -> bool {
    OF_TITLES.contains(&spelled(word).as_str())
}

/// Those of `NO_NAME`, to be looked up.
static ON_FORMS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| NO_NAME.into_iter().collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_forms() {
        for name in [
            "Mary Smith III",
            "Ana Two Bulls",
            "Luis Gracias",
            "Maria Lopez-Garcia",
            "O'BRIEN",
            "José de la Cruz Jr.",
            "Mary A. Smith",
            "Doe, John",
            "Diane Lane",
            "Edison Law",
            "Ana d. Ruiz",
        ] {
            assert!(is_person(name), "{name}");
        }
        for print in [
            "Human Resources Manager",
            "Text message",
            "GRACIAS",
            "Pay Date",
            "JOHN 3",
            "X",
            "Employee Name",
            "123 Main",
            "Total Gross",
            "A B",
            "Poplar Ave",
            "CESAR CHAVEZ DR.",
            "Southern Mesa Electric",
            "It Is Punishable By U.S. Law",
            "Dear Eligibility",
            "Ana a Ruiz",
            "Ana Ruiz d",
        ] {
            assert!(!is_person(print), "{print}");
        }
    }

    #[test]
    fn a_bracket_that_closes_is_none_of_the_name() {
        let read = |text| {
            person(&Text { text, first: 0, starts: &[0] }, None).map(|(name, length, _)| (name, length))
        };
        let name = |name: &str| Value::Name(name.to_owned());
        assert_eq!(read("Ana Xuan Ruiz) of Fresno"), Some((name("Ana Xuan Ruiz"), 13)));
        assert_eq!(read("Ana Ruiz (ID 4)"), Some((name("Ana Ruiz"), 8)));
    }

    #[test]
    fn names_lose_only_what_is_not_theirs() {
        let cases = [
            ("  John   Doe ,", "John Doe"),
            ("ANY COMPANY CORP.", "ANY COMPANY CORP."),
            ("Mary A.", "Mary A."),
            (": Ines Okafor", "Ines Okafor"),
            ("John Doe.", "John Doe"),
            ("ANNE -MARIE", "ANNE-MARIE"),
            ("Ruiz Hair & Beauty (Booth 4)", "Ruiz Hair & Beauty"),
            ("Ruiz Market (USA)", "Ruiz Market (USA)"),
            ("Ruiz Market (Space Age)", "Ruiz Market (Space Age)"),
            ("JOHN DOE Il", "JOHN DOE II"),
            ("John Doe Ill,", "John Doe III"),
        ];
        for (print, expected) in cases {
            assert_eq!(tidy_name(print), expected);
        }
    }
}
