//! Whether the balances of a bank's statement add up, and where that cannot be told.

use verify::field::ExtractedDocument;

use crate::extract::{read, shows};

/// A statement that ends with this balance, with these lines under its summary.
fn statement(ending: &str, lines: &[&str]) -> ExtractedDocument {
    let ending = format!("   Ending balance                        {ending}");
    let head = [
        "   Seabright Bank                        BANK STATEMENT",
        "   Statement period 10/01/2026 - 10/31/2026",
        "   Account number 000123456789",
        "   Maria Lopez",
        "",
        "   Beginning balance                     1,000.00",
        "   Total deposits                        2,000.00",
        "   Total withdrawals                       750.00",
        &ending,
        "",
    ];
    read(&[&head, lines].concat())
}

fn adds_up(statement: &ExtractedDocument) -> Option<bool> {
    statement.constraints.iter().find(|own| own.name == "balances-add-up").unwrap().holds
}

#[test]
fn balances_that_nothing_printed_explains_do_not_add_up() {
    let lines = [
        "   10/05 Payroll                         2,000.00",
        "   10/20 Rent paid                         750.00",
    ];
    assert_eq!(adds_up(&statement("2,250.00", &lines)), Some(true));
    assert_eq!(adds_up(&statement("3,250.00", &lines)), Some(false));
}

#[test]
fn fees_and_checks_listed_apart_leave_it_open() {
    let fee = ["   Service fee                              12.00"];
    assert_eq!(adds_up(&statement("2,238.00", &fee)), None);
    let checks = [
        "   Check 101      150.00    Check 102      80.00",
        "   Interest                                  0.25",
    ];
    assert_eq!(adds_up(&statement("2,020.25", &checks)), None);
    assert_eq!(adds_up(&statement("9,020.25", &checks)), Some(false));
}

#[test]
fn the_sums_of_columns_stand_in_the_row_of_the_totals() {
    let statement = read(&[
        "   Seabright Federal Credit Union        ACCOUNT STATEMENT",
        "   Statement period 10/01/2026 - 10/31/2026",
        "",
        "   Date    Description             Deposits    Withdrawals    Balance",
        "   10/01   Balance forward                                     100.00",
        "   10/05   Payroll                   900.00                  1,000.00",
        "   10/09   Market                                  40.00       960.00",
        "   10/19   Payroll                   900.00                  1,860.00",
        "   10/23   Garage                                 160.00     1,700.00",
        "   Totals                          1,800.00       200.00     1,700.00",
    ]);
    shows(&statement, &[("total_deposits", "1800.00"), ("total_withdrawals", "200.00")]);
}
