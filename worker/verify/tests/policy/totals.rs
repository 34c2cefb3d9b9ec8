//! Which of several amounts are the totals that a field means, and which only look like them.

use verify::field::ExtractedDocument;

use crate::extract::{read, shows};

/// Holds that the document shows none of these fields.
fn lacks(document: &ExtractedDocument, fields: &[&str]) {
    for name in fields {
        assert!(!document.fields.contains_key(*name), "{name} of {:#?}", document.fields);
    }
}

/// A stub of one pay of 2,000.00, of which 300.00 are taxes and 100.00 other deductions; `deductions` is its line of those.
fn stub(deductions: &str) -> ExtractedDocument {
    read(&[
        "   Harbor Foods Inc.                    EARNINGS STATEMENT",
        "   Employee Name: Maria Lopez           Pay Date: 10/23/2026",
        "   Pay Period: 10/04/2026 - 10/17/2026  Pay Frequency: Biweekly",
        "",
        "                             Current          YTD",
        "   Gross Pay                2,000.00    40,000.00",
        "   Total Taxes                300.00     6,000.00",
        deductions,
        "   Net Pay                  1,600.00    32,000.00",
    ])
}

#[test]
fn deductions_without_taxes_are_no_total_of_them_and_those_with_taxes_are() {
    let apart = stub("   Total Deductions           100.00     2,000.00");
    shows(&apart, &[("current_period_taxes", "300.00"), ("current_period_net_pay", "1600.00")]);
    lacks(&apart, &["current_period_deductions", "year_to_date_deductions"]);
    let sums =
        apart.constraints.iter().find(|own| own.name == "gross-less-taxes-and-deductions-is-net").unwrap();
    assert_eq!(sums.holds, Some(true));
    assert!(!sums.fields.iter().any(|field| field == "current_period_deductions"), "{sums:?}");
    let whole = stub("   Total Deductions           400.00     8,000.00");
    shows(&whole, &[("current_period_deductions", "400.00"), ("year_to_date_deductions", "8000.00")]);
}

#[test]
fn a_part_of_the_years_deductions_is_not_all_of_them_and_an_amount_that_does_not_add_up_is_told() {
    let year = |gross: &str, deductions: &str| {
        read(&[
            "   Harbor Foods Inc.                 EARNINGS STATEMENT",
            "   Employee Name: Maria Lopez        Pay Date: 10/23/2026",
            "",
            "                              Amount          YTD",
            &format!("   Gross Pay                2,000.00    {gross}"),
            "   Withheld for others        300.00     6,000.00",
            &format!("   Deductions                 100.00     {deductions}"),
            "   Net Pay                  1,600.00    32,000.00",
        ])
    };
    let sum = |stub: &ExtractedDocument| {
        let mut outcomes = stub.constraints.iter();
        outcomes.find(|own| own.name == "year-to-date-gross-less-deductions-is-net").unwrap().holds
    };
    let whole = year("40,000.00", "8,000.00");
    shows(&whole, &[("year_to_date_deductions", "8000.00")]);
    lacks(&year("40,000.00", "2,000.00"), &["year_to_date_deductions"]);
    // No printed amount makes up for a gross pay that was raised.
    let raised = year("47,000.00", "8,000.00");
    shows(&raised, &[("year_to_date_deductions", "8000.00")]);
    assert_eq!([sum(&whole), sum(&raised)], [Some(true), Some(false)]);
}

#[test]
fn what_was_paid_before_makes_no_total_of_this_periods_pay() {
    let stub = read(&[
        "   Harbor Foods Inc.                 EARNINGS STATEMENT",
        "   Employee Name: Maria Lopez        Pay Date: 10/23/2026",
        "",
        "                    This Period      Previous          YTD",
        "   Gross Pay             800.00      7,200.00     8,000.00",
        "   Net Pay               600.00      5,400.00     6,000.00",
    ]);
    shows(&stub, &[("current_period_gross_pay", "800.00"), ("current_period_net_pay", "600.00")]);
}

#[test]
fn what_the_months_of_a_row_come_to_is_its_total() {
    let sheet = read(&[
        "   Lopez Catering",
        "   Profit & Loss 8/1/2026 - 10/31/2026",
        "",
        "                      Aug-26     Sep-26     Oct-26      ALL",
        "   INCOME",
        "   Total income     2,000.00   1,000.00   3,000.00  6,000.00",
        "   EXPENSES",
        "   Advertising        100.00     200.00     300.00    600.00",
        "   Insurance          100.00     100.00     100.00    300.00",
        "   Total expenses     200.00     300.00     400.00    900.00",
        "   NET INCOME       1,800.00     700.00   2,600.00  5,100.00",
    ]);
    shows(&sheet, &[("gross_income", "6000.00"), ("total_expenses", "900.00"), ("net_income", "5100.00")]);
    shows(&sheet, &[("period_start_date", "2026-08-01"), ("period_end_date", "2026-10-31")]);
}

#[test]
fn the_one_amount_on_a_receipt_is_what_was_paid_and_of_two_none_is() {
    let receipt = |last: &str| {
        read(&[
            "   RENT RECEIPT                      No. 9684",
            "   Date 10/01/2026                   $ 1,230.00",
            "   Received from Maria Lopez",
            "   Rent of 343 Dock St Apt 1108, Fresno CA 93721",
            "   for the month of October 2026",
            last,
            "   Landlord Olivia Freeman",
        ])
    };
    shows(&receipt(""), &[("amount", "1230.00")]);
    shows(&receipt("   Late fee      55.00"), &[("amount", "1230.00")]);
    lacks(&receipt("   With 55.00 of it in coins"), &["amount"]);
}

#[test]
fn a_rate_may_be_printed_with_six_decimals_and_is_no_number_of_hours() {
    let stub = read(&[
        "   County of Alta Vista                 EARNINGS STATEMENT",
        "   Employee Name: Maria Lopez           Pay Date: 10/23/2026",
        "",
        "   Description        Rate    Hours    Earnings   YTD Earnings",
        "   Regular       31.550000    80.00    2,524.00      48,232.06",
        "   Gross Pay                           2,524.00      48,232.06",
    ]);
    shows(&stub, &[("hourly_rate", "31.55"), ("hours", "80.00")]);
}

#[test]
fn the_periods_net_pay_is_not_the_years_and_another_tables_amounts_are_of_neither() {
    let stub = read(&[
        "   Harbor Foods Inc.                 EARNINGS STATEMENT",
        "   Employee Name: Maria Lopez        Pay Date: 10/23/2026",
        "                                     Take-home pay $1,600.00",
        "",
        "   Earnings     This check        YTD      Taxes         This check        YTD",
        "   Regular        2,000.00  40,000.00      Federal           250.00   5,000.00",
        "   Gross wages    2,000.00  40,000.00      State             150.00   3,000.00",
    ]);
    shows(&stub, &[("current_period_gross_pay", "2000.00"), ("year_to_date_gross_pay", "40000.00")]);
    shows(&stub, &[("current_period_net_pay", "1600.00")]);
    lacks(&stub, &["year_to_date_net_pay"]);
}
