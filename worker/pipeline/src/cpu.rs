//! Runs what computes off the threads that wait, no more of it at once than there are processors for it.
//! What a panic or a missed deadline means is left to the stages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Room for a number of computations.
#[derive(Debug, Clone)]
pub(crate) struct Cpu {
    room: Arc<Semaphore>,
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
        Self { room: Arc::new(Semaphore::new(size)), size, overdue: Arc::default() }
    }

    /// Whether every place is taken by a computation past its deadline, so that nothing can run any more.
    pub fn is_stuck(&self) -> bool {
        self.overdue.load(Ordering::Relaxed) >= self.size
    }

    /// Waits for room, then computes within `deadline`. A computation that misses it cannot be stopped, and keeps its
    /// place until it ends. Dropping the future before there is room drops the computation too.
    pub async fn run<T: Send + 'static>(
        &self,
        deadline: Duration,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, CpuError> {
        // The semaphore is never closed.
        let place = Arc::clone(&self.room).acquire_owned().await.map_err(|_| CpuError::Overdue)?;
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
}
