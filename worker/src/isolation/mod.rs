//! Documents are decoded and read only in child processes of the same program, which limit themselves before they see
//! the first byte of one; the program that judges and publishes never touches what people upload.
//! How a document is read is left to `ocr`, what becomes of the reading to the commands and to `pipeline`.
//!
//! The parent's side, from above: `pool` waits for documents, `jobs` orders their pages, `keeper` minds a child, `held`
//! talks to it. The child's side is `child`, locked in by `jail`; between the two are the messages of `frame`.

pub mod child;
mod frame;
mod held;
mod jail;
mod jobs;
mod keeper;
mod pool;
mod probe;

pub use frame::Setup;
pub use keeper::longest;
pub use pool::{Pool, Starting};

/// Why no document can be read: the machine is in trouble.
#[derive(Debug, thiserror::Error)]
pub enum IsolationError {
    /// The child, or the thread that keeps it, could not be started.
    #[error("a reading process could not be started")]
    Start(#[from] std::io::Error),
    /// The child cannot read, and says why: trained data is missing.
    #[error("{0}")]
    Refused(String),
    /// The child ended, or took too long, before it was ready.
    #[error("a reading process did not get ready: {0}")]
    NotReady(String),
    /// The kernel cannot do what was demanded.
    #[error("--isolation require demands what this machine does not have: {0}")]
    Lacking(String),
    /// Readings of two identities would be kept under one.
    #[error("trained data changed while the program was running; start it again")]
    Changed,
    /// The child met trouble that is not the document's.
    #[error("the reader failed: {0}")]
    Reader(String),
    /// The children were ended while a document was being read.
    #[error("the reading processes were ended")]
    Ended,
}
