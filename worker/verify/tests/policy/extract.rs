//! What is read from pages whose captions, tables and blocks stand otherwise than on most.

use document::{Capture, Digest, MrzLine, Page, PageText, Reading, Rect, TextSource, Word};
use verify::arrange::documents;
use verify::field::{ExtractedDocument, Field};

use crate::support;

/// The width of a letter and the height and distance of lines, as shares of the page.
const LETTER: f64 = 0.0075;
const HEIGHT: f64 = 0.015;
const LINE: f64 = 0.021;

/// The document of a page on which each letter stands where it stands in `lines`. `~` is a part of what a pen drew.
pub fn read(lines: &[&str]) -> ExtractedDocument {
    read_with_zone(lines, &[])
}

/// The same with the lines of a machine readable zone at its foot.
fn read_with_zone(lines: &[&str], zone: &[&str]) -> ExtractedDocument {
    let place = |number: u32, from: usize, to: usize| {
        let (top, edge) = (0.1 + f64::from(number) * LINE, |column: usize| 0.05 + column as f64 * LETTER);
        Rect::new(edge(from), top, edge(to), top + HEIGHT)
    };
    let drawn = lines.iter().zip(0_u32..).filter_map(|(line, number)| {
        let (from, to) = (line.find('~')?, line.rfind('~')?);
        Some(place(number, from, to + 1).into())
    });
    let words = lines.iter().zip(0_u32..).flat_map(|(line, number)| {
        let mut at = 0;
        let words = line.split(' ').map(move |word| {
            let (left, length) = (at, word.chars().count());
            at += length + 1;
            let quad = place(number, left, left + length).into();
            Word { text: word.to_owned(), quad, confidence: None, line: number }
        });
        words.filter(|word| !word.text.trim_matches('~').is_empty()).collect::<Vec<_>>()
    });
    let text = PageText {
        source: TextSource::TextLayer,
        words: words.collect(),
        mrz: zone
            .iter()
            .map(|text| MrzLine { text: (*text).to_owned(), quad: Rect::new(0.05, 0.9, 0.95, 0.95).into() })
            .collect(),
        barcodes: Vec::new(),
        strokes: drawn.collect(),
    };
    let page = Page { number: 1, aspect: 0.77, capture: Capture::Pdf, flaws: Vec::new(), text: Ok(text) };
    let reading = Reading {
        document: Digest::of(b"a"),
        media_type: Some("application/pdf".to_owned()),
        pages: vec![page],
        fault: None,
        origin: None,
        readers: Vec::new(),
    };
    let mut found = documents(&[reading], support::rules());
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Holds that the document shows these values, each under its field's name.
pub fn shows(document: &ExtractedDocument, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        let found = document.fields.get(*name).and_then(Field::value).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some(*value), "{name} of {:#?}", document.fields);
    }
}

#[test]
fn a_check_digit_that_fails_is_told_where_print_proves_what_it_is_for() {
    let passport = |number: &str, second: &str| {
        let number = format!("   {number}");
        let lines = [
            "   PASSPORT                 United States of America",
            "   Passport No.",
            &number,
            "   Surname",
            "   QUILLFEATHER",
            "   Given names",
            "   MARISOL",
            "   Date of birth",
            "   12 Aug 1974",
            "   Date of issue",
            "   16 Apr 2022",
            "   Date of expiration",
            "   15 Apr 2032",
        ];
        let zone = ["P<USAQUILLFEATHER<<MARISOL<<<<<<<<<<<<<<<<<<", second];
        let passport = read_with_zone(&lines, &zone);
        let Some(Field::Found { confidence, .. }) = passport.fields.get("mrz") else { panic!("no zone") };
        let check = passport.constraints.iter().find(|own| own.name == "mrz-check-digits").unwrap();
        (check.holds, confidence.get() >= 0.8)
    };
    // Digits by ICAO 9303-3, section 4.9.
    let right = "L898902C36USA7408122F3204153<<<<<<<<<<<<<<04";
    let wrong = "L898902C37USA7408122F3204153<<<<<<<<<<<<<<04";
    assert_eq!(passport("L898902C3", wrong), (Some(false), true));
    // Another number in print: either may have been misread.
    assert_eq!(passport("L898902C8", wrong).0, Some(false));
    assert!(!passport("L898902C8", wrong).1);
    assert!(passport("L898902C3", right).1);
}

#[test]
fn captions_may_stand_under_their_values_at_the_same_distance() {
    let card = read(&[
        "   EMPLOYMENT AUTHORIZATION CARD",
        "   QUILLFEATHER",
        "   Last name",
        "   MARISOL",
        "   First name",
        "   A000-226-587              C33",
        "   USCIS A-number            Category",
        "   05/14/1998                F",
        "   Date of birth             Sex",
        "   PERU",
        "   Country of birth",
        "   05/05/2026                05/04/2031",
        "   Valid from                Expires",
        "   LIN0006944535",
        "   Card number",
    ]);
    shows(
        &card,
        &[
            ("last_name", "QUILLFEATHER"),
            ("first_name", "MARISOL"),
            ("uscis_number", "A000-226-587"),
            ("category", "C33"),
            ("date_of_birth", "1998-05-14"),
            ("country_of_birth", "PERU"),
            ("date_of_expiration", "2031-05-04"),
            ("document_number", "LIN0006944535"),
        ],
    );
}

#[test]
fn amounts_may_stand_before_what_they_are_of() {
    let stub = read(&[
        "   EMPLOYEE                  EMPLOYEE NO        PERIOD COVERED",
        "   QUILLFEATHER, MARISOL     00001661           9/29/2026 thru 10/5/2026",
        "",
        "   Year to date     Earnings                        Rate      Hours        This period",
        "   27,354.79        Salary                                                      667.19",
        "   27,354.79        GROSS WAGES                                                 667.19",
        "   Year to date     Withholdings                                           This period",
        "    1,914.84        Federal Income Tax                                           46.70",
        "    1,696.00        Social Security                                              41.37",
        "    3,610.84        TOTAL DEDUCTIONS                                             88.07",
        "   23,743.95        NET PAY                                                     579.12",
    ]);
    shows(
        &stub,
        &[
            ("employee_name", "QUILLFEATHER, MARISOL"),
            ("current_period_gross_pay", "667.19"),
            ("year_to_date_gross_pay", "27354.79"),
            ("current_period_deductions", "88.07"),
            ("year_to_date_deductions", "3610.84"),
            ("current_period_net_pay", "579.12"),
            ("year_to_date_net_pay", "23743.95"),
        ],
    );
}

#[test]
fn words_are_known_in_the_ways_that_forms_write_them() {
    let stub = read(&[
        "   PAYRL STMT - EARN STMT",
        "   EMPL: MARISOL QUILLFEATHER       EMPL NBR 009035             SS NUM XXX-XX-7676",
        "   PAY PERIOD BEGNG 09/18/26        PAY PERIOD ENDG 09/24/26    PAY DT 09/30/26",
        "",
        "                  CURR AMT          YTD AMT",
        "   TOT GROSS       1836.48         51858.93",
        "   TOTAL DEDS       636.32         20319.98",
        "   NET PYMT        1200.16         31538.95",
    ]);
    shows(
        &stub,
        &[
            ("employee_id", "009035"),
            ("employee_ssn", "XXX-XX-7676"),
            ("pay_period_start_date", "2026-09-18"),
            ("pay_period_end_date", "2026-09-24"),
            ("pay_date", "2026-09-30"),
            ("current_period_deductions", "636.32"),
            ("current_period_net_pay", "1200.16"),
        ],
    );
}

#[test]
fn of_two_address_blocks_each_party_gets_the_one_that_leaves_the_other_its_own() {
    // `Casa Nopalito` could be a person as well.
    let stub = read(&[
        "   Pay stub                                                       CASA NOPALITO",
        "                                                                  2838 FOURTH AVENUE",
        "                                                                  EL MONTE, CA 91732",
        "",
        "   MARISOL QUILLFEATHER         Payday              Pay period",
        "   367 NINTH LANE               10/23/2026          10/10/2026 - 10/16/2026",
        "   SACRAMENTO, CA 95823",
        "   SSN ***-**-3894",
        "",
        "   Description          Hours      Rate         Amount        Year to date",
        "   Regular              40.00     30.80       1,232.00           47,154.80",
        "   Gross pay                                  1,232.00           47,154.80",
        "   Total deductions                             301.53           11,420.45",
        "   Net pay                                      930.47           35,734.35",
    ]);
    shows(
        &stub,
        &[
            ("employee_name", "MARISOL QUILLFEATHER"),
            ("employee_address", "367 NINTH LANE, SACRAMENTO, CA 95823"),
            ("employer_name", "CASA NOPALITO"),
            ("employer_address", "2838 FOURTH AVENUE, EL MONTE, CA 91732"),
        ],
    );
}

#[test]
fn what_stands_under_no_label_is_known_by_its_part_in_a_sum() {
    let lines = |taxes: &'static str| {
        read(&[
            "   Bramblewood Print Shop LLC        PAY STUB          Pay date: 10/10/2026",
            "   Employee: Marisol Quillfeather      Pay period: 09/29/2026 - 10/05/2026",
            "",
            "   Pay                     Hours     Rate       Current          YTD",
            "   Salary                                      1,062.00     38,763.00",
            "   Gross pay                                   1,062.00     38,763.00",
            "",
            "   Withheld                                     Current          YTD",
            "   Federal income tax                             72.22      2,635.88",
            "   Social Security                                65.84      2,403.31",
            taxes,
            "",
            "   Net pay                                       923.94     33,723.81",
        ])
    };
    let stub = lines("                                                 138.06      5,039.19");
    shows(&stub, &[("current_period_deductions", "138.06"), ("year_to_date_deductions", "5039.19")]);
    // Nothing printed is what they differ by.
    let stub = lines("                                                 158.06      5,059.19");
    let missing = ["current_period_deductions", "year_to_date_deductions"];
    assert!(missing.iter().all(|name| !stub.fields.contains_key(*name)), "{:#?}", stub.fields);
}

#[test]
fn hours_and_rate_are_known_by_what_they_come_to() {
    let line = |line: &'static str| {
        read(&[
            "   Bramblewood Print Shop LLC        PAY STUB          Pay date: 10/10/2026",
            "   Employee: Marisol Quillfeather      Pay period: 09/01/2026 - 09/30/2026",
            "   Overtime               2.00         45.00         90.00         900.00",
            line,
            "   Gross pay                                      5,151.24      50,570.96",
            "   Net pay                                        4,209.59      41,300.10",
        ])
    };
    let both = [("hours", "173.33"), ("hourly_rate", "29.20")];
    shows(&line("   Regular            29.2000        173.33      5,061.24      50,480.96"), &both);
    shows(&line("   1728.80  50,480.96  Regular       173.33       29.20      5,061.24"), &both);
    // Of 40.00 and 30.00 either may be the hours.
    let stub = line("   Regular              40.00         30.00      1,200.00      12,000.00");
    assert!(!stub.fields.contains_key("hours"), "{:#?}", stub.fields);
}

#[test]
fn the_net_pay_of_the_period_is_not_the_years_where_it_stands_in_its_column() {
    let stub = read(&[
        "   Bramblewood Print Shop LLC        PAY STUB          Pay date: 10/10/2026",
        "   Employee: Marisol Quillfeather      Pay period: 09/29/2026 - 10/05/2026",
        "                                             Now               YTD",
        "   GROSS WAGES                          2,612.02         54,607.17",
        "   TOTAL DEDUCTIONS                       529.00         11,066.96",
        "   TAKE HOME PAY                                         $2,083.02",
        "   Put on bank account ending 7223                       $2,083.02",
    ]);
    shows(&stub, &[("current_period_net_pay", "2083.02"), ("year_to_date_deductions", "11066.96")]);
    assert!(!stub.fields.contains_key("year_to_date_net_pay"), "{:#?}", stub.fields);
    assert!(
        stub.constraints.iter().all(|constraint| constraint.holds != Some(false)),
        "{:#?}",
        stub.constraints
    );
}

#[test]
fn hours_of_leave_are_no_lines_of_earnings() {
    let gross = |line: &'static str| {
        let stub = read(&[
            "   Bramblewood Print Shop LLC        PAY STUB          Pay date: 10/10/2026",
            "   Employee: Marisol Quillfeather      Pay period: 08/01/2026 - 08/31/2026",
            "   EARNINGS                                    AMOUNT",
            line,
            "   GROSS PAY                                 4,257.75",
            "   NET PAY                                   3,249.32",
            "   LEAVE BALANCES",
            "   SICK                                         40.00",
        ]);
        let adds_up = stub.constraints.iter().find(|outcome| outcome.name == "earnings-add-up-to-gross");
        adds_up.unwrap().holds
    };
    assert_eq!(gross("   CLASSIFIED   1.00 MO                         4,257.75"), None);
    assert_eq!(gross("   VACATION                                    3,257.75"), Some(false));
}

#[test]
fn a_name_ends_where_brackets_begin_and_its_address_stands_under_it() {
    let stub = read(&[
        "   Bramblewood Print Shop LLC          PAY STUB          Check date 10/10/2026",
        "   Associate Marisol Quillfeather (AID 002564)     Week ending 10/05/2026",
        "   7160 Fourth Ct, Visalia, CA 93291",
        "",
        "   Gross pay                                   1,062.00",
        "   Net pay                                       870.93",
    ]);
    shows(
        &stub,
        &[
            ("employee_name", "Marisol Quillfeather"),
            ("employee_address", "7160 Fourth Ct, Visalia, CA 93291"),
        ],
    );
}

#[test]
fn a_zip_code_may_stand_under_its_state() {
    let letter = read(&[
        "   Unemployment Insurance claim details",
        "   EDD Employment Development Department",
        "   Claimant name              Mailing address",
        "   Marisol Quillfeather       7629 Poplar Lane, Indio CA",
        "                              92201",
        "   Weekly benefit amount      Maximum benefit amount",
        "   $450.00                    $11,700.00",
    ]);
    shows(&letter, &[("claimant_address", "7629 Poplar Lane, Indio CA 92201")]);
}

#[test]
fn the_one_name_in_the_sentences_of_a_letter_is_the_employees_and_not_believed_for_it() {
    let letter = read(&[
        "                     EMPLOYMENT VERIFICATION",
        "   Bramblewood Print Shop LLC",
        "",
        "   To whom it may concern:",
        "   Our press room has had Marisol Quillfeather since June 2, 2018, and gross pay is",
        "   $1,324.00 every week before taxes.",
    ]);
    shows(&letter, &[("employee_name", "Marisol Quillfeather")]);
    let Some(Field::Found { confidence, .. }) = letter.fields.get("employee_name") else { unreachable!() };
    assert!(confidence.get() < 0.5, "{confidence:?}");
}

/// A letter about a job, with this end.
fn letter(end: &[&str]) -> ExtractedDocument {
    let body = [
        "   Nopalito Laundry LLC",
        "   2838 Fourth Avenue, El Monte, CA 91732",
        "",
        "   October 9, 2026",
        "",
        "   To whom it may concern: this is a verification of employment.",
        "   Marisol Quillfeather has been employed by us since 03/02/2021.",
        "   Gross pay per pay period is $1,232.00, paid every two weeks.",
        "",
    ];
    read(&[&body, end].concat())
}

#[test]
fn a_name_under_a_signature_is_the_signers_where_no_words_ask_for_one() {
    let signed = letter(&[
        "   Please call the number above.",
        "",
        "   ~~~~~~~~~~~~~~",
        "   Casimir Underhill, Human Resources",
        "   Manager",
    ]);
    shows(
        &signed,
        &[
            ("signed", "yes"),
            ("signer_name", "Casimir Underhill"),
            ("signer_title", "Human Resources Manager"),
        ],
    );
}

#[test]
fn an_empty_place_for_a_signature_is_none_whatever_is_drawn_over_a_name_elsewhere() {
    let unsigned = letter(&[
        "   ~~~~~~~~~~~~~~",
        "   Casimir Underhill",
        "",
        "",
        "",
        "",
        "",
        "                                           Sincerely,",
        "",
        "",
        "                                           Ottoline Marsh",
    ]);
    shows(&unsigned, &[("signed", "no")]);
}

#[test]
fn what_stands_under_hours_is_no_amount_and_two_captions_over_each_other_are_no_broken_one() {
    let stub = read(&[
        "   Bramblewood Print Shop LLC        PAY STUB          Pay date: 10/10/2026",
        "   Employee: Marisol Quillfeather      Pay period: 09/01/2026 - 09/30/2026",
        "   Earnings          Rate         Hours        Amount           YTD",
        "   Regular          19.15        173.33      3,319.27     32,460.21",
        "   Gross earnings                174.33      3,348.00     32,618.23",
        "   Taxes                                       751.63      7,322.79",
        "   Net pay                                   2,596.37     25,295.44",
        "   Check amount                                  0.00",
    ]);
    shows(&stub, &[("current_period_gross_pay", "3348.00"), ("current_period_net_pay", "2596.37")]);
}

#[test]
fn two_dates_under_the_caption_of_a_period_are_its_ends_and_its_length_confirms_how_often_is_paid() {
    let stub = read(&[
        "   Bramblewood Print Shop LLC                 PAY STUB",
        "   1468 Broad Lane, Fresno, CA 93721",
        "   EMPLOYEE NAME             PAY PERIOD (FROM - TO)          ISSUE DATE     PAY FREQ",
        "   MARISOL QUILLFEATHER      09/01/2026     09/30/2026       10/20/2026     MONTHLY",
        "   GROSS PAY     4,133.92",
        "   NET PAY       3,132.13",
    ]);
    let period = [("pay_period_start_date", "2026-09-01"), ("pay_period_end_date", "2026-09-30")];
    shows(&stub, &period);
    let length = stub.constraints.iter().find(|outcome| outcome.name == "period-is-as-long-as-paid-for");
    assert_eq!(length.unwrap().holds, Some(true));
}

#[test]
fn a_subtotal_may_stand_over_its_lines() {
    let adds_up = |union: &'static str| {
        let stub = read(&[
            "   Bramblewood Print Shop LLC        PAY STUB          Pay date: 10/10/2026",
            "   Employee: Marisol Quillfeather      Pay period: 09/01/2026 - 09/30/2026",
            "   Gross pay                  6,614.08",
            "   Taxes                        876.36",
            "   Fed W/H                      370.39",
            "   FICA EE                      410.07",
            "   Fed MWT EE                    95.90",
            "   Pre-tax deductions             6.21",
            "   Dental                         6.21",
            "   Post-tax deductions           18.50",
            union,
            "   Net pay                    5,713.01",
        ]);
        let adds_up = stub.constraints.iter().find(|outcome| outcome.name == "deductions-add-up");
        adds_up.unwrap().holds
    };
    assert_eq!(adds_up("   Union dues                    18.50"), Some(true));
    let changed = read(&[
        "   Bramblewood Print Shop LLC        PAY STUB          Pay date: 10/10/2026",
        "   Gross pay                  6,614.08",
        "   Taxes                        876.36",
        "   Fed W/H                      370.39",
        "   FICA EE                      410.07",
        "   Fed MWT EE                    95.90",
        "   Net pay                    5,813.01",
    ]);
    let adds_up = changed.constraints.iter().find(|outcome| outcome.name == "deductions-add-up");
    assert_eq!(adds_up.unwrap().holds, Some(false));
}

#[test]
fn a_name_ends_where_the_organisation_of_the_next_column_begins() {
    let stub = read(&[
        "   QUILLFEATHER BAKERY CORP.           PAY STUB          Check date 10/10/2026",
        "   4681 ALVARADO AVE, SANTA ANA, CA 92703",
        "   Name               Company                         Employee ID",
        "   MARISOL J OKONKWO  QUILLFEATHER BAKERY CORP.       00003173",
        "   Gross pay      1,062.00",
        "   Net pay          870.93",
    ]);
    shows(&stub, &[("employee_name", "MARISOL J OKONKWO")]);
}

#[test]
fn a_bills_mailing_address_stands_in_where_no_service_address_is_labelled() {
    let bill = |service: &'static str| {
        read(&[
            "   Bramblewood Wireless, Inc.        Bill date Sep 20, 2026",
            "   PO BOX 489                        Account number 8254277873",
            "   NEWARK, NJ 07101",
            "",
            "   Marisol Quillfeather",
            "   117 Lakeshore Way Apt. 2",
            "   Stockton, CA 95205",
            "",
            "   Your bill is $143.53              Amount due $143.53",
            "   Due date Oct 8, 2026              Billing period Aug 18 - Sep 18",
            "   Previous balance $160.60          Data usage 8.4 GB",
            service,
        ])
    };
    shows(
        &bill(""),
        &[
            ("account_holder_name", "Marisol Quillfeather"),
            ("service_address", "117 Lakeshore Way Apt. 2, Stockton, CA 95205"),
        ],
    );
    let labelled = bill("   Service address: 29 Poplar Lane, Indio, CA 92201");
    shows(&labelled, &[("service_address", "29 Poplar Lane, Indio, CA 92201")]);
}

#[test]
fn a_title_behind_a_name_is_no_part_of_it() {
    let signed = letter(&["   Sincerely,", "   ~~~~~~~~~~~", "   Linh Tran Store Manager"]);
    shows(&signed, &[("signer_name", "Linh Tran"), ("signer_title", "Store Manager")]);
}
