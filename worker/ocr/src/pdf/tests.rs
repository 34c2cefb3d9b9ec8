//! Small PDFs written here, and what each page is taken for.

use super::guard::tests::{hex, zlib};
use document::ChangeKind;

use super::*;

/// A page to be written: entries of its dictionary, and what it draws.
struct Draft<'a> {
    entries: &'a str,
    content: String,
}

const STUB: &str = "Gross pay 2,002.50 Net pay 1,601.25 Employer Harbor Street Bakery Pay date 10/31/2026 ";

/// The first object that a test may name; those before are the file's own.
const FIRST: usize = 10;

fn pdf(pages: &[Draft<'_>], others: &[Vec<u8>]) -> PdfFile {
    PdfFile::open(&written(pages, others).into(), &Limits::default()).unwrap()
}

/// A PDF of `pages`, with `others` as the objects from [`FIRST`] on; `/F1` is Helvetica and `/Im` object 10.
fn written(pages: &[Draft<'_>], others: &[Vec<u8>]) -> Vec<u8> {
    let first_page = FIRST + others.len();
    let mut objects: Vec<Vec<u8>> = vec![b"null".to_vec(); FIRST - 1];
    let kids: String = (0..pages.len()).map(|page| format!("{} 0 R ", first_page + 2 * page)).collect();
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] /DA (/F1 0 Tf 0 g) >> >>".to_vec();
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len()).into_bytes();
    objects[2] =
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec();
    objects.extend(others.iter().cloned());
    for (page, content) in pages.iter().zip((first_page + 1..).step_by(2)) {
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {} /Contents {content} 0 R /Resources << /Font \
                 << /F1 3 0 R >> /XObject << /Im {FIRST} 0 R >> >> >>",
                page.entries
            )
            .into_bytes(),
        );
        objects.push(stream("", page.content.as_bytes()));
    }
    let mut file = b"%PDF-1.7\n".to_vec();
    for (number, object) in (1..).zip(&objects) {
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    // Without a table of its objects, which readers must stand.
    file.extend(b"trailer\n<< /Root 1 0 R >>\n%%EOF\n");
    file
}

fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {entries} /Length {} >>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// A picture of 4 by 4 pixels whose upper left quarter is black.
fn quarter(space: &str, white: &[u8], black: &[u8]) -> Vec<u8> {
    let pixels: Vec<u8> =
        (0..16).flat_map(|at| if at % 4 < 2 && at < 8 { black.to_vec() } else { white.to_vec() }).collect();
    let entries =
        format!("/Type /XObject /Subtype /Image /Width 4 /Height 4 /ColorSpace /{space} /BitsPerComponent 8");
    stream(&entries, &pixels)
}

fn grey_quarter() -> Vec<u8> {
    quarter("DeviceGray", &[255], &[0])
}

/// The whole page as a scan.
const SCAN: &str = "q 612 0 0 792 0 0 cm /Im Do Q";

fn text(mode: u8, lines: usize) -> String {
    let shown = format!("({STUB}) Tj 0 -14 Td ").repeat(lines);
    format!("BT {mode} Tr /F1 8 Tf 40 740 Td {shown}ET")
}

fn words(file: &PdfFile, index: usize) -> Vec<Word> {
    match file.page(index, &Limits::default()).unwrap().1 {
        PdfPage::Words { words, .. } => words,
        PdfPage::Picture(_) => panic!("page {index} is a picture"),
    }
}

fn picture(file: &PdfFile, index: usize) -> Picture {
    match file.page(index, &Limits::default()).unwrap().1 {
        PdfPage::Words { words, .. } => panic!("page {index} has words: {words:?}"),
        PdfPage::Picture(picture) => picture,
    }
}

fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn one_page(entries: &str, content: String, others: &[Vec<u8>]) -> PdfFile {
    pdf(&[Draft { entries, content }], others)
}

#[test]
fn what_somebody_elses_ocr_said_is_not_believed() {
    let scan = [grey_quarter()];
    let one_bit = [stream(
        "/Type /XObject /Subtype /Image /Width 8 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 1",
        &[0b0101_0101],
    )];
    let strips: String = (0..8).map(|strip| format!("q 612 0 0 99 0 {} cm /Im Do Q ", 99 * strip)).collect();
    let cases = [
        ("invisible over a scan", format!("{SCAN} {}", text(3, 12)), &scan),
        ("invisible before a scan", format!("{} {SCAN}", text(3, 12)), &scan),
        ("covered by a scan", format!("{} {SCAN}", text(0, 12)), &scan),
        ("covered by a scan of one bit", format!("{} {SCAN}", text(0, 12)), &one_bit),
        ("covered by a scan in strips", format!("{} {strips}", text(0, 12)), &scan),
    ];
    for (name, content, others) in cases {
        let file = one_page("", content, others);
        let (_, page, _) = file.page(0, &Limits::default()).unwrap();
        assert!(matches!(page, PdfPage::Picture(_)), "{name}");
    }
}

#[test]
fn white_words_are_read_where_they_stand_out() {
    let white = "1 g BT /F1 10 Tf 100 700 Td (YTD) Tj ET 0 g";
    let (band, round) = (
        "98 698 60 12 re f",
        "100 698 m 156 698 l 158 698 158 698 158 700 c 158 710 l 98 710 l 98 698 l h f",
    );
    let cases = [
        ("on a dark band", format!("0.2 g {band} {white}"), true),
        ("on a blue band", format!("0.1 0.3 0.7 rg {band} {white}"), true),
        ("on a band with a round corner", format!("0.2 g {round} {white}"), true),
        ("on paper", white.to_owned(), false),
        ("on a light band", format!("0.9 g {band} {white}"), false),
        ("on white over a dark band", format!("0.2 g {band} 1 g {band} {white}"), false),
        ("in a dark frame", format!("0.2 g 90 690 90 40 re 91 691 88 38 re f* {white}"), false),
        ("beside a dark band", format!("0.2 g {} {white}", band.replace("698", "598")), false),
    ];
    for (name, drawing, expected) in cases {
        let file = one_page("", format!("{drawing} 0 g {}", text(0, 12).replace("40 740", "40 640")), &[]);
        let (_, page, _) = file.page(0, &Limits::default()).unwrap();
        let PdfPage::Words { words, .. } = page else { panic!("{name} is a picture") };
        let words = joined(&words);
        assert_eq!(words.contains("YTD"), expected, "{name}: {words}");
    }
}

#[test]
fn a_programs_own_words_are_believed_beside_pictures() {
    let scan = [grey_quarter()];
    let masked = [stream(
        "/Type /XObject /Subtype /Image /Width 8 /Height 1 /ImageMask true /BitsPerComponent 1",
        &[0b0101_0101],
    )];
    let cases = [
        ("text over a background", format!("{SCAN} {}", text(0, 12)), &scan),
        ("text beside a logo", format!("{} q 90 0 0 90 40 500 cm /Im Do Q", text(0, 3)), &scan),
        ("a watermark over text", format!("{} {SCAN}", text(0, 12)), &masked),
    ];
    for (name, content, others) in cases {
        let words = words(&one_page("", content, others), 0);
        assert!(joined(&words).starts_with("Gross pay 2,002.50"), "{name}");
    }
}

#[test]
fn each_page_is_judged_by_itself() {
    let pages = [
        Draft { entries: "", content: text(0, 3) },
        Draft { entries: "", content: format!("{SCAN} {}", text(3, 3)) },
        Draft { entries: "", content: text(0, 1) },
    ];
    let file = pdf(&pages, &[grey_quarter()]);
    assert_eq!(file.page_count(), 3);
    assert!(joined(&words(&file, 0)).starts_with("Gross pay"));
    assert_eq!(picture(&file, 1).grey.get_pixel(10, 10).0, [0]);
    assert!(joined(&words(&file, 2)).starts_with("Gross pay"));
}

#[test]
fn a_scan_is_turned_as_its_page_says() {
    // The corners of the upright page, clockwise from the upper left.
    let cases = [
        (0, [true, false, false, false]),
        (90, [false, true, false, false]),
        (180, [false, false, true, false]),
        (270, [false, false, false, true]),
    ];
    for (degrees, expected) in cases {
        let file = one_page(&format!("/Rotate {degrees}"), SCAN.to_owned(), &[grey_quarter()]);
        let (aspect, ..) = file.page(0, &Limits::default()).unwrap();
        assert_eq!(aspect > 1.0, degrees % 180 == 90, "{degrees}");
        let grey = picture(&file, 0).grey;
        let (right, bottom) = (grey.width() - 9, grey.height() - 9);
        let dark =
            [(8, 8), (right, 8), (right, bottom), (8, bottom)].map(|(x, y)| grey.get_pixel(x, y).0[0] < 128);
        assert_eq!(dark, expected, "{degrees}");
    }
}

#[test]
fn words_are_upright_on_a_page_that_is_turned() {
    // The text runs so that it is level once the page is turned.
    let cases = [(90, "0 1 -1 0 300 100"), (180, "-1 0 0 -1 500 400"), (270, "0 -1 1 0 300 700")];
    for (degrees, matrix) in cases {
        let content = format!("BT /F1 12 Tf {matrix} Tm (Gross pay 2,002.50) Tj ET");
        let words = words(&one_page(&format!("/Rotate {degrees}"), content, &[]), 0);
        assert_eq!(joined(&words), "Gross pay 2,002.50", "{degrees}");
        let [top_left, top_right, ..] = words[0].quad.corners();
        assert!(top_left.x < top_right.x && (top_left.y - top_right.y).abs() < 1e-6, "{degrees}: {words:?}");
    }
}

#[test]
fn inks_are_shown_as_they_print() {
    let cases = [("black alone", [0, 0, 0, 255]), ("all inks", [255; 4]), ("three inks", [255, 255, 255, 0])];
    for (name, black) in cases {
        let file = one_page("", SCAN.to_owned(), &[quarter("DeviceCMYK", &[0; 4], &black)]);
        let grey = picture(&file, 0).grey;
        let shades = [(8, 8), (grey.width() - 9, grey.height() - 9)].map(|(x, y)| grey.get_pixel(x, y).0[0]);
        assert!(shades[0] < 80 && shades[1] > 240, "{name}: {shades:?}");
    }
}

/// A page with labels and these widgets.
fn form(entries: &str, widgets: &[&str]) -> Vec<Word> {
    let references: String = (0..widgets.len()).map(|at| format!("{} 0 R ", FIRST + 1 + at)).collect();
    let mut others = vec![b"null".to_vec()];
    others.extend(widgets.iter().map(|widget| widget.as_bytes().to_vec()));
    let content =
        format!("BT /F1 12 Tf 40 700 Td (Name of employer) Tj ET {}", text(0, 1).replace("740", "300"));
    words(&one_page(&format!("{entries} /Annots [{references}]"), content, &others), 0)
}

const PLACE: &str = "/Type /Annot /Subtype /Widget /Rect [200 690 420 710]";

#[test]
fn what_was_filled_into_a_form_is_among_its_words() {
    let wide: String = "Panader\u{ed}a".encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let cases = [
        ("a value nothing draws", format!("<< {PLACE} /FT /Tx /V (Harbor Bakery) >>"), "Harbor Bakery"),
        ("a choice", format!("<< {PLACE} /FT /Ch /V (Harbor Bakery) >>"), "Harbor Bakery"),
        ("utf-16", format!("<< {PLACE} /FT /Tx /V <FEFF{wide}> >>"), "Panader\u{ed}a"),
        ("a password", format!("<< {PLACE} /FT /Tx /Ff 8192 /V (secret) >>"), ""),
        ("hidden", format!("<< {PLACE} /F 2 /FT /Tx /V (Harbor Bakery) >>"), ""),
        ("a button", format!("<< {PLACE} /FT /Btn /V /Yes >>"), ""),
        ("no value", format!("<< {PLACE} /FT /Tx /V () >>"), ""),
    ];
    for (name, widget, expected) in cases {
        let read = joined(&form("", &[&widget]));
        let (found, _) = read.split_once("Gross").unwrap();
        assert_eq!(found.trim_end(), format!("Name of employer {expected}").trim_end(), "{name}");
    }
}

#[test]
fn a_value_is_placed_in_its_field() {
    let words = form("", &[&format!("<< {PLACE} /FT /Tx /DA (/F1 12 Tf) /V (Harbor Bakery) >>")]);
    let place = words.iter().find(|word| word.text == "Harbor").unwrap().quad.bounds();
    assert!(place.left >= 200.0 / 612.0 && place.right <= 420.0 / 612.0, "{place:?}");
    assert!((place.centre().y - 92.0 / 792.0).abs() < 4.0 / 792.0, "{place:?}");
}

#[test]
fn a_value_belongs_to_the_field_above_its_widget() {
    let widget = format!("<< {PLACE} /Parent {} 0 R >>", FIRST + 2);
    let read = joined(&form("", &[&widget, "<< /FT /Tx /V (Harbor Bakery) >>"]));
    assert!(read.contains("Name of employer Harbor Bakery"), "{read}");
}

#[test]
fn what_an_appearance_draws_counts_before_the_value() {
    let drawn = "BT /F1 12 Tf 2 5 Td (Harbor Bakery) Tj ET";
    let stream = format!(
        "<< /Type /XObject /Subtype /Form /BBox [0 0 220 20] /Resources << /Font << /F1 3 0 R >> >> /Length {} >>\n\
         stream\n{drawn}\nendstream",
        drawn.len()
    );
    let empty =
        "<< /Type /XObject /Subtype /Form /BBox [0 0 220 20] /Length 7 >>\nstream\n/Tx BMC\nendstream";
    let widget = format!("<< {PLACE} /FT /Tx /V (1234) /AP << /N {} 0 R >> >>", FIRST + 2);
    let shown = joined(&form("", &[&widget, &stream]));
    assert!(shown.contains("Harbor Bakery") && !shown.contains("1234"), "{shown}");
    let shown = joined(&form("", &[&widget, empty]));
    assert!(shown.contains("1234"), "{shown}");
}

#[test]
fn lines_of_a_field_stay_lines() {
    let place = "/Type /Annot /Subtype /Widget /Rect [200 640 420 710]";
    let words = form("", &[&format!("<< {place} /FT /Tx /Ff 4096 /V (77 Cedar Court\\rOakland CA) >>")]);
    let at = |text: &str| words.iter().find(|word| word.text == text).unwrap();
    assert_eq!(at("77").line, at("Court").line);
    assert_ne!(at("77").line, at("Oakland").line);
    assert!(at("77").quad.bounds().bottom < at("Oakland").quad.bounds().top + 0.01);
}

#[test]
fn a_picture_that_is_larger_than_its_dictionary_says_is_refused_before_it_is_decoded() {
    let fax = |coding: &str| {
        let picture = "/Type /XObject /Subtype /Image /Width 4 /Height 90 /ColorSpace /DeviceGray";
        stream(&format!("{picture} /BitsPerComponent 1 /Filter [/CCITTFaxDecode] {coding}"), &[0xff; 99])
    };
    let header = crate::decode::tests::jpeg_2000_header;
    let under = |filters: &str, data: &[u8]| {
        let picture = "/Type /XObject /Subtype /Image /Width 4 /Height 4";
        stream(&format!("{picture} /Filter [{filters} /JPXDecode]"), data)
    };
    let jpeg_2000 = |side: u32, channels: u16| under("", &header(side, channels));
    let most = Limits::default().pixels;
    let cases = [
        (
            "a fax",
            fax("/DecodeParms [<< /K -1 /Columns 1000000 >>]"),
            Some(format!("pixels: 90000000, at most {most}")),
        ),
        ("a fax as it should be", fax("/DecodeParms << /K -1 /Columns 1728 >>"), None),
        ("a wide jpeg 2000", jpeg_2000(40_000, 1), Some(format!("pixels: 1600000000, at most {most}"))),
        (
            "a deep jpeg 2000",
            jpeg_2000(4000, 200),
            Some(format!("samples: 3200000000, at most {}", most * 3)),
        ),
        ("a jpeg 2000 as it should be", jpeg_2000(400, 3), None),
        (
            "a wide jpeg 2000 that is deflated and written as text",
            under("/AHx /Fl", &hex(&zlib(&header(40_000, 1)))),
            Some(format!("pixels: 1600000000, at most {most}")),
        ),
        ("one as it should be", under("/AHx /Fl", &hex(&zlib(&header(400, 3)))), None),
    ];
    for (name, picture, expected) in cases {
        let file = written(&[Draft { entries: "", content: SCAN.to_owned() }], &[picture]);
        let fault = PdfFile::open(&file.into(), &Limits::default()).err();
        assert_eq!(fault, expected.map(|limit| DocumentFault::OverLimit { limit }), "{name}");
    }
}

/// The changes of the first page, as kinds with what was and what is.
fn changes(file: &PdfFile) -> Vec<(ChangeKind, Option<String>, Option<String>)> {
    let changes = file.page(0, &Limits::default()).unwrap().2;
    changes.into_iter().map(|change| (change.kind, change.was, change.now)).collect()
}

/// A box over the figure that [`figures`] prints.
const BOX: &str = "98 698 60 12 re f";

/// A page of words with `drawing` on it and one figure at 100, 700.
fn figures(drawing: &str) -> String {
    format!("{} BT /F1 10 Tf 100 700 Td (1,200.00) Tj ET {drawing}", text(0, 12).replace("40 740", "40 640"))
}

#[test]
fn what_lies_under_other_words_is_told() {
    let typed = "0 g BT /F1 10 Tf 100 700 Td (3,200.00) Tj ET";
    let scan = [grey_quarter()];
    let pair = |was: &str, now: &str| {
        let owned = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (owned(was), owned(now))
    };
    let cases = [
        ("nothing else", figures(""), None),
        (
            "a white box with another figure",
            figures(&format!("1 g {BOX} {typed}")),
            Some((ChangeKind::Covered, pair("1,200.00", "3,200.00"))),
        ),
        ("a white box", figures(&format!("1 g {BOX}")), Some((ChangeKind::Covered, pair("1,200.00", "")))),
        (
            "a picture",
            figures("q 60 0 0 12 98 698 cm /Im Do Q"),
            Some((ChangeKind::Covered, pair("1,200.00", ""))),
        ),
        ("the same words again", figures(&format!("1 g {BOX} {}", typed.replace('3', "1"))), None),
        ("a box cut away", figures(&format!("q 0 0 10 10 re W n 1 g {BOX} Q")), None),
        (
            "a box through which is seen",
            figures(&format!("/Half gs 1 g {BOX}"))
                .replace("/Half gs", "q 98 698 m 158 698 l 120 710 l h W n"),
            None,
        ),
        ("a frame", figures(&BOX.replace('f', "S")), None),
        ("a box drawn before", format!("1 g {BOX} 0 g {}", figures("")), None),
        (
            "another figure in white",
            figures("1 g BT /F1 10 Tf 100 700 Td (3,200.00) Tj ET 0 g"),
            Some((ChangeKind::Whitened, pair("3,200.00", "1,200.00"))),
        ),
        (
            "in white a part of the figure that is seen",
            figures("1 g BT /F1 10 Tf 106 700 Td (200.00) Tj ET 0 g"),
            Some((ChangeKind::Whitened, pair("200.00", "1,200.00"))),
        ),
        ("the same in white", figures("1 g BT /F1 10 Tf 100 700 Td (1,200.00) Tj ET 0 g"), None),
        (
            "a scan with a figure on a box",
            format!("{SCAN} 1 g {BOX} {typed}"),
            Some((ChangeKind::Patched, pair("", "3,200.00"))),
        ),
        ("a scan over somebody's OCR", format!("{} {SCAN}", figures("")), None),
        (
            "another size within a figure",
            figures("").replace("(1,200.00)", "(1,2) Tj /F1 12 Tf (0) Tj /F1 10 Tf (0.00)"),
            Some((ChangeKind::Uneven, pair("", "1,200.00"))),
        ),
    ];
    for (name, content, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|(kind, (was, now))| (kind, was, now)).collect();
        assert_eq!(changes(&one_page("", content, &scan)), expected, "{name}");
    }
}

#[test]
fn what_is_covered_is_not_read() {
    let content = figures(&format!("1 g {BOX} 0 g BT /F1 10 Tf 100 700 Td (3,200.00) Tj ET"));
    let words = joined(&words(&one_page("", content, &[]), 0));
    assert!(words.contains("3,200.00") && !words.contains("1,200"), "{words}");
}

/// A PDF of one page, saved again with `later` objects: the page is object 10, its content 11.
fn saved_again(later: &[(usize, Vec<u8>)]) -> PdfFile {
    let mut file = written(&[Draft { entries: "", content: figures("") }], &[]);
    file.extend(b"startxref\n0\n%%EOF\n");
    for (number, object) in later {
        file.extend(format!("{number} 0 obj\n").into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    file.extend(b"trailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n");
    PdfFile::open(&file.into(), &Limits::default()).unwrap()
}

#[test]
fn what_a_page_said_before_it_was_saved_again_is_told() {
    let content = |text: &str| stream("", figures("").replace("1,200.00", text).as_bytes());
    let note = b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] >>".to_vec();
    let rewritten = |was: &str, now: Option<&str>| {
        vec![(ChangeKind::Rewritten, Some(was.to_owned()), now.map(ToOwned::to_owned))]
    };
    let cases = [
        ("another figure", vec![(11, content("3,200.00"))], rewritten("1,200.00", Some("3,200.00"))),
        ("a figure taken out", vec![(11, content(""))], rewritten("1,200.00", None)),
        ("the same again", vec![(11, content("1,200.00"))], vec![]),
        ("words where nothing was", vec![(11, content("1,200.00) Tj 200 0 Td (Paid"))], vec![]),
        ("a note", vec![(12, note)], vec![]),
    ];
    for (name, later, expected) in cases {
        let file = saved_again(&later);
        assert_eq!(file.origin().saves, 2, "{name}");
        assert_eq!(changes(&file), expected, "{name}");
    }
    assert_eq!(pdf(&[Draft { entries: "", content: figures("") }], &[]).origin().saves, 0);
}
