//! The queue that submissions come from and that verdicts are announced on.
//! How messages are kept is left to the edges; what becomes of one is decided by [`crate::Outcome`].

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A queue that delivers each message at least once, to one receiver at a time, for as long as a lease lasts.
///
/// The contract, which `crate::contract` tests:
/// - A message that `send` accepted is delivered until it is settled, whatever process or machine dies.
/// - A delivery leases its message: nobody else gets it until the lease ends. Each delivery has a receipt of its own,
///   and only the newest receipt of a message has any effect on it.
/// - Messages may come twice and out of order, though usually in the order sent.
pub trait Queue: Send + Sync + 'static {
    /// Adds a message. It is durable when this returns.
    fn send(&self, message: Message<'_>) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Leases messages, waiting for the first of them as long as `request` says; none where there are none.
    ///
    /// Poll the future to its end: if it is dropped, messages may stay leased to nobody until the lease ends.
    fn receive(&self, request: Receive) -> impl Future<Output = Result<Vec<Delivery>, QueueError>> + Send;

    /// Makes the lease end `lease` from now.
    ///
    /// # Errors
    /// [`QueueError::LeaseLost`] if the lease has ended: somebody else may be at work on the message.
    fn extend(
        &self,
        receipt: &Receipt,
        lease: Duration,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Ends the lease of this delivery as `settlement` says. If it is not the newest of its message it changes nothing.
    ///
    /// # Errors
    /// [`QueueError::LeaseLost`] for such a delivery, where the queue can tell.
    fn settle(
        &self,
        delivery: &Delivery,
        settlement: &Settlement,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A queue that can say how much is left in it.
pub trait Backlog {
    /// What is in the queue now. Exact for one machine's queue, approximate for others.
    fn backlog(&self) -> impl Future<Output = Result<Depth, QueueError>> + Send;
}

/// A message to be sent.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// What is said.
    pub body: &'a [u8],
    /// What the message is part of: a `traceparent` of W3C Trace Context. It travels beside the body, so that the same
    /// body is sent twice in the same bytes.
    pub trace: Option<&'a str>,
}

/// What to receive.
#[derive(Debug, Clone, Copy)]
pub struct Receive {
    /// At most so many messages; at least one. A queue may have a lower limit of its own.
    pub max: usize,
    /// How long to wait for the first message.
    pub wait: Duration,
    /// How long the messages are ours.
    pub lease: Duration,
}

/// A message, leased.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What extends and settles this delivery.
    pub receipt: Receipt,
    /// How often the message was delivered, this time included.
    pub attempt: u32,
    /// How long ago it was sent, by the queue's clock, where the queue tells.
    pub age: Option<Duration>,
    /// What the message is part of, as its sender said.
    pub trace: Option<String>,
    /// The message.
    pub body: Vec<u8>,
}

/// The token of one delivery; only the queue that gave it knows what it means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Receipt(pub String);

/// What becomes of a delivered message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// Its work is done: it is removed.
    Acknowledge,
    /// It is delivered again, to anybody, after `delay`.
    HandBack {
        /// How long nobody gets it.
        delay: Duration,
    },
    /// It cannot be worked on: it is kept with the reason, and not delivered again.
    DeadLetter(DeadLetter),
}

/// Why a message was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// A word for machines: `malformed`, `file_missing`.
    pub code: &'static str,
    /// A sentence for the operator. May quote the message, so it belongs beside it and not in a log.
    pub detail: String,
}

/// A message that was given up, as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptLetter {
    /// A word for machines; `unknown` where whoever gave it up left none.
    pub code: String,
    /// Why it was given up.
    pub detail: String,
    /// How often it was delivered; 0 where nobody noted it.
    pub deliveries: u32,
    /// The message itself.
    pub body: Vec<u8>,
}

/// Without the message: it holds an applicant's particulars.
impl fmt::Debug for KeptLetter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KeptLetter").field("code", &self.code).finish_non_exhaustive()
    }
}

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Ready to be received.
    pub visible: u64,
    /// Leased by anybody.
    pub in_flight: u64,
    /// Handed back, and not ready yet.
    pub delayed: u64,
}

/// A call to a queue that had no effect, or none that is known.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The lease has ended: the delivery is no longer ours.
    #[error("the lease has ended")]
    LeaseLost,
    /// The machine, not the message, is in trouble: later it may work.
    #[error("the queue is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

impl<'a> Message<'a> {
    /// A message that is part of nothing else.
    pub fn new(body: &'a [u8]) -> Self {
        Self { body, trace: None }
    }
}

impl Depth {
    /// Whether nothing is left to do, for anybody.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

/// Without the message: it holds an applicant's particulars.
impl fmt::Debug for Delivery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Delivery")
            .field("receipt", &self.receipt)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
