//! The way of a submission through a worker: receive, fetch, read, judge, publish, announce, settle.
//! Where messages and bytes are kept, and who reads, is left to the edges, behind [`Queue`], [`Store`] and [`Reader`].

#![warn(clippy::indexing_slicing)]

mod breaker;
#[cfg(any(test, feature = "contract-tests"))]
pub mod contract;
mod cpu;
mod crash;
mod handle;
mod intake;
mod key;
mod lease;
mod outcome;
mod queue;
mod reader;
mod rulebook;
mod stage;
mod starts;
mod store;
mod timings;
mod trace;
pub mod worker;

pub use breaker::Breaker;
#[cfg(feature = "fail-points")]
pub use crash::arm_fail_points;
pub use handle::{Ending, Report};
pub use intake::Lane;
pub use key::{Key, VerdictId};
pub use outcome::{Outcome, Patience};
pub use queue::{
    Backlog, DeadLetter, Delivery, Depth, KeptLetter, Message, Queue, QueueError, Receipt, Receive,
    Settlement,
};
pub use reader::{ReadDocument, Reader, ReaderError};
pub use rulebook::Rulebook;
pub use stage::{Announced, AnnouncedVerdict, Announcement, EVENT_TYPE, ForeignEvent, Limits, MessageError};
pub use store::{Created, FetchError, Store, StoreError};
pub use timings::Timings;
pub use trace::current_trace;
pub use worker::{Edges, Event, RunError, Settings, Until, Worker};

#[cfg(test)]
mod tests;
