//! The pages that wait to be read, and which of them is read next.
//! Reading one is left to `keeper`, waiting for all of a document to `pool`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use document::Digest;
use ocr::{About, PagePicture, ReadPage};

use super::IsolationError;

/// A document that is being read.
pub struct Document {
    /// Its number in this pool: the same bytes twice are two documents.
    pub number: u64,
    /// Its digest, for the operator.
    pub digest: Digest,
    /// What the children see.
    pub bytes: Vec<u8>,
    /// What the first child that opened it said; all others must say the same.
    pub about: OnceLock<About>,
    clock: Mutex<Clock>,
    /// How many of its pages are being read.
    in_flight: AtomicUsize,
    /// Whether nobody waits for its pages any more.
    over: AtomicBool,
}

#[derive(Default)]
struct Clock {
    since: Option<Instant>,
    restarted: bool,
}

/// A page to be read.
pub struct Job {
    /// Of which document.
    pub document: Arc<Document>,
    /// Which page, from 0.
    pub index: usize,
    /// What is wanted of it.
    pub wanted: Wanted,
    /// Whoever waits is told something, whatever happens.
    waiting: Option<Sender<Event>>,
    /// Whether it counts among those that are being read.
    in_flight: bool,
}

/// What is wanted of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What stands on it.
    Words,
    /// What it looks like.
    Picture {
        /// The most pixels of a side.
        longest: u32,
    },
}

/// What those hear who wait for a document.
pub enum Event {
    /// It has been opened.
    Opened(About),
    /// This page, from 0, has been read.
    Page(usize, Box<ReadPage>),
    /// This is what the page looks like.
    Picture(PagePicture),
    /// Nothing will come of it.
    Failed(Unread),
}

/// Why a document was not read.
pub enum Unread {
    /// It kills whoever reads it.
    Unsafe,
    /// The machine is in trouble.
    Trouble(IsolationError),
}

impl Document {
    /// A document that nobody has begun.
    pub fn new(number: u64, digest: Digest, bytes: Vec<u8>) -> Self {
        Self {
            number,
            digest,
            bytes,
            about: OnceLock::new(),
            clock: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// How much of its time the document has had; the first to ask begins it.
    pub fn spent(&self) -> Duration {
        locked(&self.clock).since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Gives the document all its time again, once.
    pub fn restart_clock(&self) {
        let mut clock = locked(&self.clock);
        if !clock.restarted {
            *clock = Clock { since: None, restarted: true };
        }
    }

    /// Notes that nobody waits any more.
    pub fn give_up(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Whether nobody waits any more.
    pub fn is_given_up(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

impl Job {
    /// To read page `index` of a document, for those who listen.
    pub fn new(document: &Arc<Document>, index: usize, waiting: Sender<Event>) -> Self {
        let (document, waiting) = (Arc::clone(document), Some(waiting));
        Self { document, index, wanted: Wanted::Words, waiting, in_flight: false }
    }

    /// Says that the document is open.
    pub fn opened(&self, about: &About) {
        if let Some(waiting) = &self.waiting {
            let _ = waiting.send(Event::Opened(about.clone()));
        }
    }

    /// Ends the job with what was wanted of its page, or without where the document has no such page.
    pub fn done(mut self, event: Option<Event>) {
        let waiting = self.waiting.take();
        if let Some((event, waiting)) = event.zip(waiting) {
            let _ = waiting.send(event);
        }
    }

    /// Ends the job, and with it the reading of its document.
    pub fn failed(mut self, why: Unread) {
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.send(Event::Failed(why));
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.in_flight {
            self.document.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.send(Event::Failed(Unread::Trouble(IsolationError::Ended)));
        }
    }
}

/// The pages that wait.
#[derive(Default)]
pub struct Jobs {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Job>,
    closed: bool,
}

impl Jobs {
    /// Adds pages; none once the queue is closed.
    pub fn add(&self, jobs: impl IntoIterator<Item = Job>) {
        let mut queue = locked(&self.queue);
        if !queue.closed {
            queue.waiting.extend(jobs);
            self.changed.notify_all();
        }
    }

    /// Waits for the page that should be read next by a child that has a document open; `None` once the queue is
    /// closed.
    pub fn next(&self, open: Option<u64>) -> Option<Job> {
        let mut queue = locked(&self.queue);
        while !queue.closed {
            if let Some(job) = queue.take(open) {
                return Some(job);
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    /// Forgets what waits, and gives out nothing more.
    pub fn close(&self) {
        let mut queue = locked(&self.queue);
        queue.closed = true;
        let forgotten = std::mem::take(&mut queue.waiting);
        drop(queue);
        drop(forgotten);
        self.changed.notify_all();
    }
}

impl Queue {
    /// A page of the document that the fewest are busy with, so that a long one does not keep short ones waiting; then
    /// one that is open already; then the one that came first.
    fn take(&mut self, open: Option<u64>) -> Option<Job> {
        self.waiting.retain(|job| !job.document.is_given_up());
        let urgency = |(at, job): (usize, &Job)| {
            let busy = job.document.in_flight.load(Ordering::Relaxed);
            (busy, Some(job.document.number) != open, at)
        };
        let (_, _, at) = self.waiting.iter().enumerate().map(urgency).min()?;
        let mut job = self.waiting.remove(at)?;
        job.in_flight = true;
        job.document.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(job)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_long_document_does_not_keep_short_ones_waiting() {
        let (waiting, _events) = channel();
        let document = |number| Arc::new(Document::new(number, Digest::of(b""), Vec::new()));
        let (long, short) = (document(1), document(2));
        let jobs = Jobs::default();
        jobs.add((0..3).map(|index| Job::new(&long, index, waiting.clone())));
        jobs.add((0..2).map(|index| Job::new(&short, index, waiting.clone())));
        let next = |open| {
            let job = jobs.next(open).unwrap();
            ((job.document.number, job.index), job)
        };
        let (first, at_long) = next(None);
        let (second, at_short) = next(Some(1));
        assert_eq!([first, second], [(1, 0), (2, 0)], "first come, then the one nobody is busy with");
        let (third, _) = next(Some(2));
        assert_eq!(third, (2, 1), "the open one, where as many are busy with either");
        at_short.done(None);
        drop(at_long);
        long.give_up();
        jobs.close();
        assert!(jobs.next(None).is_none(), "nothing is given out once it is closed");
    }

    #[test]
    fn whoever_waits_hears_of_a_job_that_is_dropped() {
        let (waiting, events) = channel();
        let document = Arc::new(Document::new(1, Digest::of(b""), Vec::new()));
        drop(Job::new(&document, 0, waiting));
        let heard = events.recv().unwrap();
        assert!(matches!(heard, Event::Failed(Unread::Trouble(IsolationError::Ended))));
    }
}
