//! A worker that dies, wherever it dies, leaves no trace but an announcement made twice.

use super::*;

/// Kills a worker before its step `last`, lets another finish, and says what is wrong then. `None` where the first one
/// finished before that step.
async fn killed_at(last: usize, overwrites: bool) -> Option<Vec<String>> {
    let world = World { overwrites, ..World::default() };
    for id in ["s-1", "s-2", "s-3"] {
        submit(&world, id, &["a stub", id]).await;
    }
    let (life, reader) = (Life::until(last), Arc::new(FakeReader::default()));
    let mut first = Running::start(worker(&world, &life, &reader, settings()), Until::Empty);
    tokio::select! {
        () = life.died.notified() => first.task.abort(),
        finished = &mut first.task => {
            finished.unwrap().0.unwrap();
            return None;
        }
    }
    let before = world.verdict_keys();
    let old: Vec<_> = before.iter().map(|key| world.values.lock().unwrap()[key].clone()).collect();
    drain(&world, &reader).await;
    Some(wrongs(&world, &before, &old))
}

/// Everything that must not be after a crash.
fn wrongs(world: &World, before: &[String], old: &[Vec<u8>]) -> Vec<String> {
    let mut wrongs = Vec::new();
    let verdicts = world.verdict_keys();
    if verdicts.len() != 3 {
        wrongs.push(format!("{} verdicts", verdicts.len()));
    }
    for key in &verdicts {
        if world.times_written(key) != 1 {
            wrongs.push(format!("{key} was written {} times", world.times_written(key)));
        }
    }
    for (key, old) in before.iter().zip(old) {
        if world.values.lock().unwrap().get(key) != Some(old) {
            wrongs.push(format!("{key} changed"));
        }
    }
    let mut announced = world.announced();
    announced.sort();
    announced.dedup();
    if announced.len() != 3 {
        wrongs.push(format!("{} verdicts were announced", announced.len()));
    }
    if world.keys("verdicts/").len() != 6 {
        wrongs.push("timings are missing".to_owned());
    }
    if !world.submissions.lock().unwrap().is_empty() || !world.dead.lock().unwrap().is_empty() {
        wrongs.push("messages are left".to_owned());
    }
    wrongs
}

#[tokio::test(start_paused = true)]
async fn a_worker_can_die_before_any_step() {
    let mut step = 0;
    while let Some(wrongs) = killed_at(step, false).await {
        assert!(wrongs.is_empty(), "killed before step {step}: {wrongs:?}");
        step += 1;
    }
    assert!(step > 25, "only {step} steps");
}

/// The control: without create-if-absent the same test must fail, or it would prove nothing.
#[tokio::test(start_paused = true)]
async fn without_create_if_absent_verdicts_are_written_twice() {
    let (mut step, mut rewritten) = (0, 0);
    while let Some(wrongs) = killed_at(step, true).await {
        rewritten += usize::from(wrongs.iter().any(|wrong| wrong.contains("was written 2 times")));
        step += 1;
    }
    assert!(rewritten >= 6, "{rewritten} of {step} kills");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_kills_its_worker_again_and_again_is_not_read_any_more() {
    let world = World::default();
    submit(&world, "s-1", &["hang"]).await;
    let unended = settings().patience.unended as usize;
    for life in 1..=unended {
        let reader = Arc::new(FakeReader::default());
        let process = Arc::new(Life::default());
        let running = Running::start(worker(&world, &process, &reader, settings()), Until::Stopped);
        reader.entered.notified().await;
        process.end();
        running.task.abort();
        reader.release();
        assert!(world.verdict_keys().is_empty(), "life {life}");
        tokio::time::advance(LEASE * 2).await;
    }
    let reader = Arc::new(FakeReader::default());
    let reports = drain(&world, &reader).await;
    assert_eq!(endings(&reports), ["verdict"]);
    assert_eq!(reports[0].attempt as usize, unended + 1);
    assert_eq!(reader.calls(), 0, "it is not read once more");
    assert!(world.keys("readings/").is_empty(), "another version may read it");
    let key = world.verdict_keys().remove(0);
    let verdict = String::from_utf8(world.values.lock().unwrap()[&key].clone()).unwrap();
    for part in [r#""disposition":"review""#, r#""rule":"upload/unsafe""#] {
        assert!(verdict.contains(part), "{verdict}");
    }
}
