//! Whom of a household documents are about, what they clear, and where its income stands.

use document::{AttestedIncome, Household, Submission};
use verify::check::{Checked, check};
use verify::decide::decide;
use verify::field::ExtractedDocument;
use verify::household::whom;
use verify::verdict::{Disposition, Standing};

use crate::support::{self, document, money, name, pay_stub, submission};

/// Maria Lopez of a household of three: Luis Lopez, who stated 900.00 a month, and Eva Lopez; what is open about each.
fn of_three() -> Submission {
    let mut three = submission("medi-cal", "income");
    three.household = serde_json::from_str(
        r#"{"size": 3, "members": [
            {"member_id": "m-2", "person": {"first_name": "Luis", "last_name": "Lopez"},
             "income": {"amount": "900.00", "frequency": "monthly"}},
            {"member_id": "m-3", "person": {"first_name": "Eva", "last_name": "Lopez"}}]}"#,
    )
    .unwrap();
    three.inconsistencies = serde_json::from_str(
        r#"[{"inconsistency_id": "i-1", "proof_of": "income"},
            {"inconsistency_id": "i-2", "proof_of": "income", "member_id": "m-2"},
            {"inconsistency_id": "i-3", "proof_of": "identity", "member_id": "m-2"}]"#,
    )
    .unwrap();
    three
}

fn stub_of(employee: &str) -> ExtractedDocument {
    let mut stub = pay_stub();
    let other = document("pay_stub", &[("employee_name", name(employee))]);
    stub.fields.extend(other.fields);
    stub.fields.remove("employee_ssn");
    stub
}

fn judge(submission: &Submission, documents: &[ExtractedDocument]) -> Checked {
    check(&whom(submission, documents).submission, documents, &[], &[], support::rules())
}

#[test]
fn documents_are_about_the_one_member_that_they_name() {
    let three = of_three();
    let of = |documents: &[ExtractedDocument]| whom(&three, documents).member_id.map(str::to_owned);
    assert_eq!(of(&[stub_of("LUIS LOPEZ")]).as_deref(), Some("m-2"));
    assert_eq!(of(&[stub_of("Maria Lopez")]), None);
    assert_eq!(of(&[stub_of("Luis Lopez"), stub_of("Maria Lopez")]), None, "the applicant's too");
    assert_eq!(of(&[stub_of("Luis Lopez"), stub_of("Eva Lopez")]), None, "of two members");
    assert_eq!(of(&[stub_of("Somebody Else")]), None);
    assert_eq!(of(&[]), None);
}

#[test]
fn a_verdict_clears_what_it_proves_of_the_person_it_is_about() {
    let three = of_three();
    let cleared = |employee: &str, disposition| whom(&three, &[stub_of(employee)]).clears(disposition);
    assert_eq!(cleared("Maria Lopez", Disposition::Verified), ["i-1"]);
    assert_eq!(cleared("Luis Lopez", Disposition::Verified), ["i-2"]);
    for disposition in [Disposition::Review, Disposition::Resubmit] {
        assert!(cleared("Luis Lopez", disposition).is_empty());
    }
}

#[test]
fn a_members_income_is_held_against_what_was_stated_for_that_member() {
    let mut three = of_three();
    let stub = stub_of("Luis Lopez");
    let disposition = |submission: &Submission| {
        let documents = std::slice::from_ref(&stub);
        let checked = judge(submission, documents);
        decide(submission, documents, &checked, support::rules()).disposition
    };
    assert_eq!(disposition(&three), Disposition::Review, "2002.50 every two weeks, 900.00 a month stated");
    if let Some(household) = &mut three.household {
        household.members[0].income =
            Some(serde_json::from_str(r#"{"amount": "2000.00", "frequency": "biweekly"}"#).unwrap());
    }
    assert_eq!(disposition(&three), Disposition::Verified);
}

#[test]
fn an_income_stands_beside_the_guideline_for_the_household() {
    let mut alone = submission("medi-cal", "income");
    let level = |submission: &Submission| judge(submission, &[pay_stub()]).income.unwrap().poverty_level;
    assert_eq!(level(&alone), None, "nobody said how many they are");
    alone.household = Some(Household { size: 4, other_income: None, members: Vec::new() });
    let found = level(&alone).unwrap();
    // 15,960 + 3 x 5,680; 2002.50 x 26 / 12 = 4338.75 a month.
    assert_eq!((found.guideline.as_str(), found.percent.as_str()), ("33000.00", "157.8"));
    let of = |group: &str| found.limits.iter().find(|limit| limit.group == group).unwrap().clone();
    assert_eq!((of("adult").monthly.as_str(), of("adult").standing), ("3795.00", Standing::Above));
    assert_eq!((of("child").monthly.as_str(), of("child").standing), ("7315.00", Standing::AtOrBelow));
}

#[test]
fn the_computation_is_shown_line_by_line() {
    let mut second = pay_stub();
    let payer = document(
        "pay_stub",
        &[("employer_name", name("Cafe Verde")), ("current_period_gross_pay", money("300.00"))],
    );
    second.fields.extend(payer.fields);
    let income = judge(&submission("medi-cal", "income"), &[pay_stub(), second]).income.unwrap();
    assert_eq!(
        income.lines,
        [
            "Harbor Freight Lines: 2002.50 biweekly x 26 / 12 = 4338.75 a month",
            "Cafe Verde: 300.00 biweekly x 26 / 12 = 650.00 a month",
            "4338.75 + 650.00 = 4988.75 a month",
            "stated: 2000.00 biweekly x 26 / 12 = 4333.33 a month; 15.1 % apart",
        ]
    );
}

#[test]
fn the_published_limits_of_2025_come_out() {
    let mut three = submission("medi-cal", "income");
    three.received_date = "2025-06-02".parse().unwrap();
    let adult = |size: u32| {
        let household = Household { size, other_income: None::<AttestedIncome>, members: Vec::new() };
        let submission = Submission { household: Some(household), ..three.clone() };
        let level = judge(&submission, &[pay_stub()]).income.unwrap().poverty_level.unwrap();
        level.limits.into_iter().find(|limit| limit.group == "adult").unwrap().monthly
    };
    assert_eq!([adult(1), adult(4)], ["1801.00", "3699.00"]);
}
