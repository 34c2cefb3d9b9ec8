//! Finds amounts that stand under no label by what the document's constraints make of the others: of gross pay, net pay
//! and three taxes, the sum under the taxes is what gross pay less net pay comes to.

use super::candidate::Candidate;
use super::choose::{Choice, Choices};
use super::constraint;
use super::lines;
use super::page::PageView;
use crate::field::Value;
use crate::rules::document_type::Constraint;

/// How well an amount's part in a sum speaks for it, where no label does.
const ADDS_UP: f64 = 0.9;

/// Adds what is missing to the choices: fields that a constraint completes, where all others that it needs are there and
/// it holds with one of the printed amounts alone.
pub(super) fn complete<'a>(choices: &mut Choices<'a>, constraints: &'a [Constraint], views: &[PageView<'_>]) {
    let mut amounts = None;
    for constraint in constraints {
        let missing = |name: &&'a String| !choices.contains_key(name.as_str());
        let [name] = *constraint.rule.needs.iter().filter(missing).collect::<Vec<_>>() else { continue };
        if !constraint.rule.completes.contains(name) {
            continue;
        }
        let amounts = amounts.get_or_insert_with(|| printed(views));
        let holds = |amount: &Candidate| {
            let value_of = |other: &str| match choices.get(other) {
                Some(choice) => Some(&choice.candidate()?.value),
                None => (other == name).then_some(&amount.value),
            };
            constraint::holds(constraint, value_of) == Some(true)
        };
        let is_taken = |amount: &Candidate| {
            let mut chosen = choices.values().filter_map(Choice::candidate);
            chosen.any(|other| other.shares_print(amount))
        };
        let mut fitting = amounts.iter().filter(|amount| holds(amount) && !is_taken(amount));
        let Some(first) = fitting.next() else { continue };
        if fitting.all(|other| other.value == first.value) {
            choices.insert(name, Choice::only(first.clone()));
        }
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
