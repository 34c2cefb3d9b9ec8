//! Codes drawn by their own encoder on a page of strokes that looks like text.

use imageproc::geometric_transformations::rotate_about_center;
use rxing::pdf417::PDF417Writer;
use rxing::qrcode::QRCodeWriter;
use rxing::{EncodeHints, Writer};

use super::*;

const LICENCE: &str = "@\n\u{1e}\rANSI 636014090002DL00410278ZC03190024DLDAQD1234562\nDCSOKAFOR\nDACINES\nDBB03121989\n\
    DAG77 CEDAR COURT\nDAIOAKLAND\nDAJCA\nDAK946070000\nDBA03122031\r";

/// The code for `text` with modules of `module` pixels, white around it.
fn code(kind: BarcodeKind, text: &str, module: u32) -> GrayImage {
    let hints = EncodeHints { Margin: Some("4".to_owned()), ..EncodeHints::default() };
    let matrix = match kind {
        BarcodeKind::Pdf417 => PDF417Writer.encode_with_hints(text, &BarcodeFormat::PDF_417, 1, 1, &hints),
        BarcodeKind::Qr => QRCodeWriter.encode_with_hints(text, &BarcodeFormat::QR_CODE, 1, 1, &hints),
    }
    .unwrap();
    GrayImage::from_fn(matrix.width() * module, matrix.height() * module, |x, y| {
        Luma([if matrix.get(x / module, y / module) { 0 } else { 255 }])
    })
}

/// A page at 150 dots an inch whose lines are strokes as dense as print.
fn page() -> GrayImage {
    GrayImage::from_fn(1240, 1650, |x, y| {
        let (line, within) = (y / 32, y % 32);
        let stroke = (x * 7 + line * 13 + (x / 16) * 5) % 11 < 3;
        let print = (100..1140).contains(&x) && (100..1550).contains(&y) && within < 14 && x % 90 > 12;
        Luma([if print && stroke { 40 } else { 250 }])
    })
}

/// The page with `code` turned clockwise by `degrees` in its middle.
fn with(code: &GrayImage, degrees: f32) -> GrayImage {
    let side = ((code.width().pow(2) + code.height().pow(2)) as f32).sqrt() as u32 + 8;
    let mut patch = GrayImage::from_pixel(side, side, Luma([255]));
    let at = |inner: u32| i64::from((side - inner) / 2);
    imageops::replace(&mut patch, code, at(code.width()), at(code.height()));
    let turned = rotate_about_center(
        &patch,
        degrees.to_radians(),
        Interpolation::Bilinear,
        Border::Constant(Luma([255])),
    );
    let mut page = page();
    let (x, y) = (i64::from(page.width() - side) / 2, i64::from(page.height() - side) / 2);
    imageops::replace(&mut page, &turned, x, y);
    page
}

fn check(name: &str, page: &GrayImage, kind: BarcodeKind, text: &str) -> Quad {
    let found = find(page);
    let seen: Vec<_> = found.iter().map(|code| (code.kind, code.text.as_str())).collect();
    assert_eq!(seen, [(kind, text)], "{name}");
    found[0].quad
}

#[test]
fn a_code_is_read_at_any_slant_and_placed_as_it_lies() {
    let code = code(BarcodeKind::Pdf417, LICENCE, 2);
    for degrees in [0.0, 2.0, 4.0, 8.0, 12.0, -3.0, -7.0, -12.0, 40.0, 90.0, 95.0, 180.0, 273.0] {
        let page = with(&code, degrees);
        let quad = check(&format!("{degrees} degrees"), &page, BarcodeKind::Pdf417, LICENCE);
        let centre = quad.bounds().centre();
        assert!((centre.x - 0.5).abs() < 0.02 && (centre.y - 0.5).abs() < 0.02, "{degrees}: {quad:?}");
        let [top_left, top_right, ..] = quad.corners();
        let run = (top_right.x - top_left.x) * f64::from(page.width());
        let fall = (top_right.y - top_left.y) * f64::from(page.height());
        let apart = (fall.atan2(run).to_degrees() - f64::from(degrees)).rem_euclid(360.0);
        assert!(!(2.0..=358.0).contains(&apart), "{degrees}: off by {apart}, {quad:?}");
    }
}

#[test]
fn codes_of_every_size_are_read() {
    for module in [1, 3, 5] {
        let text = &LICENCE[..60];
        check(
            &format!("pdf417, {module}"),
            &with(&code(BarcodeKind::Pdf417, text, module), 0.0),
            BarcodeKind::Pdf417,
            text,
        );
    }
    let text = "https://example.org/renew?case=4711";
    for module in [2, 6, 20] {
        check(
            &format!("qr, {module}"),
            &with(&code(BarcodeKind::Qr, text, module), 7.0),
            BarcodeKind::Qr,
            text,
        );
    }
}

#[test]
fn a_qr_reaches_to_the_edges_of_its_finder_patterns() {
    let code = code(BarcodeKind::Qr, "https://example.org", 6);
    let page = with(&code, 0.0);
    let bounds = check("qr", &page, BarcodeKind::Qr, "https://example.org").bounds();
    // 25 modules, without the 4 of margin.
    let expected = 25.0 * 6.0;
    let (wide, high) = (bounds.width() * f64::from(page.width()), bounds.height() * f64::from(page.height()));
    assert!(
        (wide - expected).abs() < 6.0 && (high - expected).abs() < 6.0,
        "{wide} x {high}, not {expected}"
    );
}

#[test]
fn two_codes_side_by_side_are_both_read() {
    let (one, two) = (code(BarcodeKind::Pdf417, "first", 2), code(BarcodeKind::Qr, "second", 3));
    let mut page = page();
    imageops::replace(&mut page, &one, 300, 500);
    imageops::replace(&mut page, &two, 300 + i64::from(one.width()), 500);
    let mut texts: Vec<_> = find(&page).into_iter().map(|code| code.text).collect();
    texts.sort();
    assert_eq!(texts, ["first", "second"]);
}

#[test]
fn no_byte_is_lost() {
    let latin: String = (0..=255_u8).map(char::from).collect();
    check("bytes", &with(&code(BarcodeKind::Pdf417, &latin, 2), 0.0), BarcodeKind::Pdf417, &latin);
    // The same bytes as a program writes that does not say that they are UTF-8.
    let mistaken: String = "Muñoz, José".bytes().map(char::from).collect();
    check("utf-8", &with(&code(BarcodeKind::Pdf417, &mistaken, 2), 0.0), BarcodeKind::Pdf417, "Muñoz, José");
}

#[test]
fn print_is_no_code_and_costs_no_search() {
    assert_eq!(regions::find(&page()), []);
    assert_eq!(find(&page()), []);
}

#[test]
fn noise_is_no_code_and_has_an_end() {
    let mut state = 1_u32;
    let noise = GrayImage::from_fn(2000, 2000, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Luma([(state >> 24) as u8])
    });
    assert_eq!(find(&noise), []);
}

#[test]
fn a_picture_of_hardly_any_pixels_is_no_code() {
    for (width, height) in [(0, 0), (1, 1), (3, 200), (200, 3), (600_000, 1)] {
        assert_eq!(find(&GrayImage::from_pixel(width, height, Luma([0]))), [], "{width} x {height}");
    }
}
