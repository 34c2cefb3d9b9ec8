//! Takes work from the queue while there is room for it, and ends in good order.
//! What is done with a message is left to `handle`.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::cpu::Cpu;
use crate::handle::{Context, Ending, Report};
use crate::outcome::in_full;
use crate::stage::Limits;
use crate::{Backlog, Delivery, Patience, Queue, QueueError, Reader, Receive, Rulebook, Settlement, Store};

/// What a worker is connected to.
pub struct Edges<Q, S, R> {
    /// Where submissions come from.
    pub submissions: Arc<Q>,
    /// Where verdicts are announced.
    pub verdicts: Arc<Q>,
    /// Where uploads, readings and verdicts lie.
    pub store: Arc<S>,
    /// Who reads.
    pub reader: Arc<R>,
    /// The rules in force.
    pub rules: Arc<Rulebook>,
}

/// How a worker works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many submissions are in flight at once, at least one. More than `cpu`, so that one is fetched and another
    /// published while a third is read.
    pub in_flight: usize,
    /// How many documents are read at once, at least one.
    pub cpu: usize,
    /// How long a message is ours without a sign of life.
    pub lease: Duration,
    /// How long one call waits for messages.
    pub wait: Duration,
    /// How long one document may be read.
    pub deadline: Duration,
    /// How long what is in flight may go on once the worker is told to stop.
    pub grace: Duration,
    /// How much is fetched for one submission.
    pub limits: Limits,
    /// How long a message that came to nothing waits, and how often it may.
    pub patience: Patience,
}

/// When a worker ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Never.
    Stopped,
    /// When nothing is left in the queue, nor in flight at any worker.
    Empty,
}

/// Why a worker ended before it should.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Every processor is taken by a document past its deadline. Only a new process can go on.
    #[error("every reader hangs on a document; the worker must be started again")]
    Hung,
    /// A worker that was to end on an empty queue got nothing done so many times in a row.
    #[error("the machine was in trouble {0} times in a row; the log says how")]
    Trouble(u32),
}

/// After so many failures in a row a worker that is to empty the queue gives up, some four minutes with the usual
/// delays: whoever waits for it should hear.
const MOST_TROUBLE: u32 = 12;

/// Takes submissions from a queue and publishes verdicts on them.
pub struct Worker<Q, S, R> {
    context: Arc<Context<Q, S, R>>,
    in_flight: JoinSet<Report>,
    /// A call that waits for messages. Never dropped: what it brings is leased.
    receiving: Option<JoinHandle<Result<Vec<Delivery>, QueueError>>>,
    /// When that call was made: leases count from then at the latest.
    asked: Instant,
    /// Failures of the machine in a row.
    trouble: u32,
    /// Nothing is received before this, so that an outage costs few deliveries.
    pause: Instant,
}

impl<Q: Queue + Backlog, S: Store, R: Reader> Worker<Q, S, R> {
    /// A worker between these edges.
    pub fn new(edges: Edges<Q, S, R>, settings: Settings) -> Self {
        let (readers, judges) = (Cpu::new(settings.cpu), Cpu::new(settings.cpu));
        let abort = CancellationToken::new();
        let now = Instant::now();
        Self {
            context: Arc::new(Context { edges, settings, readers, judges, abort }),
            in_flight: JoinSet::new(),
            receiving: None,
            asked: now,
            trouble: 0,
            pause: now,
        }
    }

    /// Works until told to stop, or until there is nothing left to do; then finishes what is in flight. `observe`
    /// hears of each delivery.
    ///
    /// # Errors
    /// If the worker cannot go on; what is in flight is finished or handed back all the same.
    pub async fn run(
        mut self,
        until: Until,
        stop: CancellationToken,
        mut observe: impl FnMut(Report),
    ) -> Result<(), RunError> {
        let result = self.take_work(until, &stop, &mut observe).await;
        self.drain(&mut observe).await;
        result
    }

    async fn take_work(
        &mut self,
        until: Until,
        stop: &CancellationToken,
        observe: &mut impl FnMut(Report),
    ) -> Result<(), RunError> {
        loop {
            self.receive_if_room(until);
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                Some(done) = self.in_flight.join_next() => {
                    if let Ok(report) = done {
                        self.learn(&report);
                        observe(report);
                    }
                }
                received = finished(&mut self.receiving) => {
                    self.receiving = None;
                    if self.start(received) == 0 && until == Until::Empty && self.is_all_done().await {
                        return Ok(());
                    }
                }
                () = sleep_until(self.pause), if Instant::now() < self.pause => {}
            }
            if self.context.readers.is_stuck() {
                return Err(RunError::Hung);
            }
            if until == Until::Empty && self.trouble >= MOST_TROUBLE {
                return Err(RunError::Trouble(self.trouble));
            }
        }
    }

    /// Asks for as many messages as there is room for, unless the machine is in trouble.
    fn receive_if_room(&mut self, until: Until) {
        let settings = &self.context.settings;
        let room = settings.in_flight.saturating_sub(self.in_flight.len());
        if self.receiving.is_some() || room == 0 || Instant::now() < self.pause {
            return;
        }
        // Whoever waits for the end should not wait long for the last, empty call.
        let wait = match until {
            Until::Stopped => settings.wait,
            Until::Empty => settings.wait.min(Duration::from_millis(100)),
        };
        let request = Receive { max: room, wait, lease: settings.lease };
        let queue = Arc::clone(&self.context.edges.submissions);
        self.asked = Instant::now();
        self.receiving = Some(tokio::spawn(async move { queue.receive(request).await }));
    }

    /// Starts work on what came; returns how many messages that were.
    fn start(&mut self, received: Result<Vec<Delivery>, QueueError>) -> usize {
        let deliveries = received.unwrap_or_else(|error| {
            tracing::warn!(error = in_full(&error), "nothing could be received");
            self.back_off();
            Vec::new()
        });
        let started = deliveries.len();
        for delivery in deliveries {
            self.in_flight.spawn(Arc::clone(&self.context).handle(delivery, self.asked));
        }
        started
    }

    async fn is_all_done(&self) -> bool {
        if !self.in_flight.is_empty() || Instant::now() < self.pause {
            return false;
        }
        let depth = self.context.edges.submissions.backlog().await;
        depth.is_ok_and(|depth| depth.is_empty())
    }

    /// One success shows that the machine is well again.
    fn learn(&mut self, report: &Report) {
        match report.ending {
            Ending::Verdict { .. } => (self.trouble, self.pause) = (0, Instant::now()),
            Ending::HandedBack { trouble: true } => self.back_off(),
            Ending::HandedBack { trouble: false } | Ending::DeadLettered { .. } | Ending::LeaseLost => {}
        }
    }

    /// Failures that come while we already wait say nothing new.
    fn back_off(&mut self) {
        if self.pause <= Instant::now() {
            self.trouble = self.trouble.saturating_add(1);
            self.pause = Instant::now() + self.context.settings.patience.delay(self.trouble);
        }
    }

    /// Waits for what is in flight, at most as long as the grace lasts, and hands the rest back. What a call for
    /// messages still brings is handed back unopened.
    async fn drain(&mut self, observe: &mut impl FnMut(Report)) {
        let finish = async {
            if self.receiving.is_some() {
                let late = finished(&mut self.receiving).await.unwrap_or_default();
                self.receiving = None;
                hand_back(&*self.context.edges.submissions, &late).await;
            }
            while let Some(done) = self.in_flight.join_next().await {
                done.into_iter().for_each(&mut *observe);
            }
        };
        if timeout(self.context.settings.grace, finish).await.is_err() {
            self.context.abort.cancel();
            while let Some(done) = self.in_flight.join_next().await {
                done.into_iter().for_each(&mut *observe);
            }
        }
    }
}

async fn hand_back<Q: Queue>(queue: &Q, deliveries: &[Delivery]) {
    for delivery in deliveries {
        let settlement = Settlement::HandBack { delay: Duration::ZERO };
        if let Err(error) = queue.settle(delivery, &settlement).await {
            tracing::warn!(error = in_full(&error), "a message was not handed back; its lease will end");
        }
    }
}

/// What the call for messages brings; never, where there is none.
async fn finished(
    receiving: &mut Option<JoinHandle<Result<Vec<Delivery>, QueueError>>>,
) -> Result<Vec<Delivery>, QueueError> {
    match receiving {
        Some(call) => call.await.unwrap_or_else(|error| Err(QueueError::Unavailable(error.into()))),
        None => std::future::pending().await,
    }
}
