//! From a submission to the bytes of its files.
//! Where they lie is left to the store, what they are to the reader.

use document::{Digest, FileRef, Submission};
use tokio::time::Instant;

use super::Received;
use crate::{FetchError, Store, StoreError, Timings};

/// How much is fetched for one submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one file, in bytes.
    pub file_bytes: u64,
    /// For all files of a submission together, in bytes.
    pub upload_bytes: u64,
}

/// A submission with the bytes of its files.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(super) submission: Submission,
    pub(super) uploads: Vec<Upload>,
    pub(super) timings: Timings,
}

/// One file of a submission.
pub(super) struct Upload {
    pub digest: Digest,
    pub content: Content,
}

/// What was fetched of a file.
pub(super) enum Content {
    Whole(Vec<u8>),
    /// Nothing: it is too large. The text says by how much.
    OverLimit(String),
}

/// A file that cannot be had, numbered from 1 in its submission.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchFailure {
    #[error("file {file}: {why}")]
    Refused { file: usize, why: String },
    #[error("file {file}: there is no such file, or it may not be read")]
    Missing { file: usize },
    #[error("file {file} was not fetched")]
    Store { file: usize, source: StoreError },
}

impl Received {
    /// Fetches the files, in order.
    pub async fn fetch<S: Store>(mut self, store: &S, limits: Limits) -> Result<Fetched, FetchFailure> {
        let begun = Instant::now();
        let mut uploads = Vec::with_capacity(self.submission.files.len());
        let mut left = limits.upload_bytes;
        for (file, reference) in (1..).zip(&self.submission.files) {
            let upload = match store.fetch(reference, limits.file_bytes.min(left)).await {
                Ok(bytes) => Upload::whole(bytes),
                Err(FetchError::TooLarge { bytes }) => Upload::over_limit(reference, bytes, limits),
                Err(FetchError::Refused { why }) => return Err(FetchFailure::Refused { file, why }),
                Err(FetchError::Missing) => return Err(FetchFailure::Missing { file }),
                Err(FetchError::Unavailable(source)) => return Err(FetchFailure::Store { file, source }),
            };
            left = left.saturating_sub(upload.size());
            uploads.push(upload);
        }
        self.timings.fetch = begun.elapsed();
        Ok(Fetched { submission: self.submission, uploads, timings: self.timings })
    }
}

impl Fetched {
    /// The digests of the files, in order.
    pub fn digests(&self) -> Vec<Digest> {
        self.uploads.iter().map(|upload| upload.digest).collect()
    }

    /// Whose submission it is.
    pub fn submission_id(&self) -> &str {
        &self.submission.submission_id
    }
}

impl Upload {
    fn whole(bytes: Vec<u8>) -> Self {
        Self { digest: Digest::of(&bytes), content: Content::Whole(bytes) }
    }

    /// A file that was not fetched has no digest of its own; where it lies and how large it is stand for it.
    fn over_limit(reference: &FileRef, bytes: u64, limits: Limits) -> Self {
        let digest = Digest::of_parts([reference.0.as_bytes(), &bytes.to_be_bytes()]);
        let Limits { file_bytes, upload_bytes } = limits;
        let limit = if bytes > file_bytes {
            format!("bytes: {bytes}, at most {file_bytes}")
        } else {
            format!(
                "bytes of all files: over {upload_bytes} with this one of {bytes}, at most {upload_bytes}"
            )
        };
        Self { digest, content: Content::OverLimit(limit) }
    }

    fn size(&self) -> u64 {
        match &self.content {
            Content::Whole(bytes) => bytes.len() as u64,
            Content::OverLimit(_) => 0,
        }
    }
}

/// Without the bytes.
impl std::fmt::Debug for Upload {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Upload").field("digest", &self.digest).finish_non_exhaustive()
    }
}
