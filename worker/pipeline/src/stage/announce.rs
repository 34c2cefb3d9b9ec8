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

/// The version of CloudEvents.
const SPEC_VERSION: &str = "1.0";

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

/// A message is no announcement of ours.
#[derive(Debug, thiserror::Error)]
pub enum ForeignEvent {
    /// It is no CloudEvent about a verdict.
    #[error("not an announcement of a verdict")]
    Unreadable(#[from] serde_json::Error),
    /// It is like one, but says what ours never say.
    #[error("not an announcement of a verdict: another {0}")]
    Other(&'static str),
}

/// The verdict is published, but nobody was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnnounceError {
    #[error("the verdict was not announced")]
    Queue(#[from] QueueError),
    #[error("the announcement cannot be written as JSON")]
    Unwritable(#[source] serde_json::Error),
}

impl Announcement {
    /// The announcement in a message.
    ///
    /// # Errors
    /// If it is none that `Published::announce` could have sent. Its id can then stand in a header, and in what is
    /// signed, without being taken for something else.
    pub fn parse(body: &[u8]) -> Result<Self, ForeignEvent> {
        let event: Self = serde_json::from_slice(body)?;
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|it| it.is_ascii_alphanumeric());
        match () {
            () if event.specversion != SPEC_VERSION => Err(ForeignEvent::Other("version")),
            () if event.event_type != EVENT_TYPE => Err(ForeignEvent::Other("type")),
            () if !is_id(&event.id) => Err(ForeignEvent::Other("kind of id")),
            () => Ok(event),
        }
    }
}

impl Published {
    /// Tells all who are to hear of verdicts, in order. `trace` says what the work is part of.
    pub async fn announce<Q: Queue>(
        self,
        verdicts: &[Arc<Q>],
        trace: Option<&str>,
    ) -> Result<Announced, AnnounceError> {
        let announcement = Announcement {
            specversion: SPEC_VERSION.to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_announce_is_an_announcement() {
        let ours = serde_json::json!({
            "specversion": "1.0", "id": "a1", "source": "/vouch/worker", "type": EVENT_TYPE, "subject": "s-1",
            "datacontenttype": "application/json",
            "data": {"case_id": "88-1", "disposition": "review", "verdict": "verdicts/s-1/a1.json",
                     "digest": Digest::of(b"a")},
        });
        assert_eq!(Announcement::parse(ours.to_string().as_bytes()).unwrap().subject, "s-1");
        for (key, value) in [
            ("specversion", "2.0"),
            ("type", "other"),
            ("id", ""),
            ("id", "a.1"),
            ("id", "a\n"),
            ("data", ""),
        ] {
            let mut foreign = ours.clone();
            foreign[key] = value.into();
            assert!(Announcement::parse(foreign.to_string().as_bytes()).is_err(), "{key}: {value}");
        }
        assert!(Announcement::parse(b"no event").is_err());
    }
}
