//! Machine readable zones: what was read of them is cleaned and fitted, and a passport's fields are taken from it.
//! Every line is a row of the page; tabs part what several looks read there.
#![no_main]

use std::sync::LazyLock;

use document::{Capture, Digest, MrzLine, Page, PageText, Quad, Reading, Rect, TextSource, Word};
use libfuzzer_sys::{Corpus, fuzz_target};
use verify::arrange;
use verify::rules::Rules;

const MOST_ROWS: usize = 24;

/// Those that know no other document.
static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let is_needed = |path: &str| {
        path == "documents/passport.yaml" || !path.starts_with("documents/") && !path.starts_with("proofs/")
    };
    Rules::load(fuzz::rule_files().into_iter().filter(|file| is_needed(&file.path)))
        .expect("the rule files load")
});

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(text) = str::from_utf8(bytes) else { return Corpus::Reject };
    let rows: Vec<Vec<&str>> = text.lines().map(|row| row.split('\t').collect()).collect();
    if rows.len() > MOST_ROWS {
        return Corpus::Reject;
    }
    fuzz::begin(bytes);
    arrange::documents(&[reading(&rows)], &RULES);
    Corpus::Keep
});

/// A page on which these rows stand one below the other.
fn reading(rows: &[Vec<&str>]) -> Reading {
    let quad = |row: usize, from: f64, to: f64| -> Quad {
        let top = 0.02 + 0.04 * row as f64;
        Rect::new(from, top, to, top + 0.025).into()
    };
    let words = (0..).zip(rows).flat_map(|(line, looks)| {
        let words: Vec<&str> = looks.iter().take(1).flat_map(|look| look.split_whitespace()).collect();
        let width = 0.9 / words.len().max(1) as f64;
        let word = |(at, text): (usize, &&str)| {
            let left = 0.05 + width * at as f64;
            let quad = quad(line as usize, left, left + 0.9 * width);
            Word { text: (*text).to_owned(), quad, confidence: None, line }
        };
        words.iter().enumerate().map(word).collect::<Vec<_>>()
    });
    let zone = ocr::fuzzing::zone(rows).unwrap_or_default();
    let mrz =
        zone.into_iter().enumerate().map(|(row, text)| MrzLine { text, quad: quad(20 + row, 0.05, 0.95) });
    let text = PageText {
        source: TextSource::Ocr,
        words: words.collect(),
        mrz: mrz.collect(),
        barcodes: Vec::new(), strokes: Vec::new(),
    };
    let page = Page { number: 1, aspect: 0.77, capture: Capture::Scan, flaws: Vec::new(), text: Ok(text) };
    Reading {
        document: Digest::of(b"page"),
        media_type: None,
        pages: vec![page],
        fault: None,
        origin: None,
        readers: Vec::new(),
    }
}
