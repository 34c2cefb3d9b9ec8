//! What the names in conditions of doubts stand for. What is not known is null, and no reason for doubt.

use std::collections::{BTreeMap, BTreeSet};

use ::document::{Change, ChangeKind, Origin, Submission};
use jiff::civil::Date;
use rust_decimal::Decimal;
use zen_expression::variable::{VariableMap, VariableType};
use zen_expression::vm::VM;
use zen_expression::{Scope, Variable};

use super::Sighting;
use crate::check::facts::{constant, date, number, program_word, text};
use crate::rules::Rules;
use crate::rules::doubts::{Doubt, DoubtExample, kind_of};

/// What is known of one clue, by name (`change.was`).
#[derive(Debug, Clone, Default)]
pub(super) struct Facts(BTreeMap<String, Variable>);

impl Facts {
    /// What a file tells.
    pub fn of_file(origin: &Origin) -> Self {
        let mut facts = Self::default();
        let day = |time: Option<jiff::civil::DateTime>| time.map(|time| time.date());
        let apart =
            day(origin.created).zip(day(origin.modified)).and_then(|(made, changed)| days(made, changed));
        let words = |words: &Option<String>| words.as_deref().map(text);
        let named = !origin.programs.is_empty();
        facts.set("file.programs", named.then(|| text(&origin.programs.join("; "))));
        facts.set("file.made_with", named.then(|| text(&in_words(&origin.programs))));
        facts.set("file.producer", words(&origin.producer));
        facts.set("file.first_producer", words(&origin.first_producer));
        facts.set("file.created", day(origin.created).map(date));
        facts.set("file.modified", day(origin.modified).map(date));
        facts.set("file.days_modified", apart.map(number));
        facts.set("file.saves", Some(number(origin.saves)));
        facts.set("file.changes", Some(number(origin.changes.len())));
        facts
    }

    /// A change on `page` of the upload.
    pub fn of_change(origin: &Origin, change: &Change, page: u32) -> Self {
        let mut facts = Self::of_file(origin);
        let words = |words: &Option<String>| words.as_deref().map(text);
        let amount = |words: &Option<String>| words.as_deref().and_then(amount).map(Variable::Number);
        let bounds = change.quad.bounds();
        let share =
            |share: f64| Decimal::try_from(share).ok().map(|share| Variable::Number(share.round_dp(4)));
        facts.set("change.kind", Some(text(kind_word(change.kind))));
        facts.set("change.page", Some(number(page)));
        facts.set("change.was", words(&change.was));
        facts.set("change.now", words(&change.now));
        facts.set("change.was_amount", amount(&change.was));
        facts.set("change.now_amount", amount(&change.now));
        facts.set("change.detail", words(&change.detail));
        facts.set("change.width", share(bounds.width()));
        facts.set("change.height", share(bounds.height()));
        facts
    }

    /// An earlier sighting.
    pub fn of_sighting(sighting: &Sighting) -> Self {
        let mut facts = Self::default();
        let likeness = Decimal::try_from(sighting.likeness).ok();
        let kind = if sighting.page.is_none() { "exact" } else { "near" };
        facts.set("seen.kind", Some(text(kind)));
        facts.set("seen.case", Some(text(&sighting.case_id)));
        facts.set("seen.submission", Some(text(&sighting.submission_id)));
        facts.set("seen.likeness", likeness.map(|likeness| Variable::Number(likeness.round_dp(2))));
        facts.set("seen.same_applicant", Some(Variable::Bool(sighting.same_applicant)));
        facts.set("seen.same_last_name", Some(Variable::Bool(sighting.same_last_name)));
        facts.set("seen.same_address", sighting.same_address.map(Variable::Bool));
        facts
    }

    fn set(&mut self, name: &str, value: Option<Variable>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// The values of all names in `paths`.
    pub fn scope(
        &self,
        submission: &Submission,
        rules: &Rules,
        document: &str,
        paths: &BTreeSet<Vec<String>>,
    ) -> Scope {
        let (program, day) = (submission.program, submission.received_date);
        let mut root = VariableMap::new();
        let mut groups: BTreeMap<&str, VariableMap> = BTreeMap::new();
        for path in paths {
            match path.as_slice() {
                [name] => {
                    let value = match name.as_str() {
                        "received_date" => date(day),
                        "program" => text(program_word(program)),
                        "document" => text(document),
                        _ => Variable::Null,
                    };
                    root.insert_str(name, value);
                }
                [group, member, ..] => {
                    let value = if group == "table" {
                        rules.tables().get(member, program, day).map(constant)
                    } else {
                        self.0.get(&format!("{group}.{member}")).cloned()
                    };
                    groups.entry(group).or_default().insert_str(member, value.unwrap_or(Variable::Null));
                }
                [] => {}
            }
        }
        for (group, members) in groups {
            root.insert_str(group, Variable::from_object(members));
        }
        Scope::new(Variable::from_object(root))
    }
}

/// Applies a doubt to the facts of one of its examples: the reason that it gives, where there is one. An error names
/// facts that mean nothing.
pub(crate) fn example(
    rules: &Rules,
    doubt: &Doubt,
    submission: &Submission,
    example: &DoubtExample,
) -> Result<Option<String>, String> {
    let mut facts = Facts::default();
    let mut document = "pay_stub";
    for (name, words) in &example.facts {
        let kind = kind_of(doubt.of, name).ok_or_else(|| format!("there is no '{name}' here"))?;
        if name == "document" {
            document = words;
        }
        let wrong = || format!("{name}: '{words}' is of another kind");
        let value = if kind == VariableType::Number {
            Variable::Number(words.parse().map_err(|_| wrong())?)
        } else if kind == VariableType::Bool {
            Variable::Bool(words.parse().map_err(|_| wrong())?)
        } else if kind == VariableType::Date {
            date(words.parse().map_err(|_| wrong())?)
        } else {
            text(words)
        };
        facts.set(name, Some(value));
        for side in ["was", "now"] {
            if *name == format!("change.{side}") {
                facts.set(&format!("{name}_amount"), amount(words).map(Variable::Number));
            }
        }
        if name == "file.programs" {
            facts.set("file.made_with", Some(text(&in_words(std::slice::from_ref(words)))));
        }
    }
    let scope = facts.scope(submission, rules, document, &doubt.reads);
    let mut vm = VM::new();
    let holds = doubt.condition.evaluate(&scope, &mut vm).as_bool() == Some(true);
    Ok(holds.then(|| doubt.reason.fill(&scope, &mut vm).trim().to_owned()))
}

/// The amount of money that `words` are, if they are one and nothing more: `$2,002.50`.
fn amount(words: &str) -> Option<Decimal> {
    let figure = words.trim().trim_start_matches(['$', ' ']).trim_end_matches(['*', ' ']);
    let (whole, cents) = figure.rsplit_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().filter(|first| digits(first))?;
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.is_empty() || first.len() <= 3;
    let sound = grouped && rest.iter().all(|group| group.len() == 3 && digits(group));
    (sound && cents.len() == 2 && digits(cents)).then(|| figure.replace(',', "").parse().ok())?
}

/// Names as words in small letters, a blank before and after each: `Paint.NET 5` as ` paint net 5 `.
fn in_words(names: &[String]) -> String {
    let mut words = " ".to_owned();
    for letter in names.iter().flat_map(|name| name.chars().chain([' '])) {
        let letter = if letter.is_alphanumeric() { letter } else { ' ' };
        if letter != ' ' || !words.ends_with(' ') {
            words.extend(letter.to_lowercase());
        }
    }
    words
}

fn days(from: Date, to: Date) -> Option<i32> {
    to.since(from).ok().map(|span| span.get_days())
}

fn kind_word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Rewritten => "rewritten",
        ChangeKind::Covered => "covered",
        ChangeKind::Whitened => "whitened",
        ChangeKind::Patched => "patched",
        ChangeKind::Uneven => "uneven",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_amounts_are_amounts() {
        let cases = [
            ("2,002.50", Some("2002.50")),
            ("$ 1,234,567.89", Some("1234567.89")),
            ("80.00*", Some("80.00")),
            ("10/31/2026", None),
            ("2002", None),
            ("12,34.00", None),
            ("1.234.56", None),
            ("Net 12.00", None),
            (".50", None),
        ];
        for (words, expected) in cases {
            assert_eq!(amount(words).map(|amount| amount.to_string()).as_deref(), expected, "{words}");
        }
    }

    #[test]
    fn names_of_programs_become_words() {
        let names = ["Adobe Photoshop 23.0 (Macintosh)".to_owned(), "Paint.NET".to_owned()];
        assert_eq!(in_words(&names), " adobe photoshop 23 0 macintosh paint net ");
    }
}
