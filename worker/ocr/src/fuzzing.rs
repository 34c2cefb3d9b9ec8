//! What the fuzz targets reach of this crate: everything that sees a document's bytes, short of recognising pictures.
//! Only there with the feature `fuzzing`; making inputs is left to `fuzz/` at the root of the repository.

use std::sync::Arc;
use std::time::Duration;

use document::{Capture, Digest, Page, PageText, Quad, Reading, Rect, TextSource, Word};
use image::GrayImage;

use crate::kind::Kind;
use crate::limits::{Deadline, Limits};
use crate::opened::{About, Content, Opened};
use crate::{barcode, capture, mrz};

/// The MIME type of `bytes`, where they are of a kind that is read.
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    Kind::of(bytes).ok().map(Kind::media_type)
}

/// Opens `bytes` and decodes every page, as a reader does before it recognises anything, but on the caller's stack: a
/// reading whose pictures have no words.
pub fn decode(bytes: &[u8], limits: &Limits) -> Reading {
    let opened = Opened::open(Arc::new(bytes.to_vec()), limits);
    let About { media_type, page_count, mut origin, mut fault } = opened.about().clone();
    let deadline = Deadline::begun(Duration::ZERO, limits.time);
    let mut pages = Vec::new();
    for (index, number) in (0..page_count).zip(1..) {
        let mut content = opened.page(index, limits, deadline);
        if let Ok(Ok(content)) = &mut content {
            origin.get_or_insert_default().changes.extend(content.take_changes(number));
        }
        let (aspect, capture, text) = match content {
            Ok(Ok(Content::Words { aspect, words, .. })) => (aspect, Capture::Pdf, Ok(words)),
            Ok(Ok(Content::Picture { aspect, picture, .. })) => {
                (aspect, capture::of(&picture), Ok(Vec::new()))
            }
            Ok(Err((aspect, fault))) => (aspect, Capture::Scan, Err(fault)),
            Err(found) => {
                fault = Some(found);
                break;
            }
        };
        let source = TextSource::TextLayer;
        let text = text.map(|words| PageText {
            source,
            words,
            mrz: Vec::new(),
            barcodes: Vec::new(),
            strokes: Vec::new(),
        });
        pages.push(Page { number, aspect, capture, flaws: Vec::new(), text });
    }
    Reading { document: Digest::of(bytes), media_type, pages, fault, origin, readers: Vec::new() }
}

/// Looks for barcodes on a picture of grey `pixels`, row by row, `width` of them a row, and gives their texts.
/// Pixels that make no whole row are left out.
pub fn barcodes(width: u32, mut pixels: Vec<u8>) -> Vec<String> {
    let height = pixels.len() / (width as usize).max(1);
    pixels.truncate(height * width as usize);
    let height = u32::try_from(height).unwrap_or(0);
    let picture = GrayImage::from_raw(width, height, pixels).unwrap_or_default();
    barcode::find(&picture).into_iter().map(|code| code.text).collect()
}

/// The lines of a machine readable zone among rows, of each of which several looks were taken.
pub fn zone(rows: &[Vec<&str>]) -> Option<Vec<String>> {
    let cleaned = |looks: &Vec<&str>| looks.iter().map(|look| mrz::cleaned(look)).collect();
    let rows: Vec<Vec<String>> = rows.iter().filter(|looks| looks_like_one(looks)).map(cleaned).collect();
    Some(mrz::lines(&rows)?.into_iter().map(|(_, line)| line).collect())
}

fn looks_like_one(looks: &[&str]) -> bool {
    let quad = Quad::from(Rect::new(0.1, 0.1, 0.9, 0.2));
    let word = |text: &str| Word { text: text.to_owned(), quad, confidence: None, line: 0 };
    looks.iter().any(|look| mrz::looks_like_one(&look.split_whitespace().map(word).collect::<Vec<_>>()))
}
