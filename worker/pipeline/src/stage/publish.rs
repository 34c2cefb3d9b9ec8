//! From a verdict to a published one: written once, and never changed.
//! Telling anybody about it is left to the next stage.

use document::Digest;
use serde::Deserialize;
use tokio::time::Instant;
use verify::verdict::Disposition;

use super::judge::Judged;
use crate::key::VerdictId;
use crate::{Created, Store, StoreError, Timings, crash};

/// A published verdict: what the store holds, which is not what was judged now if it had been published before.
#[derive(Debug)]
pub(crate) struct Published {
    pub(super) id: VerdictId,
    pub(super) summary: Summary,
    pub(super) digest: Digest,
    pub(super) created: Created,
    pub(super) timings: Timings,
}

/// What an announcement says of a verdict.
#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    pub submission_id: String,
    pub case_id: String,
    pub disposition: Disposition,
    pub documents: Vec<SummedDocument>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SummedDocument {
    #[serde(rename = "type")]
    pub document_type: String,
}

/// Nothing was published, or nobody knows what.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    #[error("the verdict was not published")]
    Store(#[from] StoreError),
    #[error("the published verdict {0} is gone")]
    Gone(String),
    #[error("the published verdict {0} cannot be read")]
    Damaged(String, #[source] serde_json::Error),
    #[error("the verdict cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
}

impl Judged {
    /// Publishes the verdict, unless there is one already, and notes the time it took beside it.
    pub async fn publish<S: Store>(mut self, store: &S) -> Result<Published, PublishError> {
        let begun = Instant::now();
        let key = self.id.verdict();
        let mut bytes = serde_json::to_vec(&self.verdict).map_err(PublishError::Unwritable)?;
        let created = if crash::overwrites() {
            store.put(&key, &bytes).await.map(|()| Created::New)?
        } else {
            store.create_if_absent(&key, &bytes).await?
        };
        if created == Created::Existing {
            bytes = store.get(&key).await?.ok_or_else(|| PublishError::Gone(key.to_string()))?;
        }
        let summary =
            serde_json::from_slice(&bytes).map_err(|error| PublishError::Damaged(key.to_string(), error))?;
        self.timings.publish = begun.elapsed();
        note(store, &self.id, &self.timings).await;
        let digest = Digest::of(&bytes);
        Ok(Published { id: self.id, summary, digest, created, timings: self.timings })
    }
}

/// Keeps the timings of the work that made the verdict, not of that which found it made. No verdict waits for them.
async fn note<S: Store>(store: &S, id: &VerdictId, timings: &Timings) {
    let key = id.timings();
    if let Err(error) = store.create_if_absent(&key, &timings.to_json()).await {
        tracing::warn!(%key, error = &error as &dyn std::error::Error, "the timings were not noted");
    }
}
