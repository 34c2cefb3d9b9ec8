//! What was read from a document. Kept, so that new rules never need the reader again.

use serde::{Deserialize, Serialize};

use crate::{Confidence, Digest, Origin, Quad, stored};

/// What was read from one document: its pages, or what is wrong with it, or both when it broke off midway.
///
/// Written and read in the form of [`stored::StoredReading`], which carries a schema number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "stored::StoredReading", try_from = "stored::StoredReading")]
pub struct Reading {
    /// The document that was read.
    pub document: Digest,
    /// What the bytes are, as a MIME type (`application/pdf`); `None` where they are of no known kind.
    pub media_type: Option<String>,
    /// The pages in order, numbered from 1 without gaps.
    pub pages: Vec<Page>,
    /// Why the document, or the rest of it, could not be read.
    pub fault: Option<DocumentFault>,
    /// What the file tells of how it was made and changed; `None` where it tells nothing.
    pub origin: Option<Origin>,
    /// Everything that had a part in the reading.
    pub readers: Vec<Reader>,
}

/// One image of a document, and what stands on it.
///
/// Written and read in its stored form too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "stored::StoredPage", try_from = "stored::StoredPage")]
pub struct Page {
    /// Counted from 1 within the document.
    pub number: u32,
    /// Width divided by height, so that fractions can be turned into true proportions.
    pub aspect: f64,
    /// How the page came to be a file.
    pub capture: Capture,
    /// What is wrong with its picture, the worst first; empty where its words come from a text layer.
    pub flaws: Vec<Flaw>,
    /// What stands on the page, or why that could not be read.
    pub text: Result<PageText, PageFault>,
}

/// Something about the picture of a page that makes it hard to read, seen before it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flaw {
    /// What it is.
    pub kind: FlawKind,
    /// How bad: from 0.5 on words are lost, at 1 hardly any can be read.
    pub severity: Confidence,
    /// Where it is.
    pub quad: Quad,
}

/// The kinds of flaws. Each has its own advice for the applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlawKind {
    /// Nothing that could be a letter stands on it.
    Blank,
    /// Out of focus, or moved.
    Blur,
    /// Too little light.
    Dark,
    /// Light is mirrored on it.
    Glare,
    /// Letters are cut off at its edge.
    Cropped,
    /// Its letters are few pixels high.
    Small,
    /// The pattern of a screen that was photographed.
    Moire,
}

/// The words of a page. Empty on a blank page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageText {
    /// Whose words they are.
    pub source: TextSource,
    /// In reading order, as the source gave them.
    pub words: Vec<Word>,
    /// The lines of a machine readable zone, top to bottom, as read: 2 of 44 or 36 characters, or 3 of 30.
    pub mrz: Vec<MrzLine>,
    /// Two-dimensional barcodes, as read; what stands in them is not among the words.
    pub barcodes: Vec<Barcode>,
    /// Where something is drawn that is neither print nor a rule: signatures, initials, pictures. From the top down.
    pub strokes: Vec<Quad>,
}

impl PageText {
    /// Whether anything that stands on the page can be relied on: a reader finds words in the grain of paper and in
    /// pictures too, but it is not sure of them.
    pub fn is_legible(&self) -> bool {
        self.is_legible_as(|confidence| confidence)
    }

    /// As [`Self::is_legible`], where `calibrated` says what the confidences of its reader mean.
    pub fn is_legible_as(&self, calibrated: impl Fn(Confidence) -> Confidence) -> bool {
        let sure = |word: &&Word| {
            let characters = word.text.chars().filter(|character| character.is_alphanumeric());
            word.confidence.is_none_or(|confidence| calibrated(confidence).get() >= LEAST_SURE)
                && characters.take(3).count() == 3
        };
        !self.mrz.is_empty()
            || !self.barcodes.is_empty()
            || self.words.iter().filter(sure).take(LEAST_WORDS).count() == LEAST_WORDS
    }
}

/// A word that was read with less confidence may be no word at all.
const LEAST_SURE: f64 = 0.75;

/// Fewer words than this say nothing.
const LEAST_WORDS: usize = 4;

/// A run of characters without white space.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The characters, never empty.
    pub text: String,
    /// Where they stand.
    pub quad: Quad,
    /// How sure the reader is; `None` for a text layer, which states and does not guess.
    pub confidence: Option<Confidence>,
    /// Words of one printed line share a number; numbers mean nothing beyond that.
    pub line: u32,
}

/// One line of a machine readable zone (ICAO 9303): `A`-`Z`, `0`-`9` and `<` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MrzLine {
    /// The characters as read, check digits not yet judged.
    pub text: String,
    /// Where the line stands.
    pub quad: Quad,
}

/// A two-dimensional barcode. Its own error correction has proved what was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Barcode {
    /// Of which kind it is.
    pub kind: BarcodeKind,
    /// What stands in it, control characters included. Bytes that are no UTF-8 are a character each, as in Latin-1.
    pub text: String,
    /// Where it stands, from its own top left.
    pub quad: Quad,
}

/// The kinds of barcode that papers carry their own words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarcodeKind {
    /// PDF417 (ISO/IEC 15438), on the back of licences and identity cards.
    Pdf417,
    /// QR (ISO/IEC 18004).
    Qr,
}

/// How a page came to be a file; accuracy is measured apart for each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// Made by a program, with its own text layer.
    Pdf,
    /// An even, straight picture: a flatbed scan, a screen capture, a rendered page.
    Scan,
    /// Two colours and few dots.
    Fax,
    /// Taken with a camera.
    Photo,
}

/// Whose words a page's words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// The program that made the PDF.
    TextLayer,
    /// A reader that looked at the picture.
    Ocr,
}

/// Who read, in which version: part of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reader {
    /// The reader's name: `tesseract`, `pp-ocr` or `text-layer`.
    pub name: String,
    /// Its version, with that of its trained data where it has some.
    pub version: String,
}

/// What is wrong with a document as a whole. Each has its own remedy for the applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DocumentFault {
    /// Zero bytes.
    Empty,
    /// Bytes of no kind that is read; `found` names the kind where it is known (`image/heic`).
    Unsupported {
        /// The MIME type, where the bytes are of a known one.
        found: Option<String>,
    },
    /// Opens only with a password.
    Encrypted,
    /// Of a known kind, but broken.
    Corrupt {
        /// What the decoder said, for the caseworker.
        detail: String,
    },
    /// Beyond a limit of bytes, pages, pixels, nesting, memory or time.
    OverLimit {
        /// Which limit, with its figure: `pages: 812, at most 500`.
        limit: String,
    },
    /// Its reader died of it, once by itself or again and again with all its work: it could not be read safely, and a
    /// person must look.
    Unsafe,
}

/// What is wrong with one page, while others may be fine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PageFault {
    /// The page's picture or content is broken.
    Corrupt {
        /// What the decoder said, for the caseworker.
        detail: String,
    },
    /// Beyond a limit of pixels, memory or time.
    OverLimit {
        /// Which limit, with its figure: `pixels: 900000000, at most 100000000`.
        limit: String,
    },
}
