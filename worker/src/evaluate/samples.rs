//! Results to test with.
//! What they must come to is left to the tests.

use document::Rect;
use verify::verdict::{Disposition, Outcome, Place};

use super::result::{Extra, FileResult, Found, Miss, OpenFinding, VerdictResult};

/// A result that is built up: a pay stub with nothing on it.
#[derive(Debug, Clone)]
pub struct Sample(FileResult);

/// A value that was read with confidence 0.9.
pub fn found(value: &str) -> Option<Found> {
    let place = Place { page: 1, quad: Rect::new(0.1, 0.1, 0.2, 0.12).into() };
    Some(Found { value: value.to_owned(), confidence: 0.9, place })
}

impl Sample {
    pub fn new(id: &str) -> Self {
        Self(FileResult {
            id: id.to_owned(),
            file: format!("{id}.pdf"),
            capture: None,
            labelled_type: "pay_stub".to_owned(),
            expected_type: "pay_stub".to_owned(),
            found_type: "pay_stub".to_owned(),
            right: std::collections::BTreeMap::new(),
            misses: Vec::new(),
            extras: Vec::new(),
            verdict: None,
        })
    }

    pub fn capture(mut self, capture: &str) -> Self {
        self.0.capture = Some(capture.to_owned());
        self
    }

    pub fn of_type(mut self, document_type: &str) -> Self {
        for own in [&mut self.0.labelled_type, &mut self.0.expected_type, &mut self.0.found_type] {
            document_type.clone_into(own);
        }
        self
    }

    pub fn taken_for(mut self, document_type: &str) -> Self {
        document_type.clone_into(&mut self.0.found_type);
        self
    }

    pub fn right(mut self, field: &str, confidence: f64) -> Self {
        self.0.right.insert(field.to_owned(), confidence);
        self
    }

    pub fn miss(mut self, field: &str, found: Option<Found>) -> Self {
        let (field, expected) = (field.to_owned(), "x".to_owned());
        self.0.misses.push(Miss { field, expected, found, label: None });
        self
    }

    pub fn extra(mut self, field: &str) -> Self {
        self.0.extras.extend(found("y").map(|found| Extra { field: field.to_owned(), found }));
        self
    }

    pub fn verdict(mut self, expected: &[Disposition], found: Disposition) -> Self {
        let expected = expected.iter().copied().collect();
        let rests_on_wrong = std::collections::BTreeSet::new();
        self.0.verdict = Some(VerdictResult { expected, found, open: Vec::new(), rests_on_wrong });
        self
    }

    pub fn open(mut self, rules: &[&str]) -> Self {
        let open = |rule: &&str| OpenFinding {
            rule: (*rule).to_owned(),
            outcome: Outcome::Fail,
            reason: format!("{rule} is not met"),
        };
        self.0.verdict.as_mut().unwrap().open = rules.iter().map(open).collect();
        self
    }

    pub fn rests_on(mut self, fields: &[&str]) -> Self {
        let fields = fields.iter().map(|field| (*field).to_owned());
        self.0.verdict.as_mut().unwrap().rests_on_wrong = fields.collect();
        self
    }

    pub fn result(&self) -> FileResult {
        self.0.clone()
    }
}
