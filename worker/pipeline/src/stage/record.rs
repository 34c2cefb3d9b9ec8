//! Who read which documents, written down before they are read: what was opened is on record even if nothing came of it.
//! Keeping the records from being changed is left to the store's own means.

use std::time::SystemTime;

use document::Digest;
use jiff::Timestamp;
use serde::Serialize;

use super::fetch::Fetched;
use crate::{Key, Store, StoreError};

/// One opening of a submission's documents. Holds ids and digests, nothing that the documents say.
#[derive(Debug, Serialize)]
struct Access<'a> {
    schema: &'static str,
    /// When, in UTC.
    time: String,
    /// Who: a worker's name, and the program's version.
    actor: &'a str,
    version: &'static str,
    /// What for.
    purpose: &'static str,
    submission_id: &'a str,
    case_id: &'a str,
    documents: &'a [Digest],
    attempt: u32,
}

impl Fetched {
    /// Writes the record; each opening has its own.
    pub async fn record<S: Store>(&self, store: &S, actor: &str, attempt: u32) -> Result<(), StoreError> {
        let now = Timestamp::try_from(SystemTime::now()).map_err(|error| StoreError(error.into()))?;
        let documents = self.digests();
        let access = Access {
            schema: "vouch/access/1",
            time: now.to_string(),
            actor,
            version: env!("CARGO_PKG_VERSION"),
            purpose: "verdict",
            submission_id: self.submission_id(),
            case_id: &self.submission.case_id,
            documents: &documents,
            attempt,
        };
        let bytes = serde_json::to_vec(&access).map_err(|error| StoreError(error.into()))?;
        let day = now.strftime("%Y-%m-%d").to_string();
        store.create_if_absent(&Key::access(&day, self.submission_id(), &bytes), &bytes).await.map(|_| ())
    }
}
