//! The default edges, for one machine: a queue in a database file and a store in a folder.
//! Several processes may share them. Many machines are left to the `aws` crate.

#![warn(clippy::indexing_slicing)]

mod queue;
mod store;
mod writes;

pub use queue::{Clock, LocalQueue, QueueFileError};
pub use store::{LocalStore, StoreFolderError};
