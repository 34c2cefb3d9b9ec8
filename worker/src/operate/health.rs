//! Whether the worker goes on, and whether it takes work.
//! It is well as long as its loop turns: a store or a queue that is down is no reason to start it again.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The loop turns every few seconds however little there is to do.
const STANDS_STILL_AFTER: Duration = Duration::from_secs(60);

/// Getting the readers ready takes seconds; on a slow machine, minutes.
const STARTS_WITHIN: Duration = Duration::from_secs(300);

/// What is known of the worker's loop.
pub struct Health(Mutex<State>);

struct State {
    started: Instant,
    /// When the loop last turned, once it has.
    turned: Option<Instant>,
    in_trouble: bool,
}

/// What to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// All is well.
    Yes,
    /// It is not, and why.
    No(&'static str),
}

impl Health {
    /// A worker that is getting ready.
    pub fn new() -> Self {
        Self(Mutex::new(State { started: Instant::now(), turned: None, in_trouble: false }))
    }

    /// The loop turned.
    pub fn progress(&self) {
        self.with(|state| state.turned = Some(Instant::now()));
    }

    /// The breaker opened or closed.
    pub fn trouble(&self, open: bool) {
        self.with(|state| state.in_trouble = open);
    }

    /// Whether the loop turns.
    pub fn is_alive(&self) -> Answer {
        self.with(|state| match state.turned {
            Some(turned) if turned.elapsed() > STANDS_STILL_AFTER => Answer::No("the loop stands still"),
            None if state.started.elapsed() > STARTS_WITHIN => Answer::No("the readers do not get ready"),
            Some(_) | None => Answer::Yes,
        })
    }

    /// Whether work is taken.
    pub fn is_ready(&self) -> Answer {
        self.with(|state| match (state.turned, state.in_trouble) {
            (None, _) => Answer::No("getting ready"),
            (Some(_), true) => Answer::No("the machine is in trouble: store or queue do not answer"),
            (Some(_), false) => Answer::Yes,
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_ready_when_it_turns_and_the_machine_is_well() {
        let health = Health::new();
        assert_eq!(health.is_alive(), Answer::Yes);
        assert!(matches!(health.is_ready(), Answer::No(_)), "it is getting ready");
        health.progress();
        assert_eq!(health.is_ready(), Answer::Yes);
        health.trouble(true);
        assert_eq!(health.is_alive(), Answer::Yes, "trouble of the store is no reason to start again");
        assert!(matches!(health.is_ready(), Answer::No(_)));
        health.trouble(false);
        assert_eq!(health.is_ready(), Answer::Yes);
    }

    #[test]
    fn a_worker_that_stands_still_is_not_alive() {
        let Some(long_ago) = Instant::now().checked_sub(STARTS_WITHIN * 2) else { return };
        let health = |turned| Health(Mutex::new(State { started: long_ago, turned, in_trouble: false }));
        assert!(matches!(health(None).is_alive(), Answer::No(_)));
        assert!(matches!(health(Some(long_ago)).is_alive(), Answer::No(_)));
        assert_eq!(health(Some(Instant::now())).is_alive(), Answer::Yes);
    }
}
