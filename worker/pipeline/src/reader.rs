//! The reader that turns a document's bytes into words.
//! How it reads is left to the edges; where and how long it may run to [`crate::worker`].

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use document::Reading;

/// Reads documents.
///
/// The contract: what is wrong with a document is a fault in the reading, never an error. `read` blocks for as long as
/// it computes, is called from several threads at once, and gives the same reading for the same bytes as long as
/// `identity` stays the same.
pub trait Reader: Send + Sync + 'static {
    /// Reads a document.
    ///
    /// # Errors
    /// If the machine is in trouble, such as trained data that cannot be loaded.
    fn read(&self, document: Vec<u8>) -> Result<ReadDocument, ReaderError>;

    /// Everything that may have a part in a reading. A stored reading is used again only under the same identity.
    fn identity(&self) -> Vec<document::Reader>;
}

/// A reading, and what it cost.
#[derive(Debug, Clone)]
pub struct ReadDocument {
    /// What was read.
    pub reading: Reading,
    /// What reading it went into, by the reader's own names for its stages; summed over pages, which may have been read
    /// side by side.
    pub stages: BTreeMap<String, Duration>,
}

/// The reader cannot work on this machine now.
#[derive(Debug, thiserror::Error)]
#[error("the reader is not available")]
pub struct ReaderError(#[source] pub Box<dyn Error + Send + Sync>);
