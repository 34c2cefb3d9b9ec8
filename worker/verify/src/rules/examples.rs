//! Runs the examples that rule files give for their checks.

use std::collections::BTreeMap;

use ::document::{
    Applicant, Capture, Confidence, Digest, FileRef, Language, Program, Proof, Rect, Submission,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::document::{DocumentRule, Kind};
use super::doubts::{Doubt, DoubtExample};
use super::proof::{ExampleDocument, ExampleFile};
use super::vocabulary::kind_of;
use super::{Check, ProofRules, RuleError, Rules, proof_name};
use crate::field::{ExtractedDocument, Field, Provenance, Value};
use crate::verdict::Outcome;

/// What became of the examples of all rule files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExampleReport {
    /// How many checks there are.
    pub checks: usize,
    /// How many examples were run.
    pub examples: usize,
    /// Those that did not come out as the file says, in the order of the files.
    pub failures: Vec<RuleError>,
}

impl Rules {
    /// Runs every example of every check.
    pub fn run_examples(&self) -> ExampleReport {
        let mut report = ExampleReport::default();
        for proof in self.proofs() {
            for check in proof.checks() {
                report.checks += 1;
                for example in &check.examples {
                    report.examples += 1;
                    if let Err(problem) = self.run_example(proof, check, &example.value) {
                        report.failures.push(RuleError {
                            file: format!("proofs/{}.yaml", proof_name(proof.proof)),
                            line: example.defined.line().max(1),
                            column: example.defined.column().max(1),
                            problem: format!("{}, example '{}': {problem}", check.rule, example.value.name),
                        });
                    }
                }
            }
        }
        self.run_doubts(&mut report);
        report
    }

    fn run_doubts(&self, report: &mut ExampleReport) {
        for doubt in self.doubts() {
            report.checks += 1;
            for example in &doubt.examples {
                report.examples += 1;
                if let Err(problem) = self.run_doubt(doubt, &example.value) {
                    report.failures.push(RuleError {
                        file: "doubts.yaml".to_owned(),
                        line: example.defined.line().max(1),
                        column: example.defined.column().max(1),
                        problem: format!("{}, example '{}': {problem}", doubt.rule, example.value.name),
                    });
                }
            }
        }
    }

    fn run_doubt(&self, doubt: &Doubt, example: &DoubtExample) -> Result<(), String> {
        let program = doubt.scope.programs.first().copied().unwrap_or(Program::CoveredCalifornia);
        let submission = example_submission(program, Proof::Income, doubt.scope.from);
        let found = crate::doubt::example(self, doubt, &submission, example)?;
        match (&found, &example.reason) {
            _ if found.is_some() != example.doubt => {
                let word = |doubt| if doubt { "a doubt" } else { "no doubt" };
                let found = found.is_some();
                Err(format!("should be {}, is {}", word(example.doubt), word(found)))
            }
            (Some(found), Some(wanted)) if found != wanted => {
                Err(format!("the reason should be '{wanted}', is '{found}'"))
            }
            _ => Ok(()),
        }
    }

    fn run_example(&self, proof: &ProofRules, check: &Check, example: &ExampleFile) -> Result<(), String> {
        let submission = submission(proof, check, example);
        let documents = self.documents_of(check, example)?;
        if !check.scope.covers(submission.program, submission.received_date) {
            return Err("the check is not in force for that program on that day".to_owned());
        }
        let judged = crate::check::apply_alone(&submission, &documents, self, proof, check);
        let [judged] = judged.as_slice() else { return Err("give the fields of a document".to_owned()) };
        let finding = &judged.finding;
        if finding.outcome != example.outcome {
            let (wanted, found) = (word(example.outcome), word(finding.outcome));
            return Err(format!("should be {wanted}, is {found}: {}", finding.reason));
        }
        match &example.reason {
            Some(reason) if *reason != finding.reason => {
                Err(format!("the reason should be '{reason}', is '{}'", finding.reason))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn documents_of(&self, check: &Check, example: &ExampleFile) -> Result<Vec<ExtractedDocument>, String> {
        let first = example.document.clone().or_else(|| check.documents.first().cloned());
        let mut documents = Vec::new();
        if let Some(name) = first {
            let mut document = self.document_of(&name, &example.fields)?;
            for field in &example.unreadable {
                let provenance = nowhere();
                document.fields.insert(field.clone(), Field::Unreadable { provenance });
            }
            for field in &example.doubtful {
                match document.fields.get_mut(field) {
                    Some(Field::Found { confidence, .. }) => *confidence = Confidence::clamped(0.1),
                    Some(Field::Unreadable { .. }) | None => {
                        return Err(format!("'{field}' has no value to doubt"));
                    }
                }
            }
            documents.push(document);
        }
        for ExampleDocument { document, fields } in &example.and {
            documents.push(self.document_of(document, fields)?);
        }
        Ok(documents)
    }

    fn document_of(
        &self,
        name: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<ExtractedDocument, String> {
        let rule = &self.document(name).ok_or_else(|| format!("there is no document type '{name}'"))?.rule;
        let fields = values.iter().map(|(field, text)| Ok((field.clone(), found(value(rule, field, text)?))));
        Ok(ExtractedDocument {
            document_type: name.to_owned(),
            type_confidence: Confidence::CERTAIN,
            capture: Capture::Pdf,
            files: vec![Digest::of(b"example")],
            pages: vec![1],
            fields: fields.collect::<Result<_, String>>()?,
            constraints: Vec::new(),
        })
    }
}

fn submission(proof: &ProofRules, check: &Check, example: &ExampleFile) -> Submission {
    let program = check.scope.programs.first().copied().unwrap_or(Program::CoveredCalifornia);
    let program = example.program.unwrap_or(program);
    let received_date = example.received_date.unwrap_or(check.scope.from);
    Submission {
        applicant: example.applicant.clone().unwrap_or_else(nobody),
        attested_income: example.attested_income.clone(),
        household: example.household.clone(),
        ..example_submission(program, proof.proof, received_date)
    }
}

fn example_submission(program: Program, proof_of: Proof, received_date: Date) -> Submission {
    Submission {
        submission_id: "example".to_owned(),
        case_id: "example".to_owned(),
        program,
        proof_of,
        received_date,
        language: Language::En,
        files: vec![FileRef("example".to_owned())],
        declared_type: None,
        applicant: nobody(),
        attested_income: None,
        household: None,
        inconsistencies: Vec::new(),
    }
}

fn nobody() -> Applicant {
    Applicant {
        first_name: "Maria".to_owned(),
        last_name: "Lopez".to_owned(),
        date_of_birth: None,
        address: None,
        ssn_last4: None,
    }
}

fn value(rule: &DocumentRule, field: &str, text: &str) -> Result<Value, String> {
    let kind =
        kind_of(rule, field).ok_or_else(|| format!("'{}' has no field '{field}'", rule.document_type))?;
    let wrong = |what: &str| format!("{field}: '{text}' is no {what}");
    let decimal = || text.parse::<Decimal>();
    Ok(match kind {
        Kind::Money => Value::Money(decimal().map_err(|_| wrong("amount"))?),
        Kind::Number | Kind::Year => Value::Number(decimal().map_err(|_| wrong("number"))?),
        Kind::Date | Kind::Month => Value::Date(text.parse::<Date>().map_err(|_| wrong("date"))?),
        Kind::Person | Kind::Organisation => Value::Name(text.to_owned()),
        Kind::Address => Value::Address(text.to_owned()),
        Kind::Ssn => Value::Ssn(text.to_owned()),
        Kind::Code | Kind::Digits | Kind::Tin | Kind::Phone | Kind::State => Value::Code(text.to_owned()),
        Kind::Choice | Kind::Signature => Value::Choice(text.to_owned()),
        Kind::Period | Kind::Text => Value::Text(text.to_owned()),
    })
}

fn found(value: Value) -> Field {
    Field::Found { value, confidence: Confidence::CERTAIN, provenance: nowhere() }
}

fn nowhere() -> Provenance {
    Provenance { page: 1, quad: Rect::new(0.0, 0.0, 0.1, 0.1).into() }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Inconclusive => "inconclusive",
        Outcome::NotApplicable => "not_applicable",
    }
}
