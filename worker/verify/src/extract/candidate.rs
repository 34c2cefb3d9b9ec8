//! A value that may be a field's, and how much speaks for it.

use std::ops::Range;

use document::{Confidence, Quad};

use crate::field::{Provenance, Value};
use crate::layout::Layout;

/// Words that a value was read from, and how much spoke for it there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Print {
    page: u32,
    words: Range<usize>,
    score: f64,
}

/// The code with more of the marks that part its groups, of two that are the same number: a zone has none.
fn as_printed(one: &Value, two: &Value) -> Option<Value> {
    match (one, two) {
        (Value::Code(one), Value::Code(two)) => {
            Some(Value::Code(if two.len() > one.len() { two.clone() } else { one.clone() }))
        }
        _ => None,
    }
}

/// Whether a name ends with a single stroke: of `II` or `III` a reader may see one alone.
fn lacks_strokes(value: &Value) -> bool {
    matches!(value, Value::Name(name) if name.ends_with(" I") || name.ends_with(" l"))
}

/// What such a name counts for.
const LACKING: f64 = 0.75;

/// A value that may be a field's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub value: Value,
    /// That the value is this field's, in `0.0..=1.0`.
    pub relation: f64,
    /// That the value was read right, in `0.0..=1.0`.
    pub reading: f64,
    pub provenance: Provenance,
    /// The words of its first line, within its page; empty for what is no print.
    pub words: Range<usize>,
    /// Where else the same value stands.
    pub elsewhere: Vec<Print>,
    /// Read from a machine readable zone.
    pub from_zone: bool,
    /// Read from a machine readable zone, and found printed as well.
    pub also_printed: bool,
    /// Its label says the same of other amounts, as [`FieldRule::weak_labels`](crate::rules::document::FieldRule) has it.
    pub weak: bool,
}

impl Candidate {
    /// The value read from `lines` of words.
    pub fn new(
        layout: &Layout,
        value: Value,
        lines: &[Range<usize>],
        quality: f64,
        relation: f64,
    ) -> Option<Self> {
        let reading =
            lines.iter().map(|line| reading(layout, line.clone())).fold(1.0, f64::min) * quality.sqrt();
        let reading = if is_hidden(&value) { reading.max(HIDDEN) } else { reading };
        let quads = lines.iter().filter_map(|line| layout.quad(line.clone()));
        let quad = match lines {
            [line] => layout.quad(line.clone())?,
            _ => quads.map(|quad| quad.bounds()).reduce(|one, two| one.union(&two))?.into(),
        };
        let provenance = Provenance { page: layout.page, quad };
        let words = lines.first().cloned().unwrap_or(0..0);
        let relation = relation * quality * if lacks_strokes(&value) { LACKING } else { 1.0 };
        Some(Self {
            value,
            relation,
            reading,
            provenance,
            words,
            elsewhere: Vec::new(),
            from_zone: false,
            also_printed: false,
            weak: false,
        })
    }

    /// A value that is seen and not read, as surely as `relation`.
    pub fn seen(value: Value, relation: f64, provenance: Provenance) -> Self {
        Self {
            value,
            relation,
            reading: 1.0,
            provenance,
            words: 0..0,
            elsewhere: Vec::new(),
            from_zone: false,
            also_printed: false,
            weak: false,
        }
    }

    /// The value read from a machine readable zone or a barcode.
    pub fn of_code(value: Value, reading: f64, page: u32, quad: Quad) -> Self {
        let provenance = Provenance { page, quad };
        Self {
            value,
            relation: 0.99,
            reading,
            provenance,
            words: 0..0,
            elsewhere: Vec::new(),
            from_zone: true,
            also_printed: false,
            weak: false,
        }
    }

    /// That it is the field's value, read right.
    pub fn score(&self) -> f64 {
        self.relation * self.reading
    }

    /// The probability that it is the field's value, read right: its score, set right by what was measured. A value in
    /// the usual place beside its label is nearly always the right one; the score falls faster than that.
    pub fn probability(&self) -> f64 {
        let related = if self.relation >= USUAL_PLACE {
            1.0 - (1.0 - self.relation) * 0.35
        } else {
            let at_usual = 1.0 - (1.0 - USUAL_PLACE) * 0.35;
            at_usual - (USUAL_PLACE - self.relation) * 1.46
        };
        (related * self.reading).clamp(0.0, 1.0)
    }

    /// Whether its print is the value of one field alone: amounts, and dates whose label is not clear.
    pub fn is_exclusive(&self) -> bool {
        match self.value {
            Value::Money(_) | Value::Number(_) => true,
            Value::Date(_) => self.relation < CLEAR_DATE && !self.from_zone,
            Value::Name(_)
            | Value::Address(_)
            | Value::Ssn(_)
            | Value::Code(_)
            | Value::Choice(_)
            | Value::Text(_) => false,
        }
    }

    /// Takes in another candidate of the same value: what stands in several places is likelier.
    pub fn join(&mut self, other: Self) {
        let is_elsewhere = !self.is_in_row_of(&other);
        self.also_printed |= other.also_printed || self.from_zone != other.from_zone;
        self.from_zone |= other.from_zone;
        self.weak &= other.weak;
        let value = as_printed(&self.value, &other.value);
        if other.score() > self.score() {
            self.elsewhere.push(self.print());
            self.value = value.unwrap_or(other.value);
            (self.relation, self.reading) = (other.relation, other.reading.max(self.reading));
            (self.provenance, self.words) = (other.provenance, other.words);
        } else {
            self.elsewhere.push(other.print());
            self.value = value.unwrap_or_else(|| self.value.clone());
        }
        if is_elsewhere {
            self.relation += (1.0 - self.relation) * 0.3;
            self.reading += (1.0 - self.reading) * 0.5;
        }
    }

    /// Whether both stand in one row of a table, where one amount is billed and paid: no further evidence.
    fn is_in_row_of(&self, other: &Self) -> bool {
        let (middle, row) = (self.provenance.quad.bounds().centre().y, other.provenance.quad.bounds());
        let same_row = middle > row.top && middle < row.bottom;
        self.provenance == other.provenance
            || (matches!(self.value, Value::Money(_))
                && self.provenance.page == other.provenance.page
                && same_row)
    }

    /// Where it was read.
    fn print(&self) -> Print {
        Print { page: self.provenance.page, words: self.words.clone(), score: self.score() }
    }

    /// Whether both were read from the same words.
    pub fn shares_print(&self, other: &Self) -> bool {
        self.print().overlaps(&other.print()) && !self.is_other_end(other)
    }

    /// Whether one is the first and the other the last day of a period that is printed as one.
    fn is_other_end(&self, other: &Self) -> bool {
        matches!((&self.value, &other.value), (Value::Date(one), Value::Date(two)) if one != two)
    }

    /// Whether the other one is likelier what stands where this one was read.
    pub fn is_rather(&self, other: &Self) -> bool {
        let own = self.print();
        let prints = other.elsewhere.iter().cloned().chain([other.print()]);
        !self.is_other_end(other)
            && prints.into_iter().any(|print| print.overlaps(&own) && print.score > own.score)
    }
}

impl Print {
    fn overlaps(&self, other: &Self) -> bool {
        self.page == other.page && self.words.start < other.words.end && other.words.start < self.words.end
    }
}

/// Whether all but the last digits of a number are hidden.
fn is_hidden(value: &Value) -> bool {
    matches!(value, Value::Ssn(number) if number.starts_with("XXX"))
}

/// From this relation on a date's label says what it is, though another label may say so too.
const CLEAR_DATE: f64 = 0.9;

/// Readers are unsure of the signs that hide digits, however clear the digits are.
const HIDDEN: f64 = 0.93;

/// That the words were read right: that of the least sure of them. A text layer states what it says.
fn reading(layout: &Layout, words: Range<usize>) -> f64 {
    let confidences =
        layout.slice(words).iter().map(|word| word.confidence.map_or(TEXT_LAYER, Confidence::get));
    let least = confidences.fold(1.0, f64::min);
    // A reader's own figure is too modest for words that also have the form of their kind.
    1.0 - (1.0 - least) * 0.5
}

/// From this relation on a value stands where values of its kind usually stand.
const USUAL_PLACE: f64 = 0.75;

/// A text layer may still be out of order or stand for something that the picture does not show.
const TEXT_LAYER: f64 = 0.995;
