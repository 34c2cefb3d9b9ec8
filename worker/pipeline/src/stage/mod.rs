//! The stages of a submission's way, each a verb: it takes what the stage before returned, and consumes it, so that
//! nothing can be read before it is fetched or acknowledged before it is announced.
//! Which stage follows which, and what becomes of the message, is left to `handle`.

mod accompany;
mod announce;
mod fetch;
mod judge;
mod publish;
mod read;
mod recall;
mod receive;
mod record;
mod unpack;

pub(crate) use accompany::AccompanyError;
pub(crate) use announce::AnnounceError;
pub use announce::{Announced, AnnouncedVerdict, Announcement, EVENT_TYPE, ForeignEvent};
pub(crate) use fetch::FetchFailure;
pub use fetch::Limits;
pub(crate) use judge::JudgeError;
pub(crate) use publish::PublishError;
pub(crate) use read::{ReadError, ReadWith};
pub(crate) use receive::Received;
pub use unpack::MessageError;
pub(crate) use unpack::{Request, unpack};
