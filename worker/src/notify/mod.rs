//! Tells a webhook of verdicts: announcements from a queue, signed, each at least once.
//! Where the queue is, is left to the command; whom the receiver tells, to the receiver.

mod courier;
mod secrets;
mod settle;
mod webhook;

pub use courier::{Courier, Ending, Event, Report};
pub use secrets::Secrets;
pub use webhook::{Webhook, parse_url};
