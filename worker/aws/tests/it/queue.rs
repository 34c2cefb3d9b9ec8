//! The queue against the emulator: the contract, and what is special about SQS.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws::{DeadLetters, OpenError, SqsQueue};
use aws_sdk_sqs::types::QueueAttributeName;
use pipeline::contract::{QueueBench, queue_keeps_its_contract};
use pipeline::{Backlog as _, DeadLetter, Delivery, Message, Queue as _, QueueError, Receive, Settlement};

use crate::emulator::{Emulator, REGION};

/// As short as SQS allows for with some room, since time really passes.
const LEASE: Duration = Duration::from_secs(2);

struct Bench {
    queue: SqsQueue,
}

impl QueueBench for Bench {
    type Queue = SqsQueue;

    /// Clones know of each other's leases, as the parts of one process do. That others do no harm is tested below.
    fn queue(&self) -> SqsQueue {
        self.queue.clone()
    }

    fn lease(&self) -> Duration {
        LEASE
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn dead_letters(&self) -> Vec<(String, Vec<u8>)> {
        let letters = self.queue.dead_letters(100).await.unwrap();
        letters.into_iter().map(|letter| (letter.code, letter.body)).collect()
    }
}

async fn made(emulator: &Emulator, name: &str) {
    emulator.sqs(REGION).create_queue().queue_name(name).send().await.unwrap();
}

async fn open(emulator: &Emulator, name: &str) -> SqsQueue {
    SqsQueue::open(&emulator.access().await, name, &DeadLetters::Beside).await.unwrap()
}

async fn receive(queue: &SqsQueue, max: usize) -> Vec<Delivery> {
    queue.receive(Receive { max, wait: Duration::ZERO, lease: LEASE }).await.unwrap()
}

async fn one(queue: &SqsQueue) -> Delivery {
    receive(queue, 1).await.pop().expect("there is a message")
}

fn letter() -> Settlement {
    Settlement::DeadLetter(DeadLetter { code: "malformed", detail: "line 1\0".to_owned() })
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() {
    let Some(emulator) = Emulator::start() else { return };
    let number = std::sync::atomic::AtomicU32::new(0);
    queue_keeps_its_contract(async || {
        let name = format!("case-{}", number.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        made(&emulator, &name).await;
        Bench { queue: open(&emulator, &name).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_extends_and_settles_what_it_did_not_receive() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "submissions").await;
    let (first, second) = (open(&emulator, "submissions").await, open(&emulator, "submissions").await);
    first.send(Message::new(b"a")).await.unwrap();
    let delivery = one(&first).await;
    second.extend(&delivery.receipt, LEASE * 10).await.unwrap();
    second.settle(&delivery, &letter()).await.unwrap();
    assert!(first.backlog().await.unwrap().is_empty());
    let lost = first.extend(&delivery.receipt, LEASE).await;
    assert!(matches!(lost, Err(QueueError::LeaseLost)), "{lost:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn finished_work_counts_though_its_lease_is_over_and_nothing_else_does() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "submissions").await;
    let queue = open(&emulator, "submissions").await;
    queue.send(Message::new(b"a")).await.unwrap();
    let late = one(&queue).await;
    tokio::time::sleep(LEASE * 2).await;
    for settlement in [Settlement::HandBack { delay: LEASE * 100 }, letter()] {
        let lost = queue.settle(&late, &settlement).await;
        assert!(matches!(lost, Err(QueueError::LeaseLost)), "{lost:?}");
    }
    assert!(queue.dead_letters(1).await.unwrap().is_empty());
    queue.settle(&late, &Settlement::Acknowledge).await.unwrap();
    assert!(queue.backlog().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_when_a_message_comes() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "submissions").await;
    let queue = open(&emulator, "submissions").await;
    let begun = Instant::now();
    let request = Receive { max: 1000, wait: Duration::from_secs(60), lease: LEASE };
    let receiver = tokio::spawn({
        let queue = queue.clone();
        async move { queue.receive(request).await.unwrap() }
    });
    tokio::time::sleep(Duration::from_millis(1500)).await;
    queue.send(Message::new("Muñoz <&> \"\r\n".as_bytes())).await.unwrap();
    let got = receiver.await.unwrap();
    assert_eq!(got[0].body, "Muñoz <&> \"\r\n".as_bytes());
    assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&begun.elapsed()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_text_is_not_sent() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "submissions").await;
    let queue = open(&emulator, "submissions").await;
    for body in [&b"\xff"[..], b"", b"\0"] {
        let refused = queue.send(Message::new(body)).await;
        assert!(matches!(refused, Err(QueueError::Unavailable(_))), "{refused:?}");
    }
    assert!(queue.backlog().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_for_dead_letters_is_made_once() {
    let Some(emulator) = Emulator::start() else { return };
    let emulator = Arc::new(emulator);
    made(&emulator, "submissions").await;
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let emulator = Arc::clone(&emulator);
        opening.spawn(async move { open(&emulator, "submissions").await });
    }
    assert_eq!(opening.join_all().await.len(), 8);
    let sqs = emulator.sqs(REGION);
    let url =
        sqs.get_queue_url().queue_name("submissions-dead-letters").send().await.unwrap().queue_url.unwrap();
    let attributes = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    let attributes = attributes.send().await.unwrap().attributes.unwrap();
    let value = |name| attributes.get(&name).map(String::as_str);
    assert_eq!(value(QueueAttributeName::MessageRetentionPeriod), Some("1209600"));
    assert_eq!(value(QueueAttributeName::SqsManagedSseEnabled), Some("true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_kept_where_it_is_said_with_their_reasons() {
    let Some(emulator) = Emulator::start() else { return };
    for name in ["submissions", "given-up"] {
        made(&emulator, name).await;
    }
    let access = emulator.access().await;
    let place = DeadLetters::In("given-up".to_owned());
    let queue = SqsQueue::open(&access, "submissions", &place).await.unwrap();
    for number in 0..25 {
        queue.send(Message::new(format!("{number:02}").as_bytes())).await.unwrap();
    }
    for _ in 0..25 {
        queue.settle(&one(&queue).await, &letter()).await.unwrap();
    }
    // Nobody keeps them from the next one who looks.
    for _ in 0..2 {
        let letters = queue.dead_letters(100).await.unwrap();
        let mut bodies: Vec<_> = letters.iter().map(|letter| letter.body.as_slice()).collect();
        bodies.sort_unstable();
        bodies.dedup();
        assert_eq!((bodies.len(), letters.len()), (25, 25));
        let first = &letters[0];
        let reason = (first.code.as_str(), first.detail.as_str(), first.deliveries);
        assert_eq!(reason, ("malformed", "line 1\u{fffd}", 1));
    }
    assert_eq!(queue.dead_letters(7).await.unwrap().len(), 7);
    let only_sent_to = SqsQueue::open(&access, "submissions", &DeadLetters::Nowhere).await.unwrap();
    only_sent_to.send(Message::new(b"a")).await.unwrap();
    let delivery = one(&only_sent_to).await;
    let kept = only_sent_to.settle(&delivery, &letter()).await;
    assert!(matches!(kept, Err(QueueError::Unavailable(_))), "{kept:?}");
    assert!(!only_sent_to.backlog().await.unwrap().is_empty(), "rather again than never");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_says_why() {
    let Some(emulator) = Emulator::start() else { return };
    made(&emulator, "submissions").await;
    let access = emulator.access().await;
    let open = async |queue: &str, place| SqsQueue::open(&access, queue, &place).await.map(|_| ());
    let missing = open("other", DeadLetters::Beside).await;
    assert!(matches!(missing, Err(OpenError::Missing { .. })), "{missing:?}");
    let missing = open(&format!("{}/000000000000/other", emulator.endpoint), DeadLetters::Beside).await;
    assert!(matches!(missing, Err(OpenError::Missing { .. })), "{missing:?}");
    let missing = open("submissions", DeadLetters::In("other".to_owned())).await;
    assert!(matches!(missing, Err(OpenError::Missing { .. })), "{missing:?}");
    let itself = open("submissions", DeadLetters::In("submissions".to_owned())).await;
    assert!(matches!(itself, Err(OpenError::NotUnderstood { .. })), "{itself:?}");
    let abroad =
        open("https://sqs.eu-west-1.amazonaws.com/000000000000/submissions", DeadLetters::Nowhere).await;
    let abroad = abroad.unwrap_err().to_string();
    assert_eq!(
        abroad,
        "the queue submissions is in region eu-west-1, which is not allowed; allowed: us-west-2"
    );
    open(&format!("https://sqs.{REGION}.amazonaws.com/000000000000/submissions"), DeadLetters::Nowhere)
        .await
        .expect("the region is allowed, and the endpoint is ours");
    let long = "x".repeat(80);
    made(&emulator, &long).await;
    let long = open(&long, DeadLetters::Beside).await;
    assert!(matches!(long, Err(OpenError::NotUnderstood { .. })), "{long:?}");
}

/// Not multi-threaded, so that what is logged can be heard.
#[tokio::test]
async fn a_queue_that_gives_up_by_itself_is_warned_of() {
    let Some(emulator) = Emulator::start() else { return };
    let sqs = emulator.sqs(REGION);
    made(&emulator, "given-up").await;
    for (name, count) in [("hasty", 25), ("patient", 500)] {
        let policy = format!(
            r#"{{"deadLetterTargetArn":"arn:aws:sqs:{REGION}:000000000000:given-up","maxReceiveCount":"{count}"}}"#
        );
        let queue = sqs.create_queue().queue_name(name).attributes(QueueAttributeName::RedrivePolicy, policy);
        queue.send().await.unwrap();
    }
    let heard = crate::start::Log::default();
    let _listening = heard.listen();
    for name in ["hasty", "patient"] {
        open(&emulator, name).await;
    }
    let heard = heard.text();
    assert!(heard.contains("hasty") && heard.contains("max_receive_count=25"), "{heard}");
    assert!(!heard.contains("queue=\"patient\" max"), "{heard}");
}
