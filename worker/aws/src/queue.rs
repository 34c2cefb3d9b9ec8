//! A queue in SQS, for any number of machines.
//! What becomes of a message is left to `pipeline`, how a queue is found and made to `queue::open`.
//!
//! What SQS leaves open, and what is done about it:
//! - It does not say reliably that a lease has ended. So leases are counted here too (`leases`), and once one has ended
//!   by this clock nothing is done with it, but to acknowledge: the verdict is published and announced by then, so that
//!   it is right to remove the message, whoever has it. AWS may do so or not; no harm comes of either.
//! - It cannot move a message in one step. To give one up, it is first made sure that it is ours for a while, then it is
//!   sent to the dead letters, then deleted. A crash in between makes two letters, never none.
//! - It has no order, delivers twice now and then, and counts roughly, as the contract of `Queue` allows.
//! - A call whose answer is lost is made again: a message may be sent twice.

mod open;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message as SqsMessage, MessageSystemAttributeName,
    QueueAttributeName,
};
use pipeline::{
    Backlog, DeadLetter, Delivery, Depth, KeptLetter, Message, Queue, QueueError, Receipt, Receive,
    Settlement,
};
use tokio::time::Instant;

use self::open::Remote;
use crate::error::answer;
use crate::leases::{Leases, Standing};
use crate::letter::{self, Attributes};
use crate::{CallError, Timeouts};

/// A queue in SQS. All clones know of each other's leases.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    queue: Arc<Remote>,
    dead_letters: Option<Arc<Remote>>,
    leases: Arc<Leases>,
    timeouts: Timeouts,
}

/// Where messages go that are given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLetters {
    /// The queue `<name>-dead-letters` in the same region, which is made if it is not there.
    Beside,
    /// This queue, which must be there: its URL, or its name.
    In(String),
    /// Nowhere: the queue is only sent to.
    Nowhere,
}

/// A message that cannot be given up, for there is nowhere to keep it.
#[derive(Debug, thiserror::Error)]
#[error("the queue was opened without a place for dead letters")]
struct NoDeadLetters;

/// The most messages that SQS gives out, or changes, in one call.
const MOST_AT_ONCE: i32 = 10;
/// The longest that SQS waits for a message.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The longest that a message may be kept from others, from its delivery on.
const LONGEST_LEASE: Duration = Duration::from_secs(12 * 60 * 60);
/// How long a message is ours while it is given up: three calls.
const GIVING_UP: Duration = Duration::from_secs(60);
/// How long dead letters are kept from others who look at them.
const LOOKING: Duration = Duration::from_secs(60);

impl SqsQueue {
    /// Dead letters, at most so many, oldest first. SQS has no way to look at a message without taking it: for a moment
    /// nobody else sees these, and whoever looks at the same time sees the others.
    ///
    /// # Errors
    /// If the queue does not answer, or has no dead letters.
    pub async fn dead_letters(&self, at_most: usize) -> Result<Vec<KeptLetter>, QueueError> {
        let remote = self.dead_letters.as_deref().ok_or_else(no_dead_letters)?;
        let (mut letters, mut taken) = (Vec::new(), Vec::new());
        while letters.len() < at_most {
            let request =
                Receive { max: at_most - letters.len(), wait: Duration::from_secs(1), lease: LOOKING };
            let messages = match self.receive_from(remote, request).await {
                Ok(messages) if messages.is_empty() => break,
                Ok(messages) => messages,
                Err(error) => {
                    put_back(remote, &taken).await;
                    return Err(error.into());
                }
            };
            for message in messages {
                taken.extend(message.receipt_handle.clone());
                let sent = letter::number(&message, &MessageSystemAttributeName::SentTimestamp);
                letters.push((sent, letter::read(message)));
            }
        }
        put_back(remote, &taken).await;
        letters.sort_by_key(|(sent, _)| *sent);
        Ok(letters.into_iter().map(|(_, letter)| letter).collect())
    }

    async fn receive_from(&self, remote: &Remote, request: Receive) -> Result<Vec<SqsMessage>, CallError> {
        let wait = request.wait.min(LONGEST_WAIT);
        let most = i32::try_from(request.max).unwrap_or(MOST_AT_ONCE).clamp(1, MOST_AT_ONCE);
        let timeouts = self.timeouts.waiting(Duration::from_secs(wait.as_secs() + 1));
        let asked = remote
            .client
            .receive_message()
            .queue_url(&remote.url)
            .max_number_of_messages(most)
            .wait_time_seconds(seconds(wait))
            .visibility_timeout(seconds(request.lease.min(LONGEST_LEASE)))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_attribute_names("All")
            .customize()
            .config_override(aws_sdk_sqs::config::Builder::new().timeout_config(timeouts))
            .send();
        let received = answer("ReceiveMessage", asked).await?;
        Ok(received.messages.unwrap_or_default())
    }

    async fn send_to(&self, remote: &Remote, body: &str, beside: Attributes) -> Result<(), CallError> {
        let beside = (!beside.is_empty()).then_some(beside);
        let message = remote
            .client
            .send_message()
            .queue_url(&remote.url)
            .message_body(body)
            .set_message_attributes(beside);
        let timeouts = self.timeouts.moving(body.len() as u64);
        let sent = message
            .customize()
            .config_override(aws_sdk_sqs::config::Builder::new().timeout_config(timeouts))
            .send();
        answer("SendMessage", sent).await.map(|_| ())
    }

    /// Keeps a message from others for so long from now.
    async fn hide(&self, receipt: &Receipt, time: Duration) -> Result<(), QueueError> {
        let Remote { client, url, .. } = &*self.queue;
        let change = client.change_message_visibility().queue_url(url).receipt_handle(&receipt.0);
        let change = change.visibility_timeout(seconds(time)).send();
        self.heed(receipt, answer("ChangeMessageVisibility", change).await)
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let Remote { client, url, .. } = &*self.queue;
        let delete = client.delete_message().queue_url(url).receipt_handle(&receipt.0).send();
        self.heed(receipt, answer("DeleteMessage", delete).await)
    }

    async fn give_up(&self, delivery: &Delivery, letter: &DeadLetter) -> Result<(), QueueError> {
        let dead_letters = self.dead_letters.as_deref().ok_or_else(no_dead_letters)?;
        let body = text(&delivery.body)?;
        let beside = letter::attributes(delivery, letter).map_err(unavailable)?;
        let since = Instant::now();
        self.hide(&delivery.receipt, GIVING_UP).await?;
        self.leases.extended(&delivery.receipt, since, GIVING_UP);
        match self.send_to(dead_letters, body, beside).await {
            // The longest messages leave no room beside them; rather no reason than no message.
            Err(error) if is_refused(&error) => {
                let (code, error) = (letter.code, error.to_string());
                tracing::warn!(code, error, "a dead letter is kept without its reason");
                self.send_to(dead_letters, body, Attributes::new()).await?;
            }
            sent => sent?,
        }
        self.delete(&delivery.receipt).await
    }

    /// Notes a lease that is lost by what SQS says.
    fn heed<T>(&self, receipt: &Receipt, answer: Result<T, CallError>) -> Result<(), QueueError> {
        match answer {
            Ok(_) => Ok(()),
            Err(error) if is_lost(&error) => {
                self.leases.ended(receipt);
                Err(QueueError::LeaseLost)
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Queue for SqsQueue {
    /// # Errors
    /// If the queue cannot be reached or takes no more; also if the body is not UTF-8, is empty or longer than the queue
    /// allows, for SQS carries text.
    async fn send(&self, message: Message<'_>) -> Result<(), QueueError> {
        let mut beside = Attributes::new();
        if let Some(trace) = message.trace {
            beside.insert(letter::TRACE.to_owned(), letter::trace(trace).map_err(unavailable)?);
        }
        Ok(self.send_to(&self.queue, text(message.body)?, beside).await?)
    }

    /// At most ten messages, after at most 20 seconds. Times are rounded up to whole seconds. Without any wait SQS asks
    /// only some of its machines, and may miss messages that are there.
    async fn receive(&self, request: Receive) -> Result<Vec<Delivery>, QueueError> {
        let messages = self.receive_from(&self.queue, request).await?;
        // From now, since SQS leases a message as it answers, which may be long after it was asked.
        let (since, clock) = (Instant::now(), SystemTime::now());
        let deliveries: Vec<Delivery> = messages.into_iter().filter_map(|it| delivery(it, clock)).collect();
        for Delivery { receipt, .. } in &deliveries {
            self.leases.given(receipt, since, request.lease);
        }
        Ok(deliveries)
    }

    async fn extend(&self, receipt: &Receipt, lease: Duration) -> Result<(), QueueError> {
        match self.leases.standing(receipt) {
            Standing::Ended | Standing::Settled => return Err(QueueError::LeaseLost),
            Standing::Ours { .. } | Standing::Unknown => {}
        }
        let since = Instant::now();
        self.hide(receipt, lease.min(LONGEST_LEASE)).await?;
        self.leases.extended(receipt, since, lease);
        Ok(())
    }

    async fn settle(&self, delivery: &Delivery, settlement: &Settlement) -> Result<(), QueueError> {
        let receipt = &delivery.receipt;
        let held = match (self.leases.standing(receipt), settlement) {
            (Standing::Settled, _)
            | (Standing::Ended, Settlement::HandBack { .. } | Settlement::DeadLetter(_)) => {
                return Err(QueueError::LeaseLost);
            }
            (Standing::Ended | Standing::Unknown, _) => Duration::ZERO,
            (Standing::Ours { held }, _) => held,
        };
        match settlement {
            Settlement::Acknowledge => self.delete(receipt).await?,
            Settlement::HandBack { delay } => {
                // A second less than SQS allows, for it rounds as well.
                let longest = LONGEST_LEASE.saturating_sub(held + Duration::from_secs(1));
                self.hide(receipt, (*delay).min(longest)).await?;
            }
            Settlement::DeadLetter(letter) => self.give_up(delivery, letter).await?,
        }
        self.leases.settled(receipt);
        Ok(())
    }
}

impl Backlog for SqsQueue {
    /// What is handed back and not ready yet counts as in flight: SQS does not tell them apart.
    async fn backlog(&self) -> Result<Depth, QueueError> {
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let delayed = QueueAttributeName::ApproximateNumberOfMessagesDelayed;
        let Remote { client, url, .. } = &*self.queue;
        let asked = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(vec![
            visible.clone(),
            in_flight.clone(),
            delayed.clone(),
        ]));
        let counts = answer("GetQueueAttributes", asked.send()).await?.attributes.unwrap_or_default();
        let count = |name| {
            let count = counts.get(&name).and_then(|count| count.parse().ok());
            count.ok_or_else(|| unavailable(CallError::broken("GetQueueAttributes", "it gave no number")))
        };
        Ok(Depth { visible: count(visible)?, in_flight: count(in_flight)?, delayed: count(delayed)? })
    }
}

/// A message as the pipeline knows it; nothing if it cannot be settled.
fn delivery(message: SqsMessage, clock: SystemTime) -> Option<Delivery> {
    let received = letter::number(&message, &MessageSystemAttributeName::ApproximateReceiveCount);
    let sent = letter::number(&message, &MessageSystemAttributeName::SentTimestamp);
    let sent = sent.and_then(|since_1970| UNIX_EPOCH.checked_add(Duration::from_millis(since_1970)));
    Some(Delivery {
        attempt: received.and_then(|count| u32::try_from(count).ok()).unwrap_or(1).max(1),
        // Nothing where this clock is behind the queue's.
        age: sent.and_then(|sent| clock.duration_since(sent).ok()),
        trace: letter::text(&message, letter::TRACE).map(str::to_owned),
        receipt: Receipt(message.receipt_handle?),
        body: message.body.unwrap_or_default().into_bytes(),
    })
}

/// Makes dead letters visible again. If that fails they are visible a little later.
async fn put_back(remote: &Remote, receipts: &[String]) {
    for receipts in receipts.chunks(MOST_AT_ONCE as usize) {
        let entries = receipts.iter().enumerate().filter_map(|(number, receipt)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(number.to_string())
                .receipt_handle(receipt)
                .visibility_timeout(0)
                .build()
                .ok()
        });
        let change = remote.client.change_message_visibility_batch().queue_url(&remote.url);
        let change = change.set_entries(Some(entries.collect())).send();
        if let Err(error) = answer("ChangeMessageVisibilityBatch", change).await {
            tracing::warn!(
                error = error.to_string(),
                "dead letters that were looked at are hidden for a minute"
            );
        }
    }
}

/// Whether SQS says that a receipt is worth nothing any more, in one of its ways. A wrong receipt is all that can be
/// invalid here, or a lease of more than twelve hours, which cannot be extended either.
fn is_lost(error: &CallError) -> bool {
    let codes = ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"];
    error.code().is_some_and(|code| codes.contains(&code))
}

/// Whether SQS will never take this message.
fn is_refused(error: &CallError) -> bool {
    let codes = ["InvalidParameterValue", "InvalidMessageContents", "InvalidAttributeValue"];
    error.code().is_some_and(|code| codes.contains(&code))
}

/// Whole seconds, rounded up.
fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(i32::MAX)
}

fn text(body: &[u8]) -> Result<&str, QueueError> {
    std::str::from_utf8(body).map_err(|_| unavailable("the message is not UTF-8, and SQS carries text alone"))
}

fn no_dead_letters() -> QueueError {
    unavailable(NoDeadLetters)
}

fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> QueueError {
    QueueError::Unavailable(error.into())
}

impl From<CallError> for QueueError {
    fn from(error: CallError) -> Self {
        unavailable(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_rounded_up() {
        for (millis, expected) in [(0, 0), (1, 1), (1000, 1), (1001, 2), (59_999, 60)] {
            assert_eq!(seconds(Duration::from_millis(millis)), expected);
        }
        assert_eq!(seconds(LONGEST_LEASE), 43_200);
    }

    #[test]
    fn an_age_is_told_where_the_clocks_agree() {
        let sent = UNIX_EPOCH + Duration::from_secs(1_750_000_000);
        let message = || {
            SqsMessage::builder()
                .receipt_handle("r")
                .body("a")
                .attributes(MessageSystemAttributeName::SentTimestamp, "1750000000000")
                .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "7")
                .build()
        };
        let later = delivery(message(), sent + Duration::from_secs(5)).unwrap();
        assert_eq!((later.age, later.attempt), (Some(Duration::from_secs(5)), 7));
        let earlier = delivery(message(), sent - Duration::from_secs(5)).unwrap();
        assert_eq!(earlier.age, None);
        assert!(delivery(SqsMessage::builder().body("a").build(), sent).is_none(), "nothing could settle it");
    }
}
