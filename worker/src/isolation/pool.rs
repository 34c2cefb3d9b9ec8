//! The reading processes together, as the commands know them: started ahead, then given documents.
//! Which page is read next is left to `jobs`, reading it to `keeper`.
//!
//! A document is opened by the child that reads its first page; how many more pages there are is known then, and they
//! go to whoever is free.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use document::{Digest, DocumentFault, Reader, Reading};
use ocr::{About, Limits, PagePicture, ReadPage, ReadTimings};

use super::jobs::{Document, Event, Job, Jobs, Unread, Wanted};
use super::keeper::{Keeper, Terms};
use super::{IsolationError, Setup};
use crate::settings::Isolation;

/// Processes of which the first is being started.
pub struct Starting {
    keepers: Keepers,
    processes: NonZeroUsize,
    first: Receiver<Result<(), IsolationError>>,
}

/// Processes that read documents. They end when this is dropped.
pub struct Pool {
    keepers: Keepers,
    identity: Vec<Reader>,
    /// How many documents there have been.
    documents: AtomicU64,
}

/// The threads that keep the processes, for as long as this is there.
struct Keepers {
    jobs: Arc<Jobs>,
    terms: Arc<Terms>,
}

impl Starting {
    /// Starts the first of so many processes, and returns at once.
    ///
    /// # Errors
    /// If there can be no more threads.
    pub fn start(
        setup: Setup,
        processes: NonZeroUsize,
        isolation: Isolation,
    ) -> Result<Self, IsolationError> {
        let terms = Arc::new(Terms::new(setup, isolation));
        let keepers = Keepers { jobs: Arc::default(), terms };
        let (started, first) = channel();
        keepers.add(started)?;
        Ok(Self { keepers, processes, first })
    }

    /// Waits until the first process is ready; what it lacks, all lack. The others get ready while it reads: loading is
    /// work for a processor, and whoever waits for a single page should not wait for all of them.
    ///
    /// # Errors
    /// If it cannot read, or is not as isolated as the settings demand.
    pub fn ready(self) -> Result<Pool, IsolationError> {
        self.first.recv().map_err(|_| IsolationError::Ended)??;
        for _ in 1..self.processes.get() {
            // What comes of them is seen when they are given something to read.
            self.keepers.add(channel().0)?;
        }
        let first = self.keepers.terms.first().cloned();
        let (identity, in_force) = first.ok_or(IsolationError::Ended)?;
        match in_force.lacks() {
            Some(lacks) => tracing::warn!(lacks, "documents are read less isolated than they could be"),
            None => tracing::debug!(%in_force, "documents are read in isolation"),
        }
        Ok(Pool { keepers: self.keepers, identity, documents: AtomicU64::new(0) })
    }
}

impl Pool {
    /// Who reads, trained data included.
    pub fn identity(&self) -> &[Reader] {
        &self.identity
    }

    /// Reads a document; blocks until all its pages are read. What is wrong with it is in the reading, which is the
    /// same however many processes there are.
    ///
    /// # Errors
    /// If the machine is in trouble.
    pub fn read(&self, bytes: Vec<u8>) -> Result<(Reading, ReadTimings), IsolationError> {
        let start = Instant::now();
        let document = self.document(bytes);
        let digest = document.digest;
        let read = self.pages(&document);
        document.give_up();
        let (reading, timings) = match read {
            Ok((about, pages)) => ocr::joined(digest, about, pages, &self.identity),
            Err(Unread::Unsafe) => (self.unsafe_to_read(digest), ReadTimings::default()),
            Err(Unread::Trouble(error)) => return Err(error),
        };
        Ok((reading, ReadTimings { wall: start.elapsed(), ..timings }))
    }

    /// What page `index`, counted from 0, of a document looks like, with no side longer than `longest` pixels; `None` where
    /// it cannot be shown.
    ///
    /// # Errors
    /// If the machine is in trouble.
    pub fn picture(
        &self,
        bytes: Vec<u8>,
        index: usize,
        longest: u32,
    ) -> Result<Option<PagePicture>, IsolationError> {
        let document = self.document(bytes);
        let (heard, events) = channel();
        let mut job = Job::new(&document, index, heard);
        job.wanted = Wanted::Picture { longest };
        self.keepers.jobs.add([job]);
        for event in events {
            match event {
                Event::Picture(picture) => return Ok(Some(picture)),
                Event::Opened(_) | Event::Page(..) => {}
                Event::Failed(Unread::Unsafe) => return Ok(None),
                Event::Failed(Unread::Trouble(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// A document that nobody has begun.
    fn document(&self, mut bytes: Vec<u8>) -> Arc<Document> {
        let digest = Digest::of(&bytes);
        // With one byte too many the reader says that it is too large; it need not see the others.
        let most = usize::try_from(Limits::default().bytes).unwrap_or(usize::MAX).saturating_add(1);
        bytes.truncate(most);
        let number = self.documents.fetch_add(1, Ordering::Relaxed);
        Arc::new(Document::new(number, digest, bytes))
    }

    /// All pages of a document, in order.
    fn pages(&self, document: &Arc<Document>) -> Result<(About, Vec<ReadPage>), Unread> {
        let (heard, events) = channel();
        self.keepers.jobs.add([Job::new(document, 0, heard.clone())]);
        let mut about: Option<About> = None;
        let mut pages: Vec<(usize, ReadPage)> = Vec::new();
        loop {
            match about.take_if(|about| about.page_count == pages.len()) {
                Some(about) => {
                    pages.sort_by_key(|(index, _)| *index);
                    return Ok((about, pages.into_iter().map(|(_, page)| page).collect()));
                }
                None => match events.recv() {
                    Ok(Event::Opened(opened)) => {
                        let others = 1..opened.page_count;
                        self.keepers.jobs.add(others.map(|index| Job::new(document, index, heard.clone())));
                        about = Some(opened);
                    }
                    Ok(Event::Page(index, page)) => pages.push((index, *page)),
                    // Nobody asked for one.
                    Ok(Event::Picture(_)) => {}
                    Ok(Event::Failed(why)) => return Err(why),
                    Err(_) => return Err(Unread::Trouble(IsolationError::Ended)),
                },
            }
        }
    }

    fn unsafe_to_read(&self, document: Digest) -> Reading {
        let (fault, readers) = (Some(DocumentFault::Unsafe), self.identity.clone());
        Reading { document, media_type: None, pages: Vec::new(), fault, origin: None, readers }
    }
}

impl Keepers {
    /// One more process, with a thread of its own: a child dies with the thread that started it.
    fn add(&self, started: Sender<Result<(), IsolationError>>) -> Result<(), IsolationError> {
        let keeper = Keeper::new(Arc::clone(&self.jobs), Arc::clone(&self.terms));
        thread::Builder::new().name("keeper".to_owned()).spawn(move || keeper.keep(&started))?;
        Ok(())
    }
}

impl Drop for Keepers {
    fn drop(&mut self) {
        self.jobs.close();
    }
}
