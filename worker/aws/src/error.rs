//! What goes wrong between here and the services, without what was said: messages of S3 name objects, and people put
//! names into those.
//! What becomes of the work is left to `pipeline`.

use std::error::Error;
use std::fmt;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

/// A queue or a store that cannot be opened, and what would help.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No region is allowed.
    #[error("no region is allowed: name at least one")]
    NoRegion,
    /// What is needed lies where it may not.
    #[error("{what} is in region {region}, which is not allowed; allowed: {allowed}")]
    RegionNotAllowed {
        /// The queue or bucket.
        what: String,
        /// Where it is.
        region: String,
        /// Where it might be.
        allowed: String,
    },
    /// Nobody knows as whom to call.
    #[error("no credentials were found: not in the environment, a profile, nor from the machine")]
    NoCredentials(#[source] Option<Box<dyn Error + Send + Sync>>),
    /// A setting means nothing, or nothing that would work.
    #[error("{what} cannot be used: {why}")]
    NotUnderstood {
        /// Which.
        what: String,
        /// Why, and what would be right.
        why: String,
    },
    /// There is no such queue or bucket.
    #[error("{what} does not exist")]
    Missing {
        /// The queue or bucket.
        what: String,
    },
    /// It is there, and not for us.
    #[error("{what} refuses {call}: {why}")]
    Denied {
        /// The queue or bucket.
        what: String,
        /// What it refuses.
        call: &'static str,
        /// What it says.
        why: String,
    },
    /// No answer came, or none that helps.
    #[error("{what} cannot be reached")]
    NotReachable {
        /// The queue or bucket.
        what: String,
        /// What came instead.
        source: CallError,
    },
    /// A store that speaks S3 and forgets the condition `If-None-Match`: verdicts would be written over.
    #[error("{what} writes over what must be written once: it does not know If-None-Match")]
    WritesOver {
        /// The bucket.
        what: String,
    },
}

/// A call that did not do what it should. Says nothing of what was sent or asked for.
pub struct CallError {
    call: &'static str,
    answer: Option<Box<Answer>>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a service answered instead.
struct Answer {
    status: u16,
    code: Option<String>,
    request: Option<String>,
    /// Where the bucket is that was asked for, if the answer says.
    region: Option<String>,
    /// The service's own words, which may quote us.
    message: Option<String>,
}

/// The answer to a call.
///
/// What the SDK logs of it is not heard: at its finer levels it quotes requests with everything in them, and no filter of
/// an operator should be able to bring that into a log.
pub(crate) async fn answer<T, E>(
    call: &'static str,
    sent: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    unheard(sent).await.map_err(|error| CallError::new(call, error))
}

/// What comes of something that the SDK does, of which it logs nothing.
pub(crate) async fn unheard<T>(done: impl Future<Output = T>) -> T {
    done.with_subscriber(NoSubscriber::new()).await
}

impl CallError {
    fn new<E>(call: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let answer = error.raw_response().map(|raw| {
            let header = |name| raw.headers().get(name).map(str::to_owned);
            Box::new(Answer {
                status: raw.status().as_u16(),
                code: error.code().map(bare),
                request: header("x-amzn-requestid").or_else(|| header("x-amz-request-id")),
                region: header("x-amz-bucket-region"),
                message: error.message().map(str::to_owned),
            })
        });
        // The source of what was answered quotes the answer.
        let source = if answer.is_some() { None } else { error.into_source().ok() };
        Self { call, answer, source }
    }

    /// An answer that came and was not whole.
    pub(crate) fn broken(call: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { call, answer: None, source: Some(source.into()) }
    }

    /// The status of the answer, if there was one.
    pub(crate) fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// The word for machines in the answer, if there was one. The answer to a HEAD has none.
    pub(crate) fn code(&self) -> Option<&str> {
        self.answer.as_ref()?.code.as_deref()
    }

    /// Where the bucket is that was asked for, if the answer says.
    pub(crate) fn region(&self) -> Option<&str> {
        self.answer.as_ref()?.region.as_deref()
    }

    /// For when something is opened: no message and no upload is spoken of yet, so the service's own words may be told.
    pub(crate) fn on_opening(self, what: &str) -> OpenError {
        let what = what.to_owned();
        let denied =
            self.status() == Some(403) || self.code().is_some_and(|it| it.starts_with("AccessDenied"));
        let Self { call, answer, .. } = self;
        match answer {
            Some(answer) if denied => {
                let why = answer.message.or(answer.code).unwrap_or_else(|| "access denied".to_owned());
                OpenError::Denied { what, call, why }
            }
            answer => OpenError::NotReachable { what, source: Self { answer, ..self } },
        }
    }
}

/// A code as it is now: SQS says `AWS.SimpleQueueService.NonExistentQueue` to whom it takes for an older client.
fn bare(code: &str) -> String {
    code.rsplit('.').next().unwrap_or(code).to_owned()
}

impl fmt::Display for CallError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, answer, .. } = self;
        let Some(Answer { status, code, request, .. }) = answer.as_deref() else {
            return write!(out, "{call} had no answer");
        };
        write!(out, "{call} was answered {status}")?;
        if let Some(code) = code {
            write!(out, " {code}")?;
        }
        request.iter().try_for_each(|request| write!(out, " (request {request})"))
    }
}

/// Without the service's own words.
impl fmt::Debug for CallError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CallError({self})")
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
