//! What happens when the services fail, and what is never said about it.

use std::error::Error;
use std::time::{Duration, Instant};

use aws::{DeadLetters, OpenError, S3Store, SqsQueue};
use document::{Digest, FileRef};
use pipeline::{
    Created, DeadLetter, Delivery, FetchError, Key, Message, Queue as _, QueueError, Receive, Settlement,
    Store as _,
};

use crate::scripted::{Reply, Request, Scripted, Then};

const LEASE: Duration = Duration::from_secs(60);

/// A queue whose opening is answered well, and all that follows as `script` says.
async fn queue(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> (SqsQueue, Scripted) {
    let server = Scripted::start(move |number, request| match request.action() {
        "GetQueueUrl" => Reply::json(r#"{"QueueUrl":"http://localhost/1/dead"}"#),
        "GetQueueAttributes" if number < 2 => Reply::json("{}"),
        "ReceiveMessage" if number < 3 => Reply::json(
            r#"{"Messages":[{"Body":"a","ReceiptHandle":"r","Attributes":{"ApproximateReceiveCount":"2"}}]}"#,
        ),
        _ => script(number, request),
    })
    .await;
    let access = server.connection().open().await.unwrap();
    let url = format!("{}/1/submissions", server.endpoint);
    (SqsQueue::open(&access, &url, &DeadLetters::Beside).await.unwrap(), server)
}

async fn one(queue: &SqsQueue, lease: Duration) -> Delivery {
    let request = Receive { max: 1, wait: Duration::ZERO, lease };
    queue.receive(request).await.unwrap().pop().unwrap()
}

fn letter() -> Settlement {
    Settlement::DeadLetter(DeadLetter { code: "malformed", detail: "line 1".to_owned() })
}

/// All that an error says.
fn text(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error} {error:?}");
        cause = error.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_lease_is_told_from_a_queue_in_trouble() {
    for (status, code, lost) in [
        (400, "ReceiptHandleIsInvalid", true),
        (400, "MessageNotInflight", true),
        (400, "AWS.SimpleQueueService.MessageNotInflight", true),
        (400, "InvalidParameterValue", true),
        (400, "RequestThrottled", false),
        (403, "AccessDenied", false),
        (400, "ExpiredToken", false),
        (500, "InternalError", false),
        (503, "ServiceUnavailable", false),
    ] {
        let (queue, server) = queue(move |_, _| Reply::refusal(status, code)).await;
        let delivery = one(&queue, LEASE).await;
        let extended = queue.extend(&delivery.receipt, LEASE).await;
        assert_eq!(matches!(extended, Err(QueueError::LeaseLost)), lost, "{code}: {extended:?}");
        assert_eq!(matches!(extended, Err(QueueError::Unavailable(_))), !lost, "{code}: {extended:?}");
        let told = text(&extended.unwrap_err());
        assert!(!told.contains("Maria"), "{told}");
        assert_eq!(told.contains(code), !lost, "{told}");
        let calls = server.actions().len();
        if lost {
            let settled = queue.settle(&delivery, &letter()).await;
            assert!(matches!(settled, Err(QueueError::LeaseLost)), "{settled:?}");
            assert_eq!(server.actions().len(), calls, "what is lost is not asked for again");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_once_a_lease_is_over() {
    let (queue, server) = queue(|_, _| Reply::json("{}")).await;
    let delivery = one(&queue, Duration::from_millis(100)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let calls = server.actions().len();
    let lost = queue.extend(&delivery.receipt, LEASE).await;
    assert!(matches!(lost, Err(QueueError::LeaseLost)), "{lost:?}");
    for settlement in [Settlement::HandBack { delay: LEASE }, letter()] {
        let lost = queue.settle(&delivery, &settlement).await;
        assert!(matches!(lost, Err(QueueError::LeaseLost)), "{lost:?}");
    }
    assert_eq!(server.actions().len(), calls);
    queue.settle(&delivery, &Settlement::Acknowledge).await.unwrap();
    assert_eq!(server.actions()[calls..], ["DeleteMessage"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_trouble_is_not_noticed_and_a_long_one_is() {
    for (failures, fine) in [(1, true), (2, false)] {
        let (queue, server) = queue(move |number, _| {
            if number < 2 + failures { Reply::refusal(503, "ServiceUnavailable") } else { Reply::json("{}") }
        })
        .await;
        assert_eq!(queue.send(Message::new(b"a")).await.is_ok(), fine);
        assert_eq!(server.actions()[2..], ["SendMessage", "SendMessage"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_connection_does_not_eat_a_lease() {
    for then in [Then::Silence, Then::Close] {
        let (queue, _server) = queue(move |_, _| Reply::Nothing(then)).await;
        let delivery = one(&queue, LEASE).await;
        let begun = Instant::now();
        let extended = queue.extend(&delivery.receipt, LEASE).await;
        assert!(matches!(extended, Err(QueueError::Unavailable(_))), "{extended:?}");
        let request = Receive { max: 1, wait: Duration::ZERO, lease: LEASE };
        let received = queue.receive(request).await;
        assert!(matches!(received, Err(QueueError::Unavailable(_))), "{received:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_kept_before_it_is_deleted() {
    let (kept, server) = queue(|_, _| Reply::json("{}")).await;
    kept.settle(&one(&kept, LEASE).await, &letter()).await.unwrap();
    assert_eq!(server.actions()[3..], ["ChangeMessageVisibility", "SendMessage", "DeleteMessage"]);
    let sent = server.bodies("SendMessage").remove(0);
    for part in ["malformed", "line 1", r#""deliveries":{"#, r#""MessageBody":"a""#, "localhost/1/dead"] {
        assert!(sent.contains(part), "{part}: {sent}");
    }

    let (lost, server) = queue(|_, request| match request.action() {
        "SendMessage" => Reply::refusal(500, "InternalError"),
        _ => Reply::json("{}"),
    })
    .await;
    let settled = lost.settle(&one(&lost, LEASE).await, &letter()).await;
    assert!(matches!(settled, Err(QueueError::Unavailable(_))), "{settled:?}");
    assert!(!server.actions().contains(&"DeleteMessage".to_owned()), "{:?}", server.actions());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_leaves_no_room_is_kept_without_its_reason() {
    let (queue, server) = queue(|_, request| match request.action() {
        "SendMessage" if request.body.contains("MessageAttributes") => {
            Reply::refusal(400, "InvalidParameterValue")
        }
        _ => Reply::json("{}"),
    })
    .await;
    queue.settle(&one(&queue, LEASE).await, &letter()).await.unwrap();
    assert_eq!(
        server.actions()[3..],
        ["ChangeMessageVisibility", "SendMessage", "SendMessage", "DeleteMessage"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_refuses_us_says_what() {
    let server = Scripted::start(|_, _| Reply::refusal(403, "AccessDenied")).await;
    let access = server.connection().open().await.unwrap();
    let refused = SqsQueue::open(&access, "submissions", &DeadLetters::Beside).await.map(|_| ());
    let refused = refused.unwrap_err();
    assert!(matches!(refused, OpenError::Denied { .. }), "{refused:?}");
    assert_eq!(refused.to_string(), "the queue submissions refuses GetQueueUrl: about Maria Lopez");
    drop(server);
    let unreachable = SqsQueue::open(&access, "submissions", &DeadLetters::Beside).await.map(|_| ());
    assert!(matches!(unreachable, Err(OpenError::NotReachable { .. })), "{unreachable:?}");
}

/// A store whose opening is answered well, and all that follows as `script` says, counted from 0.
async fn store(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> (S3Store, Scripted) {
    let server = Scripted::start(move |number, request| match (number, request.method.as_str()) {
        (0 | 2, "HEAD") => {
            Reply::Answer(200, vec![("x-amz-bucket-region", "us-west-2".to_owned())], String::new())
        }
        (1, "PUT") => Reply::error(412, "PreconditionFailed"),
        _ => script(number - 3, request),
    })
    .await;
    let access = server.connection().open().await.unwrap();
    (S3Store::open(&access, "vouch", &["uploads".to_owned()]).await.unwrap(), server)
}

fn key() -> Key {
    Key::document(&Digest::of(b"a"))
}

fn file() -> FileRef {
    FileRef("s3://uploads/maria-lopez.pdf".to_owned())
}

/// Not multi-threaded, so that all that is logged can be heard.
#[tokio::test]
async fn a_file_that_is_missing_is_told_from_a_store_in_trouble() {
    for (status, code, missing) in [
        (404, "NoSuchKey", true),
        (404, "NoSuchVersion", true),
        (405, "MethodNotAllowed", true),
        (400, "InvalidArgument", true),
        (403, "AccessDenied", true),
        (403, "InvalidObjectState", true),
        (404, "NoSuchBucket", false),
        (403, "InvalidAccessKeyId", false),
        (403, "SignatureDoesNotMatch", false),
        (403, "RequestTimeTooSkewed", false),
        (400, "ExpiredToken", false),
        (301, "PermanentRedirect", false),
        (500, "InternalError", false),
        (503, "SlowDown", false),
    ] {
        let heard = crate::start::Log::default();
        let (store, _server) = store(move |_, request| match request.method.as_str() {
            // The answer to HEAD has no body.
            "HEAD" => Reply::Answer(status, Vec::new(), String::new()),
            _ => Reply::error(status, code),
        })
        .await;
        let failures = {
            let _listening = heard.listen();
            [store.fetch(&file(), 10).await.map(|_| ()), store.metadata(&file()).await.map(|_| ())]
        };
        for (failure, call) in failures.into_iter().zip(["fetch", "metadata"]) {
            let failure = failure.unwrap_err();
            // What HEAD does not tell apart: a bucket that is gone.
            let missing = missing || (call, code) == ("metadata", "NoSuchBucket");
            assert_eq!(matches!(failure, FetchError::Missing), missing, "{call} {code}: {failure:?}");
            assert_eq!(matches!(failure, FetchError::Unavailable(_)), !missing, "{call} {code}: {failure:?}");
            let told = text(&failure);
            assert!(!told.contains("maria"), "{told}");
        }
        assert!(!heard.text().contains("maria"), "{}", heard.text());
        let got = store.get(&key()).await;
        let absent = (status, code) == (404, "NoSuchKey") || code == "NoSuchVersion";
        assert_eq!(matches!(got, Ok(None)), absent, "{code}: {got:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_read_than_the_limit() {
    for announced in [Some(1 << 40), None] {
        let (store, _server) =
            store(move |_, _| Reply::Part { announced, sent: vec![b'x'; 1 << 20], then: Then::Trickle })
                .await;
        let begun = Instant::now();
        let fetched = store.fetch(&file(), 1000).await;
        assert!(matches!(fetched, Err(FetchError::TooLarge { bytes }) if bytes > 1000), "{fetched:?}");
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_is_asked_for_again() {
    for then in [Then::Close, Then::Silence, Then::Trickle] {
        let half = move || Reply::Part { announced: Some(1000), sent: b"half".to_vec(), then };
        let whole = || Reply::Answer(200, Vec::new(), "whole".to_owned());
        let (again, _server) = store(move |number, _| if number == 0 { half() } else { whole() }).await;
        assert_eq!(again.fetch(&file(), 1000).await.unwrap(), b"whole");
        let (never, server) = store(move |_, _| half()).await;
        let begun = Instant::now();
        let fetched = never.fetch(&file(), 1000).await;
        assert!(matches!(fetched, Err(FetchError::Unavailable(_))), "{fetched:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(server.actions()[3..], ["GET", "GET"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_created_once_whatever_happens_to_the_answer() {
    let creates = |status, code| move |_: usize, _: &Request| Reply::error(status, code);
    let (exists, _server) = store(creates(412, "PreconditionFailed")).await;
    assert_eq!(exists.create_if_absent(&key(), b"a").await.unwrap(), Created::Existing);

    let (contested, server) =
        store(
            |number, _| {
                if number < 2 { Reply::error(409, "ConditionalRequestConflict") } else { Reply::ok() }
            },
        )
        .await;
    assert_eq!(contested.create_if_absent(&key(), b"a").await.unwrap(), Created::New);
    assert_eq!(server.actions().len(), 3 + 3);

    let (endless, _server) = store(creates(409, "ConditionalRequestConflict")).await;
    assert!(endless.create_if_absent(&key(), b"a").await.is_err());

    let (lost, _server) = store(|number, _| match number {
        0 => Reply::Nothing(Then::Close),
        _ => Reply::error(412, "PreconditionFailed"),
    })
    .await;
    assert_eq!(lost.create_if_absent(&key(), b"a").await.unwrap(), Created::Existing, "as far as we know");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_writes_over_verdicts_is_not_opened() {
    let open = async |status| {
        let server = Scripted::start(move |_, request| match request.method.as_str() {
            "PUT" if status != 200 => Reply::error(status, "NotImplemented"),
            _ => Reply::ok(),
        })
        .await;
        S3Store::open(&server.connection().open().await.unwrap(), "vouch", &[]).await.map(|_| ())
    };
    for status in [200, 501] {
        let opened = open(status).await;
        assert!(matches!(opened, Err(OpenError::WritesOver { .. })), "{opened:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_that_may_not_be_listed() {
    let open = async |forbidden: &'static str, status: u16| {
        let server = Scripted::start(move |_, request| {
            let region = vec![("x-amz-bucket-region", "us-west-2".to_owned())];
            match request.method.as_str() {
                "PUT" => Reply::error(412, "PreconditionFailed"),
                _ if request.target.contains(forbidden) => Reply::Answer(status, region, String::new()),
                _ => Reply::Answer(200, region, String::new()),
            }
        })
        .await;
        let access = server.connection().open().await.unwrap();
        S3Store::open(&access, "vouch", &["uploads".to_owned()]).await.map(|_| ())
    };
    open("uploads", 403).await.expect("uploads are read by their names");
    let own = open("vouch", 403).await;
    assert!(matches!(own, Err(OpenError::Denied { .. })), "{own:?}");
    for status in [400, 500] {
        let trouble = open("uploads", status).await;
        assert!(matches!(trouble, Err(OpenError::NotReachable { .. })), "{trouble:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_elsewhere_is_not_used() {
    let server = Scripted::start(|_, _| {
        Reply::Answer(301, vec![("x-amz-bucket-region", "eu-west-1".to_owned())], String::new())
    })
    .await;
    let access = server.connection().open().await.unwrap();
    let opened = S3Store::open(&access, "vouch", &[]).await.map(|_| ());
    assert!(matches!(opened, Err(OpenError::RegionNotAllowed { .. })), "{opened:?}");
}
