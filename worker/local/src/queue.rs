//! A queue in an SQLite file, for any number of processes on one machine.
//! What becomes of a message is left to `pipeline`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pipeline::{
    Backlog, Delivery, Depth, KeptLetter, Message, Queue, QueueError, Receipt, Receive, Settlement,
};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::store::create_folder;
use crate::writes::Writes;

/// What time it is. Processes that share a queue must agree on it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// A queue in a file. A message is a row; a receipt is the row's id and the number of its delivery, so that each
/// delivery has another.
#[derive(Clone)]
pub struct LocalQueue {
    connection: Arc<Mutex<Connection>>,
    /// SQLite's log, to which every process writes first.
    log: Arc<Path>,
    clock: Clock,
}

/// The file of a queue cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[error("the queue file {path} cannot be used")]
pub struct QueueFileError {
    path: String,
    source: Box<dyn Error + Send + Sync>,
}

/// How often an empty queue is looked at while somebody waits: messages become ready by time alone. Looking writes
/// nothing.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often, while somebody writes to it.
const LOOK_FOR_NEW_EVERY: Duration = Duration::from_millis(2);

/// How long a call waits for other processes to finish theirs.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

impl LocalQueue {
    /// Opens the queue in the file at `path`, or makes an empty one.
    pub fn open(path: &Path) -> Result<Self, QueueFileError> {
        Self::open_with_clock(path, Arc::new(SystemTime::now))
    }

    /// The same, by another clock.
    pub fn open_with_clock(path: &Path, clock: Clock) -> Result<Self, QueueFileError> {
        let failed = |source| QueueFileError { path: path.display().to_string(), source };
        path.parent().map_or(Ok(()), create_folder).map_err(|error| failed(error.into()))?;
        let connection = connect(path).map_err(|error| failed(error.into()))?;
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        Ok(Self { connection: Arc::new(Mutex::new(connection)), log: PathBuf::from(log).into(), clock })
    }

    /// What was given up, oldest first.
    pub async fn dead_letters(&self) -> Result<Vec<KeptLetter>, QueueError> {
        self.with(|connection, _| {
            let mut rows = connection
                .prepare_cached("SELECT code, detail, deliveries, body FROM dead_letter ORDER BY id")?;
            let letters = rows.query_map([], |row| {
                let [code, detail] = [row.get(0)?, row.get(1)?];
                Ok(KeptLetter { code, detail, deliveries: row.get(2)?, body: row.get(3)? })
            })?;
            letters.collect()
        })
        .await
    }

    /// Runs `call` with the connection and the time now, in milliseconds since 1970.
    async fn with<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Connection, i64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, QueueError> {
        let (connection, clock) = (Arc::clone(&self.connection), Arc::clone(&self.clock));
        let done = spawn_blocking(move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let now = clock().duration_since(UNIX_EPOCH).unwrap_or_default();
            call(&mut connection, millis(now))
        });
        match done.await {
            Ok(result) => result.map_err(|error| QueueError::Unavailable(error.into())),
            Err(error) => Err(QueueError::Unavailable(error.into())),
        }
    }

    async fn lease(&self, max: usize, lease: Duration) -> Result<Vec<Delivery>, QueueError> {
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        self.with(move |connection, now| {
            let ready = connection
                .prepare_cached("SELECT 1 FROM message WHERE visible_at <= ?1 LIMIT 1")?
                .exists([now])?;
            if ready { lease_oldest(connection, now, max, now + millis(lease)) } else { Ok(Vec::new()) }
        })
        .await
    }
}

impl Queue for LocalQueue {
    async fn send(&self, message: Message<'_>) -> Result<(), QueueError> {
        let (body, trace) = (message.body.to_vec(), message.trace.map(str::to_owned));
        self.with(move |connection, now| {
            connection
                .prepare_cached(
                    "INSERT INTO message (body, trace, sent_at, visible_at) VALUES (?1, ?2, ?3, ?3)",
                )?
                .execute(params![body, trace, now])
        })
        .await
        .map(|_| ())
    }

    async fn receive(&self, request: Receive) -> Result<Vec<Delivery>, QueueError> {
        let until = Instant::now() + request.wait;
        let writes = Writes::of(&self.log);
        // A message can be seen when it is durable, which is a little later than it is written.
        let mut new_until = Instant::now();
        loop {
            let deliveries = self.lease(request.max, request.lease).await?;
            let now = Instant::now();
            if !deliveries.is_empty() || now >= until {
                return Ok(deliveries);
            }
            if now < new_until {
                sleep(LOOK_FOR_NEW_EVERY).await;
            } else if writes.within(LOOK_EVERY.min(until - now)).await {
                new_until = Instant::now() + LOOK_EVERY;
            }
        }
    }

    async fn extend(&self, receipt: &Receipt, lease: Duration) -> Result<(), QueueError> {
        let (id, delivery) = parse(receipt)?;
        let changed = self
            .with(move |connection, now| {
                connection
                    .prepare_cached(
                        "UPDATE message SET visible_at = ?1
                         WHERE id = ?2 AND deliveries = ?3 AND leased AND visible_at > ?4",
                    )?
                    .execute(params![now + millis(lease), id, delivery, now])
            })
            .await?;
        if changed == 0 { Err(QueueError::LeaseLost) } else { Ok(()) }
    }

    async fn settle(&self, delivery: &Delivery, settlement: &Settlement) -> Result<(), QueueError> {
        let (id, delivery) = parse(&delivery.receipt)?;
        let settlement = settlement.clone();
        let changed = self
            .with(move |connection, now| {
                let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let changed = settle(&change, (id, delivery), &settlement, now)?;
                change.commit()?;
                Ok(changed)
            })
            .await?;
        if changed == 0 { Err(QueueError::LeaseLost) } else { Ok(()) }
    }
}

impl Backlog for LocalQueue {
    async fn backlog(&self) -> Result<Depth, QueueError> {
        self.with(|connection, now| {
            connection
                .prepare_cached(
                    "SELECT count(*) FILTER (WHERE visible_at <= ?1),
                            count(*) FILTER (WHERE visible_at > ?1 AND leased),
                            count(*) FILTER (WHERE visible_at > ?1 AND NOT leased) FROM message",
                )?
                .query_row([now], |row| {
                    let count = |column| row.get::<_, u32>(column).map(u64::from);
                    Ok(Depth { visible: count(0)?, in_flight: count(1)?, delayed: count(2)? })
                })
        })
        .await
    }
}

/// Durable with each commit: synchronous FULL syncs the log before it returns.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(include_str!("schema.sql"))?;
    // A queue of an earlier version keeps its messages.
    if !connection.column_exists(None, "message", "trace")? {
        connection.execute_batch("ALTER TABLE message ADD COLUMN trace TEXT")?;
    }
    Ok(connection)
}

/// Leases the oldest messages that are ready, in one statement, so that no two processes get the same.
fn lease_oldest(connection: &Connection, now: i64, max: i64, until: i64) -> rusqlite::Result<Vec<Delivery>> {
    let mut update = connection.prepare_cached(
        "UPDATE message SET leased = 1, deliveries = deliveries + 1, visible_at = ?1
         WHERE id IN (SELECT id FROM message WHERE visible_at <= ?2 ORDER BY id LIMIT ?3)
         RETURNING id, deliveries, sent_at, trace, body",
    )?;
    let rows = update.query_map(params![until, now, max], |row| {
        let (id, attempt, sent_at): (i64, u32, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let delivery = Delivery {
            receipt: Receipt(format!("{id}-{attempt}")),
            attempt,
            age: u64::try_from(now - sent_at).ok().map(Duration::from_millis),
            trace: row.get(3)?,
            body: row.get(4)?,
        };
        Ok((id, delivery))
    })?;
    let mut rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    rows.sort_unstable_by_key(|row| row.0);
    Ok(rows.into_iter().map(|(_, delivery)| delivery).collect())
}

/// Settles a delivery that nobody else has had since, even if its lease is over; returns 0 for any other.
fn settle(
    change: &Transaction<'_>,
    (id, delivery): (i64, u32),
    settlement: &Settlement,
    now: i64,
) -> rusqlite::Result<usize> {
    let ours = "WHERE id = ?1 AND deliveries = ?2 AND leased";
    match settlement {
        Settlement::Acknowledge => {
            change.execute(&format!("DELETE FROM message {ours}"), params![id, delivery])
        }
        Settlement::HandBack { delay } => change.execute(
            &format!("UPDATE message SET leased = 0, visible_at = ?3 {ours}"),
            params![id, delivery, now + millis(*delay)],
        ),
        Settlement::DeadLetter(letter) => {
            let kept = format!(
                "INSERT INTO dead_letter (id, body, code, detail, deliveries, sent_at, died_at)
                 SELECT id, body, ?3, ?4, deliveries, sent_at, ?5 FROM message {ours}"
            );
            change.execute(&kept, params![id, delivery, letter.code, letter.detail, now])?;
            change.execute(&format!("DELETE FROM message {ours}"), params![id, delivery])
        }
    }
}

/// What a receipt stands for. One that this queue did not give is as good as one whose lease has ended.
fn parse(receipt: &Receipt) -> Result<(i64, u32), QueueError> {
    let parts = receipt.0.split_once('-').ok_or(QueueError::LeaseLost)?;
    match (parts.0.parse(), parts.1.parse()) {
        (Ok(id), Ok(delivery)) => Ok((id, delivery)),
        (Err(_), _) | (_, Err(_)) => Err(QueueError::LeaseLost),
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use pipeline::contract::{QueueBench, queue_keeps_its_contract};
    use tempfile::TempDir;

    use super::*;

    /// A queue in a file of its own, by a clock that moves when told to.
    struct Bench {
        folder: TempDir,
        now: Arc<AtomicU64>,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { folder, now: Arc::new(AtomicU64::new(1_750_000_000_000)) }
        }
    }

    impl QueueBench for Bench {
        type Queue = LocalQueue;

        fn queue(&self) -> LocalQueue {
            let now = Arc::clone(&self.now);
            let clock = move || UNIX_EPOCH + Duration::from_millis(now.load(Ordering::Relaxed));
            LocalQueue::open_with_clock(&self.folder.path().join("queue.db"), Arc::new(clock)).unwrap()
        }

        fn lease(&self) -> Duration {
            Duration::from_secs(60)
        }

        async fn pass(&self, time: Duration) {
            self.now.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
        }

        async fn dead_letters(&self) -> Vec<(String, Vec<u8>)> {
            let letters = self.queue().dead_letters().await.unwrap();
            letters.into_iter().map(|letter| (letter.code, letter.body)).collect()
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn keeps_the_contract() {
        queue_keeps_its_contract(async || Bench::new()).await;
    }

    #[tokio::test]
    async fn messages_come_in_the_order_sent_and_again_before_later_ones() {
        let bench = Bench::new();
        let queue = bench.queue();
        for body in ["a", "b", "c", "d"] {
            queue.send(Message::new(body.as_bytes())).await.unwrap();
        }
        let receive = async |max| {
            let request = Receive { max, wait: Duration::ZERO, lease: bench.lease() };
            let got = queue.receive(request).await.unwrap();
            String::from_utf8(got.into_iter().flat_map(|it| it.body).collect()).unwrap()
        };
        assert_eq!(receive(2).await, "ab");
        bench.pass(bench.lease()).await;
        assert_eq!(receive(3).await, "abc");
    }

    #[tokio::test]
    async fn finished_work_counts_though_its_lease_is_over() {
        let bench = Bench::new();
        let queue = bench.queue();
        queue.send(Message::new(b"a")).await.unwrap();
        let request = Receive { max: 1, wait: Duration::ZERO, lease: bench.lease() };
        let done = queue.receive(request).await.unwrap().remove(0);
        bench.pass(bench.lease() * 2).await;
        queue.settle(&done, &Settlement::Acknowledge).await.unwrap();
        assert!(queue.backlog().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_queue_of_an_earlier_version_keeps_its_messages() {
        let bench = Bench::new();
        let path = bench.folder.path().join("queue.db");
        let earlier = include_str!("schema.sql").replace("trace      TEXT,", "");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(&earlier).unwrap();
        connection
            .execute_batch("INSERT INTO message (body, sent_at, visible_at) VALUES (x'61', 0, 0)")
            .unwrap();
        drop(connection);
        let request = Receive { max: 9, wait: Duration::ZERO, lease: bench.lease() };
        for _ in 0..2 {
            bench.queue().send(Message { body: b"b", trace: Some("t") }).await.unwrap();
        }
        let got = bench.queue().receive(request).await.unwrap();
        let got: Vec<_> = got.iter().map(|it| (it.body.as_slice(), it.trace.as_deref())).collect();
        assert_eq!(got, [(&b"a"[..], None), (b"b", Some("t")), (b"b", Some("t"))]);
    }

    #[tokio::test]
    async fn a_message_outlives_the_process_that_sent_it() {
        let bench = Bench::new();
        bench.queue().send(Message::new(b"a")).await.unwrap();
        let synchronous: i64 = bench
            .queue()
            .with(|connection, _| connection.pragma_query_value(None, "synchronous", |row| row.get(0)))
            .await
            .unwrap();
        assert_eq!(synchronous, 2, "FULL: each commit is synced");
        assert_eq!(bench.queue().backlog().await.unwrap().visible, 1);
    }
}
