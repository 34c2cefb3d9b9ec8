//! Documents made for the tests: small PDFs, and pictures drawn from them, so that no font need be installed.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::{DynamicImage, GrayImage, ImageFormat};
use ocr::{DocumentReader, Limits, ReaderSettings};

/// The lines of an invented pay stub.
pub const STUB: &[&str] = &[
    "Harbor Street Bakery LLC",
    "1420 Harbor Way Oakland CA 94607",
    "Employee Maria Lopez-Garcia",
    "Pay period 10/17/2026 to 10/30/2026",
    "Gross pay 2,002.50",
    "Federal income tax 221.40",
    "Net pay 1,601.25",
];

/// The lines of an invented bill.
pub const BILL: &[&str] = &[
    "Bayview Power and Light",
    "Account number 55012-8837",
    "Service address 77 Cedar Court",
    "Amount due 118.42",
    "Due date November 20 2026",
    "Thank you for paying on time",
    "Questions? Call 555-0142",
];

/// A PDF with one page for each list of lines, in Helvetica of 14 points.
pub fn pdf(pages: &[&[&str]]) -> Vec<u8> {
    let contents: Vec<String> = pages
        .iter()
        .map(|lines| {
            let shown: String = lines.iter().map(|line| format!("({line}) Tj 0 -30 Td ")).collect();
            format!("BT /F1 14 Tf 60 700 Td {shown}ET")
        })
        .collect();
    pdf_of(&contents, "")
}

/// A PDF whose pages draw `contents`; `extra` goes into each page's dictionary.
pub fn pdf_of(contents: &[String], extra: &str) -> Vec<u8> {
    let font = 3;
    let page_number = |index: usize| 4 + 2 * index;
    let kids: String = (0..contents.len()).map(|index| format!("{} 0 R ", page_number(index))).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", contents.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for (index, content) in contents.iter().enumerate() {
        let stream = page_number(index) + 1;
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {extra} /Contents {stream} 0 R \
             /Resources << /Font << /F1 {font} 0 R >> >> >>"
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut file = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        offsets.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        file.push_str(&format!("{offset:010} 00000 n \n"));
    }
    let size = objects.len() + 1;
    file.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

/// The lines as a scanner would see them, at 200 dots an inch.
pub fn scan(lines: &[&str]) -> GrayImage {
    let file = Pdf::new(pdf(&[lines])).unwrap();
    let page = &file.pages()[0];
    let scale = 200.0 / 72.0;
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let drawn = render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let pixels = drawn.data().iter().map(|pixel| pixel.g).collect();
    GrayImage::from_raw(u32::from(drawn.width()), u32::from(drawn.height()), pixels).unwrap()
}

/// The picture as a PNG file.
pub fn png(picture: GrayImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A reader with these limits.
pub fn reader(limits: Limits) -> DocumentReader {
    DocumentReader::new(ReaderSettings { limits, ..ReaderSettings::default() }).unwrap()
}
