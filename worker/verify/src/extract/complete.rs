//! Finds amounts that stand under no label by what the document's constraints make of the others: of gross pay, net pay
//! and three taxes, the sum under the taxes is what gross pay less net pay comes to.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::candidate::Candidate;
use super::choose::{Choice, Choices};
use super::constraint;
use super::lines;
use super::page::PageView;
use crate::field::Value;
use crate::rules::document_type::{Constraint, DocumentType};

/// How well an amount's part in a sum speaks for it, where no label does.
const ADDS_UP: f64 = 0.9;

/// An amount that no sum of a document comes to.
const UNLIKELY: Decimal = Decimal::from_parts(987_654_321, 0, 0, false, 2);

/// Adds what is missing to the choices: fields that a constraint completes, where all others that it needs are there and
/// it holds with one of the printed amounts alone.
pub(super) fn complete<'a>(
    choices: &mut Choices<'a>,
    document_type: &'a DocumentType,
    views: &[PageView<'_>],
) {
    let constraints = document_type.constraints();
    let mut amounts = None;
    for constraint in constraints {
        let missing = |name: &&'a String| !choices.contains_key(name.as_str());
        let [name] = *constraint.rule.needs.iter().filter(missing).collect::<Vec<_>>() else { continue };
        if !constraint.rule.completes.contains(name) {
            continue;
        }
        let amounts = amounts.get_or_insert_with(|| printed(views));
        let sums = Sums::of(choices, constraints);
        let holds_with = |amount: &Value| {
            let value_of = |other: &str| match choices.get(other) {
                Some(choice) => Some(&choice.candidate()?.value),
                None => (other == name).then_some(amount),
            };
            constraint::holds(constraint, value_of) == Some(true)
        };
        // What holds whatever this amount is tells nothing of it.
        let any_amount = Value::Money(UNLIKELY);
        if holds_with(&any_amount) {
            continue;
        }
        // Of a sum of two parts, one of which is as much as the sum, the other is nothing.
        let others =
            || constraint.rule.needs.iter().filter_map(|other| choices.get(other.as_str())?.candidate());
        let holds = |amount: &Candidate| {
            holds_with(&amount.value) && !others().any(|other| other.value == amount.value)
        };
        let gives_way = |other: &str| sums.is_at_odds(other) && way(document_type, other) == Some(name);
        let is_taken = |amount: &Candidate| {
            let mut chosen = choices.iter().filter(|(other, _)| !gives_way(other));
            let shares = |choice: &Choice| choice.candidate().is_some_and(|other| other.shares_print(amount));
            chosen.any(|(_, choice)| shares(choice))
        };
        let mut fitting = amounts.iter().filter(|amount| holds(amount) && !is_taken(amount));
        let Some(first) = fitting.next() else { continue };
        if fitting.all(|other| other.value == first.value) {
            choices.insert(name, Choice::only(first.clone()));
        }
    }
}

/// Takes away what is the amount of the field that it gives way to, unless its own sum comes out: where the year's is not
/// printed, the period's may stand in its column. Of the first pay of a year nothing is said of the year where no sum tells.
pub(super) fn give_way(choices: &mut Choices<'_>, document_type: &DocumentType) {
    let sums = Sums::of(choices, document_type.constraints());
    let value = |name: &str| Some(&choices.get(name)?.candidate()?.value);
    let wrong = choices.keys().copied().filter(|name| {
        let to = way(document_type, name).and_then(value);
        to.is_some() && to == value(name) && !sums.come_out.contains(name)
    });
    let wrong: Vec<_> = wrong.collect();
    choices.retain(|name, _| !wrong.contains(name));
}

/// Takes away amounts with weak labels that are but a part of what their field means: a sum does not come out with one, and
/// does with it and another printed amount together.
pub(super) fn leave_parts(choices: &mut Choices<'_>, document_type: &DocumentType, views: &[PageView<'_>]) {
    let is_weak = |choice: &Choice| choice.candidate().is_some_and(|own| own.weak);
    let weak: Vec<&str> =
        choices.iter().filter(|(_, choice)| is_weak(choice)).map(|(name, _)| *name).collect();
    for name in weak {
        if is_part(choices, name, document_type.constraints(), views)
            && let Some(choice) = choices.get_mut(name)
        {
            choice.drop_weak();
        }
    }
    choices.retain(|_, choice| choice.candidate().is_some());
}

fn is_part(choices: &Choices<'_>, name: &str, constraints: &[Constraint], views: &[PageView<'_>]) -> bool {
    let value_of = |name: &str| Some(&choices.get(name)?.candidate()?.value);
    let Some(Value::Money(part)) = value_of(name) else { return false };
    let own = |sum: &&Constraint| sum.rule.confirms && sum.rule.needs.iter().any(|need| need == name);
    let sums = || constraints.iter().filter(own);
    let fails = |sum: &&Constraint| constraint::is_true(sum, value_of) == Some(false);
    if !sums().any(|sum| fails(&sum)) || sums().any(|sum| constraint::is_true(sum, value_of) == Some(true)) {
        return false;
    }
    let printed = views.iter().flat_map(|view| lines::printed(view.layout));
    let mut wholes = printed.filter_map(|(amount, ..)| part.checked_add(amount)).map(Value::Money);
    wholes.any(|whole| {
        let with = |other: &str| if other == name { Some(&whole) } else { value_of(other) };
        sums().any(|sum| constraint::is_true(sum, with) == Some(true))
    })
}

/// The field that another gives way to.
fn way<'a>(document_type: &'a DocumentType, name: &str) -> Option<&'a str> {
    document_type.field(name)?.1.gives_way_to.as_deref()
}

/// The fields whose values are in sums, by whether those come out.
struct Sums<'a> {
    come_out: BTreeSet<&'a str>,
    do_not: BTreeSet<&'a str>,
}

impl<'a> Sums<'a> {
    fn of(choices: &Choices<'_>, constraints: &'a [Constraint]) -> Self {
        let mut sums = Self { come_out: BTreeSet::new(), do_not: BTreeSet::new() };
        for constraint in constraints.iter().filter(|constraint| constraint.rule.confirms) {
            let needs = constraint.rule.needs.iter().map(String::as_str);
            match constraint::holds(constraint, |name| Some(&choices.get(name)?.candidate()?.value)) {
                Some(true) => sums.come_out.extend(needs),
                Some(false) => sums.do_not.extend(needs),
                None => {}
            }
        }
        sums
    }

    /// Whether the field is in a sum that does not come out, and in none that does.
    fn is_at_odds(&self, name: &str) -> bool {
        self.do_not.contains(name) && !self.come_out.contains(name)
    }
}

/// All amounts of the pages, the last first: a sum stands under what it adds up.
fn printed(views: &[PageView<'_>]) -> Vec<Candidate> {
    let amounts = views.iter().rev().flat_map(|view| {
        let amounts = lines::printed(view.layout).into_iter().rev();
        amounts.filter_map(|(amount, words, quality)| {
            Candidate::new(view.layout, Value::Money(amount), &[words], quality, ADDS_UP)
        })
    });
    amounts.collect()
}
