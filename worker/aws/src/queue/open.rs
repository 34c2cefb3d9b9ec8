//! Finds a queue, and sees to it that there is a place for what is given up.
//! What is done with messages is left to the queue.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use super::{DeadLetters, SqsQueue};
use crate::error::answer;
use crate::leases::Leases;
use crate::place::Place;
use crate::{Access, CallError, OpenError};

/// A queue that is there, and who calls it.
#[derive(Debug)]
pub(super) struct Remote {
    pub client: Client,
    pub url: String,
}

/// What is told of a queue when it is opened.
struct Opened {
    remote: Remote,
    name: String,
    attributes: HashMap<QueueAttributeName, String>,
}

/// Fewer deliveries than this may be used up while the machine is in trouble.
const FEW_DELIVERIES: u64 = 100;

/// 14 days, the longest that SQS keeps a message.
const RETENTION: &str = "1209600";

impl SqsQueue {
    /// Opens a queue, given by its URL or its name, and makes sure of the place for its dead letters.
    ///
    /// # Errors
    /// If one of them does not exist, is in a region that is not allowed, cannot be reached or refuses us.
    pub async fn open(access: &Access, queue: &str, dead_letters: &DeadLetters) -> Result<Self, OpenError> {
        let opened = Opened::find(access, queue).await?;
        let dead_letters = match dead_letters {
            DeadLetters::Beside => Some(opened.beside().await?),
            DeadLetters::In(queue) => {
                let kept = Opened::find(access, queue).await?;
                let arn = QueueAttributeName::QueueArn;
                if kept.attributes.contains_key(&arn)
                    && kept.attributes.get(&arn) == opened.attributes.get(&arn)
                {
                    return Err(OpenError::NotUnderstood {
                        what: format!("the queue {}", kept.name),
                        why: "it cannot hold its own dead letters".to_owned(),
                    });
                }
                Some(kept.remote)
            }
            DeadLetters::Nowhere => None,
        };
        if let Some(count) = opened.deliveries().filter(|count| *count < FEW_DELIVERIES) {
            tracing::warn!(
                queue = opened.name,
                max_receive_count = count,
                "the queue gives up messages by itself: an outage may use up their deliveries; allow 100 or more"
            );
        }
        Ok(Self {
            queue: Arc::new(opened.remote),
            dead_letters: dead_letters.map(Arc::new),
            leases: Arc::new(Leases::new()),
            timeouts: access.timeouts,
        })
    }
}

impl Opened {
    async fn find(access: &Access, queue: &str) -> Result<Self, OpenError> {
        let Place { name, url, region, endpoint } = Place::parse(queue)?;
        let what = format!("the queue {name}");
        let region = region.as_deref().unwrap_or(access.default_region().as_ref());
        let client = access.sqs(access.allowed(&what, region)?, endpoint.as_deref());
        let missing = || OpenError::Missing { what: what.clone() };
        let url = match url {
            Some(url) => url,
            None => {
                let found = url_of(&client, &name).await.map_err(|error| error.on_opening(&what))?;
                found.ok_or_else(missing)?
            }
        };
        let asked = client
            .get_queue_attributes()
            .queue_url(&url)
            .attribute_names(QueueAttributeName::QueueArn)
            .attribute_names(QueueAttributeName::RedrivePolicy);
        let attributes = answer("GetQueueAttributes", asked.send())
            .await
            .map_err(|error| if is_missing(&error) { missing() } else { error.on_opening(&what) })?;
        let attributes = attributes.attributes.unwrap_or_default();
        Ok(Self { remote: Remote { client, url }, name, attributes })
    }

    /// The queue `<name>-dead-letters`, made if need be.
    async fn beside(&self) -> Result<Remote, OpenError> {
        let Place { name, .. } =
            Place::parse(&format!("{}-dead-letters", self.name)).map_err(|_| OpenError::NotUnderstood {
                what: format!("the queue {}", self.name),
                why: "its name is too long for one of dead letters beside it; name that".to_owned(),
            })?;
        let what = format!("the queue {name}");
        let client = self.remote.client.clone();
        let found = url_of(&client, &name).await.map_err(|error| error.on_opening(&what))?;
        if let Some(url) = found {
            return Ok(Remote { client, url });
        }
        let make = client
            .create_queue()
            .queue_name(&name)
            .attributes(QueueAttributeName::MessageRetentionPeriod, RETENTION)
            .attributes(QueueAttributeName::SqsManagedSseEnabled, "true")
            .send();
        let url = match answer("CreateQueue", make).await {
            Ok(made) => {
                tracing::info!(queue = name, "a queue of dead letters was made");
                made.queue_url
            }
            // Somebody else may have made it meanwhile, and otherwise.
            Err(error) => {
                let found = url_of(&client, &name).await.ok().flatten();
                Some(found.ok_or_else(|| error.on_opening(&what))?)
            }
        };
        let url = url.ok_or(OpenError::Missing { what: what.clone() })?;
        Ok(Remote { client, url })
    }

    /// After how many deliveries the queue itself gives a message up, if it does.
    fn deliveries(&self) -> Option<u64> {
        let policy = self.attributes.get(&QueueAttributeName::RedrivePolicy)?;
        let policy: Value = serde_json::from_str(policy).ok()?;
        let count = policy.get("maxReceiveCount")?;
        count.as_u64().or_else(|| count.as_str()?.parse().ok())
    }
}

/// The URL of the queue with this name, if there is one.
async fn url_of(client: &Client, name: &str) -> Result<Option<String>, CallError> {
    match answer("GetQueueUrl", client.get_queue_url().queue_name(name).send()).await {
        Ok(found) => Ok(found.queue_url),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_missing(error: &CallError) -> bool {
    matches!(error.code(), Some("QueueDoesNotExist" | "NonExistentQueue"))
}
