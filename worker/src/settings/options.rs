//! Options that may also stand in the settings file: one type says what they are in all three places.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long a submission is a worker's without a sign of life, where nothing else is said.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(60);
/// How long what is in flight may go on once a worker is told to stop, where nothing else is said.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(25);
/// How many announcements are delivered at once, where nothing else is said.
pub const DEFAULT_DELIVERIES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(7);

/// Where queues and store are, if not in the data folder: anything that speaks the protocols of SQS and S3.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Queues and store elsewhere (see --help)")]
pub struct RemoteOptions {
    /// The SQS queue of uploads that somebody waits for, by its URL. With it the data folder is not used
    #[arg(long, global = true, hide_short_help = true, value_name = "URL", env = "VOUCH_QUEUE")]
    pub queue: Option<String>,

    /// The SQS queue of submissions that can wait
    #[arg(long, global = true, hide_short_help = true, value_name = "URL", env = "VOUCH_BACKLOG_QUEUE")]
    pub backlog_queue: Option<String>,

    /// The SQS queue that verdicts are announced on
    #[arg(long, global = true, hide_short_help = true, value_name = "URL", env = "VOUCH_VERDICT_QUEUE")]
    pub verdict_queue: Option<String>,

    /// A second queue for the same announcements, which `vouch notify` delivers to a webhook
    #[arg(long, global = true, hide_short_help = true, value_name = "URL", env = "VOUCH_WEBHOOK_QUEUE")]
    pub webhook_queue: Option<String>,

    /// The queue that messages are kept in that were given up [default: beside the queue, NAME-dead-letters, made if it is not there]
    #[arg(long, global = true, hide_short_help = true, value_name = "URL", env = "VOUCH_DEAD_LETTER_QUEUE")]
    pub dead_letter_queue: Option<String>,

    /// The S3 bucket of readings, verdicts and copies of uploads
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", env = "VOUCH_BUCKET")]
    pub bucket: Option<String>,

    /// Other buckets that uploads may be fetched from
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "NAMES",
        env = "VOUCH_UPLOAD_BUCKETS",
        value_delimiter = ','
    )]
    pub upload_buckets: Option<Vec<String>>,

    /// The regions that queues and buckets may be in; the first is asked where a name says nothing of its region
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "NAMES",
        env = "VOUCH_REGIONS",
        value_delimiter = ','
    )]
    pub regions: Option<Vec<String>>,

    /// Where the services are, if not at Amazon
    #[arg(long, global = true, hide_short_help = true, value_name = "URL", env = "VOUCH_ENDPOINT")]
    pub endpoint: Option<String>,

    /// Whether buckets are named in paths and not in host names
    #[arg(
        long, global = true, hide_short_help = true, value_name = "BOOL", env = "VOUCH_PATH_STYLE",
        num_args = 0..=1, require_equals = true, default_missing_value = "true"
    )]
    pub path_style: Option<bool>,
}

/// How `vouch work` works.
#[derive(Debug, Clone, Default, PartialEq, clap::Args, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkOptions {
    /// How many documents to read at once [default: one for each processor]
    #[arg(long, value_name = "N", env = "VOUCH_WORKERS")]
    pub workers: Option<NonZeroUsize>,

    /// How many seconds a submission is this worker's without a sign of life [default: 60]
    #[arg(long, value_name = "SECONDS", env = "VOUCH_LEASE")]
    pub lease: Option<Seconds>,

    /// How many seconds what is in flight may go on once the worker is told to stop [default: 25]
    #[arg(long, value_name = "SECONDS", env = "VOUCH_GRACE")]
    pub grace: Option<Seconds>,

    /// What the worker is called in the records of who read what [default: the host's name and the process id]
    #[arg(long, value_name = "NAME", env = "VOUCH_NAME")]
    pub name: Option<String>,
}

/// How a program that runs on and on is watched.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperateOptions {
    /// Where to answer /healthz, /readyz and /metrics: 0.0.0.0:9090 [default: nowhere]
    #[arg(long, value_name = "ADDRESS", env = "VOUCH_LISTEN")]
    pub listen: Option<SocketAddr>,

    /// Where to send OpenTelemetry traces, by OTLP over HTTP: http://collector:4318 [default: nowhere]
    #[arg(long, value_name = "URL", env = "VOUCH_TRACES")]
    pub traces: Option<String>,
}

/// Whom `vouch notify` tells of verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyOptions {
    /// Where announcements of verdicts are sent
    #[arg(long, value_name = "URL", env = "VOUCH_WEBHOOK", hide_env_values = true)]
    pub webhook: Option<String>,

    /// A file with the secret that they are signed with, in base64 with or without `whsec_` before it; with several, a
    /// line each, by all of them, while one is replaced
    #[arg(long, value_name = "FILE", env = "VOUCH_WEBHOOK_SECRET_FILE")]
    pub webhook_secret_file: Option<PathBuf>,

    /// How many announcements to deliver at once [default: 8]
    #[arg(long, value_name = "N", env = "VOUCH_DELIVERIES")]
    pub deliveries: Option<NonZeroUsize>,
}

/// A time in seconds, at least a tenth of one.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Seconds(pub Duration);

impl RemoteOptions {
    /// Whether anything says that queues and store are elsewhere.
    pub fn is_set(&self) -> bool {
        *self != Self::default()
    }
}

impl TryFrom<f64> for Seconds {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if duration >= Duration::from_millis(100) => Ok(Self(duration)),
            Ok(_) | Err(_) => Err("at least 0.1"),
        }
    }
}

impl From<Seconds> for f64 {
    fn from(seconds: Seconds) -> Self {
        seconds.0.as_secs_f64()
    }
}

impl FromStr for Seconds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<f64>().map_err(|_| "not a number")?.try_into()
    }
}

/// The options `above`, and those `below` where it says nothing.
pub(super) fn layered<Options: Serialize + DeserializeOwned + Clone>(
    above: &Options,
    below: &Options,
) -> Options {
    match (serde_json::to_value(above), serde_json::to_value(below)) {
        (Ok(Value::Object(above)), Ok(Value::Object(mut merged))) => {
            merged.extend(above.into_iter().filter(|(_, value)| !value.is_null()));
            serde_json::from_value(Value::Object(merged)).ok()
        }
        (_, _) => None,
    }
    .unwrap_or_else(|| above.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_above_goes_before_what_stands_below() {
        let lease = |seconds| Some(Seconds(Duration::from_millis(seconds)));
        let above = WorkOptions { lease: lease(1500), ..WorkOptions::default() };
        let below = WorkOptions { lease: lease(9000), grace: lease(3000), ..WorkOptions::default() };
        let expected = WorkOptions { grace: lease(3000), ..above.clone() };
        assert_eq!(layered(&above, &below), expected);
        let regions = |names: &[&str]| {
            let names = names.iter().map(ToString::to_string).collect();
            RemoteOptions { regions: Some(names), path_style: Some(false), ..RemoteOptions::default() }
        };
        assert_eq!(layered(&regions(&["us-west-2"]), &regions(&["a", "b"])), regions(&["us-west-2"]));
        assert_eq!(layered(&RemoteOptions::default(), &regions(&["a"])), regions(&["a"]));
    }

    #[test]
    fn times_are_at_least_a_tenth_of_a_second() {
        assert_eq!("2.5".parse(), Ok(Seconds(Duration::from_millis(2500))));
        for text in ["0", "-1", "x", "inf", "nan", "1e300"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }
}
