//! The forms in which submissions arrive and readings are kept: types of their own with a schema number, apart
//! from those the code thinks in.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Applicant, AttestedIncome, Barcode, Capture, Confidence, Digest, DocumentFault, FileRef, Flaw, Household,
    Inconsistency, Language, MrzLine, Origin, Page, PageFault, PageText, Program, Proof, Quad, Reader,
    Reading, Submission, SubmissionError, TextSource, Word,
};

/// The schema of [`StoredSubmission`].
pub const SUBMISSION_SCHEMA: &str = "vouch/submission/1";

/// A submission as it is sent. What is optional: `declared_type`, `language` (English), `attested`, and all of the
/// applicant but a name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoredSubmission {
    #[schemars(extend("const" = SUBMISSION_SCHEMA))]
    schema: String,
    submission_id: String,
    case_id: String,
    program: Program,
    proof_of: Proof,
    #[schemars(with = "String")]
    received_date: Date,
    #[serde(default)]
    language: Language,
    files: Vec<FileRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    declared_type: Option<String>,
    applicant: Applicant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attested: Option<StoredAttestation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    household: Option<Household>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inconsistencies: Vec<Inconsistency>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StoredAttestation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    income: Option<AttestedIncome>,
}

/// The submission was written for another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("submission has schema '{0}', not '{SUBMISSION_SCHEMA}'")]
pub struct SubmissionSchemaError(String);

impl TryFrom<StoredSubmission> for Submission {
    type Error = SubmissionError;

    fn try_from(stored: StoredSubmission) -> Result<Self, SubmissionError> {
        if stored.schema != SUBMISSION_SCHEMA {
            return Err(SubmissionSchemaError(stored.schema).into());
        }
        let submission = Self {
            submission_id: stored.submission_id,
            case_id: stored.case_id,
            program: stored.program,
            proof_of: stored.proof_of,
            received_date: stored.received_date,
            language: stored.language,
            files: stored.files,
            declared_type: stored.declared_type,
            applicant: stored.applicant,
            attested_income: stored.attested.and_then(|attested| attested.income),
            household: stored.household,
            inconsistencies: stored.inconsistencies,
        };
        submission.checked()
    }
}

impl From<Submission> for StoredSubmission {
    fn from(submission: Submission) -> Self {
        Self {
            schema: SUBMISSION_SCHEMA.to_owned(),
            submission_id: submission.submission_id,
            case_id: submission.case_id,
            program: submission.program,
            proof_of: submission.proof_of,
            received_date: submission.received_date,
            language: submission.language,
            files: submission.files,
            declared_type: submission.declared_type,
            applicant: submission.applicant,
            attested: submission.attested_income.map(|income| StoredAttestation { income: Some(income) }),
            household: submission.household,
            inconsistencies: submission.inconsistencies,
        }
    }
}

/// The schema of [`StoredReading`].
pub const READING_SCHEMA: &str = "vouch/reading/1";

/// A reading as stored: holds no clock time, coordinates and confidences rounded to four decimals.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredReading {
    schema: String,
    document: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    pages: Vec<StoredPage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<DocumentFault>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    readers: Vec<Reader>,
}

/// A page as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredPage {
    number: u32,
    aspect: f64,
    capture: Capture,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    flaws: Vec<Flaw>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<PageFault>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<StoredText>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredText {
    source: TextSource,
    words: Vec<StoredWord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mrz: Vec<MrzLine>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    barcodes: Vec<Barcode>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    strokes: Vec<Quad>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredWord(String, Quad, Option<Confidence>, u32);

/// A stored reading that this version cannot use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoredReadingError {
    /// Written by another version.
    #[error("reading has schema '{0}', not '{READING_SCHEMA}'")]
    Schema(String),
    /// Page numbers must be 1, 2, 3 and so on.
    #[error("page {found} stands where page {expected} belongs")]
    PageOrder {
        /// The number found.
        found: u32,
        /// The number that belongs there.
        expected: u32,
    },
    /// A page has either text or a fault.
    #[error("page {0} must have either text or a fault")]
    PageContent(u32),
}

impl From<Reading> for StoredReading {
    fn from(reading: Reading) -> Self {
        Self {
            schema: READING_SCHEMA.to_owned(),
            document: reading.document,
            media_type: reading.media_type,
            pages: reading.pages.into_iter().map(StoredPage::from).collect(),
            fault: reading.fault,
            origin: reading.origin.map(Origin::rounded),
            readers: reading.readers,
        }
    }
}

impl Reading {
    /// The reading as it comes back from where it is stored, with everything rounded. Verdicts are reached by this
    /// form alone: a document read now and one read before must come to the same, digit for digit.
    ///
    /// # Errors
    /// If the reading is none that can be stored, such as one with a page left out.
    pub fn as_stored(&self) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(&serde_json::to_vec(self)?)
    }
}

impl From<Page> for StoredPage {
    fn from(page: Page) -> Self {
        let (text, fault) = match page.text {
            Ok(text) => (Some(StoredText::from(text)), None),
            Err(fault) => (None, Some(fault)),
        };
        let aspect = (page.aspect * 10_000.0).round() / 10_000.0;
        let rounded =
            |flaw: Flaw| Flaw { severity: flaw.severity.rounded(), quad: flaw.quad.rounded(), ..flaw };
        let flaws = page.flaws.into_iter().map(rounded).collect();
        Self { number: page.number, aspect, capture: page.capture, flaws, fault, text }
    }
}

impl From<PageText> for StoredText {
    fn from(text: PageText) -> Self {
        let words = text.words.into_iter().map(|word| {
            let confidence = word.confidence.map(Confidence::rounded);
            StoredWord(word.text, word.quad.rounded(), confidence, word.line)
        });
        let mrz = text.mrz.into_iter().map(|line| MrzLine { quad: line.quad.rounded(), ..line });
        let barcodes = text.barcodes.into_iter().map(|code| Barcode { quad: code.quad.rounded(), ..code });
        let strokes = text.strokes.iter().map(Quad::rounded);
        Self {
            source: text.source,
            words: words.collect(),
            mrz: mrz.collect(),
            barcodes: barcodes.collect(),
            strokes: strokes.collect(),
        }
    }
}

impl TryFrom<StoredReading> for Reading {
    type Error = StoredReadingError;

    fn try_from(stored: StoredReading) -> Result<Self, StoredReadingError> {
        if stored.schema != READING_SCHEMA {
            return Err(StoredReadingError::Schema(stored.schema));
        }
        let pages = (1..).zip(stored.pages).map(|(expected, page)| match page.number {
            found if found == expected => page.try_into(),
            found => Err(StoredReadingError::PageOrder { found, expected }),
        });
        Ok(Self {
            document: stored.document,
            media_type: stored.media_type,
            pages: pages.collect::<Result<_, _>>()?,
            fault: stored.fault,
            origin: stored.origin,
            readers: stored.readers,
        })
    }
}

impl TryFrom<StoredPage> for Page {
    type Error = StoredReadingError;

    fn try_from(stored: StoredPage) -> Result<Self, StoredReadingError> {
        let StoredPage { number, aspect, capture, flaws, fault, text } = stored;
        let text = match (text, fault) {
            (Some(text), None) => Ok(text.into()),
            (None, Some(fault)) => Err(fault),
            (Some(_), Some(_)) | (None, None) => return Err(StoredReadingError::PageContent(number)),
        };
        Ok(Self { number, aspect, capture, flaws, text })
    }
}

impl From<StoredText> for PageText {
    fn from(text: StoredText) -> Self {
        let words = text.words.into_iter().map(|StoredWord(text, quad, confidence, line)| Word {
            text,
            quad,
            confidence,
            line,
        });
        let StoredText { source, mrz, barcodes, strokes, .. } = text;
        Self { source, words: words.collect(), mrz, barcodes, strokes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BarcodeKind, Change, ChangeKind, FlawKind, Rect};

    fn origin() -> Origin {
        let change = Change {
            page: 1,
            kind: ChangeKind::Covered,
            quad: Rect::new(0.5, 0.25, 0.75, 0.5).into(),
            was: Some("1,000.00".to_owned()),
            now: None,
            detail: None,
        };
        Origin {
            programs: vec!["Writer".to_owned()],
            created: Some(jiff::civil::datetime(2026, 10, 31, 9, 0, 0, 0)),
            saves: 1,
            changes: vec![change],
            ..Origin::default()
        }
    }

    fn reading() -> Reading {
        let word = Word {
            text: "Gross".to_owned(),
            quad: Rect::new(0.1, 0.25, 0.3, 0.5).into(),
            confidence: Some(Confidence::clamped(0.5)),
            line: 0,
        };
        let code = Barcode {
            kind: BarcodeKind::Pdf417,
            text: "@\n\u{1e}\rANSI \u{e9}".to_owned(),
            quad: Rect::new(0.5, 0.5, 0.75, 0.625).into(),
        };
        let text = PageText {
            source: TextSource::Ocr,
            words: vec![word],
            mrz: Vec::new(),
            barcodes: vec![code],
            strokes: vec![Rect::new(0.125, 0.5, 0.25, 0.625).into()],
        };
        let fault = PageFault::OverLimit { limit: "pixels: 9, at most 1".to_owned() };
        let flaw = Flaw {
            kind: FlawKind::Glare,
            severity: Confidence::clamped(0.5),
            quad: Rect::new(0.25, 0.25, 0.5, 0.5).into(),
        };
        let flaws = |number| if number == 1 { vec![flaw.clone()] } else { Vec::new() };
        let page =
            |number, text| Page { number, aspect: 0.75, capture: Capture::Scan, flaws: flaws(number), text };
        Reading {
            document: Digest::of(b"x"),
            media_type: Some("image/png".to_owned()),
            pages: vec![page(1, Ok(text)), page(2, Err(fault))],
            fault: Some(DocumentFault::Corrupt { detail: "ends early".to_owned() }),
            origin: Some(origin()),
            readers: vec![Reader { name: "tesseract".to_owned(), version: "5.3.0".to_owned() }],
        }
    }

    #[test]
    fn a_reading_survives_being_stored() {
        let json = serde_json::to_string(&reading()).unwrap();
        assert_eq!(serde_json::from_str::<Reading>(&json).unwrap(), reading());
    }

    #[test]
    fn a_page_without_barcodes_and_strokes_says_nothing_of_them() {
        let mut plain = reading();
        if let Ok(text) = &mut plain.pages[0].text {
            text.barcodes.clear();
            text.strokes.clear();
        }
        let json = serde_json::to_string(&plain).unwrap();
        assert!(!json.contains("barcodes") && !json.contains("strokes"), "{json}");
        assert_eq!(serde_json::from_str::<Reading>(&json).unwrap(), plain);
    }

    #[test]
    fn what_was_stored_is_stored_again_without_a_change() {
        let mut fresh = reading();
        if let Ok(text) = &mut fresh.pages[0].text {
            text.words[0].quad = Rect::new(1.0 / 3.0, 2.0 / 3.0, 0.123_456_789, 0.999_999).into();
            text.words[0].confidence = Some(Confidence::clamped(0.123_456_789));
            text.barcodes[0].quad = Rect::new(1.0 / 3.0, 2.0 / 3.0, 0.999_999, 0.999_999).into();
            text.strokes[0] = Rect::new(1.0 / 3.0, 2.0 / 3.0, 0.999_999, 0.999_999).into();
        }
        fresh.pages[0].flaws[0].severity = Confidence::clamped(2.0 / 3.0);
        fresh.pages[0].aspect = 17.0 / 22.0;
        if let Some(origin) = &mut fresh.origin {
            origin.changes[0].quad = Rect::new(1.0 / 3.0, 2.0 / 3.0, 0.999_999, 0.999_999).into();
        }
        let stored = fresh.as_stored().unwrap();
        assert_ne!(stored, fresh);
        assert_eq!(stored.as_stored().unwrap(), stored);
    }

    #[test]
    fn what_this_version_cannot_use_is_refused() {
        let json = serde_json::to_string(&reading()).unwrap();
        let cases = [
            ("reading/1", "reading/9", "schema"),
            (r#""number":2"#, r#""number":3"#, "page 3 stands where page 2 belongs"),
            (r#""aspect":0.75,"#, r#""aspect":0.75,"extra":1,"#, "unknown field"),
        ];
        for (from, to, message) in cases {
            let error = serde_json::from_str::<Reading>(&json.replacen(from, to, 1)).unwrap_err();
            assert!(error.to_string().contains(message), "{to}: {error}");
        }
    }
}
