//! The rule files of this repository load, their examples come out as they say, and broken ones are refused with the
//! place and the reason.

use verify::rules::schema::schemas;
use verify::rules::{RuleError, Rules};

use crate::support::{self, lines, rule_files};

#[test]
fn the_rule_files_load_and_their_examples_hold() {
    let rules = support::rules();
    let report = rules.run_examples();
    assert!(report.failures.is_empty(), "{}", lines(&report.failures));
    assert!(report.examples > 2 * report.checks && report.checks > 20, "{report:?}");
}

#[test]
fn an_example_that_does_not_hold_is_named_with_its_place() {
    let mut files = rule_files();
    let income = files.iter_mut().find(|file| file.path == "proofs/income.yaml").unwrap();
    let wrong = income.text.replace(
        "fields: {pay_date: 2026-09-17}\n        outcome: fail",
        "fields: {pay_date: 2026-09-17}\n        outcome: pass",
    );
    assert_ne!(wrong, income.text);
    income.text = wrong;
    let (before, _) = income.text.split_once("fields: {pay_date: 2026-09-17}").unwrap();
    let line = 1 + before.lines().rev().position(|line| line.contains("- name:")).unwrap();
    let line = 1 + before.lines().count() - line;
    let report = Rules::load(files).unwrap().run_examples();
    let expected = format!(
        "proofs/income.yaml:{line}:9: income/pay-stub-recent, example 'one day too old': should be pass, is fail: \
         pay date 2026-09-17 is 46 days before 2026-11-02, limit 45"
    );
    assert_eq!(lines(&report.failures), expected);
}

#[test]
fn the_digest_covers_names_and_contents_and_not_the_order() {
    let files = rule_files();
    let digest = |files: Vec<_>| Rules::load(files).unwrap().digest();
    let whole = digest(files.clone());
    assert_eq!(whole, digest(files.iter().rev().cloned().collect()));
    let mut changed = files;
    changed[0].text.push_str("\n# a remark\n");
    assert_ne!(whole, digest(changed));
}

/// A change to a rule file, and what must be said of it: the text that stands at the place named, and the problem.
struct Broken {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    at: &'static str,
    says: &'static str,
}

const fn broken(
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    at: &'static str,
    says: &'static str,
) -> Broken {
    Broken { name, file, from, to, at, says }
}

const BROKEN: [Broken; 32] = [
    broken("a key misspelled", INCOME, "on_fail: review", "on_fial: review", "on_fial", "unknown field"),
    broken(
        "another version",
        INCOME,
        "vouch/proof/1",
        "vouch/proof/9",
        "vouch/proof/9",
        "not 'vouch/proof/1'",
    ),
    broken(
        "a missing translation",
        INCOME,
        "      es: Su talón de pago es de hace un tiempo. Si tiene uno más reciente, puede enviarlo.\n",
        "",
        "",
        "missing field `es`",
    ),
    broken(
        "a copied translation",
        INCOME,
        "es: Su talón de pago es de hace un tiempo. Si tiene uno más reciente, puede enviarlo.",
        "es: Your pay stub is from a while ago. If you have a more recent one, you can send it.",
        "Your pay stub is from a while ago. If you have a more recent one, you can send it.\n    examples",
        "translate it",
    ),
    broken(
        "a word that is said to be two",
        "synonyms.yaml",
        "  year: [yr]",
        "  year: [yr, acct]",
        "acct]",
        "'acct' is said to be the same as 'account' and as 'year'",
    ),
    broken("no citation", INCOME, "    cites: [recent-stub]\n", "", "", "missing field `cites`"),
    broken(
        "an unknown source",
        INCOME,
        "cites: [recent-stub]",
        "cites: [hearsay]",
        "hearsay",
        "no source 'hearsay'",
    ),
    broken(
        "an unknown field",
        INCOME,
        "needs: [hours]",
        "needs: [hour]",
        "hour]",
        "'pay_stub' has no field 'hour'",
    ),
    broken(
        "an unknown type",
        INCOME,
        "documents: [bank_statement]",
        "documents: [bank_book]",
        "bank_book",
        "no document type 'bank_book'",
    ),
    broken(
        "an unknown name",
        INCOME,
        "condition: days.pay_date <= table.pay_stub_days",
        "condition: days.pay_date <= table.pay_stub_day",
        "table.pay_stub_day",
        "pay_stub_day",
    ),
    broken(
        "an unknown function",
        INCOME,
        "condition: days.pay_date <= table.pay_stub_days",
        "condition: older(days.pay_date)",
        "older",
        "older",
    ),
    broken(
        "a function that reads the clock",
        INCOME,
        "condition: days.pay_date >= 0",
        "condition: date('now') >= pay_date",
        "date('now')",
        "'date' may not be used",
    ),
    broken(
        "a condition that is no condition",
        INCOME,
        "condition: days.pay_date >= 0",
        "condition: days.pay_date + 1",
        "days.pay_date + 1",
        "true or false",
    ),
    broken(
        "a date held against a number",
        INCOME,
        "condition: hours > 0",
        "condition: pay_date > 0",
        "pay_date > 0",
        "",
    ),
    broken(
        "a field completed by a sum that it is no part of",
        "documents/profit_and_loss.yaml",
        "completes: [gross_income,",
        "completes: [business_name,",
        "",
        "completes 'business_name', which is no amount that it needs",
    ),
    broken(
        "a field that gives way to none",
        "documents/pay_stub.yaml",
        "gives_way_to: current_period_net_pay",
        "gives_way_to: current_net_pay",
        "",
        "'year_to_date_net_pay' gives way to 'current_net_pay', which is no field",
    ),
    broken(
        "weak labels of what no sum holds",
        "documents/rent_receipt.yaml",
        "reach: 7",
        "weak_labels: [rent]",
        "",
        "'amount' has weak labels, and is no amount that a constraint confirms",
    ),
    broken(
        "what is set apart and is no field",
        "documents/pay_stub.yaml",
        "apart: [current_period_deductions,",
        "apart: [current_deductions,",
        "",
        "sets 'current_deductions' apart, which is no field",
    ),
    broken(
        "a group of terms that is none",
        "documents/bank_statement.yaml",
        "totals: totals",
        "totals: sums",
        "sums",
        "has 'sums', which is no group of terms",
    ),
    broken(
        "a title that is empty in one language",
        "documents/bank_statement.yaml",
        "title: { en: bank statement, es:",
        "title: { en: '', es:",
        "en: ''",
        "the title in 'en' is empty",
    ),
    broken(
        "a condition over values with a name that is none",
        "documents/form_1040.yaml",
        "any_of: [wages <= total_income]",
        "any_of: [wages <= total_incme]",
        "total_incme",
        "unknown name 'total_incme'",
    ),
    broken(
        "a condition over values that compares a number with a text",
        "documents/form_1099_nec.yaml",
        "federal_income_tax_withheld == 0",
        "federal_income_tax_withheld == 'none'",
        "federal_income_tax_withheld == 'none'",
        "will always evaluate to `false`",
    ),
    broken(
        "a condition over values that is no condition",
        "documents/form_1040.yaml",
        "any_of: [wages <= total_income]",
        "any_of: [wages - total_income]",
        "wages - total_income",
        "must come to true or false",
    ),
    broken(
        "a reason that names what is no field",
        "documents/bank_statement.yaml",
        "the statement begins on {statement_start_date}",
        "the statement begins on {statement_start}",
        "statement_start}",
        "the reason names 'statement_start', which is no field",
    ),
    broken(
        "two constraints of one name",
        "documents/form_1040.yaml",
        "name: adjusted-within-total-income",
        "name: wages-within-total-income",
        "wages-within-total-income",
        "two constraints are called 'wages-within-total-income'",
    ),
    broken(
        "a product of what is no number",
        "documents/pay_stub.yaml",
        "count: hours, rate",
        "count: employee_id, rate",
        "",
        "a product has 'employee_id', which is no field of kind Number",
    ),
    broken(
        "an undeclared field",
        INCOME,
        "condition: hours > 0",
        "condition: hours > 0 and hourly_rate > 0",
        "",
        "list it under needs or optional",
    ),
    broken(
        "two versions in force at once",
        INCOME,
        "programs: [medi-cal]\n    when: given.income",
        "programs: [calfresh]\n    when: given.income",
        "",
        "in force on the same day",
    ),
    broken(
        "two values on one day",
        CLOCKS,
        "programs: [medi-cal]",
        "programs: [calfresh]",
        "",
        "hold on the same day",
    ),
    broken(
        "dates the wrong way round",
        CLOCKS,
        "- value: 60\n        effective_from: 2014-01-01",
        "- value: 60\n        effective_from: 2014-01-01\n        effective_to: 2013-01-01",
        "",
        "before effective_from",
    ),
    broken("no YAML", CLOCKS, "constants:", "constants: [", "", ""),
    broken(
        "a hole without an end",
        INCOME,
        "pass: paid on {pay_date}",
        "pass: paid on {pay_date",
        "paid on {pay_date",
        "no '}'",
    ),
];

const INCOME: &str = "proofs/income.yaml";
const CLOCKS: &str = "tables/clocks.yaml";

#[test]
fn broken_files_are_refused_with_place_and_reason() {
    for case in BROKEN {
        let mut files = rule_files();
        let file = files.iter_mut().find(|file| file.path == case.file).unwrap();
        assert!(file.text.contains(case.from), "{}: nothing to break", case.name);
        file.text = file.text.replacen(case.from, case.to, 1);
        let text = file.text.clone();
        let errors = Rules::load(files).expect_err(case.name);
        let fits = |error: &&RuleError| error.file == case.file && error.problem.contains(case.says);
        let said = errors.iter().find(fits);
        let said = said.unwrap_or_else(|| panic!("{}: {}", case.name, lines(&errors)));
        let (line, column) = (said.line as usize, said.column as usize);
        let here: String = text.lines().skip(line - 1).collect::<Vec<_>>().join("\n");
        let here: String = here.chars().skip(column - 1).collect();
        assert!(here.starts_with(case.at), "{}: {said}, where stands {:.60}", case.name, here);
    }
}

#[test]
fn all_that_is_wrong_in_all_files_is_said_at_once() {
    let mut files = rule_files();
    for file in &mut files {
        file.text = file.text.replacen("retrieved: ", "retreived: ", 1);
    }
    let errors = Rules::load(files).unwrap_err();
    let named: Vec<_> = errors.iter().map(|error| error.file.as_str()).collect();
    for file in ["proofs/identity.yaml", "proofs/income.yaml", "tables/clocks.yaml", "verdicts.yaml"] {
        assert!(named.contains(&file), "{file} is not in {named:?}");
    }
}

#[test]
fn a_document_file_that_does_not_load_is_complained_of_once() {
    let mut files = rule_files();
    let file = files.iter_mut().find(|file| file.path == "documents/pay_stub.yaml").unwrap();
    file.text = file.text.replacen("fields:", "feilds:", 1);
    let errors = Rules::load(files).unwrap_err();
    assert!(errors.iter().all(|error| error.file == "documents/pay_stub.yaml"), "{}", lines(&errors));
}

#[test]
fn the_schemas_name_what_files_may_hold() {
    let names: Vec<_> = schemas().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["calibration", "document", "doubts", "proof", "synonyms", "table", "verdicts"]);
    for (name, schema) in schemas() {
        assert_eq!(schema["additionalProperties"], false, "{name}");
        assert!(schema["required"].as_array().is_some_and(|keys| keys.len() > 1), "{name}");
    }
}
