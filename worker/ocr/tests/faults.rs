//! What is wrong with a document is in its reading, with figures; nothing here is recognised.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

mod support;

use std::time::Duration;

use document::{Capture, DocumentFault, PageFault, TextSource};
use ocr::{DocumentReader, Limits, ReaderSettings, Stage};
use support::{BILL, STUB, pdf, pdf_of, png, reader, scan};

fn fault_of(bytes: &[u8], limits: &Limits) -> Option<DocumentFault> {
    reader(limits.clone()).read(bytes).unwrap().0.fault
}

#[test]
fn a_document_that_cannot_be_read_says_why() {
    let plain = Limits::default();
    let whole = png(scan(STUB));
    let two_pages = pdf(&[STUB, BILL]);
    let over = |limit: &str| DocumentFault::OverLimit { limit: limit.to_owned() };
    let kind = |found: Option<&str>| DocumentFault::Unsupported { found: found.map(str::to_owned) };
    let cases: [(&str, &[u8], Limits, DocumentFault); 6] = [
        ("no bytes", b"", plain.clone(), DocumentFault::Empty),
        ("garbage", b"nothing anyone knows", plain.clone(), kind(None)),
        ("an avif", b"\0\0\0\x14ftypavif\0\0\0\0mif1", plain.clone(), kind(Some("image/avif"))),
        ("bytes", &[0; 11], Limits { bytes: 10, ..plain.clone() }, over("bytes: 11, at most 10")),
        ("pages", &two_pages, Limits { pages: 1, ..plain.clone() }, over("pages: 2, at most 1")),
        ("pixels", &whole, Limits { pixels: 1000, ..plain.clone() }, over("pixels: 3737800, at most 1000")),
    ];
    for (name, bytes, limits, expected) in cases {
        assert_eq!(fault_of(bytes, &limits), Some(expected), "{name}");
    }
    for (name, bytes) in [("half a png", &whole[..whole.len() / 2]), ("a pdf of nothing", b"%PDF-1.7\n")] {
        let fault = fault_of(bytes, &plain);
        assert!(matches!(fault, Some(DocumentFault::Corrupt { .. })), "{name}: {fault:?}");
    }
}

#[test]
fn time_that_is_over_is_a_fault_of_the_pages_left() {
    let (time, page_time) = (Duration::ZERO, Duration::ZERO);
    let limits = Limits { time, page_time, ..Limits::default() };
    let (reading, _) = reader(limits).read(&pdf(&[STUB, BILL])).unwrap();
    assert_eq!(reading.pages.len(), 2);
    for page in reading.pages {
        assert!(matches!(page.text, Err(PageFault::OverLimit { .. })), "{page:?}");
    }
}

#[test]
fn a_text_layer_is_taken_as_it_is() {
    let (reading, timings) = reader(Limits::default()).read(&pdf(&[STUB, BILL])).unwrap();
    assert_eq!(reading.fault, None);
    assert_eq!(reading.media_type.as_deref(), Some("application/pdf"));
    let first = &reading.pages[0];
    assert_eq!((first.number, first.capture), (1, Capture::Pdf));
    let text = first.text.as_ref().unwrap();
    assert_eq!(text.source, TextSource::TextLayer);
    let words: Vec<_> = text.words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words.join(" "), STUB.join(" "));
    assert!(text.words.iter().all(|word| word.confidence.is_none()));
    let gross = text.words.iter().find(|word| word.text == "2,002.50").unwrap().quad.bounds();
    // 14 points high, 580 points above the lower edge of 792.
    assert!((gross.centre().y - (792.0 - 583.0) / 792.0).abs() < 0.01, "{gross:?}");
    assert_eq!(reading.readers.iter().map(|reader| reader.name.as_str()).collect::<Vec<_>>(), ["text-layer"]);
    assert!(timings.wall > timings.of(Stage::Decode));
    assert_eq!(timings.stages.into_keys().collect::<Vec<_>>(), [Stage::Decode]);
}

#[test]
fn a_turned_page_of_a_pdf_is_read_upright() {
    let content = "BT /F1 14 Tf 0 1 -1 0 100 60 Tm (Gross pay 2,002.50) Tj ET".to_owned();
    let (reading, _) = reader(Limits::default()).read(&pdf_of(&[content], "/Rotate 90")).unwrap();
    let page = &reading.pages[0];
    assert!(page.aspect > 1.2, "{}", page.aspect);
    let words = &page.text.as_ref().unwrap().words;
    let [top_left, top_right, ..] = words[0].quad.corners();
    assert_eq!(words[0].text, "Gross");
    assert!(top_left.x < top_right.x && (top_left.y - top_right.y).abs() < 1e-6, "{words:?}");
}

#[test]
fn an_empty_page_is_no_fault() {
    let (reading, _) = reader(Limits::default()).read(&pdf(&[&[]])).unwrap();
    assert_eq!(reading.pages[0].text.as_ref().map(|text| text.words.len()), Ok(0));
}

#[test]
fn missing_trained_data_is_known_at_once_and_says_what_to_do() {
    let settings = ReaderSettings { trained_data: "/nowhere".into(), ..ReaderSettings::default() };
    let message = DocumentReader::new(settings).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(message.contains("/nowhere") && message.contains("install"), "{message}");
}
