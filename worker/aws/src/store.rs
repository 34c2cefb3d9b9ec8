//! A store in S3, for any number of machines.
//! What is kept under which key is left to `pipeline`, how buckets are found to `store::open`.
//!
//! What S3 leaves open, and what is done about it:
//! - A value is created with `If-None-Match: *`. If the answer is lost, the next try finds the value that the first one
//!   wrote and says that it existed. Callers allow for that: whoever finds a verdict announces it, too.
//! - Where we may not list a bucket, a key that is missing is refused just as one that is forbidden. So vouch must be
//!   allowed to list its own. In buckets of uploads, "access denied" counts as missing, as on a local disk: it may come.
//! - Checksums are the SDK's choice, a CRC in a header of each request and answer. Emulators take them; stores that do not
//!   are told by `AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED`.

mod open;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use document::FileRef;
use pipeline::{Created, FetchError, Key, Store, StoreError};
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::{answer, unheard};
use crate::reference::Reference;
use crate::{CallError, Timeouts, metadata};

/// A store in a bucket, which also gives out the files of some others.
#[derive(Debug, Clone)]
pub struct S3Store {
    own: Arc<Bucket>,
    uploads: Arc<[Bucket]>,
    timeouts: Timeouts,
}

/// A bucket that is there, and who calls it.
#[derive(Debug)]
struct Bucket {
    name: String,
    client: Client,
}

/// What was read of an object.
enum Object {
    Whole(Vec<u8>),
    TooLarge(u64),
}

/// The largest value that is read from the store: far more than any reading has.
const LARGEST_VALUE: u64 = 512 * 1024 * 1024;

/// How often a value is tried to be created while others try the same.
const CREATIONS: u32 = 6;
/// The first wait between them; it doubles.
const AFTER_CONFLICT: Duration = Duration::from_millis(50);

impl S3Store {
    /// The bucket of a file, if its files are given out.
    fn bucket(&self, name: Option<&str>) -> Result<&Bucket, FetchError> {
        let Some(name) = name else { return Ok(&self.own) };
        let mut all = std::iter::once(&*self.own).chain(self.uploads.iter());
        all.clone().find(|bucket| bucket.name == name).ok_or_else(|| {
            let names: Vec<&str> = all.by_ref().map(|bucket| bucket.name.as_str()).collect();
            FetchError::Refused {
                why: format!("files are fetched from these buckets alone: {}", names.join(", ")),
            }
        })
    }

    /// An object, whole, or how large it is. What breaks off is asked for again.
    async fn read(
        &self,
        bucket: &Bucket,
        key: &str,
        version: Option<&str>,
        limit: u64,
    ) -> Result<Object, CallError> {
        let mut attempt = 1;
        loop {
            let asked = bucket.client.get_object().bucket(&bucket.name).key(key);
            let object = answer("GetObject", asked.set_version_id(version.map(str::to_owned)).send()).await?;
            match self.body(object, limit).await {
                Err(_) if attempt < self.timeouts.attempts => attempt += 1,
                read => return read,
            }
        }
    }

    /// What an answer brings, in the time that it may take, and no more of it than the limit.
    async fn body(&self, object: GetObjectOutput, limit: u64) -> Result<Object, CallError> {
        let size = object.content_length.and_then(|size| u64::try_from(size).ok());
        if let Some(size) = size.filter(|size| *size > limit) {
            return Ok(Object::TooLarge(size));
        }
        let expected = size.unwrap_or(limit);
        let until = Instant::now() + self.timeouts.attempt_moving(expected);
        let mut bytes = Vec::with_capacity(size.and_then(|size| usize::try_from(size).ok()).unwrap_or(0));
        let mut stream: ByteStream = object.body;
        let broken = |error: Box<dyn std::error::Error + Send + Sync>| CallError::broken("GetObject", error);
        while let Some(chunk) =
            timeout_at(until, unheard(stream.next())).await.map_err(|late| broken(late.into()))?
        {
            let chunk = chunk.map_err(|error| broken(error.into()))?;
            let so_far = bytes.len() as u64 + chunk.len() as u64;
            if so_far > limit {
                return Ok(Object::TooLarge(so_far));
            }
            bytes.extend_from_slice(&chunk);
        }
        match size {
            Some(size) if size != bytes.len() as u64 => Err(broken("the object is not whole".into())),
            Some(_) | None => Ok(Object::Whole(bytes)),
        }
    }

    /// Why a file was not fetched.
    fn unfetched(&self, bucket: &Bucket, error: CallError) -> FetchError {
        match (error.status(), error.code()) {
            (Some(404), Some("NoSuchBucket")) => unavailable(error).into(),
            // A version that is the mark of a deletion; a version that is none.
            (Some(404 | 405), _) | (Some(400), Some("InvalidArgument" | "NoSuchVersion")) => {
                FetchError::Missing
            }
            // Other codes speak of us and our keys, not of the file.
            (Some(403), None | Some("AccessDenied" | "InvalidObjectState"))
                if bucket.name != self.own.name =>
            {
                tracing::warn!(
                    bucket = bucket.name,
                    error = error.to_string(),
                    "a file counts as missing, for it may not be read; s3:ListBucket would tell which it is"
                );
                FetchError::Missing
            }
            (Some(_) | None, _) => unavailable(error).into(),
        }
    }

    async fn write(&self, key: &Key, bytes: &[u8], condition: Option<&str>) -> Result<(), CallError> {
        let Bucket { client, name } = &*self.own;
        let put = client.put_object().bucket(name).key(key.as_str()).body(bytes.to_vec().into());
        let timeouts = self.timeouts.moving(bytes.len() as u64);
        let put = put.set_if_none_match(condition.map(str::to_owned)).customize();
        let put = put.config_override(Builder::new().timeout_config(timeouts)).send();
        answer("PutObject", put).await.map(|_| ())
    }
}

impl Store for S3Store {
    async fn fetch(&self, file: &FileRef, limit: u64) -> Result<Vec<u8>, FetchError> {
        let Reference { bucket, key, version } = Reference::parse(&file.0)?;
        let bucket = self.bucket(bucket)?;
        match self.read(bucket, &key, version.as_deref(), limit).await {
            Ok(Object::Whole(bytes)) => Ok(bytes),
            Ok(Object::TooLarge(bytes)) => Err(FetchError::TooLarge { bytes }),
            Err(error) => Err(self.unfetched(bucket, error)),
        }
    }

    async fn metadata(&self, file: &FileRef) -> Result<BTreeMap<String, String>, FetchError> {
        let Reference { bucket, key, version } = Reference::parse(&file.0)?;
        let bucket = self.bucket(bucket)?;
        let asked =
            bucket.client.head_object().bucket(&bucket.name).key(&key).set_version_id(version.clone());
        match answer("HeadObject", asked.send()).await {
            Ok(object) => Ok(metadata::read(object.metadata.unwrap_or_default())),
            // The answer to HEAD does not say why: whoever reads the object is told.
            Err(error) if matches!(error.status(), Some(400 | 403)) => {
                match self.read(bucket, &key, version.as_deref(), 0).await {
                    Ok(_) => Err(unavailable(error).into()),
                    Err(error) => Err(self.unfetched(bucket, error)),
                }
            }
            Err(error) => Err(self.unfetched(bucket, error)),
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        match self.read(&self.own, key.as_str(), None, LARGEST_VALUE).await {
            Ok(Object::Whole(bytes)) => Ok(Some(bytes)),
            Ok(Object::TooLarge(bytes)) => {
                Err(unavailable(CallError::broken("GetObject", format!("the value has {bytes} bytes"))))
            }
            Err(error) if error.status() == Some(404) && error.code() != Some("NoSuchBucket") => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.write(key, bytes, None).await.map_err(unavailable)
    }

    async fn create_if_absent(&self, key: &Key, bytes: &[u8]) -> Result<Created, StoreError> {
        let mut pause = AFTER_CONFLICT;
        for last in (0..CREATIONS).map(|creation| creation + 1 == CREATIONS) {
            match self.write(key, bytes, Some("*")).await {
                Ok(()) => return Ok(Created::New),
                Err(error) if error.status() == Some(412) => return Ok(Created::Existing),
                // Somebody else is writing it, or has just deleted it: nobody has won yet.
                Err(error) if is_conflict(&error) && !last => {
                    sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => return Err(unavailable(error)),
            }
        }
        Err(unavailable(CallError::broken("PutObject", "others write the same value without end")))
    }
}

fn is_conflict(error: &CallError) -> bool {
    error.status() == Some(409) || error.status() == Some(404) && error.code() == Some("NoSuchKey")
}

fn unavailable(error: CallError) -> StoreError {
    StoreError(error.into())
}
