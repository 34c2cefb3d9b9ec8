//! Chooses, among the candidates for each field, the combination that the document's constraints confirm.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Extraction;
use super::candidate::Candidate;
use super::constraint;
use super::lines;
use super::mrz::Zone;
use super::page::PageView;
use super::remainder;
use crate::field::{ConstraintOutcome, Field, Value};
use crate::rules::constraint::MrzProperty;
use crate::rules::document_type::Constraint;
use crate::text::tokens;

/// What was chosen for one field, with what was not.
pub(super) struct Choice {
    candidates: Vec<Candidate>,
    chosen: usize,
}

/// What was chosen for each field, by its name.
pub(super) type Choices<'a> = BTreeMap<&'a str, Choice>;

/// The most candidates that are tried for one field.
const MOST_CANDIDATES: usize = 5;

/// Below this a candidate is no better than a guess, and the field is absent.
pub(super) const LEAST_SCORE: f64 = 0.4;

/// What a confirmed or contradicted constraint adds to the logarithm of a combination's likelihood.
const CONFIRMED: f64 = 2.5;
const IN_ORDER: f64 = 0.4;
const CONTRADICTED: f64 = -1.5;

/// What it costs a combination to use the same print for two amounts.
const SHARED_PRINT: f64 = -2.0;

/// The best combination of candidates, by field.
pub(super) fn choose<'a>(
    candidates: BTreeMap<&'a str, Vec<Candidate>>,
    constraints: &[Constraint],
) -> Choices<'a> {
    let ranked = candidates.into_iter().filter_map(|(name, candidates)| {
        let candidates = ranked(candidates);
        (!candidates.is_empty()).then_some((name, Choice { candidates, chosen: 0 }))
    });
    let mut choices: Choices<'_> = ranked.collect();
    for _ in 0..2 {
        let improved = constraints.iter().filter(|constraint| improve(&mut choices, constraint, constraints));
        if improved.count() == 0 {
            break;
        }
    }
    part_shared_print(&mut choices);
    choices
}

/// What an amount of nothing counts for less beside one that is some: tables are full of `0.00`.
const NOTHING: f64 = 0.8;

/// One candidate for each value, the likeliest first; a value that stands in several places is likelier.
fn ranked(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let is_some =
        |candidate: &Candidate| matches!(candidate.value, Value::Money(amount) if !amount.is_zero());
    if candidates.iter().any(|candidate| is_some(candidate) && candidate.score() >= LEAST_SCORE) {
        for nothing in candidates.iter_mut().filter(|candidate| !is_some(candidate)) {
            nothing.relation *= NOTHING;
        }
    }
    let mut distinct: Vec<Candidate> = Vec::new();
    for candidate in candidates.into_iter().filter(|candidate| candidate.score() >= LEAST_SCORE) {
        match distinct.iter_mut().find(|other| same(&other.value, &candidate.value)) {
            Some(other) => other.join(candidate),
            None => distinct.push(candidate),
        }
    }
    distinct.sort_by(|one, two| two.score().total_cmp(&one.score()));
    distinct.truncate(MOST_CANDIDATES);
    distinct
}

/// Whether two values say the same: names may differ in case and accents, codes in the marks that part them and in the
/// `A` before the number of an alien.
fn same(one: &Value, two: &Value) -> bool {
    let bare = |code: &str| code.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    let number = |code: &str| bare(code).trim_start_matches('A').to_owned();
    match (one, two) {
        (Value::Code(one), Value::Code(two)) => number(one) == number(two),
        (Value::Name(one), Value::Name(two)) => one == two || tokens(one) == tokens(two),
        (one, two) => one == two,
    }
}

/// Tries all combinations of the fields that one constraint needs, and keeps the likeliest; whether that is another one.
fn improve(choices: &mut Choices<'_>, constraint: &Constraint, all: &[Constraint]) -> bool {
    let names = constraint.rule.needs.as_slice();
    if !constraint::is_of_values(constraint) || !names.iter().all(|name| choices.contains_key(name.as_str()))
    {
        return false;
    }
    let touching: Vec<_> =
        all.iter().filter(|other| other.rule.needs.iter().any(|name| names.contains(name))).collect();
    let counts: Vec<_> = names
        .iter()
        .map(|name| choices.get(name.as_str()).map_or(0, |choice| choice.candidates.len()))
        .collect();
    if counts.iter().all(|&count| count == 1) {
        return false;
    }
    let before = current(choices, names);
    let mut best = (likelihood(choices, names, &touching), before.clone());
    for combination in combinations(&counts) {
        set(choices, names, &combination);
        let likelihood = likelihood(choices, names, &touching);
        if likelihood > best.0 + 1e-9 {
            best = (likelihood, combination);
        }
    }
    set(choices, names, &best.1);
    best.1 != before
}

fn current(choices: &Choices<'_>, names: &[String]) -> Vec<usize> {
    names.iter().map(|name| choices.get(name.as_str()).map_or(0, |choice| choice.chosen)).collect()
}

fn set(choices: &mut Choices<'_>, names: &[String], combination: &[usize]) {
    for (name, &index) in names.iter().zip(combination) {
        if let Some(choice) = choices.get_mut(name.as_str()) {
            choice.chosen = index;
        }
    }
}

/// Every way of taking one of each count, the first of each varying slowest.
fn combinations(counts: &[usize]) -> Vec<Vec<usize>> {
    let empty = vec![Vec::new()];
    counts.iter().fold(empty, |combinations, &count| {
        let longer = combinations
            .into_iter()
            .flat_map(|combination| (0..count).map(move |index| [combination.as_slice(), &[index]].concat()));
        longer.collect()
    })
}

/// The logarithm of how likely the chosen candidates of these fields are, given the constraints that touch them.
fn likelihood(choices: &Choices<'_>, names: &[String], constraints: &[&Constraint]) -> f64 {
    let chosen = names.iter().filter_map(|name| choices.get(name.as_str())).filter_map(Choice::candidate);
    let scores: f64 = chosen.map(|candidate| candidate.score().max(1e-6).ln()).sum();
    let constraints = constraints.iter().map(|constraint| {
        match constraint::holds(constraint, |name| {
            choices.get(name)?.candidate().map(|candidate| &candidate.value)
        }) {
            Some(true) if constraint.rule.confirms => CONFIRMED,
            Some(true) => IN_ORDER,
            Some(false) => CONTRADICTED,
            None => 0.0,
        }
    });
    scores + constraints.sum::<f64>() + SHARED_PRINT * shared_print(choices, names) as f64
}

/// How many of the named values are read from print that another one of them is read from.
fn shared_print(choices: &Choices<'_>, names: &[String]) -> usize {
    let chosen = names.iter().filter_map(|name| choices.get(name.as_str())).filter_map(Choice::candidate);
    let amounts: Vec<_> = chosen.filter(|candidate| candidate.is_exclusive()).collect();
    let pairs = amounts
        .iter()
        .enumerate()
        .flat_map(|(index, one)| amounts.iter().skip(index + 1).map(move |two| (one, two)));
    pairs.filter(|(one, two)| one.shares_print(two)).count()
}

/// Where two fields of amounts still share their print, the less likely one gives way.
fn part_shared_print(choices: &mut Choices<'_>) {
    let names: Vec<_> = choices.keys().copied().collect();
    for name in names {
        let beaten = |choices: &Choices<'_>| {
            let own = choices.get(name)?.candidate().filter(|own| own.is_exclusive())?;
            let others = choices
                .iter()
                .filter(|(other, _)| **other != name)
                .filter_map(|(_, choice)| choice.candidate());
            Some(others.into_iter().any(|other| own.is_rather(other)))
        };
        while beaten(choices) == Some(true) {
            if let Some(choice) = choices.get_mut(name) {
                choice.chosen += 1;
            }
        }
    }
    choices.retain(|_, choice| choice.candidate().is_some());
}

/// The chosen values as fields, each as sure as its neighbours make it, and what came of the constraints.
#[expect(clippy::needless_pass_by_value, reason = "what was chosen is used up")]
pub(super) fn settle(
    choices: Choices<'_>,
    constraints: &[Constraint],
    views: &[PageView<'_>],
    zone: Option<&Zone>,
) -> Extraction {
    let judged: Vec<_> =
        constraints.iter().map(|constraint| holds(constraint, &choices, views, zone)).collect();
    // An amount that is left over is no better read where others may explain it.
    let confirmed = |name: &str, wanted: bool| {
        let about = constraints.iter().zip(&judged).filter(|(constraint, _)| {
            constraint.rule.confirms
                // What contradicts another source is no worse read for it.
                && (wanted || !constraint.any_of.is_empty())
                && constraint.rule.needs.iter().any(|need| need == name)
        });
        about.into_iter().any(|(_, holds)| *holds == Some(wanted))
    };
    let fields = choices.iter().filter_map(|(name, choice)| {
        let candidate = choice.candidate()?;
        let alone = candidate.probability() * choice.clearness();
        let sure = match (confirmed(name, true), confirmed(name, false)) {
            (true, _) => 1.0 - (1.0 - alone) * 0.1,
            (false, true) => alone * 0.7,
            (false, false) => alone,
        };
        let confidence = document::Confidence::clamped(sure);
        Some((
            (*name).to_owned(),
            Field::Found { value: candidate.value.clone(), confidence, provenance: candidate.provenance },
        ))
    });
    let fields = fields.collect();
    let outcomes = constraints.iter().zip(&judged).map(|(constraint, holds)| {
        let holds = holds.filter(|holds| *holds || !may_be_listed(constraint, &choices, views));
        ConstraintOutcome { name: constraint.rule.name.clone(), holds, fields: constraint.rule.needs.clone() }
    });
    Extraction { fields, constraints: outcomes.collect() }
}

/// Leaves out what constraints set apart: totals that leave something out, and that no other sum says are whole.
pub(super) fn leave_apart(extraction: &mut Extraction, constraints: &[Constraint]) {
    let value_of = |name: &str| extraction.fields.get(name)?.value();
    let is_whole = |name: &String, own: &Constraint| {
        let others = constraints.iter().filter(|other| other.rule.name != own.rule.name);
        let mut sums = others.filter(|other| other.rule.confirms && other.rule.needs.contains(name));
        sums.any(|sum| constraint::is_true(sum, value_of) == Some(true))
    };
    let setting = constraints.iter().filter(|constraint| {
        !constraint.rule.apart.is_empty() && constraint::is_true_by_first_alone(constraint, value_of)
    });
    let apart = setting.flat_map(|own| own.rule.apart.iter().filter(move |name| !is_whole(name, own)));
    let apart: Vec<&String> = apart.collect();
    extraction.fields.retain(|name, _| !apart.contains(&name));
    for outcome in &mut extraction.constraints {
        outcome.fields.retain(|name| !apart.contains(&name));
    }
}

/// Whether a constraint holds of what was chosen; `None` where it cannot be told.
fn holds(
    constraint: &Constraint,
    choices: &Choices<'_>,
    views: &[PageView<'_>],
    zone: Option<&Zone>,
) -> Option<bool> {
    match constraint.rule.mrz {
        Some(MrzProperty::AgreesWithPrint) => zone.and_then(|_| agrees_with_print(choices)),
        Some(property @ MrzProperty::CheckDigits) => zone.and_then(|zone| zone.holds(property)),
        None if !constraint.rule.lines.is_empty() => {
            total(constraint, choices).and_then(|total| lines::add_up(views, &constraint.rule.lines, total))
        }
        None => constraint::holds(constraint, |name| value_of(choices, name)),
    }
}

/// Whether what a constraint leaves over may be listed elsewhere on the pages.
fn may_be_listed(constraint: &Constraint, choices: &Choices<'_>, views: &[PageView<'_>]) -> bool {
    let value_of = |name: &str| value_of(choices, name);
    constraint::remainder(constraint, value_of).is_some_and(|rest| {
        let own: Vec<_> = constraint.rule.needs.iter().filter_map(|name| value_of(name)).collect();
        remainder::may_be_listed(views, rest, &own)
    })
}

fn value_of<'a>(choices: &'a Choices<'_>, name: &str) -> Option<&'a Value> {
    choices.get(name)?.candidate().map(|candidate| &candidate.value)
}

/// What the lines of a document should add up to.
fn total(constraint: &Constraint, choices: &Choices<'_>) -> Option<Decimal> {
    let amount = |name: &String| {
        let Value::Money(amount) = choices.get(name.as_str())?.candidate()?.value else { return None };
        Some(amount)
    };
    match constraint.rule.needs.as_slice() {
        [one] => amount(one),
        [one, two] => {
            Some(amount(one)? - amount(two)?).filter(|total| total.is_sign_positive() && !total.is_zero())
        }
        _ => None,
    }
}

/// Whether what is printed is what the zone says, in every field where both were read surely.
fn agrees_with_print(choices: &Choices<'_>) -> Option<bool> {
    /// From this score on something printed is not what the zone says.
    const CLEAR: f64 = 0.8;
    let compared = choices.values().filter_map(|choice| {
        let zone = choice.candidates.iter().find(|candidate| candidate.from_zone)?;
        let printed = choice.candidates.iter().filter(|candidate| !candidate.from_zone);
        let surest = printed.max_by(|one, two| one.score().total_cmp(&two.score()));
        match surest {
            _ if zone.also_printed => Some(true),
            Some(printed) if printed.score() > CLEAR => constraint::say_the_same(&zone.value, &printed.value),
            _ => None,
        }
    });
    compared.reduce(|one, two| one && two)
}

impl Choice {
    /// The choice where there is none.
    pub fn only(candidate: Candidate) -> Self {
        Self { candidates: vec![candidate], chosen: 0 }
    }

    /// Takes away the candidates whose labels are weak.
    pub fn drop_weak(&mut self) {
        self.candidates.retain(|candidate| !candidate.weak);
        self.chosen = 0;
    }

    /// Takes what is chosen for read right with this probability.
    pub fn read_as_surely_as(&mut self, reading: f64) {
        if let Some(own) = self.candidates.get_mut(self.chosen) {
            own.reading = reading;
        }
    }

    pub fn candidate(&self) -> Option<&Candidate> {
        self.candidates.get(self.chosen)
    }

    /// How clearly the chosen one leads over the others, in `0.0..=1.0`.
    fn clearness(&self) -> f64 {
        let Some(own) = self.candidate() else { return 0.0 };
        let others = self.candidates.iter().enumerate().filter(|(index, _)| *index != self.chosen);
        let next = others.map(|(_, other)| other.score()).fold(0.0, f64::max);
        if next > 0.9 * own.score() { 0.85 } else { 1.0 }
    }
}
