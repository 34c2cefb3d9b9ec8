//! Queues and a store that are elsewhere, once it is certain that all of it is named and nothing twice.
//! Reaching them is left to `edges`.

use super::options::RemoteOptions;

/// Where queues and store are. What must be there is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Submissions that somebody waits for.
    pub queue: String,
    /// Submissions that can wait.
    pub backlog_queue: Option<String>,
    /// Where verdicts are announced.
    pub verdict_queue: String,
    /// Where they are announced for webhooks.
    pub webhook_queue: Option<String>,
    /// Where messages are kept that were given up.
    pub dead_letter_queue: Option<String>,
    /// Readings, verdicts and copies of uploads.
    pub bucket: String,
    /// Where else uploads may be fetched from.
    pub upload_buckets: Vec<String>,
    /// Where queues and buckets may be. Only where nothing is at Amazon may none be named.
    pub regions: Vec<String>,
    /// Where the services are, if not at Amazon.
    pub endpoint: Option<String>,
    /// Whether buckets are named in paths.
    pub path_style: bool,
}

/// Queues and store elsewhere cannot be used as they are named.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Something is not named without which the rest is no use.
    #[error("queues and store elsewhere need a queue, a queue for verdicts and a bucket; name one with {0}")]
    Missing(&'static str),
    /// One queue has two uses, and would get what is not for it.
    #[error("{0} and {1} are the same queue")]
    Same(&'static str, &'static str),
    /// Something is at Amazon, and nothing says in which regions documents may be.
    #[error("at Amazon everything is in a region; name those that documents may be in with --regions")]
    NoRegion,
}

/// Amazon's domains.
const AMAZON: &[&str] = &[".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

impl RemoteOptions {
    /// What is named, if it is all that is needed.
    ///
    /// # Errors
    /// If something is missing, or contradicts the rest.
    pub fn complete(&self) -> Result<Remote, RemoteError> {
        let needed = |option: &Option<String>, name| option.clone().ok_or(RemoteError::Missing(name));
        let named = |names: &Option<Vec<String>>| {
            names.iter().flatten().filter(|name| !name.is_empty()).cloned().collect::<Vec<_>>()
        };
        let remote = Remote {
            queue: needed(&self.queue, "--queue")?,
            backlog_queue: self.backlog_queue.clone(),
            verdict_queue: needed(&self.verdict_queue, "--verdict-queue")?,
            webhook_queue: self.webhook_queue.clone(),
            dead_letter_queue: self.dead_letter_queue.clone(),
            bucket: needed(&self.bucket, "--bucket")?,
            upload_buckets: named(&self.upload_buckets),
            regions: named(&self.regions),
            endpoint: self.endpoint.clone(),
            path_style: self.path_style.unwrap_or(false),
        };
        self.refuse_two_uses()?;
        if remote.regions.is_empty() && self.is_at_amazon() {
            return Err(RemoteError::NoRegion);
        }
        Ok(remote)
    }

    fn queues(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("--queue", self.queue.as_deref()),
            ("--backlog-queue", self.backlog_queue.as_deref()),
            ("--verdict-queue", self.verdict_queue.as_deref()),
            ("--webhook-queue", self.webhook_queue.as_deref()),
            ("--dead-letter-queue", self.dead_letter_queue.as_deref()),
        ]
    }

    fn refuse_two_uses(&self) -> Result<(), RemoteError> {
        let queues = self.queues();
        for (place, (name, url)) in queues.iter().enumerate() {
            let same = queues.iter().skip(place + 1).find(|(_, other)| url.is_some() && other == url);
            if let Some((other, _)) = same {
                return Err(RemoteError::Same(name, other));
            }
        }
        Ok(())
    }

    /// Without an endpoint the bucket is, whatever the queues are.
    fn is_at_amazon(&self) -> bool {
        let is_amazons = |url: &str| {
            let authority = url.split("://").last().and_then(|rest| rest.split(['/', '?', '#']).next());
            let host = authority.and_then(|it| it.split(':').next()).unwrap_or_default();
            AMAZON.iter().any(|domain| host.ends_with(domain))
        };
        let urls = self.queues().into_iter().filter_map(|(_, url)| url).chain(self.endpoint.as_deref());
        self.endpoint.is_none() || urls.into_iter().any(is_amazons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_elsewhere_is_named_in_full_or_refused() {
        let sqs = |name: &str| Some(format!("https://sqs.us-west-2.amazonaws.com/123456789012/{name}"));
        let whole = RemoteOptions {
            queue: sqs("submissions"),
            verdict_queue: sqs("verdicts"),
            bucket: Some("documents".to_owned()),
            regions: Some(vec!["us-west-2".to_owned()]),
            ..RemoteOptions::default()
        };
        let remote = whole.complete().unwrap();
        assert_eq!(
            (remote.bucket.as_str(), remote.regions.len(), remote.path_style),
            ("documents", 1, false)
        );

        let elsewhere = |url: &str| Some(url.to_owned());
        let none = Some(vec![String::new()]);
        let cases = [
            (RemoteOptions { queue: None, ..whole.clone() }, Some(RemoteError::Missing("--queue"))),
            (
                RemoteOptions { verdict_queue: None, ..whole.clone() },
                Some(RemoteError::Missing("--verdict-queue")),
            ),
            (RemoteOptions { bucket: None, ..whole.clone() }, Some(RemoteError::Missing("--bucket"))),
            (
                RemoteOptions { webhook_queue: sqs("verdicts"), ..whole.clone() },
                Some(RemoteError::Same("--verdict-queue", "--webhook-queue")),
            ),
            (RemoteOptions { regions: None, ..whole.clone() }, Some(RemoteError::NoRegion)),
            (RemoteOptions { regions: none.clone(), ..whole.clone() }, Some(RemoteError::NoRegion)),
            (
                RemoteOptions { regions: None, endpoint: elsewhere("http://minio:9000"), ..whole.clone() },
                Some(RemoteError::NoRegion),
            ),
            (
                RemoteOptions {
                    queue: elsewhere("http://sqs:9324/000000000000/submissions"),
                    verdict_queue: elsewhere("http://sqs:9324/000000000000/verdicts"),
                    endpoint: elsewhere("http://minio:9000"),
                    regions: none,
                    ..whole
                },
                None,
            ),
        ];
        for (options, error) in cases {
            assert_eq!(options.complete().err(), error, "{options:?}");
        }
    }
}
