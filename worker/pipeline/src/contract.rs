//! The suites that every [`Queue`] and every [`Store`] must pass: what the traits promise, as tests.
//! Making queues and stores to test, and letting time pass, is left to the crate that has them.

#![expect(clippy::expect_used, reason = "a suite of tests says what failed by panicking")]

use std::time::Duration;

use document::{Digest, FileRef};
use tokio::task::JoinSet;

use crate::{
    Backlog, Created, DeadLetter, Delivery, FetchError, Key, Message, Queue, QueueError, Receipt, Receive,
    Settlement, Store,
};

/// A queue under test.
pub trait QueueBench: Send {
    /// The queue, empty at first.
    type Queue: Queue + Backlog;

    /// A handle on the queue, such as another process would have.
    fn queue(&self) -> Self::Queue;

    /// The lease that the suite asks for: as short as the queue allows for.
    fn lease(&self) -> Duration;

    /// Lets time pass for the queue.
    fn pass(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// The reason and the message of everything given up.
    fn dead_letters(&self) -> impl Future<Output = Vec<(String, Vec<u8>)>> + Send;
}

/// Tests a queue; `make` gives a new one for each case.
///
/// # Panics
/// If the queue breaks its contract.
pub async fn queue_keeps_its_contract<B: QueueBench>(make: impl AsyncFn() -> B) {
    what_was_sent_is_received_once(make().await).await;
    nothing_is_received_from_an_empty_queue(make().await).await;
    a_lease_that_ends_brings_the_message_again(make().await).await;
    a_lease_lasts_as_long_as_it_is_extended(make().await).await;
    only_the_newest_receipt_has_an_effect(make().await).await;
    what_is_handed_back_comes_again_after_its_delay(make().await).await;
    what_is_given_up_is_kept_and_not_delivered(make().await).await;
    what_is_settled_is_settled_once(make().await).await;
    what_a_message_is_part_of_travels_with_it(make().await).await;
    receivers_share_the_messages(make().await).await;
}

async fn what_was_sent_is_received_once<B: QueueBench>(bench: B) {
    let queue = bench.queue();
    send(&queue, &["a", "b", "c"]).await;
    let mut bodies: Vec<_> = receive(&bench, 10).await.into_iter().map(|it| (it.attempt, it.body)).collect();
    bodies.sort();
    assert_eq!(bodies, ["a", "b", "c"].map(|body| (1, body.into())), "each message comes, counted from 1");
    assert!(receive(&bench, 10).await.is_empty(), "what is leased comes to nobody else");
    let depth = queue.backlog().await.expect("backlog");
    assert_eq!((depth.visible, depth.in_flight, depth.delayed), (0, 3, 0));
    assert!(!depth.is_empty(), "what is in flight is not done");
}

async fn nothing_is_received_from_an_empty_queue<B: QueueBench>(bench: B) {
    assert!(receive(&bench, 1).await.is_empty());
    assert!(bench.queue().backlog().await.expect("backlog").is_empty());
}

async fn a_lease_that_ends_brings_the_message_again<B: QueueBench>(bench: B) {
    send(&bench.queue(), &["a"]).await;
    let first = one(&bench).await;
    bench.pass(bench.lease() * 2).await;
    let second = one(&bench).await;
    assert_eq!((second.attempt, &second.body), (2, &first.body));
    assert_ne!(first.receipt, second.receipt);
}

async fn a_lease_lasts_as_long_as_it_is_extended<B: QueueBench>(bench: B) {
    send(&bench.queue(), &["a"]).await;
    let held = one(&bench).await;
    for _ in 0..4 {
        bench.pass(bench.lease() * 3 / 5).await;
        bench.queue().extend(&held.receipt, bench.lease()).await.expect("the lease has not ended");
        assert!(receive(&bench, 1).await.is_empty());
    }
    bench.pass(bench.lease() * 2).await;
    let lost = bench.queue().extend(&held.receipt, bench.lease()).await;
    assert!(matches!(lost, Err(QueueError::LeaseLost)), "{lost:?}");
    assert_eq!(one(&bench).await.attempt, 2, "a lost lease is not revived");
}

async fn only_the_newest_receipt_has_an_effect<B: QueueBench>(bench: B) {
    send(&bench.queue(), &["a"]).await;
    let stale = one(&bench).await;
    bench.pass(bench.lease() * 2).await;
    let newest = one(&bench).await;
    let letter = DeadLetter { code: "test", detail: String::new() };
    for settlement in [
        Settlement::Acknowledge,
        Settlement::HandBack { delay: Duration::ZERO },
        Settlement::DeadLetter(letter),
    ] {
        harmless(bench.queue().settle(&stale, &settlement).await);
    }
    harmless(bench.queue().extend(&stale.receipt, bench.lease() * 100).await);
    assert!(receive(&bench, 1).await.is_empty(), "the newest lease stands");
    assert!(bench.dead_letters().await.is_empty());
    bench.queue().extend(&newest.receipt, bench.lease()).await.expect("the newest receipt extends");
    bench.queue().settle(&newest, &Settlement::Acknowledge).await.expect("the newest receipt settles");
    assert!(bench.queue().backlog().await.expect("backlog").is_empty());
}

async fn what_is_handed_back_comes_again_after_its_delay<B: QueueBench>(bench: B) {
    send(&bench.queue(), &["a"]).await;
    let at_once = Settlement::HandBack { delay: Duration::ZERO };
    bench.queue().settle(&one(&bench).await, &at_once).await.expect("handed back");
    let again = one(&bench).await;
    assert_eq!(again.attempt, 2);
    let later = Settlement::HandBack { delay: bench.lease() };
    bench.queue().settle(&again, &later).await.expect("handed back");
    assert!(receive(&bench, 1).await.is_empty(), "not before its time");
    assert!(!bench.queue().backlog().await.expect("backlog").is_empty(), "what waits is not done");
    harmless(bench.queue().extend(&again.receipt, bench.lease() * 100).await);
    bench.pass(bench.lease() * 2).await;
    assert_eq!(one(&bench).await.attempt, 3);
}

async fn what_is_given_up_is_kept_and_not_delivered<B: QueueBench>(bench: B) {
    send(&bench.queue(), &["a"]).await;
    let letter = DeadLetter { code: "malformed", detail: "line 1".to_owned() };
    let hopeless = one(&bench).await;
    bench.queue().settle(&hopeless, &Settlement::DeadLetter(letter)).await.expect("given up");
    bench.pass(bench.lease() * 2).await;
    assert!(receive(&bench, 1).await.is_empty());
    assert!(bench.queue().backlog().await.expect("backlog").is_empty());
    assert_eq!(bench.dead_letters().await, [("malformed".to_owned(), b"a".to_vec())]);
}

async fn what_is_settled_is_settled_once<B: QueueBench>(bench: B) {
    send(&bench.queue(), &["a"]).await;
    let done = one(&bench).await;
    bench.queue().settle(&done, &Settlement::Acknowledge).await.expect("acknowledged");
    harmless(bench.queue().settle(&done, &Settlement::HandBack { delay: Duration::ZERO }).await);
    let foreign = Delivery { receipt: Receipt("no receipt of this queue".to_owned()), ..done };
    let _ = bench.queue().settle(&foreign, &Settlement::Acknowledge).await;
    bench.pass(bench.lease() * 2).await;
    assert!(receive(&bench, 1).await.is_empty());
}

async fn what_a_message_is_part_of_travels_with_it<B: QueueBench>(bench: B) {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    bench.queue().send(Message { body: b"a", trace: Some(trace) }).await.expect("sent");
    let delivery = one(&bench).await;
    assert_eq!((delivery.trace.as_deref(), delivery.body.as_slice()), (Some(trace), &b"a"[..]));
    bench.queue().settle(&delivery, &Settlement::Acknowledge).await.expect("acknowledged");
    send(&bench.queue(), &["b"]).await;
    bench.pass(bench.lease()).await;
    let delivery = one(&bench).await;
    assert_eq!(delivery.trace, None, "a message that is part of nothing");
    assert!(delivery.age.is_none_or(|age| age >= bench.lease() / 2), "{:?}", delivery.age);
}

async fn receivers_share_the_messages<B: QueueBench>(bench: B) {
    let bodies: Vec<String> = (0..40).map(|number| format!("message {number:02}")).collect();
    send(&bench.queue(), &bodies.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut receivers = JoinSet::new();
    for _ in 0..4 {
        let (queue, lease) = (bench.queue(), bench.lease() * 10);
        receivers.spawn(async move {
            let mut got = Vec::new();
            for _ in 0..20 {
                let request = Receive { max: 3, wait: Duration::ZERO, lease };
                got.extend(queue.receive(request).await.expect("received"));
            }
            got
        });
    }
    let mut got: Vec<String> = Vec::new();
    while let Some(part) = receivers.join_next().await {
        let texts = part.expect("the receiver ends").into_iter().map(|it| String::from_utf8(it.body));
        got.extend(texts.map(|text| text.expect("UTF-8")));
    }
    got.sort();
    assert_eq!(got, bodies, "each message comes to one receiver");
}

async fn send<Q: Queue>(queue: &Q, bodies: &[&str]) {
    for body in bodies {
        queue.send(Message::new(body.as_bytes())).await.expect("sent");
    }
}

async fn receive<B: QueueBench>(bench: &B, max: usize) -> Vec<Delivery> {
    let request = Receive { max, wait: Duration::ZERO, lease: bench.lease() };
    bench.queue().receive(request).await.expect("received")
}

async fn one<B: QueueBench>(bench: &B) -> Delivery {
    receive(bench, 1).await.pop().expect("there is a message")
}

/// A call that must change nothing may say so or not.
#[expect(clippy::needless_pass_by_value, reason = "the result is looked at once and for all")]
fn harmless(result: Result<(), QueueError>) {
    assert!(matches!(result, Ok(()) | Err(QueueError::LeaseLost)), "{result:?}");
}

/// Tests a store that is empty at first. `place` puts a file where a relative reference finds it.
///
/// # Panics
/// If the store breaks its contract.
pub async fn store_keeps_its_contract<S: Store + Clone>(store: S, place: impl AsyncFn(&str, &[u8])) {
    values_are_kept(&store).await;
    the_first_value_stays(&store).await;
    one_of_many_creators_wins(&store).await;
    files_are_fetched_within_the_limit(&store, place).await;
    what_is_no_file_of_the_store_is_not_fetched(&store).await;
}

fn key(name: &str) -> Key {
    Key::document(&Digest::of(name.as_bytes()))
}

async fn values_are_kept<S: Store>(store: &S) {
    let key = key("kept");
    assert_eq!(store.get(&key).await.expect("get"), None);
    for value in ["one", "", "another"] {
        store.put(&key, value.as_bytes()).await.expect("put");
        assert_eq!(store.get(&key).await.expect("get").as_deref(), Some(value.as_bytes()));
    }
}

async fn the_first_value_stays<S: Store>(store: &S) {
    let key = key("first");
    assert_eq!(store.create_if_absent(&key, b"first").await.expect("create"), Created::New);
    for value in ["first", "second"] {
        assert_eq!(store.create_if_absent(&key, value.as_bytes()).await.expect("create"), Created::Existing);
    }
    assert_eq!(store.get(&key).await.expect("get").as_deref(), Some(&b"first"[..]));
}

async fn one_of_many_creators_wins<S: Store + Clone>(store: &S) {
    let mut creators = JoinSet::new();
    for number in 0..16_u8 {
        let store = store.clone();
        creators.spawn(async move {
            let created = store.create_if_absent(&key("contested"), &[number; 4096]).await.expect("create");
            (created, number)
        });
    }
    let winners: Vec<u8> =
        creators.join_all().await.into_iter().filter(|it| it.0 == Created::New).map(|it| it.1).collect();
    assert_eq!(winners.len(), 1, "one creator is told that the value is new: {winners:?}");
    let value = store.get(&key("contested")).await.expect("get").expect("a value");
    assert!(
        value.len() == 4096 && value.iter().all(|byte| winners.contains(byte)),
        "the winner's value, whole"
    );
}

async fn files_are_fetched_within_the_limit<S: Store>(store: &S, place: impl AsyncFn(&str, &[u8])) {
    let digest = Digest::of(b"stored");
    store.put(&Key::document(&digest), b"stored").await.expect("put");
    let reference = FileRef(Key::document(&digest).to_string());
    assert_eq!(
        store.fetch(&reference, 100).await.expect("a key of the store is a relative reference"),
        b"stored"
    );
    place("uploads/ten bytes", b"0123456789").await;
    let file = FileRef("uploads/ten bytes".to_owned());
    assert_eq!(store.fetch(&file, 10).await.expect("within the limit"), b"0123456789");
    let over = store.fetch(&file, 9).await;
    assert!(matches!(over, Err(FetchError::TooLarge { bytes: 10 })), "{over:?}");
    place("uploads/empty", b"").await;
    assert_eq!(store.fetch(&FileRef("uploads/empty".to_owned()), 0).await.expect("empty"), b"");
}

async fn what_is_no_file_of_the_store_is_not_fetched<S: Store>(store: &S) {
    let missing = store.fetch(&FileRef("uploads/none.pdf".to_owned()), 9).await;
    assert!(matches!(missing, Err(FetchError::Missing)), "{missing:?}");
    let missing = store.metadata(&FileRef("uploads/none.pdf".to_owned())).await;
    assert!(matches!(missing, Err(FetchError::Missing)), "{missing:?}");
    for outside in ["../outside", "uploads/../../outside", "gopher://host/file", ""] {
        let refused = store.fetch(&FileRef(outside.to_owned()), 9).await;
        assert!(matches!(refused, Err(FetchError::Refused { .. })), "{outside}: {refused:?}");
        let refused = store.metadata(&FileRef(outside.to_owned())).await;
        assert!(matches!(refused, Err(FetchError::Refused { .. })), "{outside}: {refused:?}");
    }
}
