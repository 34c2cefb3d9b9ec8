//! Compares a person's name on a document with the applicant's. Case, accents, hyphens, order, middle names, initials
//! of middle names and suffixes are mere writing; nicknames, slips of one letter and missing surnames are unsure.

use ::document::Applicant;

use super::nickname::may_be_same;
use super::{Comparison, Likeness, is_slip, words};

/// Compares the name that a document shows with the applicant's. A document in several names (`Ana and Luis Ruiz`)
/// matches if one of them does.
pub fn names(shown: &str, applicant: &Applicant) -> Comparison {
    let given = Given::new(applicant);
    let whole = format!("{} {}", applicant.first_name.trim(), applicant.last_name.trim());
    let mut people: Vec<Shown> = people(shown).iter().map(|name| Shown::new(name)).collect();
    // `RUIZ Y FLORES` may be one person's two surnames.
    if given.last.iter().any(|word| word == "Y") {
        people.push(Shown::new(shown));
    }
    let best = people.iter().map(|person| given.compare(person)).max_by_key(|(likeness, _)| match likeness {
        Likeness::Match => 2,
        Likeness::Unsure => 1,
        Likeness::Differ => 0,
    });
    let (likeness, why) = best.unwrap_or((Likeness::Unsure, "no name can be made out".to_owned()));
    Comparison::new(likeness, format!("'{shown}' against '{}': {why}", whole.trim()))
}

/// Whether a document shows the applicant's name and nothing after it: what follows a name may be of something else that
/// was read with it.
pub fn is_the_name(shown: &str, applicant: &Applicant) -> bool {
    let given = Given::new(applicant);
    let ends = |name: &str| {
        let last = Shown::new(name).words.pop();
        last.is_some_and(|word| {
            let known = given.first.contains(&word) || given.last.concat().ends_with(&word);
            known || word.chars().count() == 1
        })
    };
    let (surnames_or_all, _) = shown.split_once(',').unwrap_or((shown, ""));
    ends(surnames_or_all) && names(shown, applicant).holds() == Some(true)
}

/// The applicant's name in words.
struct Given {
    first: Vec<String>,
    last: Vec<String>,
    suffix: Option<String>,
}

/// A name on a document, in words.
struct Shown {
    words: Vec<String>,
    /// The given names alone, where a comma sets the surnames apart.
    after_comma: Option<Vec<String>>,
    suffix: Option<String>,
}

/// How a part of the name came out.
enum Part {
    Same,
    Doubtful(String),
    Other(String),
}

impl Given {
    fn new(applicant: &Applicant) -> Self {
        let (first, _) = split_suffix(words(&applicant.first_name));
        let (last, suffix) = split_suffix(words(&applicant.last_name));
        Self { first, last, suffix }
    }

    fn compare(&self, shown: &Shown) -> (Likeness, String) {
        if shown.words.is_empty() || (self.first.is_empty() && self.last.is_empty()) {
            return (Likeness::Unsure, "no name can be made out".to_owned());
        }
        if let (Some(one), Some(two)) = (&self.suffix, &shown.suffix)
            && one != two
        {
            // A reader loses a stroke of `III` easily.
            let strokes = |suffix: &String| suffix.bytes().all(|letter| letter == b'I');
            let likeness = if strokes(one) && strokes(two) { Likeness::Unsure } else { Likeness::Differ };
            return (likeness, format!("{two} is not {one}"));
        }
        if let (Some(one), None, [.., surname, stroke]) =
            (&self.suffix, &shown.suffix, shown.words.as_slice())
            && one.starts_with('I')
            && stroke == "I"
            && self.last.contains(surname)
        {
            return (Likeness::Unsure, format!("I is nearly {one}"));
        }
        let (surname, rest) = self.compare_surnames(shown);
        let given = self.compare_given(shown.after_comma.as_deref().unwrap_or(&rest));
        match (surname, given) {
            (Part::Same, Part::Same) => (Likeness::Match, "the same name".to_owned()),
            (Part::Other(why), Part::Doubtful(_) | Part::Same)
            | (Part::Same | Part::Doubtful(_), Part::Other(why)) => (Likeness::Differ, why),
            (Part::Other(why), Part::Other(also)) => (Likeness::Differ, format!("{why}, {also}")),
            (Part::Doubtful(why), Part::Same) | (Part::Same, Part::Doubtful(why)) => (Likeness::Unsure, why),
            (Part::Doubtful(why), Part::Doubtful(also)) => (Likeness::Unsure, format!("{why}, {also}")),
        }
    }

    /// Finds all surnames; gives the words that are left.
    fn compare_surnames(&self, shown: &Shown) -> (Part, Vec<String>) {
        if self.last.is_empty() {
            return (Part::Same, shown.words.clone());
        }
        if let Some((start, end)) = run(&shown.words, &self.last.concat()) {
            let outside = shown.words.iter().enumerate().filter(|(index, _)| !(start..end).contains(index));
            return (Part::Same, outside.map(|(_, word)| word.clone()).collect());
        }
        let mut rest = shown.words.clone();
        let mut missing = Vec::new();
        let mut slips = Vec::new();
        for surname in &self.last {
            if let Some(at) = rest.iter().position(|word| word == surname) {
                rest.remove(at);
            } else if let Some(at) = rest.iter().position(|word| is_slip(word, surname)) {
                slips.push(format!("{} is nearly {surname}", rest.remove(at)));
            } else {
                missing.push(surname.as_str());
            }
        }
        let part = if missing.len() == self.last.len() {
            Part::Other(format!("the surname {} is not there", missing.join(" ")))
        } else if !missing.is_empty() {
            Part::Doubtful(format!("of the surnames {} is missing", missing.join(" ")))
        } else if slips.is_empty() {
            Part::Same
        } else {
            Part::Doubtful(slips.join(", "))
        };
        (part, rest)
    }

    /// Compares given names with the words that are no surnames.
    fn compare_given(&self, rest: &[String]) -> Part {
        let Some((first, middle)) = self.first.split_first() else { return Part::Same };
        if run(rest, &self.first.concat()).is_some_and(|(start, _)| start == 0) {
            return Part::Same;
        }
        let Some((shown, others)) = rest.split_first() else {
            return Part::Doubtful("no given name is shown".to_owned());
        };
        if shown != first {
            return compare_first(shown, first, others);
        }
        let clash = middle.iter().zip(others).find(|(one, two)| !agrees(one, two));
        match clash {
            None => Part::Same,
            Some((one, two)) => Part::Doubtful(format!("the middle name {two} is not {one}")),
        }
    }
}

impl Shown {
    fn new(name: &str) -> Self {
        let (words_in_all, suffix) = split_suffix(words(name));
        let after_comma = name.split_once(',').map(|(_, after)| split_suffix(words(after)).0);
        Self { words: words_in_all, after_comma: after_comma.filter(|words| !words.is_empty()), suffix }
    }
}

fn compare_first(shown: &str, first: &str, others: &[String]) -> Part {
    let initial = shown.chars().count() == 1 || first.chars().count() == 1;
    if initial && shown.chars().next() == first.chars().next() {
        Part::Doubtful(format!("{shown} may be short for {first}"))
    } else if is_slip(shown, first) {
        Part::Doubtful(format!("{shown} is nearly {first}"))
    } else if may_be_same(shown, first) {
        Part::Doubtful(format!("{shown} may be a form of {first}"))
    } else if others.iter().any(|other| other == first) {
        Part::Doubtful(format!("{first} is not the first given name"))
    } else {
        Part::Other(format!("{shown} is not {first}"))
    }
}

/// Whether two middle names may be the same: equal, or one the initial of the other.
fn agrees(one: &str, two: &str) -> bool {
    let initial = one.chars().count() == 1 || two.chars().count() == 1;
    one == two || (initial && one.chars().next() == two.chars().next())
}

/// The first run of neighbours that together spell `joined`, as `DE LA CRUZ` spells `DELACRUZ`: start and end.
fn run(words: &[String], joined: &str) -> Option<(usize, usize)> {
    let runs = (0..words.len()).flat_map(|start| (start + 1..=words.len()).map(move |end| (start, end)));
    let mut runs =
        runs.filter(|(start, end)| words.get(*start..*end).is_some_and(|run| run.concat() == joined));
    runs.next()
}

/// The names of several people on one line.
fn people(shown: &str) -> Vec<String> {
    let spaced = shown.replace('&', " & ").replace('/', " / ");
    let mut people = vec![String::new()];
    for word in spaced.split_whitespace() {
        if matches!(word.to_uppercase().as_str(), "&" | "AND" | "OR" | "Y" | "/") {
            people.push(String::new());
        } else if let Some(person) = people.last_mut() {
            person.push(' ');
            person.push_str(word);
        }
    }
    people
}

fn split_suffix(mut words: Vec<String>) -> (Vec<String>, Option<String>) {
    words.retain(|word| !matches!(word.as_str(), "MR" | "MRS" | "MS" | "DR" | "SRA" | "SRTA"));
    let mut suffix = None;
    words.retain(|word| {
        let is_suffix = matches!(word.as_str(), "JR" | "SR" | "II" | "III" | "IV");
        if is_suffix {
            suffix = Some(word.clone());
        }
        !is_suffix
    });
    (words, suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applicant(first: &str, last: &str) -> Applicant {
        Applicant {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            date_of_birth: None,
            address: None,
            ssn_last4: None,
        }
    }

    fn check(first: &str, last: &str, shown: &str, expected: Likeness) {
        let found = names(shown, &applicant(first, last));
        assert_eq!(found.likeness, expected, "{}", found.because);
    }

    #[test]
    fn mere_writing_does_not_matter() {
        let cases = [
            ("Maria", "Lopez", "MARIA LOPEZ"),
            ("María", "López", "Maria Lopez"),
            ("Maria", "Lopez", "Lopez, Maria"),
            ("Maria", "Lopez", "LOPEZ MARIA"),
            ("Maria", "Lopez-Garcia", "Maria Lopez Garcia"),
            ("Maria", "Lopez Garcia", "LOPEZ-GARCIA, MARIA E"),
            ("Maria", "Lopez Garcia", "Maria Garcia Lopez"),
            ("Maria", "Lopez", "Maria Elena Lopez"),
            ("Maria Elena", "Lopez", "Maria E. Lopez"),
            ("Maria Elena", "Lopez", "Maria Lopez"),
            ("Maria", "De La Cruz", "Maria Delacruz"),
            ("Mary Ann", "Smith", "Maryann Smith"),
            ("Sean", "O'Brien", "SEAN OBRIEN"),
            ("John", "Smith", "John Smith Jr."),
            ("John", "Smith Jr", "Mr. John Q Smith, Jr"),
            ("Luis", "Ruiz", "Ana Ruiz & Luis Ruiz"),
            ("Thị", "Nguyễn", "NGUYEN THI"),
            ("Rosa", "Ruiz y Flores", "ROSA RUIZ Y FLORES"),
        ];
        for (first, last, shown) in cases {
            check(first, last, shown, Likeness::Match);
        }
    }

    #[test]
    fn another_person_is_told_apart() {
        let cases = [
            ("Maria", "Lopez", "Ana Lopez"),
            ("Maria", "Lopez", "Maria Hernandez"),
            ("Maria", "Lopez", "Pacific Gas and Electric"),
            ("John", "Smith Sr", "John Smith Jr"),
            ("Luis", "Ruiz", "Ana Vega and Marta Soto"),
        ];
        for (first, last, shown) in cases {
            check(first, last, shown, Likeness::Differ);
        }
    }

    #[test]
    fn what_follows_a_name_is_no_part_of_it() {
        let applicant = applicant("Maria", "Lopez");
        for shown in ["Maria Lopez", "LOPEZ, MARIA ELENA", "Maria E Lopez", "LOPEZ MARIA E"] {
            assert!(is_the_name(shown, &applicant), "{shown}");
        }
        for shown in ["Maria Lopez Pacific", "Lopez Maria Total", "Lopez Vega, Maria", "Ana Lopez"] {
            assert!(!is_the_name(shown, &applicant), "{shown}");
        }
    }

    #[test]
    fn what_a_person_must_judge_is_unsure() {
        let cases = [
            ("Robert", "Smith", "Bob Smith"),
            ("Guadalupe", "Diaz", "Lupe Diaz"),
            ("Maria", "Lopez", "Marla Lopez"),
            ("Maria", "Lopez", "Maria Lopes"),
            ("Maria", "Lopez", "M Lopez"),
            ("Maria", "Lopez", "Lopez"),
            ("Maria", "Lopez-Garcia", "Maria Lopez"),
            ("Maria", "Lopez", "Jose Maria Lopez"),
            ("Maria Elena", "Lopez", "Maria Rosa Lopez"),
            ("Luis", "Ruiz", "Luis and Ana Ruiz"),
            ("Maria", "Lopez", ""),
            ("John", "Smith III", "John Smith II"),
            ("John", "Smith II", "John Q Smith I"),
        ];
        for (first, last, shown) in cases {
            let found = names(shown, &applicant(first, last));
            assert_ne!(found.likeness, Likeness::Match, "{}", found.because);
        }
        check("Robert", "Smith", "Bob Smith", Likeness::Unsure);
        check("Maria", "Lopez", "Marla Lopez", Likeness::Unsure);
        check("Maria", "Lopez-Garcia", "Maria Lopez", Likeness::Unsure);
        check("Maria", "Lopez", "", Likeness::Unsure);
    }
}
