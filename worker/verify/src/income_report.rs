//! The income report of CMS (Income Report Transmission API of the Eligibility Made Easy platform, DSACMS/iv-cbv-payroll):
//! what pay stubs of one person say, by employer, amounts in cents. Which verdicts go into it is left to the caller.

use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compare::is_same_payer;
use crate::verdict::{DocumentReport, Verdict};

/// What an agency's system receives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transmission {
    /// The same for the same verdicts.
    pub confirmation_code: String,
    /// When it was made, in UTC (ISO 8601).
    pub completed_at: String,
    /// By which the agency finds its case.
    pub agency_partner_metadata: Metadata,
    /// What the stubs say.
    pub income_report: IncomeReport,
}

/// By which an agency finds its case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// The case.
    pub case_number: String,
    /// Whom of the household it is about; null for the applicant.
    pub member_id: Option<String>,
    /// The submissions whose verdicts it was made of.
    pub submission_ids: Vec<String>,
}

/// The income of one person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IncomeReport {
    /// Whether the person said to have jobs that are not in it.
    pub has_other_jobs: bool,
    /// By employer, in the order of their first stubs.
    pub employments: Vec<Employment>,
}

/// What the stubs of one employer say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "named and described as the specification has them")]
pub struct Employment {
    pub applicant_full_name: String,
    /// The last four digits: `XXX-XX-1234`.
    pub applicant_ssn: Option<String>,
    pub applicant_extra_comments: Option<String>,
    pub employer_name: String,
    pub employer_phone: Option<String>,
    pub employer_address: Option<String>,
    pub employment_status: Option<String>,
    pub employment_type: Option<String>,
    pub employment_start_date: Option<String>,
    pub employment_end_date: Option<String>,
    pub pay_frequency: Option<String>,
    /// Cents.
    pub compensation_amount: Option<i64>,
    pub compensation_unit: Option<String>,
    /// By pay date.
    pub paystubs: Vec<Paystub>,
}

/// One stub; amounts in cents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "named and described as the specification has them")]
pub struct Paystub {
    pub pay_date: String,
    pub pay_period_start: Option<String>,
    pub pay_period_end: Option<String>,
    pub pay_gross: i64,
    pub pay_gross_ytd: Option<i64>,
    pub pay_net: Option<i64>,
    pub hours_paid: Option<f64>,
    pub deductions: Vec<Deduction>,
}

/// What is taken off; in cents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Deduction {
    /// `taxes`, or `other` for the rest of all that is taken off.
    pub category: String,
    /// Stubs do not say before or after which tax: `unknown`.
    pub tax: String,
    /// Cents.
    pub amount: i64,
}

/// A stub that could not go into the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The submission it came with.
    pub submission_id: String,
    /// Why.
    pub reason: &'static str,
}

/// The report of the pay stubs in `verdicts`, and those that say too little. Values below the confidence `least` count as
/// not read.
pub fn report(verdicts: &[Verdict], least: f64) -> (IncomeReport, Vec<LeftOut>) {
    let (mut report, mut left_out) = (IncomeReport::default(), Vec::new());
    let stubs =
        verdicts.iter().flat_map(|verdict| verdict.documents.iter().map(move |document| (verdict, document)));
    for (verdict, document) in stubs.filter(|(_, document)| document.document_type == "pay_stub") {
        if let Err(reason) = report.add(&Stub { document, least }) {
            left_out.push(LeftOut { submission_id: verdict.submission_id.clone(), reason });
        }
    }
    for employment in &mut report.employments {
        employment.paystubs.sort_by(|one, two| one.pay_date.cmp(&two.pay_date));
        // The same stub may have been sent twice.
        employment.paystubs.dedup();
    }
    (report, left_out)
}

impl IncomeReport {
    fn add(&mut self, stub: &Stub<'_>) -> Result<(), &'static str> {
        let name = stub.text("employee_name").ok_or("it does not name the employee surely enough")?;
        let employer = stub.text("employer_name").ok_or("it does not name the employer surely enough")?;
        let paystub = stub.paystub()?;
        let own = self
            .employments
            .iter_mut()
            .find(|known| is_same_payer(Some(&known.employer_name), Some(&employer)) == Some(true));
        match own {
            Some(known) => known.paystubs.push(paystub),
            None => self.employments.push(stub.employment(name, employer, paystub)),
        }
        Ok(())
    }
}

/// A stub of which only what was read surely enough is seen.
struct Stub<'a> {
    document: &'a DocumentReport,
    least: f64,
}

impl Stub<'_> {
    fn text(&self, field: &str) -> Option<String> {
        let field = self.document.fields.get(field)?;
        let sure = field.confidence.is_some_and(|confidence| confidence.get() >= self.least);
        field.value.clone().filter(|_| sure)
    }

    fn cents(&self, field: &str) -> Option<i64> {
        let amount: Decimal = self.text(field)?.parse().ok()?;
        amount.checked_mul(Decimal::from(100))?.round().to_i64()
    }

    fn paystub(&self) -> Result<Paystub, &'static str> {
        let gross =
            self.cents("current_period_gross_pay").ok_or("it does not show gross pay surely enough")?;
        Ok(Paystub {
            pay_date: self.text("pay_date").ok_or("it does not show the pay date surely enough")?,
            pay_period_start: self.text("pay_period_start_date"),
            pay_period_end: self.text("pay_period_end_date"),
            pay_gross: gross,
            pay_gross_ytd: self.cents("year_to_date_gross_pay"),
            pay_net: self.cents("current_period_net_pay"),
            hours_paid: self.text("hours").and_then(|hours| hours.parse().ok()),
            deductions: self.deductions(),
        })
    }

    fn deductions(&self) -> Vec<Deduction> {
        let taxes = self.cents("current_period_taxes");
        // All that gross and net pay differ by, taxes included.
        let gross_and_net =
            || self.cents("current_period_gross_pay").zip(self.cents("current_period_net_pay"));
        let differ = || gross_and_net().and_then(|(gross, net)| gross.checked_sub(net));
        let all = self.cents("current_period_deductions").or_else(|| taxes.and_then(|_| differ()));
        let other = all.map(|all| all - taxes.unwrap_or(0)).filter(|other| *other > 0);
        let named = [("taxes", taxes), ("other", other)].into_iter();
        let amount = |(category, amount): (&str, Option<i64>)| {
            Some(Deduction { category: category.to_owned(), tax: "unknown".to_owned(), amount: amount? })
        };
        named.filter_map(amount).collect()
    }

    fn employment(&self, name: String, employer: String, first: Paystub) -> Employment {
        let rate = self.cents("hourly_rate");
        let digits: Option<String> = self.text("employee_ssn").and_then(|ssn| {
            let digits: Vec<char> = ssn.chars().filter(char::is_ascii_digit).collect();
            Some(digits.get(digits.len().checked_sub(4)?..)?.iter().collect())
        });
        Employment {
            applicant_full_name: name,
            applicant_ssn: digits.map(|last| format!("XXX-XX-{last}")),
            applicant_extra_comments: None,
            employer_name: employer,
            employer_phone: None,
            employer_address: self.text("employer_address"),
            employment_status: None,
            employment_type: None,
            employment_start_date: None,
            employment_end_date: None,
            pay_frequency: self.text("pay_frequency"),
            compensation_amount: rate,
            compensation_unit: rate.map(|_| "hourly".to_owned()),
            paystubs: vec![first],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use document::{Capture, Confidence, Digest, Rect};

    use super::*;
    use crate::verdict::{Disposition, FieldReport, Messages, Place, RulesStamp, VERDICT_SCHEMA};

    fn verdict(id: &str, fields: &[(&str, &str, f64)]) -> Verdict {
        let place = Place { page: 1, quad: Rect::new(0.0, 0.0, 1.0, 1.0).into() };
        let field = |(name, value, sure): &(&str, &str, f64)| {
            let confidence = Some(Confidence::clamped(*sure));
            ((*name).to_owned(), FieldReport { value: Some((*value).to_owned()), confidence, place })
        };
        let stub = DocumentReport {
            document_type: "pay_stub".to_owned(),
            type_confidence: Confidence::clamped(0.99),
            capture: Capture::Pdf,
            files: Vec::new(),
            pages: vec![1],
            fields: fields.iter().map(field).collect::<BTreeMap<_, _>>(),
        };
        Verdict {
            schema: VERDICT_SCHEMA.to_owned(),
            submission_id: id.to_owned(),
            case_id: "88-1".to_owned(),
            disposition: Disposition::Verified,
            score: Confidence::clamped(0.9),
            documents: vec![stub],
            findings: Vec::new(),
            income: None,
            member_id: None,
            clears: Vec::new(),
            messages: Messages { en: String::new(), es: String::new() },
            rules: RulesStamp { version: "1".to_owned(), digest: Digest::of(b"rules") },
            readers: Vec::new(),
        }
    }

    fn stub(id: &str, employer: &str, date: &str, gross: &str) -> Verdict {
        let fields = [
            ("employee_name", "Ines Okafor", 0.97),
            ("employee_ssn", "123-45-4821", 0.97),
            ("employer_name", employer, 0.95),
            ("pay_date", date, 0.96),
            ("current_period_gross_pay", gross, 0.99),
            ("current_period_taxes", "300.10", 0.99),
            ("current_period_deductions", "440.55", 0.99),
            ("hourly_rate", "24.50", 0.9),
            ("hours", "80.00", 0.5),
        ];
        verdict(id, &fields)
    }

    #[test]
    fn stubs_of_one_employer_stand_together_by_date() {
        let verdicts = [
            stub("s-2", "Harbor Freight Lines", "2026-10-30", "2002.50"),
            stub("s-3", "Cafe Verde", "2026-10-28", "300.00"),
            stub("s-1", "HARBOR FREIGHT LINES", "2026-10-16", "1960.00"),
            stub("s-4", "Cafe Verde", "2026-10-28", "300.00"),
        ];
        let (report, left_out) = report(&verdicts, 0.8);
        assert_eq!(left_out, []);
        let shown: Vec<Vec<(&str, i64)>> = report
            .employments
            .iter()
            .map(|job| job.paystubs.iter().map(|stub| (stub.pay_date.as_str(), stub.pay_gross)).collect())
            .collect();
        assert_eq!(
            shown,
            [vec![("2026-10-16", 196_000), ("2026-10-30", 200_250)], vec![("2026-10-28", 30_000)]]
        );
    }

    #[test]
    fn amounts_are_cents_and_numbers_are_hidden() {
        let (report, _) = report(&[stub("s-1", "Cafe Verde", "2026-10-28", "2002.50")], 0.8);
        let job = &report.employments[0];
        assert_eq!(job.applicant_ssn.as_deref(), Some("XXX-XX-4821"));
        assert_eq!((job.compensation_amount, job.compensation_unit.as_deref()), (Some(2450), Some("hourly")));
        let taken: Vec<_> =
            job.paystubs[0].deductions.iter().map(|it| (it.category.as_str(), it.amount)).collect();
        assert_eq!(taken, [("taxes", 30_010), ("other", 14_045)]);
        assert_eq!(job.paystubs[0].hours_paid, None, "read with little confidence");
    }

    #[test]
    fn what_says_too_little_is_left_out_by_name() {
        let (report, left_out) = report(&[verdict("s-9", &[("employee_name", "Ines Okafor", 0.97)])], 0.8);
        assert!(report.employments.is_empty());
        assert_eq!(left_out[0].submission_id, "s-9");
        assert!(left_out[0].reason.contains("employer"), "{left_out:?}");
    }
}
