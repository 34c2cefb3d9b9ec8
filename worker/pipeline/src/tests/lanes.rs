//! Live uploads are never behind a backlog.

use super::*;

/// Sends a submission by the lane that can wait.
async fn submit_later(world: &World, id: &str, document: &str) {
    submit(world, id, &[document]).await;
    let moved = world.submissions.lock().unwrap().pop().unwrap();
    world.backlog.lock().unwrap().push(moved);
}

/// Which submissions have a verdict, in the order in which they were published.
fn published(world: &World) -> Vec<String> {
    let writes = world.writes.lock().unwrap();
    let verdicts = writes.iter().filter(|key| key.starts_with("verdicts/") && !key.contains("timings"));
    verdicts.map(|key| key.split('/').nth(1).unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_backlog_is_worked_on_while_nobody_waits() {
    let world = World::default();
    for number in 0..30 {
        submit_later(&world, &format!("b-{number}"), &format!("stub {number}")).await;
    }
    submit(&world, "s-1", &["a stub"]).await;
    let reports = drain(&world, &Arc::new(FakeReader::default())).await;
    assert_eq!(endings(&reports), ["verdict"; 31]);
    assert_eq!(published(&world)[0], "s-1", "what somebody waits for comes first");
    assert!(reports.iter().filter(|report| report.lane == Lane::Backlog).count() == 30);
    assert!(world.backlog.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_comes_in_the_midst_of_a_backlog_is_next() {
    let world = World::default();
    let settings = Settings { in_flight: 4, ..settings() };
    // Both processors read what takes its time, and more of it waits for them.
    for number in 0..10 {
        submit_later(&world, &format!("b-{number}"), "hang").await;
    }
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings), Until::Stopped);
    pass(Duration::from_secs(5)).await;
    until(|| reader.calls() == 2).await;
    let in_flight = world.backlog.lock().unwrap().iter().filter(|it| it.deliveries > 0).count();
    assert_eq!(in_flight, 3, "a place is kept");
    submit(&world, "s-1", &["a stub"]).await;
    pass(Duration::from_secs(10)).await;
    assert_eq!(world.submissions.lock().unwrap()[0].deliveries, 1, "it is taken at once");
    // The next of the backlog would hang on it.
    reader.release_one();
    until(|| world.verdict_keys().iter().any(|key| key.contains("/s-1/"))).await;
    let order = published(&world);
    assert!(order.len() <= 2, "it had the first processor that was free: {order:?}");
    reader.release();
    running.stop.cancel();
    running.reports().await;
}
