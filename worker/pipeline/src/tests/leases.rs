//! A message is worked on as long as it is ours, and no longer.

use std::sync::atomic::Ordering;

use super::*;

async fn reading(settings: Settings) -> (World, Arc<FakeReader>, Running) {
    let world = World::default();
    submit(&world, "s-1", &["hang"]).await;
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings), Until::Stopped);
    reader.entered.notified().await;
    (world, reader, running)
}

fn deliveries(world: &World) -> Vec<u32> {
    world.submissions.lock().unwrap().iter().map(|message| message.deliveries).collect()
}

#[tokio::test(start_paused = true)]
async fn a_long_read_keeps_its_lease() {
    let (world, reader, running) = reading(settings()).await;
    pass(LEASE * 10).await;
    assert_eq!(deliveries(&world), [1]);
    reader.release();
    until(|| world.submissions.lock().unwrap().is_empty()).await;
    running.stop.cancel();
    assert_eq!(endings(&running.reports().await), ["verdict"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_ends_the_work() {
    let (world, reader, running) = reading(settings()).await;
    world.extend_down.store(true, Ordering::Relaxed);
    pass(LEASE - Duration::from_secs(2)).await;
    running.stop.cancel();
    pass(Duration::from_secs(3)).await;
    assert_eq!(endings(&running.reports().await), ["lease lost"]);
    reader.release();
    pass(Duration::from_secs(5)).await;
    assert!(world.verdict_keys().is_empty() && world.announced().is_empty(), "its result is not used");
    assert_eq!(world.submissions.lock().unwrap().len(), 1, "the message is somebody else's to settle");
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_of_the_queue_costs_no_lease() {
    let (world, reader, running) = reading(settings()).await;
    world.extend_down.store(true, Ordering::Relaxed);
    pass(LEASE * 4 / 5).await;
    world.extend_down.store(false, Ordering::Relaxed);
    pass(LEASE * 3).await;
    assert_eq!(deliveries(&world), [1]);
    reader.release();
    running.stop.cancel();
    assert_eq!(endings(&running.reports().await), ["verdict"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_delivered_twice_has_one_effect() {
    let world = World::default();
    for _ in 0..3 {
        submit(&world, "s-1", &["a stub"]).await;
    }
    let reports = drain(&world, &Arc::new(FakeReader::default())).await;
    assert_eq!(endings(&reports), ["verdict"; 3]);
    assert_eq!(world.verdict_keys().len(), 1);
    assert_eq!(world.times_written(&world.verdict_keys()[0]), 1);
    let announced = world.announced();
    assert!(announced.len() == 3 && announced.iter().all(|id| *id == announced[0]), "{announced:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stale_acknowledgement_takes_nothing_from_the_new_owner() {
    let (world, reader, running) = reading(settings()).await;
    // Somebody else gets the message, as if its lease had ended without our knowing.
    world.submissions.lock().unwrap()[0].deliveries += 1;
    reader.release();
    running.stop.cancel();
    assert_eq!(endings(&running.reports().await), ["verdict"], "published; that is harmless");
    assert_eq!(deliveries(&world), [2], "but not acknowledged: the newest owner does that");
    tokio::time::advance(LEASE * 2).await;
    drain(&world, &reader).await;
    assert_eq!(world.times_written(&world.verdict_keys()[0]), 1);
}

#[tokio::test(start_paused = true)]
async fn a_worker_told_to_stop_finishes_what_is_in_flight() {
    let (world, reader, running) = reading(settings()).await;
    submit(&world, "s-2", &["a stub"]).await;
    running.stop.cancel();
    pass(GRACE / 2).await;
    reader.release();
    let reports = running.reports().await;
    assert_eq!(endings(&reports), ["verdict"]);
    assert_eq!(world.verdict_keys().len(), 1, "and takes nothing new");
    assert_eq!(world.submissions.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_finished_within_the_grace_is_handed_back() {
    let (world, reader, running) = reading(settings()).await;
    running.stop.cancel();
    pass(GRACE * 2).await;
    assert_eq!(endings(&running.reports().await), ["handed back"]);
    reader.release();
    let reports = drain(&world, &reader).await;
    assert_eq!(endings(&reports), ["verdict"], "at once: nobody waits for the lease to end");
    assert!(world.verdict_keys().len() == 1 && world.submissions.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_more_is_received_than_there_is_room_for() {
    let world = World::default();
    for number in 0..5 {
        submit(&world, &format!("s-{number}"), &["hang"]).await;
    }
    let reader = Arc::new(FakeReader::default());
    let running = Running::start(worker(&world, &Arc::default(), &reader, settings()), Until::Empty);
    reader.entered.notified().await;
    pass(LEASE).await;
    let started = deliveries(&world).iter().filter(|deliveries| **deliveries > 0).count();
    assert_eq!(started, settings().in_flight);
    reader.release();
    assert_eq!(running.reports().await.len(), 5);
}
