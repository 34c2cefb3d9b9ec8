//! What is wrong with an upload before any document is looked at: files and pages that could not be read, blank files.

use ::document::{DocumentFault, PageFault, Reading, Rect};

use super::facts::Case;
use super::standing::About;
use super::{Judged, Subject};
use crate::rules::Note;
use crate::verdict::{Outcome, Place};

/// Something wrong with an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadFault {
    /// A file, or the rest of it, could not be read.
    Document {
        /// The file's place in the submission, from 1.
        file: usize,
        /// Why.
        fault: DocumentFault,
    },
    /// One page could not be read.
    Page {
        /// The page, counted from 1 through the whole upload.
        page: u32,
        /// Why.
        fault: PageFault,
    },
    /// A file was read, and nothing on any of its pages is legible.
    Blank {
        /// The file's place in the submission, from 1.
        file: usize,
    },
}

/// What is wrong with the files of an upload, given their readings in the order of the submission.
pub fn faults(readings: &[Reading]) -> Vec<UploadFault> {
    let mut faults = Vec::new();
    let mut page_number = 0;
    for (file, reading) in (1..).zip(readings) {
        faults.extend(reading.fault.iter().map(|fault| UploadFault::Document { file, fault: fault.clone() }));
        let mut blank = reading.fault.is_none();
        for page in &reading.pages {
            page_number += 1;
            match &page.text {
                Err(fault) => {
                    faults.push(UploadFault::Page { page: page_number, fault: fault.clone() });
                    blank = false;
                }
                Ok(text) => blank &= !text.is_legible(),
            }
        }
        if blank {
            faults.push(UploadFault::Blank { file });
        }
    }
    faults
}

/// The finding that a fault leads to.
pub(super) fn judge(case: &Case<'_>, fault: &UploadFault) -> Judged {
    let notes = case.rules.notes();
    let (note, rule, about): (&Note, &str, About<'_>) = match fault {
        UploadFault::Blank { file } => (&notes.blank, "upload/blank", at_file(*file, "")),
        UploadFault::Page { page, fault } => {
            let detail = match fault {
                PageFault::Corrupt { detail } => detail,
                PageFault::OverLimit { limit } => limit,
            };
            let about = About { page: Some(*page), detail: detail.clone(), ..About::default() };
            (&notes.page_unreadable, "upload/page-unreadable", about)
        }
        UploadFault::Document { file, fault } => {
            let (note, rule, detail) = match fault {
                DocumentFault::Empty => (&notes.empty, "upload/empty", ""),
                DocumentFault::Unsupported { found } => {
                    (&notes.unsupported, "upload/unsupported", found.as_deref().unwrap_or("unknown"))
                }
                DocumentFault::Encrypted => (&notes.encrypted, "upload/encrypted", ""),
                DocumentFault::Corrupt { detail } => (&notes.corrupt, "upload/corrupt", detail.as_str()),
                DocumentFault::Unsafe => (&notes.unsafe_file, "upload/unsafe", ""),
                DocumentFault::OverLimit { limit } => {
                    (&notes.over_limit, "upload/over-limit", limit.as_str())
                }
            };
            (note, rule, at_file(*file, detail))
        }
    };
    let mut judged = case.say(note, rule, Outcome::Fail, Subject::Upload, &about);
    if let Some(page) = about.page {
        judged.finding.evidence.push(Place { page, quad: Rect::new(0.0, 0.0, 1.0, 1.0).into() });
    }
    judged
}

/// Files were read, nothing is wrong with them, and yet there is no document.
pub(super) fn no_document(case: &Case<'_>) -> Judged {
    let note = &case.rules.notes().no_document;
    case.say(note, "upload/no-document", Outcome::Inconclusive, Subject::Upload, &About::default())
}

fn at_file(file: usize, detail: &str) -> About<'static> {
    About { file: Some(file), detail: detail.to_owned(), ..About::default() }
}

#[cfg(test)]
mod tests {
    use ::document::{Capture, Digest, Page, PageText, TextSource, Word};

    use super::*;

    fn page(number: u32, words: &[&str]) -> Page {
        let word = |text: &&str| Word {
            text: (*text).to_owned(),
            quad: Rect::new(0.0, 0.0, 0.1, 0.1).into(),
            confidence: None,
            line: 0,
        };
        let words = words.iter().map(word).collect();
        let text = PageText { source: TextSource::Ocr, words, mrz: Vec::new(), barcodes: Vec::new() };
        Page { number, aspect: 0.75, capture: Capture::Scan, text: Ok(text) }
    }

    fn reading(pages: Vec<Page>, fault: Option<DocumentFault>) -> Reading {
        Reading { document: Digest::of(b"a"), media_type: None, pages, fault, readers: Vec::new() }
    }

    #[test]
    fn faults_name_files_and_pages_of_the_whole_upload() {
        let broken = PageFault::Corrupt { detail: "cut off".to_owned() };
        let cut = Page { text: Err(broken.clone()), ..page(2, &[]) };
        let readings = [
            reading(vec![page(1, &["Gross", "pay", "this", "period"]), page(2, &[])], None),
            reading(vec![page(1, &[]), page(2, &[])], None),
            reading(vec![page(1, &[]), cut], None),
            reading(Vec::new(), Some(DocumentFault::Empty)),
        ];
        let expected = [
            UploadFault::Blank { file: 2 },
            UploadFault::Page { page: 6, fault: broken },
            UploadFault::Document { file: 4, fault: DocumentFault::Empty },
        ];
        assert_eq!(faults(&readings), expected);
    }
}
