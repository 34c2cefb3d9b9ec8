//! Applies single checks: what is needed must have been read, what is asked must be true.

use std::collections::BTreeSet;

use zen_expression::vm::VM;
use zen_expression::{Scope, Variable};

use super::facts::{Case, Standing, Subject as Facts, Trusted};
use super::{Judged, Subject};
use crate::field::Field;
use crate::income::Earnings;
use crate::rules::{Check, Formula, IfAbsent, ProofRules, Test, Texts};
use crate::verdict::{Finding, Messages, Outcome, Place};

/// Applies all checks in force to a document that counts.
pub(super) fn document(
    case: &Case<'_>,
    proof: &ProofRules,
    index: usize,
    trusted: Trusted<'_>,
) -> Vec<Judged> {
    let own = |check: &&Check| check.documents.contains(&trusted.document.document_type);
    let own: Vec<&Check> = in_force(case, proof).filter(own).collect();
    let facts = Facts::Document(trusted, proof.amount(&trusted.document.document_type));
    let mut judged = all(case, &own, facts, Some((index, trusted)));
    if !judged.iter().any(|found| found.finding.outcome != Outcome::NotApplicable) {
        judged.push(super::standing::no_checks(case, index, trusted.document));
    }
    judged
}

/// Applies all checks in force to the upload as a whole.
pub(super) fn upload(
    case: &Case<'_>,
    proof: &ProofRules,
    earnings: &Result<Earnings, String>,
) -> Vec<Judged> {
    let whole: Vec<&Check> = in_force(case, proof).filter(|check| check.documents.is_empty()).collect();
    all(case, &whole, Facts::Upload(earnings), None)
}

/// Applies one check to a document, or to the upload as a whole. Nothing where it does not fit what it is given.
pub(super) fn one(
    case: &Case<'_>,
    proof: &ProofRules,
    check: &Check,
    document: Option<(usize, Trusted<'_>)>,
    earnings: &Result<Earnings, String>,
) -> Option<Judged> {
    let facts = match document {
        Some((_, trusted)) => Facts::Document(trusted, proof.amount(&trusted.document.document_type)),
        None if check.documents.is_empty() => Facts::Upload(earnings),
        None => return None,
    };
    all(case, &[check], facts, document).pop()
}

/// Applies checks that are about the same, so that what they speak of is worked out once.
fn all(
    case: &Case<'_>,
    checks: &[&Check],
    facts: Facts<'_>,
    document: Option<(usize, Trusted<'_>)>,
) -> Vec<Judged> {
    let scope = case.scope(checks.iter().flat_map(|check| &check.reads), facts);
    let trusted = document.map(|(_, trusted)| trusted);
    let judged = checks.iter().map(|check| {
        let (outcome, doubt) = Trial { check, scope: &scope, trusted }.outcome();
        judged(check, outcome, doubt, &scope, document)
    });
    judged.collect()
}

fn in_force<'a>(case: &Case<'_>, proof: &'a ProofRules) -> impl Iterator<Item = &'a Check> {
    let (program, date) = (case.program(), case.date());
    proof.checks().iter().filter(move |check| check.scope.covers(program, date))
}

/// One check on one document.
struct Trial<'a> {
    check: &'a Check,
    scope: &'a Scope,
    trusted: Option<Trusted<'a>>,
}

impl Trial<'_> {
    /// What the check comes to, with the reason for the caseworker where the check's own reasons do not say it.
    fn outcome(&self) -> (Outcome, Option<String>) {
        let mut vm = VM::new();
        if let Some(when) = &self.check.when {
            match when.evaluate(self.scope, &mut vm).as_bool() {
                Some(true) => {}
                Some(false) if self.all_known(when.reads()) => {
                    return (Outcome::NotApplicable, Some("does not apply here".to_owned()));
                }
                Some(false) | None => return self.undecided_when(when),
            }
        }
        if let Some((outcome, doubt)) = self.missing(&self.check.needs, self.check.if_absent) {
            return (outcome, Some(doubt));
        }
        match &self.check.test {
            Test::Shown => (Outcome::Pass, None),
            Test::Condition(condition) => {
                let known = self.all_known(condition.reads());
                match condition.evaluate(self.scope, &mut vm).as_bool().filter(|_| known) {
                    Some(true) => (Outcome::Pass, None),
                    Some(false) => (Outcome::Fail, None),
                    None => (Outcome::Inconclusive, None),
                }
            }
            Test::AnyOf(ways) => self.any_of(ways, &mut vm),
        }
    }

    /// Met when one way is met and none is contradicted; not met when all open ways are contradicted.
    fn any_of(&self, ways: &[crate::rules::Way], vm: &mut VM) -> (Outcome, Option<String>) {
        let (mut met, mut contradicted, mut unsure) = (0_u32, 0_u32, 0_u32);
        let (mut doubts, mut absent) = (BTreeSet::new(), BTreeSet::new());
        for way in ways {
            match self.missing(&way.needs, IfAbsent::NotApplicable) {
                Some((Outcome::NotApplicable, doubt)) => {
                    absent.insert(doubt);
                }
                Some((_, doubt)) => {
                    unsure += 1;
                    doubts.insert(doubt);
                }
                None => match way.condition.evaluate(self.scope, vm).as_bool() {
                    Some(true) => met += 1,
                    Some(false) => contradicted += 1,
                    None => unsure += 1,
                },
            }
        }
        match (met, contradicted, unsure) {
            (1.., 0, _) => (Outcome::Pass, None),
            (1.., 1.., _) => {
                (Outcome::Inconclusive, Some("what the document shows is at odds with itself".to_owned()))
            }
            (0, 1.., 0) => (Outcome::Fail, None),
            (0, 0, 0) => self.none_open(absent),
            (0, _, _) => (Outcome::Inconclusive, (!doubts.is_empty()).then(|| joined(doubts))),
        }
    }

    fn none_open(&self, absent: BTreeSet<String>) -> (Outcome, Option<String>) {
        let outcome = match self.check.if_absent {
            IfAbsent::Inconclusive => Outcome::Inconclusive,
            IfAbsent::NotApplicable => Outcome::NotApplicable,
        };
        (outcome, Some(joined(absent)))
    }

    /// Whether the check applies could not be told: a field that says so is missing, or doubtful.
    fn undecided_when(&self, when: &Formula) -> (Outcome, Option<String>) {
        let asked = |field: &&str| when.reads().iter().flatten().any(|name| name == field);
        let asked: Vec<_> = self.check.fields().filter(asked).map(ToOwned::to_owned).collect();
        // A name that is compared as a whole is none of the fields.
        let all = || self.check.fields().map(ToOwned::to_owned).collect();
        let fields = if asked.is_empty() { all() } else { asked };
        match self.missing(&fields, IfAbsent::NotApplicable) {
            Some((outcome, doubt)) => (outcome, Some(doubt)),
            None => (Outcome::Inconclusive, Some("whether this applies could not be told".to_owned())),
        }
    }

    /// The outcome that missing fields lead to. A doubtful one weighs more than an absent one.
    fn missing(&self, needs: &[String], if_absent: IfAbsent) -> Option<(Outcome, String)> {
        let trusted = self.trusted?;
        let mut absent = None;
        for field in needs {
            let doubt = match trusted.standing(field) {
                Standing::Sure(_) => continue,
                Standing::Absent => {
                    absent = absent.or(Some(format!("{field} is not shown")));
                    continue;
                }
                Standing::Unreadable => format!("{field} could not be read"),
                Standing::Doubtful(confidence) => {
                    let least = trusted.threshold;
                    format!("{field} was read with confidence {confidence:.2}, at least {least:.2} is needed")
                }
            };
            return Some((Outcome::Inconclusive, doubt));
        }
        let outcome = match if_absent {
            IfAbsent::Inconclusive => Outcome::Inconclusive,
            IfAbsent::NotApplicable => Outcome::NotApplicable,
        };
        absent.map(|doubt| (outcome, doubt))
    }

    /// Whether every name has a value: a condition over something unknown is not trusted, whatever it comes to.
    /// Fields listed as optional may be missing.
    fn all_known(&self, reads: &[Vec<String>]) -> bool {
        reads.iter().all(|path| {
            let optional = path.first().is_some_and(|name| self.check.optional.contains(name));
            optional || !matches!(value_at(self.scope, path), Variable::Null)
        })
    }
}

fn joined(doubts: BTreeSet<String>) -> String {
    doubts.into_iter().collect::<Vec<_>>().join("; ")
}

fn value_at(scope: &Scope, path: &[String]) -> Variable {
    let Some((first, rest)) = path.split_first() else { return Variable::Null };
    let value = scope.get_str(first).unwrap_or(Variable::Null);
    rest.iter().fold(value, |value, part| {
        let members = value.as_object();
        members.and_then(|members| members.borrow().get_str(part).cloned()).unwrap_or(Variable::Null)
    })
}

fn judged(
    check: &Check,
    outcome: Outcome,
    doubt: Option<String>,
    scope: &Scope,
    document: Option<(usize, Trusted<'_>)>,
) -> Judged {
    let mut vm = VM::new();
    let reasons = &check.reasons;
    let reason = match (outcome, doubt) {
        (_, Some(doubt)) => doubt,
        (Outcome::Pass, None) => reasons.pass.fill(scope, &mut vm),
        (Outcome::Fail, None) => reasons.fail.fill(scope, &mut vm),
        (Outcome::Inconclusive | Outcome::NotApplicable, None) => match &reasons.inconclusive {
            Some(reason) => reason.fill(scope, &mut vm),
            None => "could not be told from what is shown".to_owned(),
        },
    };
    let open = matches!(outcome, Outcome::Fail | Outcome::Inconclusive);
    let message = |texts: &Texts<crate::rules::Template>, vm: &mut VM| Messages {
        en: texts.en.fill(scope, vm),
        es: texts.es.fill(scope, vm),
    };
    let messages = open.then(|| message(&check.messages, &mut vm));
    let subject = document.map_or(Subject::Upload, |(index, _)| Subject::Document(index));
    let (evidence, confidence) = document.map_or((Vec::new(), None), |(_, trusted)| evidence(check, trusted));
    let remedy = match outcome {
        Outcome::Fail => check.on_fail,
        Outcome::Pass | Outcome::Inconclusive | Outcome::NotApplicable => crate::rules::Remedy::Review,
    };
    let citation = check.citation.clone();
    let finding =
        Finding { rule: check.rule.clone(), outcome, reason: reason.trim().to_owned(), citation, evidence };
    let unread = outcome == Outcome::Inconclusive
        && document.is_some_and(|(_, trusted)| {
            let stands = |field: &str| trusted.standing(field);
            check.fields().any(|field| matches!(stands(field), Standing::Unreadable | Standing::Doubtful(_)))
                || check.needs.iter().any(|field| stands(field) == Standing::Absent)
        });
    Judged { finding, subject, remedy, messages, confidence, unread }
}

/// Where the check's fields stand, and the least confidence among them.
fn evidence(check: &Check, trusted: Trusted<'_>) -> (Vec<Place>, Option<f64>) {
    let mut places: Vec<Place> = Vec::new();
    let mut least: Option<f64> = None;
    for field in check.fields().filter_map(|name| trusted.document.fields.get(name)) {
        let place = super::standing::place(field);
        if !places.contains(&place) {
            places.push(place);
        }
        if let Field::Found { confidence, .. } = field {
            least = Some(least.map_or(confidence.get(), |least| least.min(confidence.get())));
        }
    }
    (places, least)
}
