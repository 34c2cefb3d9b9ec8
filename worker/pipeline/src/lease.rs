//! Keeps a delivered message ours for as long as somebody works on it.
//! What to do when it is ours no longer is left to the worker.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::{Queue, QueueError, Receipt};

/// A lease that is extended in the background until it is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    lost: CancellationToken,
    _heartbeat: AbortOnDropHandle<()>,
}

impl Lease {
    /// Keeps the delivery with this receipt, leased for `lease` from `since` on, for as long again and again.
    pub fn keep<Q: Queue>(queue: Arc<Q>, receipt: Receipt, since: Instant, lease: Duration) -> Self {
        let lost = CancellationToken::new();
        let ended = lost.clone();
        let heartbeat = tokio::spawn(async move {
            extend_while_possible(&*queue, &receipt, since + lease, lease).await;
            ended.cancel();
        });
        Self { lost, _heartbeat: AbortOnDropHandle::new(heartbeat) }
    }

    /// Returns once the message is ours no longer.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

/// Extends at a third of the lease, which leaves time for several tries when the queue does not answer.
async fn extend_while_possible<Q: Queue>(queue: &Q, receipt: &Receipt, mut ends: Instant, lease: Duration) {
    let mut pause = lease / 3;
    loop {
        sleep(pause).await;
        let asked = Instant::now();
        match timeout_at(ends, queue.extend(receipt, lease)).await {
            Ok(Ok(())) => (ends, pause) = (asked + lease, lease / 3),
            Ok(Err(QueueError::Unavailable(_))) if Instant::now() < ends => pause = lease / 20,
            Ok(Err(QueueError::Unavailable(_) | QueueError::LeaseLost)) | Err(_) => return,
        }
    }
}
