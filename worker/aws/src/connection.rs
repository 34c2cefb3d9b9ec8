//! How the services are reached: where, in which regions, as whom, and how long an answer may take.
//! What is asked of them is left to `queue` and `store`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;

use crate::OpenError;

/// How the services are reached.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Where: `http://` or `https://` and a host. Without it, where the SDK says AWS is, which `AWS_ENDPOINT_URL` changes.
    pub endpoint: Option<String>,
    /// Whether a bucket is named in the path and not in the host, as most S3s that are not AWS want it.
    pub path_style: bool,
    /// The regions that queues and buckets may be in: documents do not leave them. The first is where things are looked
    /// for that do not say where they are.
    pub regions: Vec<String>,
    /// As whom, instead of whom the SDK's own chain finds. For tests: a secret in a setting is one too many.
    pub keys: Option<Keys>,
    /// How long an answer may take.
    pub timeouts: Timeouts,
}

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// How long an answer may take before nobody waits for it any longer.
///
/// Why these defaults: a lease of 60 seconds is extended after 20, and after 40 twice lost calls must have failed and
/// left time for a third. Whoever sets a lease below four times `call` risks it whenever a connection goes dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect.
    pub connect: Duration,
    /// For one try of a call that moves no more than a message. What moves more has a second more for each MiB.
    pub attempt: Duration,
    /// How often a call is tried, at least once. Few: the worker itself waits and tries again.
    pub attempts: u32,
}

/// Access to the services: credentials were found, nothing more is known yet.
#[derive(Debug, Clone)]
pub struct Access {
    config: SdkConfig,
    path_style: bool,
    regions: Arc<[Region]>,
    pub(crate) timeouts: Timeouts,
}

/// The slowest that bytes may move, per second, without being taken for stuck.
const SLOWEST: u64 = 1024 * 1024;

/// The first wait before a call is tried again; a random part of it, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest such wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Connection {
    /// To AWS, in these regions.
    pub fn new(regions: Vec<String>) -> Self {
        Self { endpoint: None, path_style: false, regions, keys: None, timeouts: Timeouts::default() }
    }

    /// Looks for credentials. Calls nothing that is not needed for that.
    ///
    /// # Errors
    /// If there are none, no region is allowed, or the endpoint is no URL.
    pub async fn open(&self) -> Result<Access, OpenError> {
        let regions: Arc<[Region]> = self.regions.iter().map(|region| Region::new(region.clone())).collect();
        let default = regions.first().ok_or(OpenError::NoRegion)?.clone();
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .region(default)
            .retry_config(self.timeouts.retries())
            .timeout_config(self.timeouts.within(self.timeouts.attempt));
        let loader = match &self.endpoint {
            Some(endpoint) => loader.endpoint_url(crate::place::endpoint(endpoint)?),
            None => loader,
        };
        let loader = match &self.keys {
            Some(Keys { id, secret }) => {
                loader.credentials_provider(Credentials::new(id, secret, None, None, "given"))
            }
            None => loader,
        };
        let config = loader.load().await;
        let chain = config.credentials_provider().ok_or(OpenError::NoCredentials(None))?;
        chain.provide_credentials().await.map_err(|error| OpenError::NoCredentials(Some(error.into())))?;
        Ok(Access { config, path_style: self.path_style, regions, timeouts: self.timeouts })
    }
}

impl Timeouts {
    /// For a call that moves so many bytes.
    pub(crate) fn moving(&self, bytes: u64) -> TimeoutConfig {
        self.within(self.attempt_moving(bytes))
    }

    /// For one try that moves so many bytes.
    pub(crate) fn attempt_moving(&self, bytes: u64) -> Duration {
        self.attempt.saturating_add(Duration::from_secs(bytes / SLOWEST))
    }

    /// For a call that is answered `wait` after it was made: if that answer is lost, it is not waited for again.
    pub(crate) fn waiting(&self, wait: Duration) -> TimeoutConfig {
        let attempt = wait.saturating_add(self.attempt);
        self.tries(attempt, attempt.saturating_add(self.attempt))
    }

    fn within(&self, attempt: Duration) -> TimeoutConfig {
        self.tries(attempt, attempt.saturating_mul(self.attempts.max(1)))
    }

    fn tries(&self, attempt: Duration, all: Duration) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(attempt)
            .operation_timeout(all)
            .build()
    }

    fn retries(&self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.attempts.max(1))
            .with_initial_backoff(FIRST_PAUSE)
            .with_max_backoff(LONGEST_PAUSE)
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), attempt: Duration::from_secs(5), attempts: 3 }
    }
}

impl Access {
    /// The region of what does not say where it is.
    pub(crate) fn default_region(&self) -> &Region {
        // There is one, or `open` would have failed.
        self.regions.first().unwrap_or(const { &Region::from_static("") })
    }

    /// Whether this is not AWS itself, as far as the endpoint says.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.config.endpoint_url().is_some_and(|endpoint| !crate::place::is_aws(endpoint))
    }

    /// `region`, if things may be there.
    pub(crate) fn allowed(&self, what: &str, region: &str) -> Result<Region, OpenError> {
        self.regions.iter().find(|allowed| allowed.as_ref() == region).cloned().ok_or_else(|| {
            let allowed: Vec<&str> = self.regions.iter().map(AsRef::as_ref).collect();
            OpenError::RegionNotAllowed {
                what: what.to_owned(),
                region: region.to_owned(),
                allowed: allowed.join(", "),
            }
        })
    }

    /// A client of SQS in this region, at this endpoint if there is none for all.
    pub(crate) fn sqs(&self, region: Region, endpoint: Option<&str>) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::config::Builder::from(&self.config).region(region);
        let config = match endpoint {
            Some(endpoint) if self.config.endpoint_url().is_none() => config.endpoint_url(endpoint),
            Some(_) | None => config,
        };
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    /// A client of S3 in this region.
    pub(crate) fn s3(&self, region: Region) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config).region(region);
        aws_sdk_s3::Client::from_conf(config.force_path_style(self.path_style).build())
    }
}

/// Without the secret.
impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Keys").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_outlasts_lost_calls() {
        let timeouts = Timeouts::default();
        let call = timeouts.moving(0).operation_timeout().unwrap();
        let lease = Duration::from_secs(60);
        assert!(lease / 3 + call * 2 < lease, "two calls that are lost leave time for a third");
        assert!(timeouts.connect < timeouts.attempt, "what cannot connect says so");
    }

    #[test]
    fn large_transfers_have_time_and_long_waits_are_not_repeated() {
        let timeouts = Timeouts::default();
        let large = timeouts.moving(50 * SLOWEST);
        assert_eq!(large.operation_attempt_timeout(), Some(Duration::from_secs(55)));
        assert_eq!(large.operation_timeout(), Some(Duration::from_secs(165)));
        let long = timeouts.waiting(Duration::from_secs(20));
        assert_eq!(long.operation_attempt_timeout(), Some(Duration::from_secs(25)));
        assert_eq!(long.operation_timeout(), Some(Duration::from_secs(30)));
    }

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        let keys = Keys { id: "the id".to_owned(), secret: "the secret".to_owned() };
        let connection = Connection { keys: Some(keys), ..Connection::new(Vec::new()) };
        let shown = format!("{connection:?}");
        assert!(shown.contains("the id") && !shown.contains("the secret"), "{shown}");
    }
}
