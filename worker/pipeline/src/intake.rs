//! The lanes that messages come by, and how many each may take: live uploads are never behind a backlog.
//! What is done with a message is left to `handle`.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::handle::Report;
use crate::{Delivery, Queue, QueueError, Receive};

/// By which queue a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Uploads that somebody waits for.
    Live,
    /// What can wait: work done again because rules changed.
    Backlog,
}

impl Lane {
    /// A word for machines: `live`, `backlog`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Backlog => "backlog",
        }
    }
}

/// A call that waits for messages.
type Call = JoinHandle<Result<Vec<Delivery>, QueueError>>;

/// One lane of a worker: what is being asked of its queue, and what of it is in flight.
pub(crate) struct Intake<Q> {
    pub queue: Arc<Q>,
    pub in_flight: JoinSet<Vec<Report>>,
    /// Never dropped: what it brings is leased.
    call: Option<Call>,
    /// When that call was made: leases count from then at the latest.
    pub asked: Instant,
    /// How many messages that call may bring.
    reserved: usize,
    /// Whether the last call brought nothing.
    pub is_quiet: bool,
}

/// What happened in a lane.
pub(crate) enum Happened {
    Received(Result<Vec<Delivery>, QueueError>),
    /// The work on a delivery ended; nothing is known of it if it panicked.
    Settled(Vec<Report>),
}

impl<Q: Queue> Intake<Q> {
    pub fn new(queue: Arc<Q>) -> Self {
        let (in_flight, asked) = (JoinSet::new(), Instant::now());
        Self { queue, in_flight, call: None, asked, reserved: 0, is_quiet: false }
    }

    /// How many places are taken: by what is in flight and by what a call may bring.
    pub fn taken(&self) -> usize {
        self.in_flight.len() + self.reserved
    }

    /// Whether a call waits for messages.
    pub fn is_asking(&self) -> bool {
        self.call.is_some()
    }

    /// Whether nothing of this lane is in flight, nor may be any moment.
    pub fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.call.is_none()
    }

    /// Asks the queue for messages.
    pub fn ask(&mut self, request: Receive) {
        let queue = Arc::clone(&self.queue);
        (self.asked, self.reserved) = (Instant::now(), request.max);
        self.call = Some(tokio::spawn(async move { queue.receive(request).await }));
    }

    /// Waits until something happens. Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Happened {
        let happened = tokio::select! {
            biased;
            Some(done) = self.in_flight.join_next() => Happened::Settled(done.unwrap_or_default()),
            received = finished(&mut self.call) => Happened::Received(received),
        };
        if let Happened::Received(received) = &happened {
            (self.call, self.reserved) = (None, 0);
            self.is_quiet = received.as_ref().is_ok_and(Vec::is_empty);
        }
        happened
    }
}

/// What a call for messages brings; never returns where there is none.
async fn finished(call: &mut Option<Call>) -> Result<Vec<Delivery>, QueueError> {
    match call {
        Some(call) => call.await.unwrap_or_else(|error| Err(QueueError::Unavailable(error.into()))),
        None => std::future::pending().await,
    }
}

/// How many messages to ask each lane for, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shares {
    pub live: usize,
    pub backlog: usize,
}

/// What is to be known of the lanes to share places out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    /// Places that nobody has.
    pub free: usize,
    pub live_is_asking: bool,
    pub live_is_quiet: bool,
    /// Whether there is a backlog lane, and it may be asked now.
    pub backlog: Option<bool>,
}

impl Places {
    /// Live uploads come first: all free places are offered to them as long as there are any. While there are none, one
    /// place is kept for the next, and the backlog gets the others.
    pub fn share(self) -> Shares {
        let watched = usize::from(self.live_is_quiet && self.backlog.is_some());
        let live = match (self.live_is_asking, self.free) {
            (true, _) | (false, 0) => 0,
            (false, free) if watched == 1 => free.min(1),
            (false, free) => free,
        };
        let may_ask = self.live_is_quiet && self.backlog == Some(true);
        Shares { live, backlog: if may_ask { self.free - live } else { 0 } }
    }
}

/// How long to wait before an empty backlog is asked again. Its calls themselves do not wait: the places that they keep
/// are the live lane's meanwhile.
pub(crate) const LOOK_AT_BACKLOG_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_gets_what_live_uploads_leave() {
        let all_free = Places { free: 4, live_is_asking: false, live_is_quiet: false, backlog: Some(true) };
        let cases = [
            ("nothing known yet: live first", all_free, (4, 0)),
            ("live is quiet: one place is kept", Places { live_is_quiet: true, ..all_free }, (1, 3)),
            (
                "live is being asked, and has its place",
                Places { live_is_quiet: true, live_is_asking: true, free: 3, ..all_free },
                (0, 3),
            ),
            ("live is busy and being asked", Places { live_is_asking: true, free: 0, ..all_free }, (0, 0)),
            ("the last place is live's", Places { live_is_quiet: true, free: 1, ..all_free }, (1, 0)),
            (
                "the backlog was empty just now",
                Places { live_is_quiet: true, backlog: Some(false), ..all_free },
                (1, 0),
            ),
            ("no backlog lane", Places { live_is_quiet: true, backlog: None, ..all_free }, (4, 0)),
        ];
        for (name, places, (live, backlog)) in cases {
            assert_eq!(places.share(), Shares { live, backlog }, "{name}");
        }
    }
}
