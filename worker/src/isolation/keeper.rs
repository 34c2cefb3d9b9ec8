//! The thread that keeps one reading process: it starts it ahead, gives it the next page, and replaces it when it dies,
//! hangs or is worn.
//! The process itself is left to `held`, the order of pages to `jobs`.
//!
//! A page whose child was lost is tried again in a new one. If that is lost too, its document is given up: it could not
//! be read safely. Children are counted by page, since they may also be lost together, and through no fault of a
//! document: to whoever stops all processes of a service, or runs out of memory.

use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use document::Reader;
use ocr::Limits;

use super::held::{Failure, Held};
use super::jail::InForce;
use super::jobs::{Event, Job, Jobs, Unread, Wanted};
use super::{IsolationError, Setup};
use crate::settings::Isolation;

/// When the time of a document is over, its child ends reading in good order. If it does not within this much more, it
/// hangs.
const GRACE: Duration = Duration::from_secs(10);
/// A page that has lost so many children is not read any more, nor is its document.
const MOST_LOST: u32 = 2;

/// The longest that reading a document can take once it has begun: it is given its time twice.
pub fn longest() -> Duration {
    let limits = Limits::default();
    (limits.time_for(limits.pages as usize) + GRACE) * 2
}

/// What holds for all children.
pub struct Terms {
    setup: Setup,
    isolation: Isolation,
    /// Of the first child that was ready: who reads, and how it is locked in.
    first: OnceLock<(Vec<Reader>, InForce)>,
}

impl Terms {
    /// Children set up like this, isolated as the settings demand.
    pub fn new(setup: Setup, isolation: Isolation) -> Self {
        Self { setup, isolation, first: OnceLock::new() }
    }

    /// Who reads, and how they are locked in; known once a child was ready.
    pub fn first(&self) -> Option<&(Vec<Reader>, InForce)> {
        self.first.get()
    }
}

/// One child after the other.
pub struct Keeper {
    jobs: Arc<Jobs>,
    terms: Arc<Terms>,
    held: Option<Held>,
}

impl Keeper {
    /// A keeper without a child yet.
    pub fn new(jobs: Arc<Jobs>, terms: Arc<Terms>) -> Self {
        Self { jobs, terms, held: None }
    }

    /// Starts a child, says how that went, and has pages read until there will be no more.
    pub fn keep(mut self, started: &Sender<Result<(), IsolationError>>) {
        let _ = started.send(self.child().map(|_| ()));
        while let Some(job) = self.jobs.next(self.held.as_ref().and_then(Held::document)) {
            self.read(job);
            // Ahead of the next document. What keeps a child from starting now may have passed by then.
            if self.held.as_ref().is_none_or(Held::is_worn) {
                self.held = None;
                let _ = self.child();
            }
        }
    }

    /// Has a page read, by a second child if the first is lost.
    fn read(&mut self, job: Job) {
        let mut lost = 0;
        while !job.document.is_given_up() {
            let held = match self.child() {
                Ok(held) => held,
                Err(error) => return job.failed(Unread::Trouble(error)),
            };
            let pid = held.pid();
            match read_by(held, &job) {
                Ok(event) => return job.done(event),
                Err(Failure::Trouble(error)) => {
                    self.held = None;
                    return job.failed(Unread::Trouble(error));
                }
                Err(Failure::Lost(how)) => {
                    self.held = None;
                    lost += 1;
                    job.document.restart_clock();
                    let (document, page) = (&job.document.digest, job.index + 1);
                    tracing::warn!(%document, page, pid, how, lost, "a document lost its reader");
                    if lost >= MOST_LOST {
                        return job.failed(Unread::Unsafe);
                    }
                }
            }
        }
    }

    /// The child, a new one if there is none or it has died while it had nothing to do.
    fn child(&mut self) -> Result<&mut Held, IsolationError> {
        let held = match self.held.take().and_then(Held::alive) {
            Some(held) => held,
            None => self.start()?,
        };
        Ok(self.held.insert(held))
    }

    fn start(&self) -> Result<Held, IsolationError> {
        let began = Instant::now();
        let (held, identity, in_force) = Held::start(&self.terms.setup)?;
        if let (Isolation::Require, Some(lacks)) = (self.terms.isolation, in_force.lacks()) {
            return Err(IsolationError::Lacking(lacks));
        }
        if self.terms.first.get_or_init(|| (identity.clone(), in_force)).0 != identity {
            return Err(IsolationError::Changed);
        }
        let took_ms = began.elapsed().as_millis();
        tracing::debug!(pid = held.pid(), took_ms, "a reading process is ready");
        Ok(held)
    }
}

/// Has `held` read or show a page, with the document opened first where it is not. `None` where it has no such page, or
/// cannot show it.
///
/// A child may be in the hands of a document that it has read: what it says is not taken on trust.
fn read_by(held: &mut Held, job: &Job) -> Result<Option<Event>, Failure> {
    let document = &job.document;
    let until = |spent: Duration| {
        let pages = document.about.get().map_or(1, |about| about.page_count);
        Instant::now() + Limits::default().time_for(pages).saturating_sub(spent) + GRACE
    };
    tracing::debug!(document = %document.digest, page = job.index + 1, pid = held.pid(), "reading");
    if held.document() != Some(document.number) {
        let about = held.open(document.number, &document.bytes, until(document.spent()))?;
        let first = document.about.get().is_none();
        if about.page_count > Limits::default().pages as usize {
            return Err(Failure::Lost("it counted more pages than there may be".to_owned()));
        }
        if *document.about.get_or_init(|| about.clone()) != about {
            return Err(Failure::Lost("it opened the document differently".to_owned()));
        }
        if first {
            job.opened(&about);
        }
        if job.index >= about.page_count {
            return Ok(None);
        }
    }
    let (spent, asked) = (document.spent(), Instant::now());
    if let Wanted::Picture { longest } = job.wanted {
        return Ok(held.picture(job.index, longest, spent, until(spent))?.map(Event::Picture));
    }
    let mut page = held.page(job.index, spent, until(spent))?;
    let number = page.page.as_ref().map(|page| page.number as usize);
    if number.is_ok_and(|number| number != job.index + 1) {
        return Err(Failure::Lost("it read another page".to_owned()));
    }
    // No more than it can have been, so that sums stay sums.
    let took = asked.elapsed();
    page.timings = page.timings.capped(took);
    Ok(Some(Event::Page(job.index, Box::new(page))))
}
