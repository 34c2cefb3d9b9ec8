//! What became of the work on a message, and hence of the message: one table, with nothing left out.
//! Doing it is left to `handle`.

use std::error::Error;
use std::time::Duration;

use crate::stage::{
    AccompanyError, AnnounceError, Announced, FetchFailure, JudgeError, MessageError, PublishError, ReadError,
};
use crate::{DeadLetter, QueueError, Settlement, StoreError};

/// How the work on one message ended.
#[derive(Debug)]
pub enum Outcome {
    /// There is a verdict, and it is announced.
    Done(Box<Announced>),
    /// The message is no submission.
    Malformed(MessageError),
    /// A file that the store will never give out; the text says why.
    FileRefused(String),
    /// A file that is not there; the text says which.
    FileMissing(String),
    /// An upload without a submission; the text says so.
    SubmissionMissing(String),
    /// No verdict could be reached or written: a fault in the program.
    Unjudgeable(Box<dyn Error + Send + Sync>),
    /// The machine is in trouble; the document has nothing to do with it.
    Trouble(Box<dyn Error + Send + Sync>),
    /// The worker had to stop before the work was done.
    Interrupted,
    /// Somebody else may have the message now.
    LeaseLost,
}

/// How long a message that came to nothing waits, and how often it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How many deliveries a missing file is waited for.
    pub missing_file: u32,
    /// How often the work on a submission may begin and not end before its documents are called unsafe.
    pub unended: u32,
    /// The wait after the first failure; it doubles with each delivery.
    pub first_delay: Duration,
    /// The longest wait.
    pub longest_delay: Duration,
}

impl Outcome {
    /// What becomes of a message on its `attempt`th delivery; nothing where it is no longer ours.
    pub fn settlement(&self, attempt: u32, patience: &Patience) -> Option<Settlement> {
        let later = || Settlement::HandBack { delay: patience.delay(attempt) };
        let dead = |code, detail| Settlement::DeadLetter(DeadLetter { code, detail });
        match self {
            Self::Done(_) => Some(Settlement::Acknowledge),
            Self::Malformed(error) => Some(dead("malformed", in_full(error))),
            Self::FileRefused(why) => Some(dead("file_refused", why.clone())),
            Self::FileMissing(_) | Self::SubmissionMissing(_) if attempt < patience.missing_file => {
                Some(later())
            }
            Self::FileMissing(which) => Some(dead("file_missing", which.clone())),
            Self::SubmissionMissing(why) => Some(dead("submission_missing", why.clone())),
            Self::Unjudgeable(error) => Some(dead("unjudgeable", in_full(&**error))),
            Self::Trouble(_) => Some(later()),
            Self::Interrupted => Some(Settlement::HandBack { delay: Duration::ZERO }),
            Self::LeaseLost => None,
        }
    }
}

impl Settlement {
    /// What becomes of a message that brings several submissions, each of which would settle it so. One that has to
    /// come again brings them all again, which does the others no harm; what was given up for one is kept only when
    /// nothing is left to wait for.
    pub(crate) fn of_all(all: impl Iterator<Item = Option<Self>>) -> Option<Self> {
        let mut of_all = Self::Acknowledge;
        for one in all {
            of_all = match (of_all, one?) {
                (Self::HandBack { delay }, Self::HandBack { delay: other }) => {
                    Self::HandBack { delay: delay.max(other) }
                }
                (back @ Self::HandBack { .. }, _) | (_, back @ Self::HandBack { .. }) => back,
                (dead @ Self::DeadLetter(_), _) | (_, dead @ Self::DeadLetter(_)) => dead,
                (Self::Acknowledge, Self::Acknowledge) => Self::Acknowledge,
            };
        }
        Some(of_all)
    }
}

impl Patience {
    /// The wait after the `attempt`th failure, counted from 1.
    pub fn delay(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1).min(16));
        self.first_delay.saturating_mul(doubled).min(self.longest_delay)
    }
}

/// An error with all that caused it, on one line.
pub(crate) fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl From<MessageError> for Outcome {
    fn from(error: MessageError) -> Self {
        Self::Malformed(error)
    }
}

impl From<AccompanyError> for Outcome {
    fn from(error: AccompanyError) -> Self {
        match error {
            AccompanyError::Message(error) => Self::Malformed(error),
            AccompanyError::Missing => Self::SubmissionMissing(error.to_string()),
            AccompanyError::Refused(_) => Self::FileRefused(error.to_string()),
            AccompanyError::Store(_) => Self::Trouble(error.into()),
        }
    }
}

impl From<FetchFailure> for Outcome {
    fn from(failure: FetchFailure) -> Self {
        match failure {
            FetchFailure::Refused { .. } => Self::FileRefused(failure.to_string()),
            FetchFailure::Missing { .. } => Self::FileMissing(failure.to_string()),
            FetchFailure::Store { .. } => Self::Trouble(failure.into()),
        }
    }
}

impl From<StoreError> for Outcome {
    fn from(error: StoreError) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<ReadError> for Outcome {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(_) | ReadError::Reader(_) => Self::Trouble(error.into()),
            ReadError::Unfit(_) => Self::Unjudgeable(error.into()),
        }
    }
}

impl From<JudgeError> for Outcome {
    fn from(error: JudgeError) -> Self {
        Self::Unjudgeable(error.into())
    }
}

impl From<PublishError> for Outcome {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Store(_) | PublishError::Gone(_) | PublishError::Damaged(..) => {
                Self::Trouble(error.into())
            }
            PublishError::Unwritable(_) => Self::Unjudgeable(error.into()),
        }
    }
}

impl From<AnnounceError> for Outcome {
    fn from(error: AnnounceError) -> Self {
        match error {
            AnnounceError::Queue(QueueError::Unavailable(_) | QueueError::LeaseLost) => {
                Self::Trouble(error.into())
            }
            AnnounceError::Unwritable(_) => Self::Unjudgeable(error.into()),
        }
    }
}
