//! One warm Tesseract, that reads a grey picture into words with boxes.
//! Which picture, how prepared and how often is left to `recognise`.

use std::path::{Path, PathBuf};

use image::GrayImage;
use tesseract_rs::{TessPageSegMode, TesseractAPI, TesseractError};

use crate::ReaderError;

/// Long short-term memory networks alone: the older engine learns from page to page, and so would the readings.
const LSTM_ONLY: i32 = 1;
/// The older engine alone, the only one that orientation data has.
const LEGACY_ONLY: i32 = 0;

/// How a picture is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Columns, tables and paragraphs, found by the engine.
    Page,
    /// Text here and there, in no order.
    Sparse,
    /// One line and nothing else.
    Line,
}

/// A word as the engine gives it, in pixels of the picture it was shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawWord {
    pub(crate) text: String,
    /// `0.0..=1.0`
    pub(crate) confidence: f64,
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
    /// Words of one line share it.
    pub(crate) line: u32,
}

/// A handle on one set of trained data. Not shared: one a thread.
pub(crate) struct Engine {
    api: TesseractAPI,
}

impl Engine {
    /// An engine for text in `languages` (`eng+spa`), with trained data from `folder`.
    pub(crate) fn text(folder: &Path, languages: &str) -> Result<Self, ReaderError> {
        Self::start(folder, languages, LSTM_ONLY)
    }

    /// An engine that finds which way up a page is.
    pub(crate) fn orientation(folder: &Path) -> Result<Self, ReaderError> {
        Self::start(folder, "osd", LEGACY_ONLY)
    }

    fn start(folder: &Path, languages: &str, mode: i32) -> Result<Self, ReaderError> {
        let refused =
            || ReaderError::TrainedData { languages: languages.to_owned(), folder: folder.to_owned() };
        let api = TesseractAPI::new();
        let path = folder.to_str().ok_or_else(refused)?;
        api.init_2(path, languages, mode).map_err(|_| refused())?;
        // Tesseract remarks on every picture it does not like; a log must not grow with the documents.
        api.set_variable("debug_file", "/dev/null").map_err(ReaderError::Engine)?;
        Ok(Self { api })
    }

    /// The words of `picture`, whose resolution is about `dpi`. The same picture always gives the same words.
    pub(crate) fn words(
        &self,
        picture: &GrayImage,
        layout: Layout,
        dpi: i32,
    ) -> Result<Vec<RawWord>, ReaderError> {
        let read = || -> Result<String, TesseractError> {
            // What was learnt on the page before must not show on this one.
            self.api.clear_adaptive_classifier()?;
            self.api.set_page_seg_mode(layout.into())?;
            self.show(picture)?;
            self.api.set_source_resolution(dpi)?;
            self.api.recognize()?;
            self.api.get_tsv_text(0)
        };
        let table = read().map_err(ReaderError::Engine);
        self.api.clear().map_err(ReaderError::Engine)?;
        Ok(parse_tsv(&table?))
    }

    /// By how many degrees clockwise the text of `picture` is turned (0, 90, 180 or 270), and how sure that is.
    pub(crate) fn turned(&self, picture: &GrayImage) -> Result<Option<(u16, f32)>, ReaderError> {
        self.api.clear_adaptive_classifier().map_err(ReaderError::Engine)?;
        self.show(picture).map_err(ReaderError::Engine)?;
        let found = self.api.detect_os();
        self.api.clear().map_err(ReaderError::Engine)?;
        // Too few letters to tell is reported as an error.
        Ok(found.ok().and_then(|(degrees, sure, ..)| Some((u16::try_from(degrees).ok()?, sure))))
    }

    fn show(&self, picture: &GrayImage) -> Result<(), TesseractError> {
        let side = |length: u32| i32::try_from(length).map_err(|_| TesseractError::InvalidDimensions);
        let (width, height) = (side(picture.width())?, side(picture.height())?);
        self.api.set_image(picture.as_raw(), width, height, 1, width)
    }
}

impl From<Layout> for TessPageSegMode {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Page => Self::PSM_AUTO,
            Layout::Sparse => Self::PSM_SPARSE_TEXT,
            Layout::Line => Self::PSM_SINGLE_LINE,
        }
    }
}

/// Where Debian keeps trained data, and where it is looked for unless told.
pub(crate) fn default_folder() -> PathBuf {
    PathBuf::from("/usr/share/tesseract-ocr/5/tessdata")
}

/// The version of the linked library.
pub(crate) fn version() -> String {
    TesseractAPI::version()
}

/// Words of Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
fn parse_tsv(table: &str) -> Vec<RawWord> {
    const WORD: &str = "5";
    let mut words: Vec<RawWord> = Vec::new();
    let mut last_line = ("", "", "");
    let mut line = 0;
    for row in table.lines() {
        let mut cells = row.splitn(12, '\t');
        let [
            Some(WORD),
            _,
            Some(block),
            Some(paragraph),
            Some(number),
            _,
            Some(left),
            Some(top),
            Some(width),
            Some(height),
            Some(sure),
            Some(text),
        ] = std::array::from_fn(|_| cells.next())
        else {
            continue;
        };
        let numbers = [left, top, width, height, sure].map(str::parse::<f64>);
        let [Ok(left), Ok(top), Ok(width), Ok(height), Ok(sure)] = numbers else { continue };
        let text = text.trim();
        if text.is_empty() || sure < 0.0 {
            continue;
        }
        if (block, paragraph, number) != last_line {
            last_line = (block, paragraph, number);
            line += u32::from(!words.is_empty());
        }
        let (right, bottom) = (left + width, top + height);
        words.push(RawWord {
            text: text.to_owned(),
            confidence: sure / 100.0,
            left,
            top,
            right,
            bottom,
            line,
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_becomes_words_with_lines_of_their_own() {
        let table = "1\t1\t0\t0\t0\t0\t0\t0\t600\t400\t-1\t\n\
            4\t1\t1\t1\t1\t0\t10\t10\t100\t20\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t10\t40\t20\t96.5\tGross\n\
            5\t1\t1\t1\t1\t2\t60\t10\t30\t20\t91\tpay\n\
            5\t1\t1\t1\t2\t1\t10\t40\t30\t20\t95\t \n\
            5\t1\t2\t1\t1\t1\t10\t80\t30\t20\t80\t2,002.50\n";
        let words = parse_tsv(table);
        let seen: Vec<_> = words.iter().map(|word| (word.text.as_str(), word.line, word.right)).collect();
        assert_eq!(seen, [("Gross", 0, 50.0), ("pay", 0, 90.0), ("2,002.50", 1, 40.0)]);
        assert_eq!(words[0].confidence, 0.965);
    }

    #[test]
    fn rows_that_make_no_sense_are_left_out() {
        for row in ["", "5\t1\t1", "5\t1\t1\t1\t1\t1\tx\t10\t40\t20\t96\tGross", "level\tpage_num"] {
            assert_eq!(parse_tsv(row), [], "{row}");
        }
    }
}
