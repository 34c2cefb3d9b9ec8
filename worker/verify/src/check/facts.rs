//! What the names in conditions stand for on one document. Only what was read with enough confidence has a value;
//! everything else is null, so that whatever rests on it is inconclusive.

use std::collections::BTreeMap;

use ::document::{Applicant, Frequency, Program, Submission};
use jiff::civil::Date;
use rust_decimal::Decimal;
use zen_expression::variable::VariableMap;
use zen_expression::{DateValue, Scope, Variable};

use super::shown::apart;
use super::{AGREEING_CONFIDENCE, FIELD_CONFIDENCE};
use crate::compare::{self, Comparison};
use crate::field::{ExtractedDocument, Field, Value};
use crate::income::{Earnings, Factors, Payment};
use crate::pay;
use crate::rules::{AmountFile, Constant, Rules, WholeName, whole_name, whole_name_of};

/// What a submission is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub submission: &'a Submission,
    pub rules: &'a Rules,
}

/// A document of which only what was read with enough confidence is seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trusted<'a> {
    pub document: &'a ExtractedDocument,
    /// The least confidence with which a field counts as read.
    pub threshold: f64,
    /// The same for a field that says what the applicant gave: that it does is evidence that it was read right.
    agreeing: f64,
    applicant: &'a Applicant,
}

/// How a field was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Standing<'a> {
    Sure(&'a Value),
    Doubtful(f64),
    Unreadable,
    Absent,
}

/// Where the facts come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    Document(Trusted<'a>, Option<&'a AmountFile>),
    Upload(&'a Result<Earnings, String>),
}

impl<'a> Case<'a> {
    pub fn program(&self) -> Program {
        self.submission.program
    }

    pub fn date(&self) -> Date {
        self.submission.received_date
    }

    pub fn factors(&self) -> Factors<'a> {
        Factors { tables: self.rules.tables(), program: self.program(), date: self.date() }
    }

    /// The values of all names in `paths`, ready for evaluation. Names that are named again are not worked out again.
    pub fn scope<'p>(&self, paths: impl IntoIterator<Item = &'p Vec<String>>, subject: Subject<'_>) -> Scope {
        let mut root = VariableMap::new();
        let mut groups: BTreeMap<&str, VariableMap> = BTreeMap::new();
        let mut compared: BTreeMap<&str, Option<Comparison>> = BTreeMap::new();
        for path in paths {
            match path.as_slice() {
                [name] => {
                    if !root.contains_key_str(name) {
                        root.insert_str(name, self.plain(name, subject));
                    }
                }
                [group, member, ..] => {
                    let members = groups.entry(group).or_default();
                    if !members.contains_key_str(member) {
                        let value = match (group.as_str(), subject) {
                            ("match" | "because", Subject::Document(trusted, _)) => {
                                let compare = || self.comparison(member, trusted);
                                compared_fact(group, compared.entry(member).or_insert_with(compare).as_ref())
                            }
                            _ => self.member(group, member, subject),
                        };
                        members.insert_str(member, value);
                    }
                }
                [] => {}
            }
        }
        for (group, members) in groups {
            root.insert_str(group, Variable::from_object(members));
        }
        Scope::new(Variable::from_object(root))
    }

    fn plain(&self, name: &str, subject: Subject<'_>) -> Variable {
        match (name, subject) {
            ("received_date", _) => date(self.date()),
            ("received_year", _) => number(self.date().year()),
            ("received_month", _) => number(self.date().month()),
            ("program", _) => text(program_word(self.program())),
            (field, Subject::Document(trusted, _)) => trusted.value(field).map_or(Variable::Null, variable),
            (_, Subject::Upload(_)) => Variable::Null,
        }
    }

    fn member(&self, group: &str, member: &str, subject: Subject<'_>) -> Variable {
        match (group, subject) {
            ("given", _) => Variable::Bool(self.is_given(member)),
            ("table", _) => {
                let found = self.rules.tables().get(member, self.program(), self.date());
                found.map_or(Variable::Null, constant)
            }
            ("income", Subject::Upload(earnings)) => self.income(member, earnings),
            ("days", Subject::Document(trusted, _)) => match trusted.value(member) {
                Some(Value::Date(day)) => days_between(*day, self.date()).map_or(Variable::Null, number),
                _ => Variable::Null,
            },
            ("state_of", Subject::Document(trusted, _)) => match trusted.value(member) {
                Some(Value::Address(address)) => compare::state_of(address).map_or(Variable::Null, text),
                _ => Variable::Null,
            },
            ("ssn_parts", Subject::Document(trusted, _)) => match trusted.value(member) {
                Some(Value::Ssn(shown)) => ssn_parts(shown),
                _ => Variable::Null,
            },
            ("pay", Subject::Document(trusted, amount)) => {
                amount.map_or(Variable::Null, |amount| pay_fact(member, trusted, amount))
            }
            _ => Variable::Null,
        }
    }

    fn is_given(&self, what: &str) -> bool {
        let applicant = &self.submission.applicant;
        match what {
            "date_of_birth" => applicant.date_of_birth.is_some(),
            "address" => applicant.address.as_ref().is_some_and(|address| !address.trim().is_empty()),
            "ssn_last4" => applicant.ssn_last4.is_some(),
            "income" => self.submission.attested_income.is_some(),
            _ => false,
        }
    }

    fn comparison(&self, member: &str, trusted: Trusted<'_>) -> Option<Comparison> {
        let applicant: &Applicant = &self.submission.applicant;
        let whole = whole_name(member).filter(|whole| !trusted.document.fields.contains_key(whole.name));
        if let Some(whole) = whole {
            return trusted.whole_name(whole).map(|name| compare::names(&name, applicant));
        }
        compare::values(member, trusted.value(member)?, applicant)
    }

    fn income(&self, member: &str, earnings: &Result<Earnings, String>) -> Variable {
        let attested = self.stated_monthly();
        let earned = match (member, earnings) {
            ("attested_monthly", _) => return attested.map_or(Variable::Null, Variable::Number),
            ("problem", Err(problem)) => return text(problem),
            (_, Err(_)) => return Variable::Null,
            (_, Ok(earned)) => earned,
        };
        let number = match member {
            "monthly" => Some(earned.monthly),
            "net_monthly" => earned.net_monthly,
            "difference_percent" => attested.and_then(|stated| apart(earned.monthly, stated)),
            "net_difference_percent" => {
                attested.zip(earned.net_monthly).and_then(|(stated, net)| apart(net, stated))
            }
            "method" => return text(&earned.method),
            "same_side" => return self.same_side(earned).map_or(Variable::Null, Variable::Bool),
            _ => None,
        };
        number.map_or(Variable::Null, Variable::Number)
    }
}

impl<'a> Trusted<'a> {
    pub fn new(case: &Case<'a>, document: &'a ExtractedDocument) -> Self {
        let (threshold, agreeing) = (case.threshold(FIELD_CONFIDENCE), case.threshold(AGREEING_CONFIDENCE));
        Self { document, threshold, agreeing, applicant: &case.submission.applicant }
    }

    /// The field's value, if it was read with enough confidence.
    pub fn value(&self, field: &str) -> Option<&'a Value> {
        match self.standing(field) {
            Standing::Sure(value) => Some(value),
            Standing::Doubtful(_) | Standing::Unreadable | Standing::Absent => None,
        }
    }

    /// How the field was read.
    pub fn standing(&self, field: &str) -> Standing<'a> {
        match self.document.fields.get(field) {
            None => Standing::Absent,
            Some(Field::Unreadable { .. }) => Standing::Unreadable,
            Some(Field::Found { value, confidence, .. })
                if confidence.get() >= self.threshold
                    || (confidence.get() >= self.agreeing && self.agrees(field, value)) =>
            {
                Standing::Sure(value)
            }
            Some(Field::Found { confidence, .. }) => Standing::Doubtful(confidence.get()),
        }
    }

    /// Whether a field says what the applicant gave: a name that is printed in parts says it as a whole.
    fn agrees(&self, field: &str, value: &Value) -> bool {
        let is_the_name = |name: &str| compare::is_the_name(name, self.applicant);
        match (whole_name_of(field), value) {
            (Some(whole), _) => self.printed_name(whole).is_some_and(|name| is_the_name(&name)),
            (None, Value::Name(name)) => is_the_name(name),
            (None, value) => {
                let compared = compare::values(field, value, self.applicant);
                compared.is_some_and(|compared| compared.holds() == Some(true))
            }
        }
    }

    /// How often this document's amount is paid: as printed, or as its period tells.
    pub fn frequency(&self, amount: &AmountFile) -> Option<Frequency> {
        if amount.every.is_some() {
            return amount.every;
        }
        match amount.frequency.as_deref().map(|field| self.standing(field)) {
            Some(Standing::Sure(Value::Choice(word))) => pay::from_word(word),
            Some(Standing::Absent) | None => {
                let (start, end) = self.period(amount)?;
                pay::frequency_of(start, end)
            }
            Some(Standing::Sure(_) | Standing::Doubtful(_) | Standing::Unreadable) => None,
        }
    }

    /// What it says about pay, where amount and frequency are sure.
    pub fn payment(&self, amount: &AmountFile) -> Option<Payment> {
        let money = |field: &str| match self.value(field) {
            Some(Value::Money(amount)) => Some(*amount),
            _ => None,
        };
        let payer = match amount.payer.as_deref().and_then(|field| self.value(field)) {
            Some(Value::Name(name)) => Some(name.clone()),
            _ => None,
        };
        Some(Payment {
            document_type: self.document.document_type.clone(),
            gross: money(&amount.gross)?,
            net: amount.net.as_deref().and_then(money),
            frequency: self.frequency(amount)?,
            period: self.period(amount),
            payer,
        })
    }

    fn period(&self, amount: &AmountFile) -> Option<(Date, Date)> {
        let day = |field: &Option<String>| match self.value(field.as_deref()?) {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        };
        Some((day(&amount.period_start)?, day(&amount.period_end)?))
    }

    fn whole_name(&self, whole: &WholeName) -> Option<String> {
        joined_name(whole, |field| self.value(field))
    }

    /// The name as it was read, with enough confidence or not.
    fn printed_name(&self, whole: &WholeName) -> Option<String> {
        joined_name(whole, |field| match self.document.fields.get(field)? {
            Field::Found { value, confidence, .. } if confidence.get() >= self.agreeing => Some(value),
            Field::Found { .. } | Field::Unreadable { .. } => None,
        })
    }
}

/// A name that is printed in parts, as one; nothing where its first or last name is not shown.
fn joined_name<'a>(whole: &WholeName, value: impl Fn(&str) -> Option<&'a Value>) -> Option<String> {
    let part = |field| match value(field) {
        Some(Value::Name(name)) => Some(name.as_str()),
        _ => None,
    };
    let (first, last) = (part(whole.first)?, part(whole.last)?);
    Some(format!("{last}, {first} {}", part(whole.middle).unwrap_or("")).trim().to_owned())
}

/// Whether what was compared is the same (`match`), or why it is or is not (`because`).
fn compared_fact(group: &str, found: Option<&Comparison>) -> Variable {
    match found {
        Some(found) if group == "because" => text(&found.because),
        Some(found) => found.holds().map_or(Variable::Null, Variable::Bool),
        None => Variable::Null,
    }
}

fn pay_fact(member: &str, trusted: Trusted<'_>, amount: &AmountFile) -> Variable {
    let period = trusted.period(amount);
    match member {
        "frequency" => trusted.frequency(amount).map_or(Variable::Null, |found| text(pay::word(found))),
        "period_days" => {
            period.and_then(|(start, end)| pay::period_days(start, end)).map_or(Variable::Null, number)
        }
        "period_fits" => {
            let fits = trusted.frequency(amount).zip(period);
            let fits = fits.and_then(|(frequency, (start, end))| pay::fits(frequency, start, end));
            fits.map_or(Variable::Null, Variable::Bool)
        }
        _ => Variable::Null,
    }
}

fn days_between(from: Date, to: Date) -> Option<i32> {
    to.since(from).ok().map(|span| span.get_days())
}

fn ssn_parts(shown: &str) -> Variable {
    let mut parts = VariableMap::new();
    parts.insert_str(
        "hidden",
        Variable::Bool(shown.contains(|sign: char| !sign.is_ascii_digit() && sign != '-')),
    );
    let mut groups = shown.split('-');
    for name in ["area", "group", "serial"] {
        let value = groups.next().and_then(|digits| digits.parse::<i32>().ok());
        parts.insert_str(name, value.map_or(Variable::Null, number));
    }
    Variable::from_object(parts)
}

fn variable(value: &Value) -> Variable {
    match value {
        Value::Money(amount) => {
            let mut amount = *amount;
            amount.rescale(amount.scale().max(2));
            Variable::Number(amount)
        }
        Value::Number(number) => Variable::Number(*number),
        Value::Date(day) => date(*day),
        Value::Name(words)
        | Value::Address(words)
        | Value::Ssn(words)
        | Value::Code(words)
        | Value::Choice(words)
        | Value::Text(words) => text(words),
    }
}

pub(crate) fn constant(constant: &Constant) -> Variable {
    match constant {
        Constant::Number(number) => Variable::Number(*number),
        Constant::List(words) => Variable::from_array(words.iter().map(|word| text(word)).collect()),
        Constant::By(numbers) => {
            let mut map = VariableMap::with_capacity(numbers.len());
            for (key, number) in numbers {
                map.insert_str(key, Variable::Number(*number));
            }
            Variable::from_object(map)
        }
    }
}

/// A day, written with its zone: the expression engine would otherwise take the machine's own.
pub(crate) fn date(day: Date) -> Variable {
    DateValue::from_text(&format!("{day}T00:00:00Z")).unwrap_or(Variable::Null)
}

pub(crate) fn number(value: impl Into<Decimal>) -> Variable {
    Variable::Number(value.into())
}

pub(crate) fn text(words: &str) -> Variable {
    Variable::String(words.into())
}

/// The program as submissions name it.
pub(crate) fn program_word(program: Program) -> &'static str {
    match program {
        Program::CoveredCalifornia => "covered-california",
        Program::MediCal => "medi-cal",
        Program::Calfresh => "calfresh",
    }
}
