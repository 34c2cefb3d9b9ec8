//! Whose names a document holds: where they begin and end, and which words are none.

use verify::field::{ExtractedDocument, Field};

use crate::extract::{read, shows};

#[test]
fn a_name_goes_on_in_boxes_far_apart() {
    let certificate = read(&[
        "   COUNTY OF SOLANO                       CERTIFICATE OF LIVE BIRTH          STATE OF CALIFORNIA",
        "   1A. NAME OF CHILD - FIRST            1B. MIDDLE                   1C. LAST",
        "   MARISOL                              ELENA                        QUILLFEATHER",
        "   2. SEX        4A. DATE OF BIRTH - MM/DD/CCYY        5A. PLACE OF BIRTH - NAME OF HOSPITAL",
        "   FEMALE        08/10/1988                            MERCY VALLEY HOSPITAL",
    ]);
    shows(&certificate, &[("child_name", "MARISOL ELENA QUILLFEATHER"), ("date_of_birth", "1988-08-10")]);
}

/// A letter with these lines at its head and at its end.
fn letter(head: &[&str], end: &[&str]) -> ExtractedDocument {
    let body = [
        "",
        "   October 12, 2026",
        "   RE: Employment verification",
        "   This is to confirm that Marisol Quillfeather has been employed with us since March 3, 2021.",
        "   Her gross earnings for a normal pay period come to $1,400.00, before taxes.",
        "   She is paid every two weeks.",
        "   Sincerely,",
        "   ~~~~~~~~~~~~",
    ];
    read(&[head, &body, end].concat())
}

#[test]
fn a_part_of_a_firm_is_no_employer_and_a_firm_by_law_at_the_head_is_a_sure_one() {
    let head = [
        "   Kaldera Health Plan, Inc.",
        "",
        "   HR Service Center",
        "   627 Dock Court",
        "   Fresno, CA 93721",
    ];
    let end = ["   Linh Tran", "   Employment Verification Analyst"];
    let letter = letter(&head, &end);
    shows(&letter, &[("employer_name", "Kaldera Health Plan, Inc."), ("gross_pay", "1400.00")]);
    shows(&letter, &[("signer_name", "Linh Tran"), ("signer_title", "Employment Verification Analyst")]);
    let Some(Field::Found { confidence, .. }) = letter.fields.get("employer_name") else {
        panic!("no employer")
    };
    assert!(confidence.get() >= 0.8, "{confidence:?}");
}

#[test]
fn who_signs_for_a_firm_is_none_and_a_title_may_end_in_the_next_line() {
    let letter = letter(&[], &["   Linh Tran Store", "   Manager", "   (510) 555-0142"]);
    shows(&letter, &[("signer_name", "Linh Tran"), ("signer_title", "Store Manager")]);
    assert!(!letter.fields.contains_key("employer_name"), "{:#?}", letter.fields);
}

#[test]
fn a_street_may_stand_behind_a_name_on_its_line() {
    let stub = read(&[
        "   La Paloma Dental Group, 761 Juniper Blvd, Santa Ana CA 92703         1096",
        "   EARNINGS STATEMENT",
        "   Employee                                              SSN",
        "   Maria Lopez, 415 Dock Way, Watsonville, CA 95076      ***-**-8964",
        "   Pay Period: 09/01/2026 - 09/30/2026                   Pay Date: 10/17/2026",
        "   Gross Pay      4,443.33",
        "   Net Pay        3,334.02",
    ]);
    shows(&stub, &[("employee_name", "Maria Lopez")]);
    shows(&stub, &[("employee_address", "415 Dock Way, Watsonville, CA 95076")]);
    shows(&stub, &[("employer_name", "La Paloma Dental Group")]);
}

#[test]
fn the_name_of_an_office_goes_on_below_where_it_is_open() {
    let form = read(&[
        "   PAYER'S name and address",
        "   MASSACHUSETTS DEPT OF",
        "   UNEMPLOYMENT ASSISTANCE",
        "   PO BOX 840",
        "   BOSTON MA 02114",
        "   Form 1099-G   Certain Government Payments   2025",
        "   1 Unemployment compensation  $ 13,292.00",
    ]);
    shows(&form, &[("payer_name", "MASSACHUSETTS DEPT OF UNEMPLOYMENT ASSISTANCE")]);
}

#[test]
fn a_name_may_fill_the_line_that_a_sentence_leaves_for_it() {
    let certificate = read(&[
        "   Certificate of Naturalization",
        "   United States of America            Department of Homeland Security",
        "   The Secretary of Homeland Security, having found upon an application filed at OAKLAND,",
        "   CALIFORNIA that",
        "   MARISOL QUILLFEATHER",
        "   residing at VENTURA, CA has complied in all respects with the naturalization laws of the",
        "   United States and that such person took the oath of allegiance at a ceremony on",
        "   JAN 11, 2025",
        "   certifies that such person is admitted as a citizen of the United States of America.",
    ]);
    shows(&certificate, &[("name", "MARISOL QUILLFEATHER"), ("date_of_naturalization", "2025-01-11")]);
}

#[test]
fn a_name_may_stand_over_the_caption_of_its_address() {
    let bill = |name: &str| {
        read(&[
            "   Redwood Gas Company",
            "   Bill date 10/25/2026                  Amount due   $145.67",
            "",
            name,
            "   Gas delivered to: 1068 Orchard Blvd, Fresno CA 93721",
        ])
    };
    shows(&bill("   Marisol Quillfeather"), &[("account_holder_name", "Marisol Quillfeather")]);
    let firm = bill("   Quillfeather Bakery Inc.");
    assert!(!firm.fields.contains_key("account_holder_name"), "{:#?}", firm.fields);
}
