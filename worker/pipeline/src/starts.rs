//! Counts how often the work on a submission began and did not end, as when a document kills its worker.
//! What is done with one that did so too often is left to `handle`.
//!
//! A queue's own count of deliveries would not do: it counts an outage of the store as well, and an outage must not
//! turn healthy documents into suspects. The first delivery is taken to have begun; so only messages that come again
//! cost anything here.

use std::sync::OnceLock;

use crate::key::VerdictId;
use crate::{Key, Store, StoreError};

/// The account of one delivery's work.
#[derive(Debug, Default)]
pub(crate) struct Starts(OnceLock<(Key, u32)>);

/// Whether to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Begin.
    Go,
    /// It began too often and never ended.
    GiveUp,
}

impl Starts {
    /// Notes that the work begins, unless it already began and did not end `limit` times.
    pub async fn begin<S: Store>(
        &self,
        store: &S,
        id: &VerdictId,
        attempt: u32,
        limit: u32,
    ) -> Result<Start, StoreError> {
        if attempt <= 1 {
            return Ok(Start::Go);
        }
        let key = id.starts();
        let noted = store.get(&key).await?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let unended: u32 = noted.unwrap_or(1);
        if unended >= limit {
            return Ok(Start::GiveUp);
        }
        store.put(&key, (unended + 1).to_string().as_bytes()).await?;
        let _ = self.0.set((key, unended));
        Ok(Start::Go)
    }

    /// Notes that the work ended in good order, however it ended. If that fails, the work counts as unended.
    pub async fn end<S: Store>(self, store: &S) {
        if let Some((key, unended)) = self.0.into_inner()
            && let Err(error) = store.put(&key, unended.to_string().as_bytes()).await
        {
            tracing::warn!(%key, error = &error as &dyn std::error::Error, "the end of work was not noted");
        }
    }
}
