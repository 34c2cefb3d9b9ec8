//! Runs what computes off the threads that wait, no more of it at once than there are processors for it. What somebody
//! waits for goes first.
//! What a panic or a missed deadline means is left to the stages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::Lane;

/// Room for a number of computations.
#[derive(Debug, Clone)]
pub(crate) struct Cpu {
    room: Arc<Semaphore>,
    /// How many computations for live uploads wait for room.
    live: watch::Sender<usize>,
    size: usize,
    overdue: Arc<AtomicUsize>,
}

/// A computation that gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CpuError {
    /// It panicked.
    #[error("the computation panicked")]
    Panicked,
    /// It took too long, and may still be running.
    #[error("the computation took too long")]
    Overdue,
}

impl Cpu {
    /// Room for `size` computations at once.
    pub fn new(size: usize) -> Self {
        let room = Arc::new(Semaphore::new(size));
        Self { room, live: watch::Sender::new(0), size, overdue: Arc::default() }
    }

    /// Whether every place is taken by a computation past its deadline, so that nothing can run any more.
    pub fn is_stuck(&self) -> bool {
        self.overdue.load(Ordering::Relaxed) >= self.size
    }

    /// Waits for room, then computes within `deadline`. A computation that misses it cannot be stopped, and keeps its
    /// place until it ends. Dropping the future before there is room drops the computation too.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        deadline: Duration,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, CpuError> {
        let place = self.place(lane).await?;
        let mut computation = spawn_blocking(move || {
            let result = compute();
            drop(place);
            result
        });
        match timeout(deadline, &mut computation).await {
            Ok(result) => result.map_err(|_| CpuError::Panicked),
            Err(_) => {
                self.overdue.fetch_add(1, Ordering::Relaxed);
                let overdue = Arc::clone(&self.overdue);
                tokio::spawn(async move {
                    let _ = computation.await;
                    overdue.fetch_sub(1, Ordering::Relaxed);
                });
                Err(CpuError::Overdue)
            }
        }
    }

    /// Waits for room. A backlog yields to live uploads that wait, also with a place in its hand.
    async fn place(&self, lane: Lane) -> Result<OwnedSemaphorePermit, CpuError> {
        // The semaphore is never closed.
        let acquire = async || Arc::clone(&self.room).acquire_owned().await.map_err(|_| CpuError::Overdue);
        if lane == Lane::Live {
            self.live.send_modify(|waiting| *waiting += 1);
            let _gone = Gone(&self.live);
            return acquire().await;
        }
        loop {
            let _ = self.live.subscribe().wait_for(|waiting| *waiting == 0).await;
            let place = acquire().await?;
            if *self.live.borrow() == 0 {
                return Ok(place);
            }
        }
    }
}

/// Counts one less who waits, also if the wait is given up.
struct Gone<'a>(&'a watch::Sender<usize>);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}
