//! The income that documents show beside what was stated and beside the poverty guideline.

use rust_decimal::Decimal;

use super::facts::Case;
use crate::income::Earnings;
use crate::pay;
use crate::poverty::Guideline;
use crate::verdict::Income;

impl Case<'_> {
    /// What was stated, in dollars a month.
    pub fn stated_monthly(&self) -> Option<Decimal> {
        let stated = self.submission.attested_income.as_ref()?;
        Some(self.factors().monthly(stated.amount, stated.frequency)?.0)
    }

    /// Whether the household's income is on the same side of every limit, with what the documents show as with what was
    /// stated; `None` where the household, or all that it has, is not known.
    pub fn same_side(&self, earned: &Earnings) -> Option<bool> {
        let household = self.submission.household.as_ref()?;
        let other = household.other_income.as_ref()?;
        let (other, _) = self.factors().monthly(other.amount, other.frequency)?;
        let with = |income: Decimal| income.checked_add(other);
        self.guideline()?.same_side(with(earned.monthly)?, with(self.stated_monthly()?)?)
    }

    /// The income as verdicts show it.
    pub fn income_report(&self, earned: &Earnings) -> Income {
        let mut report = earned.report();
        report.lines.extend(self.stated_line(earned));
        report.poverty_level = self.guideline().and_then(|guideline| guideline.level(earned.monthly));
        report
    }

    fn guideline(&self) -> Option<Guideline> {
        Guideline::of(self.submission.household.as_ref()?.size, self.factors())
    }

    fn stated_line(&self, earned: &Earnings) -> Option<String> {
        let stated = self.submission.attested_income.as_ref()?;
        let (monthly, factor) = self.factors().monthly(stated.amount, stated.frequency)?;
        let apart = apart(earned.monthly, monthly)?;
        let frequency = pay::word(stated.frequency);
        Some(format!(
            "stated: {:.2} {frequency} {factor} = {monthly:.2} a month; {apart} % apart",
            stated.amount
        ))
    }
}

/// By how many percent an amount differs from the one stated; all of it where nothing was stated.
pub(super) fn apart(found: Decimal, stated: Decimal) -> Option<Decimal> {
    if found == stated {
        return Some(Decimal::ZERO);
    }
    let hundred = Decimal::from(100);
    if stated.is_zero() {
        return Some(hundred);
    }
    let share = found.checked_sub(stated)?.abs().checked_mul(hundred)?.checked_div(stated)?;
    Some(share.round_dp(1))
}
