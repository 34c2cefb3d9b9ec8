//! A queue, a store and a reader in memory, that can be cut off, taken down and killed at any step.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use document::{Digest, FileRef, Reading};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::*;

/// What survives a process: two queues and a store.
#[derive(Clone, Default)]
pub struct World {
    pub submissions: Arc<Mutex<Vec<Queued>>>,
    pub backlog: Arc<Mutex<Vec<Queued>>>,
    pub verdicts: Arc<Mutex<Vec<Queued>>>,
    pub dead: Arc<Mutex<Vec<(DeadLetter, Vec<u8>)>>>,
    pub values: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    /// What lies beside the uploads.
    pub metadata: Arc<Mutex<BTreeMap<String, BTreeMap<String, String>>>>,
    /// Every write that changed or could have changed a value, in order.
    pub writes: Arc<Mutex<Vec<String>>>,
    /// The store fails while this is set.
    pub store_down: Arc<AtomicBool>,
    /// All queues fail while this is set.
    pub queues_down: Arc<AtomicBool>,
    /// Extensions fail while this is set.
    pub extend_down: Arc<AtomicBool>,
    /// A broken store, for the control: create-if-absent overwrites.
    pub overwrites: bool,
}

#[derive(Clone)]
pub struct Queued {
    pub body: Vec<u8>,
    pub deliveries: u32,
    trace: Option<String>,
    sent: Instant,
    ready: Instant,
    leased: bool,
    id: usize,
}

/// One process's way to the world. Dies before the step of this number: nothing it does afterwards has an effect.
pub struct Life {
    steps: AtomicUsize,
    last: AtomicUsize,
    pub died: Notify,
}

impl Default for Life {
    fn default() -> Self {
        Self { steps: AtomicUsize::new(0), last: AtomicUsize::new(usize::MAX), died: Notify::new() }
    }
}

impl Life {
    pub fn until(last: usize) -> Arc<Self> {
        Arc::new(Self { last: AtomicUsize::new(last), ..Self::default() })
    }

    /// Dies now.
    pub fn end(&self) {
        self.last.store(0, Ordering::Relaxed);
    }

    async fn step(&self) {
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        if step >= self.last.load(Ordering::Relaxed) {
            self.died.notify_one();
            std::future::pending::<()>().await;
        }
        tokio::task::yield_now().await;
    }
}

#[derive(Clone)]
pub struct FakeQueue {
    messages: Arc<Mutex<Vec<Queued>>>,
    dead: Arc<Mutex<Vec<(DeadLetter, Vec<u8>)>>>,
    extend_down: Arc<AtomicBool>,
    down: Arc<AtomicBool>,
    life: Arc<Life>,
}

#[derive(Clone)]
pub struct FakeStore {
    world: World,
    life: Arc<Life>,
}

impl World {
    pub fn queue(&self, messages: &Arc<Mutex<Vec<Queued>>>, life: &Arc<Life>) -> FakeQueue {
        FakeQueue {
            messages: Arc::clone(messages),
            dead: Arc::clone(&self.dead),
            extend_down: Arc::clone(&self.extend_down),
            down: Arc::clone(&self.queues_down),
            life: Arc::clone(life),
        }
    }

    pub fn store(&self, life: &Arc<Life>) -> FakeStore {
        FakeStore { world: self.clone(), life: Arc::clone(life) }
    }

    /// The keys of the values whose key starts so.
    pub fn keys(&self, start: &str) -> Vec<String> {
        self.values.lock().unwrap().keys().filter(|key| key.starts_with(start)).cloned().collect()
    }

    /// The published verdicts, timings left out.
    pub fn verdict_keys(&self) -> Vec<String> {
        self.keys("verdicts/").into_iter().filter(|key| !key.contains("timings")).collect()
    }

    /// The ids of all announcements, one for each time it was made.
    pub fn announced(&self) -> Vec<String> {
        let messages = self.verdicts.lock().unwrap();
        let id = |message: &Queued| serde_json::from_slice::<Announcement>(&message.body).unwrap().id;
        messages.iter().map(id).collect()
    }

    /// How often the value under a key was written.
    pub fn times_written(&self, key: &str) -> usize {
        self.writes.lock().unwrap().iter().filter(|written| *written == key).count()
    }
}

impl FakeQueue {
    async fn up(&self) -> Result<(), QueueError> {
        self.life.step().await;
        if self.down.load(Ordering::Relaxed) { Err(QueueError::Unavailable("down".into())) } else { Ok(()) }
    }

    fn held<T>(
        &self,
        receipt: &Receipt,
        act: impl FnOnce(&mut Vec<Queued>, usize) -> T,
    ) -> Result<T, QueueError> {
        let mut messages = self.messages.lock().unwrap();
        let receipt_of = |message: &Queued| format!("{}-{}", message.id, message.deliveries);
        let held = messages.iter().position(|it| it.leased && receipt_of(it) == receipt.0);
        held.map(|index| act(&mut messages, index)).ok_or(QueueError::LeaseLost)
    }

    fn lease(&self, request: Receive) -> Vec<Delivery> {
        let mut messages = self.messages.lock().unwrap();
        let now = Instant::now();
        let ready = messages.iter_mut().filter(|it| it.ready <= now).take(request.max);
        ready
            .map(|message| {
                message.deliveries += 1;
                message.leased = true;
                message.ready = now + request.lease;
                let receipt = Receipt(format!("{}-{}", message.id, message.deliveries));
                Delivery {
                    receipt,
                    attempt: message.deliveries,
                    age: Some(now - message.sent),
                    trace: message.trace.clone(),
                    body: message.body.clone(),
                }
            })
            .collect()
    }
}

impl Queue for FakeQueue {
    async fn send(&self, message: Message<'_>) -> Result<(), QueueError> {
        self.up().await?;
        let mut messages = self.messages.lock().unwrap();
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        messages.push(Queued {
            body: message.body.to_vec(),
            deliveries: 0,
            trace: message.trace.map(str::to_owned),
            sent: now,
            ready: now,
            leased: false,
            id,
        });
        Ok(())
    }

    async fn receive(&self, request: Receive) -> Result<Vec<Delivery>, QueueError> {
        let until = Instant::now() + request.wait;
        loop {
            self.up().await?;
            let deliveries = self.lease(request);
            if !deliveries.is_empty() || Instant::now() >= until {
                return Ok(deliveries);
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn extend(&self, receipt: &Receipt, lease: Duration) -> Result<(), QueueError> {
        self.up().await?;
        if self.extend_down.load(Ordering::Relaxed) {
            return Err(QueueError::Unavailable("cut off".into()));
        }
        let now = Instant::now();
        let extended = self.held(receipt, |messages, index| {
            let lasts = messages[index].ready > now;
            if lasts {
                messages[index].ready = now + lease;
            }
            lasts
        })?;
        if extended { Ok(()) } else { Err(QueueError::LeaseLost) }
    }

    async fn settle(&self, delivery: &Delivery, settlement: &Settlement) -> Result<(), QueueError> {
        self.up().await?;
        self.held(&delivery.receipt, |messages, index| match settlement {
            Settlement::Acknowledge => {
                messages.remove(index);
            }
            Settlement::HandBack { delay } => {
                messages[index].leased = false;
                messages[index].ready = Instant::now() + *delay;
            }
            Settlement::DeadLetter(letter) => {
                let message = messages.remove(index);
                self.dead.lock().unwrap().push((letter.clone(), message.body));
            }
        })
    }
}

impl Backlog for FakeQueue {
    async fn backlog(&self) -> Result<Depth, QueueError> {
        self.up().await?;
        let now = Instant::now();
        let mut depth = Depth::default();
        for message in self.messages.lock().unwrap().iter() {
            match (message.ready <= now, message.leased) {
                (true, _) => depth.visible += 1,
                (false, true) => depth.in_flight += 1,
                (false, false) => depth.delayed += 1,
            }
        }
        Ok(depth)
    }
}

impl FakeStore {
    async fn up(&self) -> Result<(), StoreError> {
        self.life.step().await;
        if self.world.store_down.load(Ordering::Relaxed) { Err(StoreError("down".into())) } else { Ok(()) }
    }

    fn write(&self, key: &Key, bytes: &[u8]) {
        self.world.writes.lock().unwrap().push(key.to_string());
        self.world.values.lock().unwrap().insert(key.to_string(), bytes.to_vec());
    }
}

impl Store for FakeStore {
    async fn fetch(&self, file: &FileRef, limit: u64) -> Result<Vec<u8>, FetchError> {
        self.up().await?;
        let elsewhere = file.0.contains("://") && !file.0.starts_with("s3://uploads/");
        if file.0.contains("..") || elsewhere || file.0.is_empty() {
            return Err(FetchError::Refused { why: "not here".to_owned() });
        }
        let bytes = self.world.values.lock().unwrap().get(&file.0).cloned().ok_or(FetchError::Missing)?;
        let size = bytes.len() as u64;
        if size > limit { Err(FetchError::TooLarge { bytes: size }) } else { Ok(bytes) }
    }

    async fn metadata(&self, file: &FileRef) -> Result<BTreeMap<String, String>, FetchError> {
        self.fetch(file, u64::MAX).await?;
        Ok(self.world.metadata.lock().unwrap().get(&file.0).cloned().unwrap_or_default())
    }

    async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.up().await?;
        Ok(self.world.values.lock().unwrap().get(key.as_str()).cloned())
    }

    async fn put(&self, key: &Key, bytes: &[u8]) -> Result<(), StoreError> {
        self.up().await?;
        self.write(key, bytes);
        Ok(())
    }

    async fn create_if_absent(&self, key: &Key, bytes: &[u8]) -> Result<Created, StoreError> {
        self.up().await?;
        let exists = self.world.values.lock().unwrap().contains_key(key.as_str());
        if exists && !self.world.overwrites {
            return Ok(Created::Existing);
        }
        self.write(key, bytes);
        Ok(Created::New)
    }
}

/// Reads whatever it is given; some words make it misbehave.
#[derive(Default)]
pub struct FakeReader {
    pub calls: AtomicUsize,
    pub version: &'static str,
    pub hold: Mutex<Hold>,
    pub released: Condvar,
    pub entered: Notify,
}

/// Whether reading a document that says `hang` waits.
#[derive(Default, PartialEq)]
pub enum Hold {
    #[default]
    Waits,
    /// The first that is awake goes on, and the others wait.
    ReleasedOnce,
    Released,
}

impl FakeReader {
    /// Lets all documents that hang go on, now and from now on.
    pub fn release(&self) {
        *self.hold.lock().unwrap() = Hold::Released;
        self.released.notify_all();
    }

    /// Lets one document that hangs go on.
    pub fn release_one(&self) {
        *self.hold.lock().unwrap() = Hold::ReleasedOnce;
        self.released.notify_one();
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Reader for FakeReader {
    fn read(&self, document: Vec<u8>) -> Result<ReadDocument, ReaderError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.entered.notify_one();
        match document.as_slice() {
            b"panic" => panic!("the document is evil"),
            b"no engine" => return Err(ReaderError("no trained data".into())),
            b"hang" => {
                let hold = self.hold.lock().unwrap();
                // Not for ever: a test that fails should say so.
                let longest = Duration::from_secs(20);
                let waits = |hold: &mut Hold| *hold == Hold::Waits;
                let (mut hold, _) = self.released.wait_timeout_while(hold, longest, waits).unwrap();
                if *hold == Hold::ReleasedOnce {
                    *hold = Hold::Waits;
                }
            }
            _ => {}
        }
        let reading = Reading {
            document: Digest::of(&document),
            media_type: Some("text/plain".to_owned()),
            pages: Vec::new(),
            fault: None,
            origin: None,
            readers: self.identity(),
        };
        Ok(ReadDocument { reading, stages: BTreeMap::new() })
    }

    fn identity(&self) -> Vec<document::Reader> {
        vec![document::Reader { name: "fake".to_owned(), version: self.version.to_owned() }]
    }
}
