//! From a message to what it asks for: a submission of ours, or the news of uploads in the form of S3, as it comes by
//! itself, through SNS or through EventBridge. One message may bring the news of several.
//! Finding the submission that belongs to an upload is the next step, `accompany`.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use document::Submission;

/// What one message asks for.
#[derive(Debug)]
pub(crate) enum Request {
    /// To judge this submission.
    Submission(Box<Submission>),
    /// To judge this upload, by the submission that lies beside it.
    Upload(Upload),
}

/// An object in a bucket that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    pub bucket: String,
    /// As it is, not as the message encodes it.
    pub key: String,
    /// Which of the objects that had this key: the version, where the bucket keeps versions.
    pub version: Option<String>,
    /// The digest that the store gave it.
    pub e_tag: Option<String>,
}

/// The message is nothing that can be worked on; only its sender can mend it.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// No JSON, or no valid submission.
    #[error("the message is no submission")]
    Submission(#[source] serde_json::Error),
    /// JSON, and neither a submission nor anything else that is known.
    #[error("the message is neither a submission nor the news of an upload")]
    Unknown,
    /// Looks like the news of an upload, and is incomplete.
    #[error("the message is no news of an upload that can be understood")]
    News(#[source] serde_json::Error),
    /// The key of an object is not UTF-8 once decoded.
    #[error("the key of an uploaded object is not UTF-8")]
    Key,
    /// The key of an object reads as a reference to another one.
    #[error("the key of an uploaded object holds {VERSION}")]
    Ambiguous,
    /// What lies beside an upload is no submission.
    #[error("what lies beside the upload is no submission")]
    Beside(#[source] serde_json::Error),
    /// What lies beside an upload is longer than any submission.
    #[error("what lies beside the upload has {0} bytes, too many for a submission")]
    TooLarge(u64),
    /// What was written into an object's metadata is not base64.
    #[error("the metadata of the upload hold no submission: {0}")]
    Metadata(&'static str),
}

/// Submissions end so that lie beside what they are about; news of them ask for nothing.
pub(super) const BESIDE: &str = ".submission.json";

/// What a reference to one version of an object has behind the key.
pub(super) const VERSION: &str = "?versionId=";

/// An envelope in an envelope is the most that queues make of a message.
const MOST_ENVELOPES: u8 = 2;

/// All that a message asks for, in order; nothing for the messages by which S3 tests the way.
pub(crate) fn unpack(body: &[u8]) -> Result<Vec<Request>, MessageError> {
    unpack_within(body, MOST_ENVELOPES)
}

fn unpack_within(body: &[u8], envelopes: u8) -> Result<Vec<Request>, MessageError> {
    let message: Value = serde_json::from_slice(body).map_err(MessageError::Submission)?;
    let has = |name: &str| message.get(name).is_some();
    if has("Records") {
        let news: Notification = serde_json::from_value(message).map_err(MessageError::News)?;
        news.records.into_iter().filter_map(Record::request).collect()
    } else if has("detail-type") {
        let news: Bridged = serde_json::from_value(message).map_err(MessageError::News)?;
        news.request().into_iter().collect()
    } else if has("TopicArn") && envelopes > 0 {
        let envelope: Envelope = serde_json::from_value(message).map_err(MessageError::News)?;
        unpack_within(envelope.message.as_bytes(), envelopes - 1)
    } else if message.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        Ok(Vec::new())
    } else if has("schema") || has("submission_id") {
        // From the text once more: what is wrong with it then has a line and a column.
        let submission = serde_json::from_slice(body).map_err(MessageError::Submission)?;
        Ok(vec![Request::Submission(Box::new(submission))])
    } else {
        Err(MessageError::Unknown)
    }
}

/// What SNS makes of a message, unless it is told to deliver it raw.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Message")]
    message: String,
}

#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    s3: Place,
}

#[derive(Deserialize)]
struct Place {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    key: String,
    #[serde(alias = "version-id")]
    version_id: Option<String>,
    #[serde(alias = "etag")]
    e_tag: Option<String>,
}

/// The same news as EventBridge tells them.
#[derive(Deserialize)]
struct Bridged {
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Place,
}

impl Record {
    /// Keys are encoded as in forms: a space is `+`.
    fn request(self) -> Option<Result<Request, MessageError>> {
        let created = self.event_name.trim_start_matches("s3:").starts_with("ObjectCreated");
        let spaced = self.s3.object.key.replace('+', " ");
        let Ok(key) = percent_decode_str(&spaced).decode_utf8() else { return Some(Err(MessageError::Key)) };
        let upload = Upload::new(self.s3.bucket, Object { key: key.into_owned(), ..self.s3.object });
        upload.filter(|_| created).map(Upload::request)
    }
}

impl Bridged {
    /// Keys are not encoded.
    fn request(self) -> Option<Result<Request, MessageError>> {
        let created = self.detail_type == "Object Created";
        Upload::new(self.detail.bucket, self.detail.object).filter(|_| created).map(Upload::request)
    }
}

impl Upload {
    /// None for what lies beside an upload.
    fn new(bucket: Bucket, object: Object) -> Option<Self> {
        let Object { key, version_id: version, e_tag } = object;
        (!key.ends_with(BESIDE)).then_some(Self { bucket: bucket.name, key, version, e_tag })
    }

    /// Whoever names objects must not be able to have another one taken for theirs.
    fn request(self) -> Result<Request, MessageError> {
        if self.key.contains(VERSION) { Err(MessageError::Ambiguous) } else { Ok(Request::Upload(self)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(event: &str, key: &str) -> Value {
        json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-west-2", "eventName": event,
            "s3": {
                "bucket": {"name": "uploads", "arn": "arn:aws:s3:::uploads"},
                "object": {"key": key, "size": 3, "eTag": "d41d8cd9", "versionId": "v1", "sequencer": "0A"},
            },
        })
    }

    fn keys(message: &Value) -> Result<Vec<String>, MessageError> {
        let requests = unpack(message.to_string().as_bytes())?;
        let key = |request: Request| match request {
            Request::Upload(upload) => upload.key,
            Request::Submission(submission) => submission.submission_id,
        };
        Ok(requests.into_iter().map(key).collect())
    }

    #[test]
    fn every_record_is_taken_and_keys_are_decoded() {
        let put = "ObjectCreated:Put";
        let records = [
            record(put, "88-1/stub+1.pdf"),
            record(put, "88-1/n%C3%B3mina+%2B+carta.pdf"),
            record("ObjectCreated:CompleteMultipartUpload", "a%25b.tif"),
            record("ObjectRemoved:Delete", "gone.pdf"),
            record(put, "88-1/stub+1.pdf.submission.json"),
        ];
        let decoded = ["88-1/stub 1.pdf", "88-1/nómina + carta.pdf", "a%b.tif"];
        let plain = json!({ "Records": records });
        let through_sns = json!({"Type": "Notification", "TopicArn": "arn:aws:sns:us-west-2:1:uploads",
            "Message": plain.to_string()});
        for message in [plain, through_sns] {
            assert_eq!(keys(&message).unwrap(), decoded);
        }
        let bridged = json!({"source": "aws.s3", "detail-type": "Object Created", "detail": {
            "bucket": {"name": "uploads"}, "object": {"key": "a+b c.pdf", "etag": "e", "version-id": "v"}}});
        assert_eq!(keys(&bridged).unwrap(), ["a+b c.pdf"]);
        let upload = &unpack(bridged.to_string().as_bytes()).unwrap()[0];
        assert!(
            matches!(upload, Request::Upload(Upload { version: Some(version), e_tag: Some(_), .. }) if version == "v")
        );
    }

    #[test]
    fn tests_of_the_way_ask_for_nothing() {
        let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "uploads"});
        assert!(keys(&test).unwrap().is_empty());
        assert!(keys(&json!({"Records": []})).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        let nested = |inner: &Value| json!({"TopicArn": "t", "Message": inner.to_string()});
        let deep = nested(&nested(&nested(&json!({"Records": []}))));
        let cases = [
            (json!({"Records": [{"eventName": "ObjectCreated:Put"}]}), "no news of an upload"),
            (json!({"Records": [record("ObjectCreated:Put", "%ff")]}), "not UTF-8"),
            (
                json!({"Records": [record("ObjectCreated:Put", "a.pdf%3FversionId%3Dnull")]}),
                "holds ?versionId=",
            ),
            (json!({"hello": 1}), "neither a submission"),
            (json!([1]), "neither a submission"),
            (json!({"schema": "vouch/submission/1"}), "no submission"),
            (deep, "neither a submission"),
        ];
        for (message, says) in cases {
            let error = unpack(message.to_string().as_bytes()).unwrap_err();
            assert!(error.to_string().contains(says), "{message}: {error}");
        }
    }
}
