//! Where an income stands beside the poverty guideline and the limits that programs draw by it.
//! Guidelines and limits are dated constants; which income counts is left to `income`.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::income::Factors;
use crate::verdict::{LimitStanding, PovertyLevel, Standing};

/// The year of the guideline that a program uses on a day.
const YEAR: &str = "fpl_year";
/// Dollars a year for one person, by year of the guideline.
const FIRST: &str = "fpl_annual";
/// Dollars a year for each further person, by year of the guideline.
const FURTHER: &str = "fpl_annual_each_further";
/// Percent of the guideline, by group of people, up to which they are within a limit.
const LIMITS: &str = "fpl_limit_percent";

/// The guideline for a household, and the limits drawn by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guideline {
    year: String,
    size: u32,
    annual: Decimal,
    /// Group, percent, and dollars a month.
    limits: Vec<(String, Decimal, Decimal)>,
}

impl Guideline {
    /// The guideline for a household of `size`; `None` where no constant says it.
    pub fn of(size: u32, factors: Factors<'_>) -> Option<Self> {
        let Factors { tables, program, date } = factors;
        let year = tables.number(YEAR, program, date)?.to_string();
        let by_year = |constant| tables.by(constant, &year, program, date);
        let further = Decimal::from(size.checked_sub(1)?);
        let annual = by_year(FIRST)?.checked_add(by_year(FURTHER)?.checked_mul(further)?)?;
        let limits = tables.all(LIMITS, program, date).into_iter();
        let limits = limits.filter_map(|(group, percent)| Some((group, percent, limit(annual, percent)?)));
        let limits = limits.collect();
        Some(Self { year, size, annual, limits })
    }

    /// Where an income of `monthly` dollars stands.
    pub fn level(&self, monthly: Decimal) -> Option<PovertyLevel> {
        let annual = monthly.checked_mul(Decimal::from(12))?;
        let percent = annual.checked_mul(Decimal::from(100))?.checked_div(self.annual)?;
        let limits = self.limits.iter().map(|(group, percent, dollars)| LimitStanding {
            group: group.clone(),
            percent: percent.normalize().to_string(),
            monthly: format!("{dollars:.2}"),
            standing: if monthly <= *dollars { Standing::AtOrBelow } else { Standing::Above },
        });
        Some(PovertyLevel {
            guideline_year: self.year.clone(),
            household_size: self.size,
            guideline: format!("{:.2}", self.annual),
            percent: format!(
                "{:.1}",
                percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero)
            ),
            limits: limits.collect(),
        })
    }

    /// Whether both incomes are at or below, or both above, every limit; `None` where there are no limits.
    /// Then they are reasonably compatible (42 CFR 435.952(c)(1)).
    pub fn same_side(&self, one: Decimal, other: Decimal) -> Option<bool> {
        let same = self.limits.iter().map(|(_, _, dollars)| (one <= *dollars) == (other <= *dollars));
        same.reduce(|all, this| all && this)
    }
}

/// Dollars a month: a twelfth of the guideline, rounded up, times the percentage, rounded up, as the published figures are.
fn limit(annual: Decimal, percent: Decimal) -> Option<Decimal> {
    let month = annual.checked_div(Decimal::from(12))?.ceil();
    Some(month.checked_mul(percent)?.checked_div(Decimal::from(100))?.ceil())
}
