//! Reads a picture into words, prepared only as far as it needs.
//! Decoding it is left to `decode`, the engine itself to `engine`.

use std::path::PathBuf;

use document::{Confidence, PageText, Quad, Rect, TextSource, Word};
use image::GrayImage;
use image::imageops::{self, FilterType};

use crate::ReaderError;
use crate::decode::Picture;
use crate::engine::{Engine, Layout, RawWord};

/// Where an engine finds what it needs.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    pub(crate) folder: PathBuf,
    pub(crate) languages: String,
}

/// The warm engines of one thread.
pub(crate) struct Recogniser {
    text: Engine,
}

impl Recogniser {
    /// Loads the trained data.
    pub(crate) fn new(sources: &Sources) -> Result<Self, ReaderError> {
        Ok(Self { text: Engine::text(&sources.folder, &sources.languages)? })
    }

    /// What stands on `picture`.
    pub(crate) fn read(&mut self, picture: &Picture) -> Result<PageText, ReaderError> {
        let grey = &picture.grey;
        let longest = grey.width().max(grey.height());
        let scaled: GrayImage;
        let shown = if longest < 1400 {
            scaled = imageops::resize(grey, grey.width() * 2, grey.height() * 2, FilterType::CatmullRom);
            &scaled
        } else {
            grey
        };
        let words = self.text.words(shown, Layout::Page, 300)?;
        let (width, height) = (f64::from(shown.width()), f64::from(shown.height()));
        let words = words.into_iter().map(|word| placed(word, width, height)).collect();
        Ok(PageText { source: TextSource::Ocr, words, mrz: Vec::new() })
    }
}

fn placed(word: RawWord, width: f64, height: f64) -> Word {
    let rect = Rect::new(word.left / width, word.top / height, word.right / width, word.bottom / height);
    let confidence = Some(Confidence::clamped(word.confidence));
    Word { text: word.text, quad: Quad::from(rect), confidence, line: word.line }
}
