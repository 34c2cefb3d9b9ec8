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
    assert!((1..=2).contains(&wasted), "{wasted} deliveries in an outage of 150 s");
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
async fn an_outage_of_the_queues_costs_nothing_either() {
    let world = World::default();
    for number in 0..20 {
        submit(&world, &format!("s-{number}"), &[&format!("stub {number}")]).await;
    }
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings()), Until::Stopped);
    until(|| reader.calls() >= 4).await;
    world.queues_down.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(150)).await;
    world.queues_down.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(300)).await;
    running.stop.cancel();
    running.reports().await;
    assert!(world.dead.lock().unwrap().is_empty() && world.submissions.lock().unwrap().is_empty());
    let verdicts = world.verdict_keys();
    assert_eq!(verdicts.len(), 20);
    assert!(verdicts.iter().all(|key| world.times_written(key) == 1));
    let mut announced = world.announced();
    announced.sort();
    announced.dedup();
    assert_eq!(announced.len(), 20, "each is announced");
}

#[tokio::test(start_paused = true)]
async fn the_breaker_is_told_of_when_it_turns() {
    let world = World::default();
    submit(&world, "s-1", &["a stub"]).await;
    world.store_down.store(true, Ordering::Relaxed);
    let (stop, turns) = (CancellationToken::new(), Arc::new(std::sync::Mutex::new(Vec::new())));
    let (stopped, told) = (stop.clone(), Arc::clone(&turns));
    let worker = worker(&world, &Arc::default(), &Arc::new(FakeReader::default()), settings());
    let task = tokio::spawn(worker.run(Until::Stopped, stopped, move |event| {
        if let Event::Breaker { open } = event {
            told.lock().unwrap().push(open);
        }
    }));
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(*turns.lock().unwrap(), [true]);
    world.store_down.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert_eq!(*turns.lock().unwrap(), [true, false]);
    stop.cancel();
    task.await.unwrap().unwrap();
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
