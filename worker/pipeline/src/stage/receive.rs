//! A submission that was received, with the account of the time it takes.

use document::Submission;

use crate::Timings;

/// A submission that was received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(super) submission: Submission,
    pub(super) timings: Timings,
}

impl Received {
    /// A submission that came with the `attempt`th delivery of its message, counted from 1.
    pub fn new(submission: Submission, attempt: u32) -> Self {
        let timings = Timings::new(&submission.submission_id, attempt);
        Self { submission, timings }
    }
}
