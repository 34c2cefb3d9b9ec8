//! What is wrong with an upload before any document is looked at: files and pages that could not be read, blank files.

use ::document::{DocumentFault, Flaw, FlawKind, PageFault, Reading, Rect};

use super::facts::Case;
use super::standing::About;
use super::{Judged, Subject};
use crate::rules::Note;
use crate::verdict::{Outcome, Place};

/// Something wrong with an upload.
#[derive(Debug, Clone, PartialEq)]
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
        /// The worst flaw of its pictures.
        flaw: Option<PageFlaw>,
    },
}

/// What is wrong with the picture of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageFlaw {
    /// The page, counted from 1 through the whole upload.
    pub page: u32,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// The worst flaw of each page that has one, given the readings in the order of the submission.
pub fn flaws(readings: &[Reading]) -> Vec<PageFlaw> {
    let pages = readings.iter().flat_map(|reading| &reading.pages);
    let numbered = (1..).zip(pages);
    numbered.filter_map(|(page, found)| Some(PageFlaw { page, flaw: found.flaws.first()?.clone() })).collect()
}

/// What is wrong with the files of an upload, given their readings in the order of the submission.
pub fn faults(readings: &[Reading]) -> Vec<UploadFault> {
    let (mut faults, flaws) = (Vec::new(), flaws(readings));
    let mut page_number = 0;
    for (file, reading) in (1..).zip(readings) {
        faults.extend(reading.fault.iter().map(|fault| UploadFault::Document { file, fault: fault.clone() }));
        let mut blank = reading.fault.is_none();
        let first = page_number + 1;
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
            let own = flaws.iter().filter(|flaw| (first..=page_number).contains(&flaw.page));
            let worst = own.max_by(|one, two| one.flaw.severity.get().total_cmp(&two.flaw.severity.get()));
            faults.push(UploadFault::Blank { file, flaw: worst.cloned() });
        }
    }
    faults
}

/// The finding that a fault leads to.
pub(super) fn judge(case: &Case<'_>, fault: &UploadFault) -> Judged {
    let notes = case.rules.notes();
    let (note, rule, about): (&Note, &str, About<'_>) = match fault {
        UploadFault::Blank { file, flaw } => match flaw.as_ref().filter(|flaw| matters(case, flaw)) {
            Some(flaw) if flaw.flaw.kind != FlawKind::Blank => {
                return of_picture(case, flaw, Subject::Upload);
            }
            Some(_) | None => (&notes.blank, "upload/blank", at_file(*file, "")),
        },
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

/// Whether a flaw is bad enough for words to be lost by it.
pub(super) fn matters(case: &Case<'_>, flaw: &PageFlaw) -> bool {
    flaw.flaw.severity.get() >= case.threshold(super::FLAW_SEVERITY)
}

/// The finding that a picture is too poor for what must be read on it.
pub(super) fn of_picture(case: &Case<'_>, flaw: &PageFlaw, subject: Subject) -> Judged {
    let PageFlaw { page, flaw } = flaw;
    let flaws = &case.rules.notes().flaws;
    let (note, rule) = match flaw.kind {
        FlawKind::Blank => (&case.rules.notes().blank, "upload/blank"),
        FlawKind::Blur => (&flaws.blur, "upload/blur"),
        FlawKind::Dark => (&flaws.dark, "upload/dark"),
        FlawKind::Glare => (&flaws.glare, "upload/glare"),
        FlawKind::Cropped => (&flaws.cropped, "upload/cropped"),
        FlawKind::Small => (&flaws.small, "upload/small"),
        FlawKind::Moire => (&flaws.moire, "upload/moire"),
    };
    let detail = format!("severity {:.2}", flaw.severity.get());
    let about = About { page: Some(*page), detail, ..About::default() };
    let mut judged = case.say(note, rule, Outcome::Inconclusive, subject, &about);
    judged.finding.evidence.push(Place { page: *page, quad: flaw.quad.rounded() });
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
    use ::document::{Capture, Confidence, Digest, Page, PageText, TextSource, Word};

    use super::*;

    fn page(number: u32, words: &[&str]) -> Page {
        let word = |text: &&str| Word {
            text: (*text).to_owned(),
            quad: Rect::new(0.0, 0.0, 0.1, 0.1).into(),
            confidence: None,
            line: 0,
        };
        let words = words.iter().map(word).collect();
        let text = PageText {
            source: TextSource::Ocr,
            words,
            mrz: Vec::new(),
            barcodes: Vec::new(),
            strokes: Vec::new(),
        };
        Page { number, aspect: 0.75, capture: Capture::Scan, flaws: Vec::new(), text: Ok(text) }
    }

    fn reading(pages: Vec<Page>, fault: Option<DocumentFault>) -> Reading {
        Reading {
            document: Digest::of(b"a"),
            media_type: None,
            pages,
            fault,
            origin: None,
            readers: Vec::new(),
        }
    }

    #[test]
    fn faults_name_files_and_pages_of_the_whole_upload() {
        let broken = PageFault::Corrupt { detail: "cut off".to_owned() };
        let cut = Page { text: Err(broken.clone()), ..page(2, &[]) };
        let blur = |severity| Flaw {
            kind: FlawKind::Blur,
            severity: Confidence::clamped(severity),
            quad: Rect::new(0.0, 0.0, 1.0, 1.0).into(),
        };
        let blurred = |number, severity| Page { flaws: vec![blur(severity)], ..page(number, &[]) };
        let readings = [
            reading(vec![page(1, &["Gross", "pay", "this", "period"]), page(2, &[])], None),
            reading(vec![blurred(1, 0.4), blurred(2, 0.7)], None),
            reading(vec![page(1, &[]), cut], None),
            reading(Vec::new(), Some(DocumentFault::Empty)),
        ];
        let expected = [
            UploadFault::Blank { file: 2, flaw: Some(PageFlaw { page: 4, flaw: blur(0.7) }) },
            UploadFault::Page { page: 6, fault: broken },
            UploadFault::Document { file: 4, fault: DocumentFault::Empty },
        ];
        assert_eq!(faults(&readings), expected);
    }
}
