//! Doubts about documents: what they come to, and what they never do.

use document::{Change, ChangeKind, Digest, Origin, Reading, Rect};
use verify::check::{Checked, check};
use verify::decide::decide;
use verify::doubt::{Circumstances, Sighting, doubts};
use verify::verdict::{Disposition, Outcome};

use crate::support;

fn reading(origin: Option<Origin>) -> Reading {
    let page = serde_json::from_str(
        r#"{"number": 1, "aspect": 0.77, "capture": "pdf", "text": {"source": "text_layer", "words": []}}"#,
    );
    Reading {
        document: Digest::of(b"a"),
        media_type: None,
        pages: vec![page.unwrap()],
        fault: None,
        origin,
        readers: Vec::new(),
    }
}

fn change(kind: ChangeKind, was: Option<&str>, now: Option<&str>) -> Origin {
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    let quad = Rect::new(0.6, 0.3, 0.68, 0.315).into();
    let detail = Some("a light box".to_owned());
    let change = Change { page: 1, kind, quad, was: owned(was), now: owned(now), detail };
    Origin { changes: vec![change], ..Origin::default() }
}

fn programs(names: &[&str]) -> Origin {
    Origin { programs: names.iter().map(ToString::to_string).collect(), ..Origin::default() }
}

fn sighting(page: Option<u32>, likeness: f64, same_applicant: bool, same_address: Option<bool>) -> Sighting {
    Sighting {
        document: Digest::of(b"a"),
        page,
        case_id: "77-1".to_owned(),
        submission_id: "s-0".to_owned(),
        likeness,
        same_applicant,
        same_last_name: false,
        same_address,
    }
}

/// The rules of the doubts about a good stub, and what then becomes of it.
fn judged(origin: Option<Origin>, seen: Vec<Sighting>) -> (Vec<String>, Disposition) {
    let (submission, rules) = (support::submission("covered-california", "income"), support::rules());
    let (documents, readings) = (vec![support::pay_stub()], [reading(origin)]);
    let Checked { mut judged, income } = check(&submission, &documents, &[], &[], rules);
    let found = doubts(&submission, &documents, &readings, &Circumstances { seen }, &judged, rules);
    for doubt in &found {
        assert_eq!(doubt.finding.outcome, Outcome::Inconclusive);
        assert_eq!(doubt.finding.evidence.len(), 1, "a doubt has its place");
        assert!(doubt.finding.citation.contains("435.407"));
    }
    let names = found.iter().map(|doubt| doubt.finding.rule.clone()).collect();
    judged.extend(found);
    let decision = decide(&submission, &documents, &Checked { judged, income }, rules);
    (names, decision.disposition)
}

#[test]
fn a_doubt_sends_a_good_stub_to_a_person_and_nothing_else_does() {
    let amounts = (Some("1,200.00"), Some("3,200.00"));
    let of = |kind| Some(change(kind, amounts.0, amounts.1));
    let cases = [
        ("nothing is known", None, vec![], None),
        ("rewritten", of(ChangeKind::Rewritten), vec![], Some("doubt/page-rewritten")),
        ("covered", of(ChangeKind::Covered), vec![], Some("doubt/text-covered")),
        ("whitened", of(ChangeKind::Whitened), vec![], Some("doubt/text-whitened")),
        ("a number taken out", Some(change(ChangeKind::Rewritten, Some("123-45-6789"), None)), vec![], None),
        ("a fax line", Some(change(ChangeKind::Patched, None, Some("P.1/2"))), vec![], None),
        ("an editor", Some(programs(&["Canva"])), vec![], Some("doubt/made-with-page-editor")),
        ("a phone's scanner", Some(programs(&["CamScanner", "intsig.com pdf producer"])), vec![], None),
        (
            "the same file for another",
            None,
            vec![sighting(None, 1.0, false, None)],
            Some("doubt/sent-for-another-case"),
        ),
        ("the same person", None, vec![sighting(None, 1.0, true, None)], None),
        ("one household", None, vec![sighting(None, 1.0, false, Some(true))], None),
        ("alike", None, vec![sighting(Some(1), 0.9, false, None)], Some("doubt/alike-in-another-case")),
        ("not alike", None, vec![sighting(Some(1), 0.5, false, None)], None),
    ];
    for (name, origin, seen, expected) in cases {
        let (found, disposition) = judged(origin, seen);
        assert_eq!(found, expected.map(ToOwned::to_owned).into_iter().collect::<Vec<_>>(), "{name}");
        let wanted = if expected.is_some() { Disposition::Review } else { Disposition::Verified };
        assert_eq!(disposition, wanted, "{name}");
    }
}

#[test]
fn a_document_that_does_not_count_is_not_doubted() {
    let (submission, rules) = (support::submission("covered-california", "identity"), support::rules());
    let (documents, readings) = (vec![support::pay_stub()], [reading(Some(programs(&["Canva"])))]);
    let checked = check(&submission, &documents, &[], &[], rules);
    let circumstances = Circumstances::default();
    assert_eq!(doubts(&submission, &documents, &readings, &circumstances, &checked.judged, rules), []);
}
