//! From a message to a submission.
//! What a submission must be is left to `document`.

use document::Submission;

use crate::{Delivery, Timings};

/// A submission that was received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(super) submission: Submission,
    pub(super) timings: Timings,
}

/// The message is no submission that can be worked on; only its sender can mend it.
#[derive(Debug, thiserror::Error)]
#[error("the message is no submission")]
pub struct MessageError(#[source] serde_json::Error);

impl Received {
    /// Reads the message.
    pub fn parse(delivery: &Delivery) -> Result<Self, MessageError> {
        let submission: Submission = serde_json::from_slice(&delivery.body).map_err(MessageError)?;
        let timings = Timings::new(&submission.submission_id, delivery.attempt);
        Ok(Self { submission, timings })
    }

    /// Whose submission it is, for logs.
    pub fn submission_id(&self) -> &str {
        &self.submission.submission_id
    }
}
