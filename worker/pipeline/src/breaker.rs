//! Stops a worker from taking messages while the machine is in trouble, so that an outage costs no healthy message its
//! deliveries. What counts as trouble, and how the machine is looked at, is left to whoever takes messages.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use crate::Patience;

/// Closed while all is well. Trouble opens it; after a wait, which doubles from one failure to the next, the machine is
/// looked at without taking a message; if that goes well, one message at a time is taken until one comes to its end.
#[derive(Debug)]
pub struct Breaker {
    patience: Patience,
    /// Failures in a row.
    failures: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Closed,
    Open { until: Instant },
    Probing(AbortOnDropHandle<bool>),
    HalfOpen,
}

impl Breaker {
    /// A closed one.
    pub fn new(patience: Patience) -> Self {
        Self { patience, failures: 0, state: State::Closed }
    }

    /// The machine was in trouble. What fails while we already wait says nothing new.
    pub fn trouble(&mut self) {
        self.trouble_for(Duration::ZERO);
    }

    /// The same, where somebody has said how long it lasts at least.
    pub fn trouble_for(&mut self, at_least: Duration) {
        let now = Instant::now();
        if let State::Open { until } = &mut self.state {
            *until = (*until).max(now + at_least);
        } else {
            self.failures = self.failures.saturating_add(1);
            self.state = State::Open { until: now + self.patience.delay(self.failures).max(at_least) };
        }
    }

    /// Work came to its end: the machine is well.
    pub fn success(&mut self) {
        (self.failures, self.state) = (0, State::Closed);
    }

    /// How many messages may be in flight where `most` may at the best of times.
    pub fn allows(&self, most: usize) -> usize {
        match self.state {
            State::Closed => most,
            State::HalfOpen => 1,
            State::Open { .. } | State::Probing(_) => 0,
        }
    }

    /// Whether trouble has come and its end is not certain yet.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed)
    }

    /// Failures in a row, failed looks at the machine included.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Waits for what comes next by itself, `probe` being how the machine is looked at. Never returns while closed.
    /// Nothing is lost if the future is dropped.
    pub async fn turn(&mut self, probe: impl FnOnce() -> AbortOnDropHandle<bool>) {
        match &mut self.state {
            State::Closed | State::HalfOpen => std::future::pending().await,
            State::Open { until } => {
                sleep_until(*until).await;
                self.state = State::Probing(probe());
            }
            State::Probing(probe) => {
                let is_well = probe.await.unwrap_or(false);
                self.state = State::HalfOpen;
                if !is_well {
                    self.trouble();
                }
            }
        }
    }
}
