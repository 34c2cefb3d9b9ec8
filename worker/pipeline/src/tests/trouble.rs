//! Trouble of the machine costs a document time, and nothing else.

use std::sync::atomic::Ordering;

use super::*;

#[tokio::test(start_paused = true)]
async fn an_outage_costs_no_document_and_few_deliveries() {
    let world = World::default();
    for number in 0..20 {
        submit(&world, &format!("s-{number}"), &[&format!("stub {number}")]).await;
    }
    world.store_down.store(true, Ordering::Relaxed);
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings()), Until::Stopped);
    tokio::time::sleep(Duration::from_secs(150)).await;
    let wasted: u32 = world.submissions.lock().unwrap().iter().map(|message| message.deliveries).sum();
    assert!((2..=24).contains(&wasted), "{wasted} deliveries in an outage of 150 s");
    world.store_down.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(300)).await;
    running.stop.cancel();
    running.reports().await;
    assert!(world.dead.lock().unwrap().is_empty() && world.submissions.lock().unwrap().is_empty());
    assert_eq!(world.verdict_keys().len(), 20);
    assert_eq!(reader.calls(), 20, "each was read: an outage makes no suspects");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_to_empty_the_queue_gives_up_in_the_end() {
    let world = World::default();
    submit(&world, "s-1", &["no engine"]).await;
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings()), Until::Empty);
    let (result, reports) = running.task.await.unwrap();
    assert!(matches!(result, Err(RunError::Trouble(_))), "{result:?}");
    assert!(endings(&reports).iter().all(|ending| ending == "trouble"), "{:?}", endings(&reports));
    assert!(world.dead.lock().unwrap().is_empty(), "the message waits for better times");
    assert_eq!(world.submissions.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_waits_for_what_others_have_in_flight() {
    let world = World::default();
    submit(&world, "s-1", &["a stub"]).await;
    let other = world.queue(&world.submissions, &Arc::default());
    let request = Receive { max: 1, wait: Duration::ZERO, lease: LEASE };
    assert_eq!(other.receive(request).await.unwrap().len(), 1);
    let begun = tokio::time::Instant::now();
    let reports = drain(&world, &Arc::new(FakeReader::default())).await;
    assert!(begun.elapsed() >= LEASE, "the other one died: its message comes when the lease ends");
    assert_eq!(endings(&reports), ["verdict"]);
    assert_eq!(reports[0].attempt, 2);
}
