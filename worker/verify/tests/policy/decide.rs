//! What findings lead to. Above all: nothing that is not clearly met is ever verified.

use document::{Confidence, DocumentFault, Flaw, FlawKind, PageFault, Rect, Submission};
use proptest::prelude::*;
use verify::check::{Checked, PageFlaw, UploadFault, check};
use verify::decide::{Decision, decide};
use verify::field::{ConstraintOutcome, ExtractedDocument, Field, UNKNOWN, Value};
use verify::rules::Rules;
use verify::verdict::{Disposition, Outcome};

use crate::support::{self, document, license, name, pay_stub, submission, utility_bill};

fn judge(
    submission: &Submission,
    documents: &[ExtractedDocument],
    faults: &[UploadFault],
) -> (Checked, Decision) {
    judge_pictures(submission, documents, faults, &[])
}

fn judge_pictures(
    submission: &Submission,
    documents: &[ExtractedDocument],
    faults: &[UploadFault],
    flaws: &[PageFlaw],
) -> (Checked, Decision) {
    let checked = check(submission, documents, faults, flaws, support::rules());
    let decision = decide(submission, documents, &checked, support::rules());
    (checked, decision)
}

#[test]
fn what_no_rule_speaks_of_goes_to_a_person() {
    let files = support::rule_files().into_iter().filter(|file| file.path != "proofs/citizenship.yaml");
    let rules = Rules::load(files).unwrap_or_else(|errors| panic!("{}", support::lines(&errors)));
    let (submission, documents) = (submission("covered-california", "citizenship"), [license()]);
    let checked = check(&submission, &documents, &[], &[], &rules);
    assert!(open(&checked, "citizenship/rules").is_some());
    assert_eq!(decide(&submission, &documents, &checked, &rules).disposition, Disposition::Review);
}

fn constrained(mut document: ExtractedDocument, holds: Option<bool>) -> ExtractedDocument {
    let fields = ["current_period_gross_pay", "current_period_deductions", "current_period_net_pay"];
    let fields = fields.map(ToOwned::to_owned).to_vec();
    document.constraints.push(ConstraintOutcome {
        name: "gross-less-deductions-is-net".to_owned(),
        holds,
        fields,
    });
    document
}

fn with(mut document: ExtractedDocument, field: &str, value: Value) -> ExtractedDocument {
    let provenance = document.fields.values().next().unwrap().provenance();
    let found = Field::Found { value, confidence: Confidence::clamped(0.97), provenance };
    document.fields.insert(field.to_owned(), found);
    document
}

fn without(mut document: ExtractedDocument, field: &str) -> ExtractedDocument {
    assert!(document.fields.remove(field).is_some(), "{field}");
    document
}

fn doubtful(document: ExtractedDocument, field: &str) -> ExtractedDocument {
    read_with(document, field, 0.4)
}

fn read_with(mut document: ExtractedDocument, field: &str, sure: f64) -> ExtractedDocument {
    let Some(Field::Found { confidence, .. }) = document.fields.get_mut(field) else { panic!("{field}") };
    *confidence = Confidence::clamped(sure);
    document
}

#[test]
fn what_the_applicant_gave_is_believed_sooner() {
    let submission = submission("medi-cal", "residency");
    let disposition = |document| judge(&submission, &[document], &[]).1.disposition;
    for field in ["account_holder_name", "service_address"] {
        assert_eq!(disposition(read_with(utility_bill(), field, 0.6)), Disposition::Verified, "{field}");
        assert_eq!(disposition(read_with(utility_bill(), field, 0.4)), Disposition::Review, "{field}");
    }
    let more = with(utility_bill(), "account_holder_name", name("MARIA LOPEZ PACIFIC"));
    assert_eq!(disposition(read_with(more, "account_holder_name", 0.6)), Disposition::Review);
    // Nothing that the applicant gave says when the bill was made.
    assert_eq!(disposition(read_with(utility_bill(), "bill_date", 0.6)), Disposition::Review);
}

#[test]
fn a_name_in_parts_is_believed_sooner_as_a_whole() {
    let submission = submission("medi-cal", "identity");
    let unsure_license = |sure| read_with(read_with(license(), "first_name", sure), "last_name", sure);
    let disposition = |document| judge(&submission, &[document], &[]).1.disposition;
    assert_eq!(disposition(unsure_license(0.6)), Disposition::Verified);
    assert_eq!(disposition(unsure_license(0.4)), Disposition::Review);
    let other = with(license(), "last_name", name("LOPEZ VEGA"));
    assert_eq!(disposition(read_with(other, "last_name", 0.6)), Disposition::Review);
}

fn unsure(mut document: ExtractedDocument) -> ExtractedDocument {
    document.type_confidence = Confidence::clamped(0.5);
    document
}

/// What stands under `rule` among the findings that are not met; empty where it is met.
fn open<'a>(checked: &'a Checked, rule: &str) -> Option<&'a str> {
    let mut open = checked.judged.iter().filter(|judged| judged.is_open());
    open.find(|judged| judged.finding.rule == rule).map(|judged| judged.finding.reason.as_str())
}

/// What it shows, what is judged, what it must come to, and the rule that must be open.
type Case = (&'static str, Submission, Vec<ExtractedDocument>, Vec<UploadFault>, Disposition, &'static str);

#[test]
fn each_case_is_decided_as_it_must_be() {
    use Disposition::{Resubmit, Review, Verified};
    let cc = |proof| submission("covered-california", proof);
    let unknown = || document(UNKNOWN, &[]);
    let broken = || UploadFault::Page { page: 2, fault: PageFault::Corrupt { detail: "cut off".to_owned() } };
    let locked = || UploadFault::Document { file: 1, fault: DocumentFault::Encrypted };
    let large =
        || UploadFault::Document { file: 1, fault: DocumentFault::OverLimit { limit: "pages".to_owned() } };
    let blank = || UploadFault::Blank { file: 1, flaw: None };
    let cases: Vec<Case> = vec![
        ("a good stub", cc("income"), vec![pay_stub()], vec![], Verified, ""),
        (
            "a good stub for Medi-Cal",
            submission("medi-cal", "income"),
            vec![pay_stub()],
            vec![],
            Verified,
            "",
        ),
        (
            "a good stub for CalFresh",
            submission("calfresh", "income"),
            vec![pay_stub()],
            vec![],
            Verified,
            "",
        ),
        ("figures that hold", cc("income"), vec![constrained(pay_stub(), Some(true))], vec![], Verified, ""),
        (
            "figures that do not hold",
            cc("income"),
            vec![constrained(pay_stub(), Some(false))],
            vec![],
            Review,
            "pay_stub/gross-less-deductions-is-net",
        ),
        ("figures not judged", cc("income"), vec![constrained(pay_stub(), None)], vec![], Verified, ""),
        (
            "a stale stub",
            cc("income"),
            vec![with(pay_stub(), "pay_date", support::date("2026-01-31"))],
            vec![],
            Review,
            "income/pay-stub-recent",
        ),
        (
            "a stale stub that shows its period alone",
            cc("income"),
            vec![without(with(pay_stub(), "pay_period_end_date", support::date("2026-01-31")), "pay_date")],
            vec![],
            Review,
            "income/pay-period-recent",
        ),
        (
            "another's stub",
            cc("income"),
            vec![without(with(pay_stub(), "employee_name", name("ANA RUIZ")), "employee_ssn")],
            vec![],
            Review,
            "income/names-applicant",
        ),
        (
            "no gross",
            cc("income"),
            vec![without(pay_stub(), "current_period_gross_pay")],
            vec![],
            Review,
            "income/gross-shown",
        ),
        (
            "a doubtful gross",
            cc("income"),
            vec![doubtful(pay_stub(), "current_period_gross_pay")],
            vec![],
            Review,
            "income/gross-shown",
        ),
        (
            "twice the income",
            cc("income"),
            vec![with(pay_stub(), "current_period_gross_pay", support::money("4005.00"))],
            vec![],
            Review,
            "income/agrees-with-stated",
        ),
        (
            "no hours for Medi-Cal",
            submission("medi-cal", "income"),
            vec![without(pay_stub(), "hours")],
            vec![],
            Review,
            "income/hours-shown",
        ),
        ("no hours for the exchange", cc("income"), vec![without(pay_stub(), "hours")], vec![], Verified, ""),
        (
            "a type that is not sure",
            cc("income"),
            vec![unsure(pay_stub())],
            vec![],
            Review,
            "income/document-counts",
        ),
        ("a license for income", cc("income"), vec![license()], vec![], Resubmit, "income/document-counts"),
        (
            "perhaps a license for income",
            cc("income"),
            vec![unsure(license())],
            vec![],
            Review,
            "income/document-counts",
        ),
        ("an unknown document", cc("income"), vec![unknown()], vec![], Review, "income/document-counts"),
        (
            "a stub and an unknown document",
            cc("income"),
            vec![pay_stub(), unknown()],
            vec![],
            Review,
            "income/document-counts",
        ),
        (
            "a stub and a license",
            cc("income"),
            vec![pay_stub(), license()],
            vec![],
            Review,
            "income/document-counts",
        ),
        (
            "a bank statement",
            cc("income"),
            vec![document("bank_statement", &[])],
            vec![],
            Review,
            "income/document-counts",
        ),
        ("nothing at all", cc("income"), vec![], vec![], Review, "upload/no-document"),
        ("a locked file", cc("income"), vec![], vec![locked()], Resubmit, "upload/encrypted"),
        ("a blank file", cc("income"), vec![], vec![blank()], Resubmit, "upload/blank"),
        ("a file too large", cc("income"), vec![], vec![large()], Review, "upload/over-limit"),
        (
            "a stub and a page not read",
            cc("income"),
            vec![pay_stub()],
            vec![broken()],
            Review,
            "upload/page-unreadable",
        ),
        (
            "a license for income and a page not read",
            cc("income"),
            vec![license()],
            vec![broken()],
            Resubmit,
            "upload/page-unreadable",
        ),
        ("a license", cc("identity"), vec![license()], vec![], Verified, ""),
        (
            "an expired license",
            cc("identity"),
            vec![with(license(), "date_of_expiration", support::date("2026-01-01"))],
            vec![],
            Review,
            "identity/unexpired",
        ),
        (
            "a stub for identity",
            cc("identity"),
            vec![pay_stub()],
            vec![],
            Resubmit,
            "identity/document-counts",
        ),
        ("a license for residency", cc("residency"), vec![license()], vec![], Verified, ""),
        ("a bill", cc("residency"), vec![utility_bill()], vec![], Verified, ""),
        (
            "a passport for residency",
            cc("residency"),
            vec![document("passport", &[])],
            vec![],
            Resubmit,
            "residency/document-counts",
        ),
        (
            "the same where no proof is asked for",
            submission("medi-cal", "residency"),
            vec![document("passport", &[])],
            vec![],
            Review,
            "residency/document-counts",
        ),
        (
            "a license for citizenship",
            cc("citizenship"),
            vec![license()],
            vec![],
            Resubmit,
            "citizenship/document-counts",
        ),
    ];
    for (case, submission, documents, faults, expected, rule) in cases {
        let (checked, decision) = judge(&submission, &documents, &faults);
        let found: Vec<_> = checked.findings().iter().map(|found| format!("{found:?}")).collect();
        assert_eq!(decision.disposition, expected, "{case}: {}", found.join("\n"));
        assert_eq!(rule.is_empty(), expected == Verified, "{case}");
        assert!(rule.is_empty() || open(&checked, rule).is_some(), "{case}: {}", found.join("\n"));
        let Decision { messages, score, .. } = decision;
        assert!(!messages.en.is_empty() && messages.en != messages.es, "{case}");
        assert!(!messages.en.contains(['{', '?']) && !messages.es.contains('{'), "{case}: {}", messages.en);
        assert!((expected == Verified) <= (score.get() > 0.9), "{case}: {score:?}");
    }
}

#[test]
fn reasons_and_the_income_have_their_figures() {
    let stub = with(constrained(pay_stub(), Some(false)), "pay_date", support::date("2026-08-31"));
    let (checked, decision) = judge(&submission("covered-california", "income"), &[stub], &[]);
    assert_eq!(
        open(&checked, "income/pay-stub-recent"),
        Some("pay date 2026-08-31 is 63 days before 2026-11-02, limit 45")
    );
    let broken = open(&checked, "pay_stub/gross-less-deductions-is-net").unwrap();
    assert!(
        broken.contains("2002.50") && broken.contains("440.55") && broken.contains("1561.95"),
        "{broken}"
    );
    let income = checked.income.unwrap();
    assert_eq!((income.monthly.as_str(), income.annual.as_str()), ("4338.75", "52065.00"));
    assert_eq!(income.method, "2002.50 biweekly x 26 / 12");
    assert!(
        decision.messages.es.contains("Su talón de pago es de hace un tiempo."),
        "{}",
        decision.messages.es
    );
}

#[test]
fn a_rule_is_applied_as_of_the_day_of_receipt() {
    let mut late = submission("covered-california", "income");
    late.received_date = "2013-12-31".parse().unwrap();
    let (checked, decision) = judge(&late, &[pay_stub()], &[]);
    assert_eq!(decision.disposition, Disposition::Review);
    assert!(checked.findings().iter().all(|found| found.outcome != Outcome::Pass), "no rule is in force yet");
}

/// A document as it may come out of reading: some fields gone, unreadable, doubtful or changed.
fn mangled(document: ExtractedDocument) -> impl Strategy<Value = ExtractedDocument> {
    let fields: Vec<String> = document.fields.keys().cloned().collect();
    let one = prop::sample::select(fields.clone());
    let values = prop_oneof![
        Just(support::money("1.00")),
        Just(support::date("2026-10-31")),
        Just(support::date("2031-01-01")),
        Just(name("ANA RUIZ")),
        Just(Value::Ssn("123-45-1111".to_owned())),
        Just(Value::Choice("weekly".to_owned())),
        Just(Value::Code("NV".to_owned())),
        Just(Value::Address("10 Main St, Reno NV 89501".to_owned())),
    ];
    let change = prop_oneof![
        one.clone().prop_map(|field| (field, None)),
        (one.clone(), 0.0..1.0_f64).prop_map(|(field, share)| (field, Some((None, share)))),
        (one, values).prop_map(|(field, value)| (field, Some((Some(value), 1.0)))),
    ];
    (prop::collection::vec(change, 0..4), 0.3..1.0_f64, prop::option::of(any::<Option<bool>>())).prop_map(
        move |(changes, type_confidence, constraint)| {
            let mut mangled = document.clone();
            mangled.type_confidence = Confidence::clamped(type_confidence + 0.4);
            if let Some(holds) = constraint {
                mangled = constrained(mangled, holds);
            }
            for (field, change) in changes {
                match change {
                    None => drop(mangled.fields.remove(&field)),
                    Some((value, share)) => mangle(&mut mangled, &field, value, share),
                }
            }
            mangled
        },
    )
}

fn mangle(document: &mut ExtractedDocument, field: &str, value: Option<Value>, share: f64) {
    let Some(found) = document.fields.get_mut(field) else { return };
    let provenance = found.provenance();
    *found = match (value, found.value().cloned()) {
        (Some(value), _) => Field::Found { value, confidence: Confidence::clamped(share), provenance },
        (None, Some(value)) if share > 0.2 => {
            Field::Found { value, confidence: Confidence::clamped(share), provenance }
        }
        (None, _) => Field::Unreadable { provenance },
    };
}

fn case() -> impl Strategy<Value = (Submission, Vec<ExtractedDocument>, Vec<UploadFault>)> {
    let programs = prop::sample::select(vec!["covered-california", "medi-cal", "calfresh"]);
    let proofs = prop::sample::select(vec!["income", "identity", "residency", "citizenship"]);
    let documents = prop_oneof![
        6 => mangled(pay_stub()),
        3 => mangled(license()),
        3 => mangled(utility_bill()),
        1 => Just(document(UNKNOWN, &[])),
    ];
    let fault = prop_oneof![
        Just(UploadFault::Blank { file: 2, flaw: None }),
        Just(UploadFault::Document { file: 2, fault: DocumentFault::Encrypted }),
    ];
    let faults = prop_oneof![5 => Just(Vec::new()), 1 => prop::collection::vec(fault, 1..2)];
    let documents = prop_oneof![4 => documents.clone().prop_map(|one| vec![one]), 1 => prop::collection::vec(documents, 0..3)];
    (programs, proofs, documents, faults)
        .prop_map(|(program, proof, documents, faults)| (submission(program, proof), documents, faults))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_verified_has_nothing_against_it((submission, documents, faults) in case()) {
        let (checked, decision) = judge(&submission, &documents, &faults);
        prop_assert!((0.0..=1.0).contains(&decision.score.get()));
        let against = checked.judged.iter().any(|judged| judged.is_open());
        if decision.disposition == Disposition::Verified {
            prop_assert!(!against && faults.is_empty() && !documents.is_empty());
            let counted = checked.findings().iter().filter(|found| found.rule.ends_with("/document-counts")).count();
            prop_assert_eq!(counted, documents.len());
            prop_assert!(documents.iter().all(|document| document.type_confidence.get() >= 0.8));
        }
        // The same input gives the same verdict.
        let again = judge(&submission, &documents, &faults);
        prop_assert_eq!((&checked, &decision), (&again.0, &again.1));
    }

    /// What a document does not show cannot speak against it. But taking away a field that no open finding rests on
    /// never makes anything verified.
    #[test]
    fn a_missing_field_never_helps((submission, documents, faults) in case(), which in any::<prop::sample::Index>()) {
        let (checked, decision) = judge(&submission, &documents, &faults);
        let fields: Vec<(usize, String)> = documents
            .iter()
            .enumerate()
            .flat_map(|(index, document)| document.fields.keys().map(move |field| (index, field.clone())))
            .collect();
        if decision.disposition == Disposition::Verified || fields.is_empty() {
            return Ok(());
        }
        let (index, field) = which.get(&fields).clone();
        let place = documents[index].fields[&field].provenance();
        let rests = |judged: &verify::check::Judged| {
            judged.finding.evidence.iter().any(|at| at.quad.bounds() == place.quad.rounded().bounds())
        };
        let spoken_against = checked.judged.iter().any(|judged| judged.is_open() && rests(judged));
        let whole = checked.judged.iter().any(|judged| judged.is_open() && judged.finding.rule == "income/agrees-with-stated");
        if spoken_against || whole {
            return Ok(());
        }
        let mut fewer = documents;
        fewer[index].fields.remove(&field);
        let (_, later) = judge(&submission, &fewer, &faults);
        prop_assert_ne!(later.disposition, Disposition::Verified, "without {}", field);
    }

    #[test]
    fn a_needed_field_that_is_gone_or_doubtful_prevents_verification(
        needed in prop::sample::select(vec!["employee_name", "pay_date", "current_period_gross_pay"]),
        how in 0..3_u8,
    ) {
        let stub = without(pay_stub(), "employee_ssn");
        let stub = match how {
            0 => without(stub, needed),
            1 => doubtful(stub, needed),
            _ => {
                let mut stub = stub;
                mangle(&mut stub, needed, None, 0.0);
                stub
            }
        };
        for program in ["covered-california", "medi-cal", "calfresh"] {
            // There the pay period does without the date of payment.
            let done_without = program == "covered-california" && needed == "pay_date" && how == 0;
            let expected = if done_without { Disposition::Verified } else { Disposition::Review };
            let (_, decision) = judge(&submission(program, "income"), std::slice::from_ref(&stub), &[]);
            prop_assert_eq!(decision.disposition, expected);
        }
    }
}

fn flaw(kind: FlawKind, severity: f64, page: u32) -> PageFlaw {
    let quad = Rect::new(0.1, 0.1, 0.9, 0.9).into();
    PageFlaw { page, flaw: Flaw { kind, severity: Confidence::clamped(severity), quad } }
}

#[test]
fn a_poor_picture_is_asked_for_again_where_it_is_why_something_was_not_read() {
    use Disposition::{Resubmit, Review, Verified};
    let unread = || doubtful(without(pay_stub(), "employee_ssn"), "pay_date");
    let stale = || with(unread(), "employee_name", name("ANA RUIZ"));
    let alike = || with(without(pay_stub(), "employee_ssn"), "employee_name", name("MARLA LOPEZ"));
    let cases = [
        ("a blurred stub with a doubtful date", unread(), flaw(FlawKind::Blur, 0.7, 1), Resubmit),
        (
            "a stub of no known type in the dark",
            document(UNKNOWN, &[]),
            flaw(FlawKind::Dark, 0.9, 1),
            Resubmit,
        ),
        ("a type that is not sure", unsure(pay_stub()), flaw(FlawKind::Glare, 0.6, 1), Resubmit),
        ("a flaw that costs no words", unread(), flaw(FlawKind::Blur, 0.4, 1), Review),
        ("the flaw of another page", unread(), flaw(FlawKind::Blur, 0.9, 2), Review),
        ("a poor picture that was read", pay_stub(), flaw(FlawKind::Small, 0.9, 1), Verified),
        ("a name that was read, and is nearly the same", alike(), flaw(FlawKind::Blur, 0.9, 1), Review),
        ("something else besides that no picture mends", stale(), flaw(FlawKind::Blur, 0.9, 1), Review),
    ];
    for (name, document, flaw, expected) in cases {
        let income = submission("covered-california", "income");
        let (checked, decision) = judge_pictures(&income, &[document], &[], std::slice::from_ref(&flaw));
        assert_eq!(decision.disposition, expected, "{name}: {:?}", checked.findings());
        let places = checked.judged.iter().find(|judged| judged.finding.rule.starts_with("upload/"));
        let region = places.map(|judged| judged.finding.evidence[0].quad.bounds());
        let blamed = expected == Resubmit || name.starts_with("something else");
        assert_eq!(region, blamed.then(|| flaw.flaw.quad.bounds()), "{name}");
    }
}

#[test]
fn what_to_do_about_a_picture_is_said_and_nothing_else() {
    let unread = doubtful(without(pay_stub(), "employee_ssn"), "pay_date");
    let income = submission("covered-california", "income");
    let (_, decision) = judge_pictures(&income, &[unread], &[], &[flaw(FlawKind::Glare, 0.8, 1)]);
    let said = &decision.messages.en;
    assert!(said.contains("without flash") && said.contains("page 1"), "{said}");
    assert!(!said.contains("a person will"), "{said}");
    let blank = UploadFault::Blank { file: 1, flaw: Some(flaw(FlawKind::Small, 0.8, 1)) };
    let (_, decision) = judge_pictures(&income, &[], &[blank], &[]);
    assert_eq!(decision.disposition, Disposition::Resubmit);
    assert!(decision.messages.es.contains("más de cerca"), "{}", decision.messages.es);
}

/// Decisions over findings of any kind, whatever led to them.
mod synthetic {
    use super::*;
    use verify::check::{Judged, Subject};
    use verify::rules::Remedy;
    use verify::verdict::Finding;

    fn judged() -> impl Strategy<Value = Judged> {
        let outcomes = vec![Outcome::Pass, Outcome::Fail, Outcome::Inconclusive, Outcome::NotApplicable];
        let subject = prop_oneof![
            Just(Subject::Upload),
            (0..3_usize).prop_map(Subject::Counting),
            (0..3_usize).prop_map(Subject::Document),
        ];
        let remedy = prop::sample::select(vec![Remedy::Review, Remedy::Resubmit]);
        (prop::sample::select(outcomes), subject, remedy, prop::option::of(0.0..=1.0_f64)).prop_map(
            |(outcome, subject, remedy, confidence)| {
                let text = String::new;
                let finding =
                    Finding { rule: text(), outcome, reason: text(), citation: text(), evidence: Vec::new() };
                Judged { finding, subject, remedy, messages: None, confidence, unread: false }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_open_finding_is_ever_verified(judged in prop::collection::vec(judged(), 0..8)) {
            let documents = vec![pay_stub(), license(), utility_bill()];
            let checked = Checked { judged, income: None };
            let decision = decide(&submission("covered-california", "income"), &documents, &checked, support::rules());
            let any_open = checked.judged.iter().any(Judged::is_open);
            let counts = checked.judged.iter().any(|judged| {
                matches!(judged.subject, Subject::Counting(_)) && judged.finding.outcome == Outcome::Pass
            });
            prop_assert_eq!(decision.disposition == Disposition::Verified, !any_open && counts);
            let mendable = checked.judged.iter().filter(|one| one.is_open()).all(|one| one.remedy == Remedy::Resubmit);
            prop_assert!(decision.disposition != Disposition::Resubmit || (any_open && mendable));
            prop_assert!((0.0..=1.0).contains(&decision.score.get()));
        }
    }
}

/// How long judging takes, for `cargo nextest run -p verify speed --run-ignored only --no-capture`.
#[test]
#[ignore = "prints a figure, checks nothing that a busy machine could not break"]
fn speed_of_judging() {
    let submission = submission("covered-california", "income");
    let documents = [constrained(pay_stub(), Some(true))];
    let start = std::time::Instant::now();
    let rounds = 2000;
    for _ in 0..rounds {
        let (_, decision) = judge(&submission, &documents, &[]);
        assert_eq!(decision.disposition, Disposition::Verified);
    }
    println!(
        "{:.1} us for check and decide of a pay stub",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
    );
}

#[test]
fn income_is_averaged_for_one_payer_and_added_up_for_several() {
    let stub = |gross: &str, employer: &str, period_end: &str| {
        let stub = with(pay_stub(), "current_period_gross_pay", support::money(gross));
        with(with(stub, "employer_name", name(employer)), "pay_period_end_date", support::date(period_end))
    };
    let one = stub("2000.00", "Harbor Freight Lines", "2026-10-25");
    let later = stub("2100.00", "HARBOR FREIGHT LINES", "2026-10-25");
    let other = stub("500.00", "Cafe Verde", "2026-10-25");
    let similar = stub("500.00", "Harbor Freight Lines Inc", "2026-10-25");
    let cases = [
        (vec![one.clone()], Some(("4333.33", "52000.00", "2000.00 biweekly x 26 / 12"))),
        (vec![one.clone(), one.clone()], Some(("4333.33", "52000.00", "2000.00 biweekly x 26 / 12"))),
        (
            vec![one.clone(), later],
            Some(("4441.67", "53300.00", "(2000.00 + 2100.00) / 2 biweekly x 26 / 12")),
        ),
        (
            vec![one.clone(), other],
            Some(("5416.66", "65000.00", "2000.00 biweekly x 26 / 12 + 500.00 biweekly x 26 / 12")),
        ),
        (vec![one, similar], None),
    ];
    for (documents, expected) in cases {
        let (checked, _) = judge(&submission("covered-california", "income"), &documents, &[]);
        let found = checked.income.map(|income| (income.monthly, income.annual, income.method));
        let expected = expected
            .map(|(monthly, annual, method)| (monthly.to_owned(), annual.to_owned(), method.to_owned()));
        assert_eq!(found, expected);
    }
}
