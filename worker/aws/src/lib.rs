//! The edges for many machines: a queue in SQS and a store in S3, or in whatever speaks their protocols.
//! The only crate that names the AWS SDK. What is done with messages and bytes is left to `pipeline`.
//!
//! What the account that vouch runs as must be allowed:
//!
//! | where | actions |
//! |---|---|
//! | the queue of submissions | `sqs:GetQueueUrl` if it is given by its name, `sqs:GetQueueAttributes`, `sqs:ReceiveMessage`, `sqs:ChangeMessageVisibility`, `sqs:DeleteMessage`; to submit, `sqs:SendMessage` |
//! | its dead letters | `sqs:GetQueueUrl`, `sqs:SendMessage`; `sqs:CreateQueue` if they are to be made; to list them, as for submissions |
//! | the queue of verdicts | `sqs:GetQueueAttributes`, `sqs:SendMessage` |
//! | vouch's own bucket | `s3:ListBucket`, `s3:GetObject`, `s3:PutObject` |
//! | buckets of uploads | `s3:GetObject`, `s3:GetObjectVersion`; better `s3:ListBucket` too, for only then S3 says that a file is missing |

#![warn(clippy::indexing_slicing)]

mod connection;
mod error;
mod leases;
mod letter;
mod metadata;
mod place;
mod queue;
mod reference;
mod store;

pub use connection::{Access, Connection, Keys, Timeouts};
pub use error::{CallError, OpenError};
pub use queue::{DeadLetters, SqsQueue};
pub use store::S3Store;
