//! From a published verdict to an announced one.
//! Announcements may come twice: their id, made of the verdict's, tells.

use std::sync::Arc;

use document::Digest;
use serde::{Deserialize, Serialize};
use verify::verdict::Disposition;

use super::publish::Published;
use crate::{Created, Key, Message, Queue, QueueError, Timings};

/// The CloudEvents type of an [`Announcement`].
pub const EVENT_TYPE: &str = "dev.vouch.verdict.v1";

/// That there is a verdict: a CloudEvent 1.0 in structured JSON. It says where the verdict lies and not what it says,
/// for that holds an applicant's particulars. It has no `time`: the same verdict is announced in the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    specversion: String,
    /// The id of the verdict: whoever has seen it has seen the announcement.
    pub id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    /// The submission judged.
    pub subject: String,
    datacontenttype: String,
    /// What is announced.
    pub data: AnnouncedVerdict,
}

/// The `data` of an [`Announcement`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedVerdict {
    /// The case it belongs to.
    pub case_id: String,
    /// What happens next.
    pub disposition: Disposition,
    /// Its key in the store.
    pub verdict: String,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// A verdict that is published and announced: the only thing that lets a message be acknowledged.
#[expect(clippy::manual_non_exhaustive, reason = "only this module may make one, in this crate too")]
#[derive(Debug)]
pub struct Announced {
    /// Where the verdict lies.
    pub verdict: Key,
    /// The submission judged.
    pub submission_id: String,
    /// What the published verdict says.
    pub disposition: Disposition,
    /// The types of the documents it is about.
    pub document_types: Vec<String>,
    /// Whether it was published now, or had been before.
    pub created: Created,
    /// How long the stages took.
    pub timings: Timings,
    _only_made_here: (),
}

/// The verdict is published, but nobody was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnnounceError {
    #[error("the verdict was not announced")]
    Queue(#[from] QueueError),
    #[error("the announcement cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
}

impl Published {
    /// Tells all who are to hear of verdicts, in order. `trace` says what the work is part of.
    pub async fn announce<Q: Queue>(
        self,
        verdicts: &[Arc<Q>],
        trace: Option<&str>,
    ) -> Result<Announced, AnnounceError> {
        let announcement = Announcement {
            specversion: "1.0".to_owned(),
            id: self.id.to_string(),
            source: "/vouch/worker".to_owned(),
            event_type: EVENT_TYPE.to_owned(),
            subject: self.summary.submission_id.clone(),
            datacontenttype: "application/json".to_owned(),
            data: AnnouncedVerdict {
                case_id: self.summary.case_id,
                disposition: self.summary.disposition,
                verdict: self.id.verdict().to_string(),
                digest: self.digest,
            },
        };
        let body = serde_json::to_vec(&announcement).map_err(AnnounceError::Unwritable)?;
        for queue in verdicts {
            queue.send(Message { body: &body, trace }).await?;
        }
        Ok(Announced {
            verdict: self.id.verdict(),
            submission_id: self.summary.submission_id,
            disposition: self.summary.disposition,
            document_types: self.summary.documents.into_iter().map(|it| it.document_type).collect(),
            created: self.created,
            timings: self.timings,
            _only_made_here: (),
        })
    }
}
