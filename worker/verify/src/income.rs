//! The income that documents show: gross, by the program's own conversion factors, with the computation in words.
//! Whether it agrees with what the applicant stated is left to a check.

use std::collections::BTreeSet;

use ::document::{Frequency, Program};
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::compare::is_same_payer;
use crate::pay;
use crate::rules::Tables;
use crate::verdict::Income;

/// The income that documents show, in dollars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earnings {
    /// Before deductions, a month, rounded to the cent.
    pub monthly: Decimal,
    /// Before deductions, a year, rounded to the cent.
    pub annual: Decimal,
    /// After deductions, a month, where all documents show it.
    pub net_monthly: Option<Decimal>,
    /// The computation.
    pub method: String,
    /// The same line by line.
    pub lines: Vec<String>,
}

/// What one document says about pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The document's type: amounts of different types are not mixed.
    pub document_type: String,
    /// Before deductions.
    pub gross: Decimal,
    /// After deductions.
    pub net: Option<Decimal>,
    /// How often it is paid.
    pub frequency: Frequency,
    /// The first and last day it is paid for, where the document shows them.
    pub period: Option<(Date, Date)>,
    /// Who pays.
    pub payer: Option<String>,
}

/// The conversion factors of one program on one day.
#[derive(Debug, Clone, Copy)]
pub struct Factors<'a> {
    /// The dated constants.
    pub tables: &'a Tables,
    /// Whose factors.
    pub program: Program,
    /// On which day.
    pub date: Date,
}

/// The constant with the number of pays in a year, by frequency.
pub const PERIODS: &str = "pay_periods_per_year";

/// The constant with the factor from one pay to a month, by frequency, for programs that round it.
pub const MONTHLY_FACTORS: &str = "monthly_factor";

impl Earnings {
    /// The earnings that all payments together show: those of one payer are averaged, those of several added up.
    /// The error says, for the caseworker, why they cannot be told.
    pub fn of(payments: &[Payment], factors: Factors<'_>) -> Result<Self, String> {
        let payers = by_payer(payments)?;
        let each: Vec<Self> = payers.iter().map(|payer| average(payer, factors)).collect::<Result<_, _>>()?;
        let first = each.first().cloned().ok_or("no document shows an amount and how often it is paid")?;
        let mut sums = each.iter().skip(1);
        let mut total = sums
            .try_fold(first, |sum, earned| sum.plus(earned))
            .ok_or("the amounts are too large to add up")?;
        if each.len() > 1 {
            let months: Vec<String> = each.iter().map(|earned| format!("{:.2}", earned.monthly)).collect();
            total.lines.push(format!("{} = {:.2} a month", months.join(" + "), total.monthly));
        }
        Ok(total)
    }

    /// As verdicts show it.
    pub fn report(&self) -> Income {
        Income {
            monthly: format!("{:.2}", self.monthly),
            annual: format!("{:.2}", self.annual),
            method: self.method.clone(),
            lines: self.lines.clone(),
            poverty_level: None,
        }
    }

    fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            monthly: self.monthly.checked_add(other.monthly)?,
            annual: self.annual.checked_add(other.annual)?,
            net_monthly: self.net_monthly.zip(other.net_monthly).and_then(|(one, two)| one.checked_add(two)),
            method: format!("{} + {}", self.method, other.method),
            lines: [self.lines.as_slice(), &other.lines].concat(),
        })
    }
}

impl Factors<'_> {
    /// A month's worth of an amount, the factor in words with it.
    pub fn monthly(&self, amount: Decimal, frequency: Frequency) -> Option<(Decimal, String)> {
        let word = pay::word(frequency);
        if let Some(factor) = self.tables.by(MONTHLY_FACTORS, word, self.program, self.date) {
            return Some((cents(amount.checked_mul(factor)?), format!("x {factor}")));
        }
        let periods = self.tables.by(PERIODS, word, self.program, self.date)?;
        let month = amount.checked_mul(periods)?.checked_div(Decimal::from(12))?;
        let words = match frequency {
            Frequency::Annual => "/ 12".to_owned(),
            Frequency::Weekly | Frequency::Biweekly | Frequency::Semimonthly | Frequency::Monthly => {
                format!("x {periods} / 12")
            }
        };
        Some((cents(month), words))
    }

    fn annual(&self, amount: Decimal, frequency: Frequency) -> Option<Decimal> {
        let periods = self.tables.by(PERIODS, pay::word(frequency), self.program, self.date)?;
        amount.checked_mul(periods).map(cents)
    }
}

/// The payments, one list for each payer.
fn by_payer(payments: &[Payment]) -> Result<Vec<Vec<&Payment>>, String> {
    let mut payers: Vec<Vec<&Payment>> = Vec::new();
    let types: BTreeSet<&str> = payments.iter().map(|payment| payment.document_type.as_str()).collect();
    if types.len() > 1 {
        return Err("documents of different types show pay: a person must say which counts".to_owned());
    }
    for payment in payments {
        let mut own = None;
        for (index, payer) in payers.iter().enumerate() {
            let Some(first) = payer.first() else { continue };
            match is_same_payer(first.payer.as_deref(), payment.payer.as_deref()) {
                Some(true) => own = Some(index),
                Some(false) => {}
                None => return Err("it is not sure whether two documents come from one payer".to_owned()),
            }
        }
        match own.and_then(|index| payers.get_mut(index)) {
            // The same page photographed twice is one payment.
            Some(payer) if payment.period.is_some() && payer.contains(&payment) => {}
            Some(payer) => payer.push(payment),
            None => payers.push(vec![payment]),
        }
    }
    Ok(payers)
}

fn average(payments: &[&Payment], factors: Factors<'_>) -> Result<Earnings, String> {
    let Some(first) = payments.first() else { return Err("no document shows an amount".to_owned()) };
    if payments.iter().any(|payment| payment.frequency != first.frequency) {
        return Err("documents of one payer show different pay frequencies".to_owned());
    }
    let too_large = || "the amounts are too large to compute with".to_owned();
    let count = Decimal::from(payments.len());
    let mean = |amounts: Vec<Decimal>| {
        amounts.iter().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(*amount))?.checked_div(count)
    };
    let gross = mean(payments.iter().map(|payment| payment.gross).collect()).ok_or_else(too_large)?;
    let net: Option<Vec<Decimal>> = payments.iter().map(|payment| payment.net).collect();
    let net = net.and_then(mean).and_then(|net| factors.monthly(net, first.frequency));
    let (monthly, factor) = factors.monthly(gross, first.frequency).ok_or_else(too_large)?;
    let annual = factors.annual(gross, first.frequency).ok_or_else(too_large)?;
    let amounts: Vec<String> = payments.iter().map(|payment| format!("{:.2}", payment.gross)).collect();
    let frequency = pay::word(first.frequency);
    let payer = first.payer.as_deref().map_or(String::new(), |payer| format!("{payer}: "));
    let mut lines = Vec::new();
    let amount = match amounts.as_slice() {
        [only] => only.clone(),
        several => {
            let mean = format!("({}) / {}", several.join(" + "), several.len());
            lines.push(format!("{payer}{mean} = {gross:.2} {frequency}"));
            mean
        }
    };
    lines.push(format!("{payer}{gross:.2} {frequency} {factor} = {monthly:.2} a month"));
    let method = format!("{amount} {frequency} {factor}");
    Ok(Earnings { monthly, annual, net_monthly: net.map(|(net, _)| net), method, lines })
}

fn cents(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}
