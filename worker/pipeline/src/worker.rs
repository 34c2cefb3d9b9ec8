//! Takes work from the queue while there is room for it, and ends in good order.
//! What is done with a message is left to `handle`, whose turn it is to `intake`, when to pause to `breaker`.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::breaker::Breaker;
use crate::cpu::Cpu;
use crate::handle::{Context, Ending, Report};
use crate::intake::{Happened, Intake, LOOK_AT_BACKLOG_EVERY, Lane, Places};
use crate::outcome::in_full;
use crate::stage::Limits;
use crate::{
    Backlog, Delivery, Key, Patience, Queue, QueueError, Reader, Receive, Rulebook, Settlement, Store,
};

/// What a worker is connected to.
pub struct Edges<Q, S, R> {
    /// Where submissions come from that somebody waits for.
    pub live: Arc<Q>,
    /// Where submissions come from that can wait, if there is such a place.
    pub backlog: Option<Arc<Q>>,
    /// Where verdicts are announced; at least one place. All of them are told.
    pub verdicts: Vec<Arc<Q>>,
    /// Where uploads, readings and verdicts lie.
    pub store: Arc<S>,
    /// Who reads.
    pub reader: Arc<R>,
    /// The rules in force.
    pub rules: Arc<Rulebook>,
    /// What the worker is called in the records of who read what.
    pub name: Arc<str>,
}

/// How a worker works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many submissions are in flight at once, at least one; with a backlog at least two. More than `cpu`, so that
    /// one is fetched and another published while a third is read.
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
    /// When nothing is left in the queues, nor in flight at any worker.
    Empty,
}

/// What a worker tells whoever watches it.
#[derive(Debug)]
pub enum Event {
    /// The loop goes on; so many messages of each lane are in flight.
    Progress {
        /// Of uploads that somebody waits for.
        live: usize,
        /// Of those that can wait.
        backlog: usize,
    },
    /// A message was received.
    Received {
        /// By which lane.
        lane: Lane,
        /// How often it was delivered, this time included.
        attempt: u32,
        /// How long ago it was sent, where the queue tells.
        age: Option<Duration>,
    },
    /// What became of a submission on one delivery. A message that brings several submissions ends several times.
    Ended(Report),
    /// The breaker opened, or closed: whether messages are held off now.
    Breaker {
        /// Whether the machine is in trouble.
        open: bool,
    },
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

/// However little happens, the loop turns so often: whoever watches can tell that it does.
const TURN_AT_LEAST_EVERY: Duration = Duration::from_secs(5);

/// How long a look at the machine may take.
const PROBE_WITHIN: Duration = Duration::from_secs(20);

/// Takes submissions from a queue and publishes verdicts.
pub struct Worker<Q, S, R> {
    context: Arc<Context<Q, S, R>>,
    live: Intake<Q>,
    backlog: Option<Intake<Q>>,
    /// The backlog was empty; it is not asked before this.
    backlog_again: Instant,
    breaker: Breaker,
}

impl<Q: Queue + Backlog, S: Store, R: Reader> Worker<Q, S, R> {
    /// A worker between these edges.
    pub fn new(edges: Edges<Q, S, R>, mut settings: Settings) -> Self {
        settings.in_flight = settings.in_flight.max(1 + usize::from(edges.backlog.is_some()));
        let (readers, judges) = (Cpu::new(settings.cpu), Cpu::new(settings.cpu));
        let abort = CancellationToken::new();
        Self {
            live: Intake::new(Arc::clone(&edges.live)),
            backlog: edges.backlog.as_ref().map(|queue| Intake::new(Arc::clone(queue))),
            backlog_again: Instant::now(),
            breaker: Breaker::new(settings.patience),
            context: Arc::new(Context { edges, settings, readers, judges, abort }),
        }
    }

    /// Works until told to stop, or until there is nothing left to do; then finishes what is in flight. `observe`
    /// hears of all that happens.
    ///
    /// # Errors
    /// If the worker cannot go on; what is in flight is finished or handed back all the same.
    pub async fn run(
        mut self,
        until: Until,
        stop: CancellationToken,
        mut observe: impl FnMut(Event),
    ) -> Result<(), RunError> {
        let result = self.take_work(until, &stop, &mut observe).await;
        self.drain(&mut observe).await;
        result
    }

    async fn take_work(
        &mut self,
        until: Until,
        stop: &CancellationToken,
        observe: &mut impl FnMut(Event),
    ) -> Result<(), RunError> {
        let mut was_open = false;
        loop {
            self.ask(until);
            observe(self.progress());
            let (lane, happened) = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                happened = self.live.next() => (Lane::Live, Some(happened)),
                happened = next(&mut self.backlog) => (Lane::Backlog, Some(happened)),
                () = self.breaker.turn(|| probe(&self.context)) => (Lane::Live, None),
                () = sleep_until(self.backlog_again), if Instant::now() < self.backlog_again => (Lane::Backlog, None),
                () = sleep(TURN_AT_LEAST_EVERY) => (Lane::Live, None),
            };
            match happened {
                Some(Happened::Settled(reports)) => self.learn(reports, observe),
                Some(Happened::Received(received)) => self.start(lane, received, observe),
                None => {}
            }
            if was_open != self.breaker.is_open() {
                was_open = !was_open;
                tracing::info!(open = was_open, "the breaker turned");
                observe(Event::Breaker { open: was_open });
            }
            if self.context.readers.is_stuck() {
                return Err(RunError::Hung);
            }
            if until == Until::Empty {
                if self.breaker.failures() >= MOST_TROUBLE {
                    return Err(RunError::Trouble(self.breaker.failures()));
                }
                if self.is_all_done().await {
                    return Ok(());
                }
            }
        }
    }

    fn progress(&self) -> Event {
        let backlog = self.backlog.as_ref().map_or(0, |backlog| backlog.in_flight.len());
        Event::Progress { live: self.live.in_flight.len(), backlog }
    }

    /// Asks for as many messages as there is room for, unless the machine is in trouble.
    fn ask(&mut self, until: Until) {
        let settings = &self.context.settings;
        let taken = self.live.taken() + self.backlog.as_ref().map_or(0, Intake::taken);
        let may_ask = |backlog: &Intake<Q>| !backlog.is_asking() && self.backlog_again <= Instant::now();
        let places = Places {
            free: self.breaker.allows(settings.in_flight).saturating_sub(taken),
            live_is_asking: self.live.is_asking(),
            live_is_quiet: self.live.is_quiet,
            backlog: self.backlog.as_ref().map(may_ask),
        };
        let shares = places.share();
        if shares.live > 0 {
            // Whoever waits for the end, or for the backlog, should not wait long for an empty call.
            let wait = match until {
                Until::Stopped if self.live.is_quiet || self.backlog.is_none() => settings.wait,
                Until::Stopped | Until::Empty => settings.wait.min(Duration::from_millis(100)),
            };
            self.live.ask(Receive { max: shares.live, wait, lease: settings.lease });
        }
        if let Some(backlog) = &mut self.backlog
            && shares.backlog > 0
        {
            backlog.ask(Receive { max: shares.backlog, wait: Duration::ZERO, lease: settings.lease });
        }
    }

    /// Starts work on what came.
    fn start(
        &mut self,
        lane: Lane,
        received: Result<Vec<Delivery>, QueueError>,
        observe: &mut impl FnMut(Event),
    ) {
        let Some(intake) = Self::intake(&mut self.live, &mut self.backlog, lane) else { return };
        let deliveries = received.unwrap_or_else(|error| {
            tracing::warn!(lane = lane.name(), error = in_full(&error), "nothing could be received");
            self.breaker.trouble();
            Vec::new()
        });
        if lane == Lane::Backlog && deliveries.is_empty() {
            self.backlog_again = Instant::now() + LOOK_AT_BACKLOG_EVERY.min(self.context.settings.wait);
        }
        for delivery in deliveries {
            observe(Event::Received { lane, attempt: delivery.attempt, age: delivery.age });
            let (context, queue) = (Arc::clone(&self.context), Arc::clone(&intake.queue));
            intake.in_flight.spawn(context.handle(lane, queue, delivery, intake.asked));
        }
    }

    fn intake<'a>(
        live: &'a mut Intake<Q>,
        backlog: &'a mut Option<Intake<Q>>,
        lane: Lane,
    ) -> Option<&'a mut Intake<Q>> {
        match lane {
            Lane::Live => Some(live),
            Lane::Backlog => backlog.as_mut(),
        }
    }

    /// Whether nothing is left to do, for anybody.
    async fn is_all_done(&self) -> bool {
        for intake in [Some(&self.live), self.backlog.as_ref()].into_iter().flatten() {
            if !intake.is_quiet || !intake.in_flight.is_empty() {
                return false;
            }
            if !intake.queue.backlog().await.is_ok_and(|depth| depth.is_empty()) {
                return false;
            }
        }
        !self.breaker.is_open()
    }

    /// One message that came to its end shows that the machine is well again.
    fn learn(&mut self, reports: Vec<Report>, observe: &mut impl FnMut(Event)) {
        for report in reports {
            match report.ending {
                Ending::HandedBack { trouble: true } => self.breaker.trouble(),
                Ending::Verdict { .. } | Ending::DeadLettered { .. } | Ending::Nothing => {
                    self.breaker.success();
                }
                Ending::HandedBack { trouble: false } | Ending::LeaseLost => {}
            }
            observe(Event::Ended(report));
        }
    }

    /// Waits for what is in flight, at most as long as the grace lasts, and hands the rest back. What a call for
    /// messages still brings is handed back unopened.
    async fn drain(&mut self, observe: &mut impl FnMut(Event)) {
        let finish = async {
            for intake in [Some(&mut self.live), self.backlog.as_mut()].into_iter().flatten() {
                while !intake.is_idle() {
                    match intake.next().await {
                        Happened::Received(late) => {
                            hand_back(&*intake.queue, &late.unwrap_or_default()).await;
                        }
                        Happened::Settled(reports) => {
                            reports.into_iter().for_each(|report| observe(Event::Ended(report)));
                        }
                    }
                }
            }
        };
        if timeout(self.context.settings.grace, finish).await.is_err() {
            self.context.abort.cancel();
            for intake in [Some(&mut self.live), self.backlog.as_mut()].into_iter().flatten() {
                while let Some(done) = intake.in_flight.join_next().await {
                    done.into_iter().flatten().for_each(|report| observe(Event::Ended(report)));
                }
            }
        }
    }
}

/// What happens in a lane that there may be.
async fn next<Q: Queue>(intake: &mut Option<Intake<Q>>) -> Happened {
    match intake {
        Some(intake) => intake.next().await,
        None => std::future::pending().await,
    }
}

/// Looks at the machine without taking a message: whether store and queues answer.
fn probe<Q: Queue + Backlog, S: Store, R: Reader>(
    context: &Arc<Context<Q, S, R>>,
) -> AbortOnDropHandle<bool> {
    let context = Arc::clone(context);
    AbortOnDropHandle::new(tokio::spawn(async move {
        let edges = &context.edges;
        let look = async {
            edges.store.get(&Key::probe()).await.map_err(|error| in_full(&error))?;
            for queue in edges.verdicts.iter().chain([&edges.live]).chain(&edges.backlog) {
                queue.backlog().await.map_err(|error| in_full(&error))?;
            }
            Ok::<(), String>(())
        };
        match timeout(PROBE_WITHIN, look).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(error, "the machine is still in trouble");
                false
            }
            Err(_) => {
                tracing::warn!("the machine does not answer");
                false
            }
        }
    }))
}

async fn hand_back<Q: Queue>(queue: &Q, deliveries: &[Delivery]) {
    for delivery in deliveries {
        let settlement = Settlement::HandBack { delay: Duration::ZERO };
        if let Err(error) = queue.settle(delivery, &settlement).await {
            tracing::warn!(error = in_full(&error), "a message was not handed back; its lease will end");
        }
    }
}
