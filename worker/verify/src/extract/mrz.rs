//! What the machine readable zone of a passport says. Reading its characters is left to the reader; here its check
//! digits are judged and its parts named (ICAO 9303).

use ::mrz::{MrzData, ParseOptions};
use document::{MrzLine, Quad};

use super::candidate::Candidate;
use super::choose::Choices;
use crate::field::Value;
use crate::rules::constraint::MrzProperty;
use crate::rules::document::MrzPart;
use crate::rules::document_type::DocumentType;

/// A machine readable zone with its parts.
pub(super) struct Zone {
    data: MrzData,
    lines: String,
    /// Whether the names take all the room that there is for them.
    is_full: bool,
    page: u32,
    quad: Quad,
}

/// That a part is right whose check digit fits, and one that has none or whose digit does not fit.
pub(super) const CHECKED: f64 = 0.995;
const UNCHECKED: f64 = 0.93;
const FAILED: f64 = 0.5;
/// Given names that end with their line may go on in print.
const CUT: f64 = 0.6;

impl Zone {
    /// The zone on these lines, if they are of one of its formats.
    pub fn read(lines: &[MrzLine], page: u32) -> Option<Self> {
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        // A fixed pivot: the same lines must mean the same years whenever they are judged.
        let options = ParseOptions::default().with_pivot_yy(30);
        let data = match texts.as_slice() {
            [one, two] if one.len() == 44 && one.starts_with('V') => {
                ::mrz::parse_mrv_a_with(one, two, &options)
            }
            [one, two] if one.len() == 44 => ::mrz::parse_td3_with(one, two, &options),
            [one, two] if one.starts_with('V') => ::mrz::parse_mrv_b_with(one, two, &options),
            [one, two] => ::mrz::parse_td2_with(one, two, &options),
            [one, two, three] => ::mrz::parse_td1_with(one, two, three, &options),
            _ => return None,
        };
        let bounds = lines.iter().map(|line| line.quad.bounds()).reduce(|one, two| one.union(&two))?;
        // The names stand on the first of two lines and on the last of three.
        let names = if texts.len() == 3 { texts.last() } else { texts.first() };
        let is_full = names.is_some_and(|line| !line.ends_with('<'));
        Some(Self { data: data.ok()?, lines: texts.join("\n"), is_full, page, quad: bounds.into() })
    }

    /// The value of one part.
    pub fn candidate(&self, part: MrzPart) -> Option<Candidate> {
        let checks = &self.data.checks;
        let (value, checked) = match part {
            MrzPart::Surname => (Value::Name(self.data.surname.clone()), None),
            MrzPart::GivenNames => (Value::Name(self.data.given_names.clone()), None),
            MrzPart::DocumentNumber => {
                (Value::Code(self.data.full_document_number().to_owned()), checks.document_number)
            }
            MrzPart::Nationality => (Value::Code(self.data.nationality.clone()), None),
            MrzPart::IssuingState => (Value::Code(self.data.issuing_country.clone()), None),
            MrzPart::DateOfBirth => (day(&self.data.date_of_birth.to_string())?, checks.date_of_birth),
            MrzPart::DateOfExpiry => (day(&self.data.date_of_expiry.to_string())?, checks.date_of_expiry),
            MrzPart::Sex => (sex(&self.data)?, None),
            MrzPart::OptionalData => (Value::Code(self.data.optional_data_1.clone()?), checks.composite),
            MrzPart::Lines => (Value::Code(self.lines.clone()), checks.composite),
        };
        let empty = value.to_string().is_empty();
        let reading = match checked {
            Some(true) => CHECKED,
            Some(false) => FAILED,
            None if self.is_full && part == MrzPart::GivenNames => CUT,
            None if self.all_fit() => CHECKED - 0.01,
            None => UNCHECKED,
        };
        (!empty).then(|| Candidate::of_code(value, reading, self.page, self.quad))
    }

    /// Whether a property holds, where it can be told without the printed fields.
    pub fn holds(&self, property: MrzProperty) -> Option<bool> {
        match property {
            MrzProperty::CheckDigits => Some(self.all_fit()),
            MrzProperty::AgreesWithPrint => None,
        }
    }

    /// Believes lines of which the check digit of a number or date fails, where print says all that they say of these: nothing
    /// but the digit itself may have been misread.
    pub fn believe_printed(&self, choices: &mut Choices<'_>, document_type: &DocumentType) {
        let checks = &self.data.checks;
        let checked = [
            (MrzPart::DocumentNumber, checks.document_number),
            (MrzPart::DateOfBirth, checks.date_of_birth),
            (MrzPart::DateOfExpiry, checks.date_of_expiry),
        ];
        let fields_of = |part| {
            let fields = document_type.fields().iter();
            fields.filter(move |(_, field)| field.mrz == Some(part)).map(|(name, _)| name.as_str())
        };
        let is_printed = |part| {
            let mut chosen = fields_of(part).filter_map(|name| choices.get(name)?.candidate());
            chosen.any(|candidate| candidate.also_printed)
        };
        let one_fails = checked.iter().any(|(_, fits)| *fits == Some(false));
        if !one_fails || !checked.iter().all(|(part, _)| is_printed(*part)) {
            return;
        }
        for name in fields_of(MrzPart::Lines) {
            if let Some(choice) = choices.get_mut(name) {
                choice.read_as_surely_as(UNCHECKED);
            }
        }
    }

    fn all_fit(&self) -> bool {
        self.data.valid()
    }
}

fn day(iso: &str) -> Option<Value> {
    iso.parse().ok().map(Value::Date)
}

fn sex(data: &MrzData) -> Option<Value> {
    let sex = data.sex.to_string();
    matches!(sex.as_str(), "M" | "F" | "X").then_some(Value::Choice(sex))
}
