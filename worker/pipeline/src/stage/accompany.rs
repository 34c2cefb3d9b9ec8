//! From an upload to its submission: it lies beside the object as `<key>.submission.json`, or in the object's metadata.
//! What it may leave out is added: its id and its files, which are then the object itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document::{Digest, FileRef, Submission};
use serde_json::{Map, Value};

use super::unpack::{BESIDE, MessageError, Request, Upload, VERSION};
use crate::{FetchError, Store, StoreError};

/// No submission is larger, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Where an object's metadata hold the submission: its JSON, in base64 if it is not ASCII.
const METADATA: &str = "vouch-submission";

/// There is no submission to an upload.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccompanyError {
    /// What there is cannot be used.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Nothing lies beside the object, or the object itself is not there. Either may still come.
    #[error("there is no submission beside the upload, nor in its metadata")]
    Missing,
    /// The store will never give it out.
    #[error("the upload lies where nothing is taken from: {0}")]
    Refused(String),
    /// The store is in trouble.
    #[error("the submission of an upload was not fetched")]
    Store(#[source] StoreError),
}

impl Request {
    /// The submission itself, or that which belongs to the upload.
    pub async fn submission<S: Store>(self, store: &S) -> Result<Submission, AccompanyError> {
        match self {
            Self::Submission(submission) => Ok(*submission),
            Self::Upload(upload) => upload.submission(store).await,
        }
    }
}

impl Upload {
    async fn submission<S: Store>(&self, store: &S) -> Result<Submission, AccompanyError> {
        let beside = FileRef(format!("s3://{}/{}{BESIDE}", self.bucket, self.key));
        let text = match store.fetch(&beside, MOST_BYTES).await {
            Ok(text) => text,
            Err(FetchError::Missing) => self.in_metadata(store).await?.ok_or(AccompanyError::Missing)?,
            Err(error) => return Err(error.into()),
        };
        let mut submission: Map<String, Value> =
            serde_json::from_slice(&text).map_err(MessageError::Beside)?;
        self.complete(&mut submission);
        Ok(serde_json::from_value(Value::Object(submission)).map_err(MessageError::Beside)?)
    }

    async fn in_metadata<S: Store>(&self, store: &S) -> Result<Option<Vec<u8>>, AccompanyError> {
        let mut metadata = store.metadata(&self.reference()).await?;
        let Some(text) = metadata.remove(METADATA) else { return Ok(None) };
        if text.trim_start().starts_with('{') {
            return Ok(Some(text.into_bytes()));
        }
        let decoded = STANDARD.decode(text.trim());
        Ok(Some(decoded.map_err(|_| MessageError::Metadata("neither JSON nor base64"))?))
    }

    /// The object as the message means it, not what may have taken its place since.
    fn reference(&self) -> FileRef {
        let Self { bucket, key, version, .. } = self;
        let version = version.as_ref().map(|version| format!("{VERSION}{version}"));
        FileRef(format!("s3://{bucket}/{key}{}", version.unwrap_or_default()))
    }

    /// Adds what the submission leaves out, and makes its files' places absolute.
    fn complete(&self, submission: &mut Map<String, Value>) {
        submission.entry("submission_id").or_insert_with(|| self.id().into());
        let own = self.reference().0;
        match submission.get_mut("files").and_then(Value::as_array_mut) {
            None => drop(submission.insert("files".to_owned(), vec![own].into())),
            Some(files) => {
                for file in files {
                    if let Value::String(place) = file {
                        *place = self.absolute(place);
                    }
                }
            }
        }
    }

    /// A place named beside the upload: relative ones are relative to the upload's own.
    fn absolute(&self, place: &str) -> String {
        if place.contains("://") || place.starts_with('/') {
            return place.to_owned();
        }
        let key = match self.key.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{place}"),
            None => place.to_owned(),
        };
        if key == self.key { self.reference().0 } else { format!("s3://{}/{key}", self.bucket) }
    }

    /// The same for the same upload and no other: a key that is written again is another upload.
    fn id(&self) -> String {
        let Self { bucket, key, version, e_tag } = self;
        let which = version.as_deref().or(e_tag.as_deref()).unwrap_or_default();
        let digest = Digest::of_parts([bucket, key, which].map(str::as_bytes));
        format!("s3-{}", digest.hex().chars().take(32).collect::<String>())
    }
}

impl From<FetchError> for AccompanyError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Missing => Self::Missing,
            FetchError::Refused { why } => Self::Refused(why),
            FetchError::TooLarge { bytes } => Self::Message(MessageError::TooLarge(bytes)),
            FetchError::Unavailable(error) => Self::Store(error),
        }
    }
}
