//! What becomes of a message is what it and its documents deserve.

use super::*;

#[tokio::test(start_paused = true)]
async fn each_outcome_has_its_settlement() {
    let trouble = || Outcome::Trouble("disk full".into());
    let back = |seconds| Some(Settlement::HandBack { delay: Duration::from_secs(seconds) });
    let dead =
        |code, detail: &str| Some(Settlement::DeadLetter(DeadLetter { code, detail: detail.to_owned() }));
    let patience = settings().patience;
    let cases = [
        ("trouble waits", trouble(), 1, back(1)),
        ("and waits longer", trouble(), 4, back(8)),
        ("but not for ever, and never dies", trouble(), 4000, back(60)),
        ("a missing file may come", Outcome::FileMissing("file 1".to_owned()), 2, back(2)),
        ("or not", Outcome::FileMissing("file 1".to_owned()), 3, dead("file_missing", "file 1")),
        ("a refused one never", Outcome::FileRefused("s3".to_owned()), 1, dead("file_refused", "s3")),
        ("our own fault is kept", Outcome::Unjudgeable("why".into()), 1, dead("unjudgeable", "why")),
        ("an interrupted one goes at once", Outcome::Interrupted, 9, back(0)),
        ("what is not ours we leave", Outcome::LeaseLost, 1, None),
    ];
    for (name, outcome, attempt, expected) in cases {
        assert_eq!(outcome.settlement(attempt, &patience), expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_worked_on_is_kept_with_its_reason() {
    let none: &[String] = &[];
    let cases = [
        ("no JSON", Err("not json"), "malformed", "line 1"),
        ("no submission", Err(r#"{"schema": "vouch/submission/1"}"#), "malformed", "missing field"),
        ("no file named", Ok(none.to_vec()), "malformed", "at least one file"),
        ("a file that never comes", Ok(vec!["uploads/none".to_owned()]), "file_missing", "file 1"),
        ("a file of another store", Ok(vec!["gs://a/b".to_owned()]), "file_refused", "not here"),
        ("a way out of the store", Ok(vec!["../etc/passwd".to_owned()]), "file_refused", "not here"),
    ];
    for (name, message, code, detail) in cases {
        let world = World::default();
        match message {
            Ok(files) => send(&world, "s-1", &files).await,
            Err(text) => {
                world
                    .queue(&world.submissions, &Arc::default())
                    .send(Message::new(text.as_bytes()))
                    .await
                    .unwrap();
            }
        }
        let body = world.submissions.lock().unwrap()[0].body.clone();
        let reports = drain(&world, &Arc::new(FakeReader::default())).await;
        assert_eq!(endings(&reports).last().unwrap(), &format!("dead: {code}"), "{name}");
        let dead = world.dead.lock().unwrap();
        assert!(dead[0].0.detail.contains(detail), "{name}: {}", dead[0].0.detail);
        assert_eq!(dead[0].1, body, "{name}: the message is kept as it came");
        assert!(world.verdict_keys().is_empty(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_comes_late_is_waited_for() {
    let world = World::default();
    send(&world, "s-1", &["uploads/late".to_owned()]).await;
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings()), Until::Empty);
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.values.lock().unwrap().insert("uploads/late".to_owned(), b"a stub".to_vec());
    assert_eq!(endings(&running.reports().await), ["handed back", "verdict"]);
}

#[tokio::test(start_paused = true)]
async fn a_bad_document_gets_a_verdict_and_costs_nobody_else_anything() {
    let large = "x".repeat(101);
    let cases = [
        ("a reader that panics", "panic", 1),
        ("more than is fetched", large.as_str(), 0),
        ("nothing", "", 1),
    ];
    for (name, document, calls) in cases {
        let world = World::default();
        submit(&world, "s-1", &[document]).await;
        submit(&world, "s-2", &["a stub"]).await;
        let reader = Arc::new(FakeReader::default());
        let reports = drain(&world, &reader).await;
        assert_eq!(endings(&reports), ["verdict"; 2], "{name}");
        assert_eq!(reader.calls(), calls + 1, "{name}: tried once");
        assert!(world.dead.lock().unwrap().is_empty(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_past_its_deadline_gets_a_verdict() {
    let world = World::default();
    submit(&world, "s-1", &["hang"]).await;
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings()), Until::Empty);
    reader.entered.notified().await;
    pass(DEADLINE + Duration::from_secs(5)).await;
    until(|| world.verdict_keys().len() == 1).await;
    assert!(world.keys("readings/").is_empty(), "a later try may do better");
    reader.release();
    assert_eq!(endings(&running.reports().await), ["verdict"]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_whose_readers_all_hang_says_so() {
    let world = World::default();
    submit(&world, "s-1", &["hang"]).await;
    submit(&world, "s-2", &["hang"]).await;
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings()), Until::Stopped);
    until(|| reader.calls() == 2).await;
    pass(DEADLINE + Duration::from_secs(5)).await;
    until(|| world.verdict_keys().len() == 2).await;
    let (result, _) = running.task.await.unwrap();
    assert!(matches!(result, Err(RunError::Hung)), "{result:?}");
    reader.release();
}

#[tokio::test(start_paused = true)]
async fn a_document_is_read_once_by_each_version() {
    let world = World::default();
    let read = async |id: &str, version: &'static str| {
        submit(&world, id, &["a stub", "a letter"]).await;
        let reader = Arc::new(FakeReader { version, ..FakeReader::default() });
        drain(&world, &reader).await;
        reader.calls()
    };
    assert_eq!(read("s-1", "1").await, 2);
    assert_eq!(read("s-2", "1").await, 0, "the readings are used again");
    assert_eq!(read("s-3", "2").await, 2, "but not those of another version");
    for key in world.keys("readings/") {
        world.values.lock().unwrap().insert(key, b"{}".to_vec());
    }
    assert_eq!(read("s-4", "2").await, 2, "nor those that cannot be understood");
    assert_eq!(world.verdict_keys().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_announcement_is_a_cloud_event_of_the_same_bytes_each_time() {
    let world = World::default();
    submit(&world, "s-1", &["a stub"]).await;
    submit(&world, "s-1", &["a stub"]).await;
    drain(&world, &Arc::new(FakeReader::default())).await;
    let bodies: Vec<_> = world.verdicts.lock().unwrap().iter().map(|it| it.body.clone()).collect();
    assert_eq!(bodies[0], bodies[1]);
    let event: serde_json::Value = serde_json::from_slice(&bodies[0]).unwrap();
    let verdict = &world.verdict_keys()[0];
    let expected = [
        ("/specversion", "1.0"),
        ("/type", "dev.vouch.verdict.v1"),
        ("/source", "/vouch/worker"),
        ("/subject", "s-1"),
        ("/data/case_id", "88-1"),
        ("/data/verdict", verdict),
        ("/data/digest", &document::Digest::of(&world.values.lock().unwrap()[verdict]).to_string()),
    ];
    for (pointer, value) in expected {
        assert_eq!(event.pointer(pointer).and_then(|it| it.as_str()), Some(value), "{pointer}");
    }
    assert!(verdict.contains(event["id"].as_str().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_verdict_once_published_is_what_is_announced() {
    let world = World::default();
    submit(&world, "s-1", &["a stub"]).await;
    drain(&world, &Arc::new(FakeReader::default())).await;
    let key = world.verdict_keys().remove(0);
    let text = String::from_utf8(world.values.lock().unwrap()[&key].clone()).unwrap();
    let other: serde_json::Value = {
        let mut verdict: serde_json::Value = serde_json::from_str(&text).unwrap();
        verdict["disposition"] = "resubmit".into();
        verdict
    };
    world.values.lock().unwrap().insert(key, other.to_string().into_bytes());
    submit(&world, "s-1", &["a stub"]).await;
    drain(&world, &Arc::new(FakeReader::default())).await;
    let last = world.verdicts.lock().unwrap().last().unwrap().body.clone();
    let announcement: Announcement = serde_json::from_slice(&last).unwrap();
    assert_eq!(announcement.data.disposition, verify::verdict::Disposition::Resubmit);
}
