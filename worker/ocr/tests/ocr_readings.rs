//! Readings that need Tesseract. They are few, and slow in a build that is not optimised.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

mod support;

use document::{Capture, Page, PageFault, TextSource};
use image::{GrayImage, Luma, imageops};
use ocr::{Limits, Stage};
use support::{BILL, STUB, png, reader, scan};

fn text_of(page: &Page) -> String {
    let words = &page.text.as_ref().unwrap().words;
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn ocr_reads_a_scan_and_places_its_words() {
    let (reading, timings) = reader(Limits::default()).read(&png(scan(STUB))).unwrap();
    let page = &reading.pages[0];
    assert_eq!(page.capture, Capture::Scan);
    assert_eq!(text_of(page), STUB.join(" "));
    let text = page.text.as_ref().unwrap();
    assert_eq!(text.source, TextSource::Ocr);
    let gross = text.words.iter().find(|word| word.text == "2,002.50").unwrap();
    assert!((gross.quad.bounds().centre().y - (792.0 - 585.0) / 792.0).abs() < 0.01, "{gross:?}");
    assert!(gross.confidence.is_some_and(|sure| sure.get() > 0.8), "{gross:?}");
    assert!(timings.of(Stage::Find) + timings.of(Stage::Transcribe) > timings.of(Stage::Decode));
}

#[test]
fn ocr_forgets_a_page_when_it_reads_the_next() {
    let reader = reader(Limits::default());
    let (stub, bill) = (png(scan(STUB)), png(scan(BILL)));
    let (first, _) = reader.read(&stub).unwrap();
    reader.read(&bill).unwrap();
    assert_eq!(reader.read(&stub).unwrap().0, first);
}

#[test]
fn ocr_reads_pages_that_lie_on_their_side_or_head() {
    let reader = reader(Limits::default());
    let upright = scan(&[STUB, BILL].concat());
    type Turned = fn(f64, f64) -> (f64, f64);
    let cases: [(&str, GrayImage, Turned); 3] = [
        ("clockwise", imageops::rotate90(&upright), |x, y| (1.0 - y, x)),
        ("over", imageops::rotate180(&upright), |x, y| (1.0 - x, 1.0 - y)),
        ("anticlockwise", imageops::rotate270(&upright), |x, y| (y, 1.0 - x)),
    ];
    let (straight, _) = reader.read(&png(upright)).unwrap();
    let place = |page: &Page| {
        let words = &page.text.as_ref().unwrap().words;
        words.iter().find(|word| word.text == "2,002.50").map(|word| word.quad.bounds().centre())
    };
    let at = place(&straight.pages[0]).unwrap();
    for (name, picture, turned) in cases {
        let (reading, _) = reader.read(&png(picture)).unwrap();
        let found = place(&reading.pages[0]);
        let expected = turned(at.x, at.y);
        assert!(
            found.is_some_and(
                |found| (found.x - expected.0).abs() < 0.01 && (found.y - expected.1).abs() < 0.01
            ),
            "{name}: {found:?} instead of {expected:?}"
        );
    }
}

#[test]
fn ocr_finds_nothing_on_a_blank_page() {
    let blank = GrayImage::from_pixel(850, 1100, Luma([255]));
    let (reading, _) = reader(Limits::default()).read(&png(blank)).unwrap();
    assert_eq!(reading.fault, None);
    assert_eq!(text_of(&reading.pages[0]), "");
}

#[test]
fn ocr_names_the_broken_page_of_a_tiff_and_reads_the_others() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    for lines in [STUB, BILL] {
        let page = scan(lines);
        let (width, height) = page.dimensions();
        encoder.write_image::<tiff::encoder::colortype::Gray8>(width, height, page.as_raw()).unwrap();
    }
    let bytes = bytes.into_inner();
    let (reading, _) = reader(Limits::default()).read(&bytes).unwrap();
    assert_eq!(reading.pages.iter().map(text_of).collect::<Vec<_>>(), [STUB.join(" "), BILL.join(" ")]);

    let (reading, _) = reader(Limits::default()).read(&bytes[..bytes.len() * 3 / 4]).unwrap();
    let faults: Vec<_> =
        reading.pages.iter().map(|page| matches!(page.text, Err(PageFault::Corrupt { .. }))).collect();
    assert_eq!(faults, [false, true], "{:?}", reading.fault);
}
