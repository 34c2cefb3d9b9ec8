//! The vocabulary every other crate speaks: submissions, documents, pages, words and where they stand.
//! Pure data; reading bytes, judging them and moving them are left to `ocr`, `verify` and `pipeline`.

#![warn(clippy::indexing_slicing)]

mod confidence;
mod digest;
mod geometry;
mod household;
mod origin;
mod reading;
pub mod stored;
mod submission;

pub use confidence::{Confidence, ConfidenceError};
pub use digest::{Digest, DigestError};
pub use geometry::{Point, Quad, Rect};
pub use household::{Household, Inconsistency, Member};
pub use origin::{Change, ChangeKind, Origin};
pub use reading::{
    Barcode, BarcodeKind, Capture, DocumentFault, Flaw, FlawKind, MrzLine, Page, PageFault, PageText, Reader,
    Reading, TextSource, Word,
};
pub use submission::{
    Applicant, AttestedIncome, FileRef, Frequency, Language, Program, Proof, Submission, SubmissionError,
};
