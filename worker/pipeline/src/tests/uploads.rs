//! News of uploads in a bucket are as good as submissions.

use document::Digest;
use serde_json::{Value, json};

use super::*;

/// Sends the news that these objects were written to the bucket `uploads`.
async fn tell(world: &World, objects: &[(&str, &str)]) {
    let record = |(key, version): &(&str, &str)| {
        json!({"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "uploads"},
            "object": {"key": key, "versionId": version, "eTag": "e"}}})
    };
    let news = json!({"Records": objects.iter().map(record).collect::<Vec<_>>()}).to_string();
    let queue = world.queue(&world.submissions, &Arc::default());
    queue.send(Message::new(news.as_bytes())).await.unwrap();
}

fn place(world: &World, reference: &str, bytes: &[u8]) {
    world.values.lock().unwrap().insert(reference.to_owned(), bytes.to_vec());
}

/// A submission as it lies beside an upload: without what the upload tells.
fn beside() -> Value {
    let mut submission = submission("s-1", &[]);
    let fields = submission.as_object_mut().unwrap();
    fields.remove("submission_id");
    fields.remove("files");
    submission
}

fn verdicts(world: &World) -> Vec<Value> {
    let keys = world.verdict_keys();
    let values = world.values.lock().unwrap();
    keys.iter().map(|key| serde_json::from_slice(&values[key]).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_upload_of_one_message_is_judged_by_what_lies_beside_it() {
    let world = World::default();
    place(&world, "s3://uploads/88-1/a b.pdf?versionId=v1", b"a stub");
    place(&world, "s3://uploads/88-1/a b.pdf.submission.json", beside().to_string().as_bytes());
    place(&world, "s3://uploads/88-1/front.jpg?versionId=v1", b"front");
    place(&world, "s3://uploads/88-1/back.jpg", b"back");
    let mut named = submission("s-2", &["front.jpg".to_owned(), "back.jpg".to_owned()]);
    named["case_id"] = "88-2".into();
    place(&world, "s3://uploads/88-1/front.jpg.submission.json", named.to_string().as_bytes());
    tell(&world, &[("88-1/a+b.pdf", "v1"), ("88-1/front.jpg", "v1")]).await;
    let reports = drain(&world, &Arc::new(FakeReader::default())).await;
    assert_eq!(endings(&reports), ["verdict", "verdict"]);
    assert!(world.submissions.lock().unwrap().is_empty());
    let mut cases: Vec<String> =
        verdicts(&world).iter().map(|it| it["case_id"].as_str().unwrap().to_owned()).collect();
    cases.sort();
    assert_eq!(cases, ["88-1", "88-2"]);
    assert_eq!(world.keys("readings/").len(), 3, "front, back and the stub");
}

#[tokio::test(start_paused = true)]
async fn the_submission_may_be_in_the_metadata() {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(beside().to_string());
    for text in [beside().to_string(), encoded] {
        let world = World::default();
        let reference = "s3://uploads/stub.pdf?versionId=v1";
        place(&world, reference, b"a stub");
        let metadata = [("vouch-submission".to_owned(), text)].into();
        world.metadata.lock().unwrap().insert(reference.to_owned(), metadata);
        tell(&world, &[("stub.pdf", "v1")]).await;
        assert_eq!(endings(&drain(&world, &Arc::new(FakeReader::default())).await), ["verdict"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_written_again_is_another_upload() {
    let world = World::default();
    place(&world, "s3://uploads/stub.pdf.submission.json", beside().to_string().as_bytes());
    for version in ["v1", "v2"] {
        place(&world, &format!("s3://uploads/stub.pdf?versionId={version}"), version.as_bytes());
        tell(&world, &[("stub.pdf", version)]).await;
    }
    // The same news twice are the same upload.
    tell(&world, &[("stub.pdf", "v2")]).await;
    drain(&world, &Arc::new(FakeReader::default())).await;
    assert_eq!(world.verdict_keys().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_may_come_and_what_is_wrong_is_kept() {
    let world = World::default();
    let reader = Arc::new(FakeReader::default());
    place(&world, "s3://uploads/late.pdf?versionId=v1", b"a stub");
    tell(&world, &[("late.pdf", "v1")]).await;
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings()), Until::Empty);
    tokio::time::sleep(Duration::from_millis(500)).await;
    place(&world, "s3://uploads/late.pdf.submission.json", beside().to_string().as_bytes());
    assert_eq!(endings(&running.reports().await), ["handed back", "verdict"]);

    place(&world, "s3://uploads/never.pdf?versionId=v1", b"a stub");
    place(&world, "s3://uploads/odd.pdf.submission.json", b"{}");
    tell(&world, &[("never.pdf", "v1")]).await;
    tell(&world, &[("odd.pdf", "v1")]).await;
    drain(&world, &reader).await;
    let mut codes: Vec<_> = world.dead.lock().unwrap().iter().map(|(letter, _)| letter.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["malformed", "submission_missing"]);
}

#[tokio::test(start_paused = true)]
async fn a_test_of_the_way_asks_for_nothing_and_is_gone() {
    let world = World::default();
    let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "uploads"}).to_string();
    world.queue(&world.submissions, &Arc::default()).send(Message::new(test.as_bytes())).await.unwrap();
    assert_eq!(endings(&drain(&world, &Arc::new(FakeReader::default())).await), ["nothing"]);
    assert!(world.submissions.lock().unwrap().is_empty() && world.dead.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_opened_which_documents_is_on_record_with_nothing_of_what_they_say() {
    let world = World::default();
    submit(&world, "s-1", &["a stub"]).await;
    drain(&world, &Arc::new(FakeReader::default())).await;
    let records = world.keys("audit/");
    assert_eq!(records.len(), 1);
    let text = String::from_utf8(world.values.lock().unwrap()[&records[0]].clone()).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record["actor"], "worker-1");
    assert_eq!(record["submission_id"], "s-1");
    assert_eq!(record["documents"], json!([Digest::of(b"a stub").to_string()]));
    assert!(!text.contains("Okafor") && !text.contains("Ines"), "{text}");
}
