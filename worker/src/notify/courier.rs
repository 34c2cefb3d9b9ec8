//! Takes announcements from a queue while the receiver takes them, and ends in good order.
//! What follows from an answer is left to `settle`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pipeline::{Announcement, Backlog, Breaker, Delivery, Queue, QueueError, Receive, Settlement, Until};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::settle::{Outcome, Standing, Step, TROUBLED};
use super::webhook::{Answer, TIMEOUT, Webhook};

/// Brings announcements from a queue to a webhook.
pub struct Courier<Q> {
    desk: Arc<Desk<Q>>,
    /// How many announcements are on their way at once.
    most: usize,
    on_their_way: JoinSet<Report>,
    /// A call for messages. It is always awaited to its end, since it may have leased some by then.
    asked: Option<AbortOnDropHandle<Result<Vec<Delivery>, QueueError>>>,
    /// Whether the queue had nothing when it was last asked.
    is_quiet: bool,
    breaker: Breaker,
}

/// What all deliveries share.
struct Desk<Q> {
    queue: Arc<Q>,
    webhook: Webhook,
    standing: Mutex<Standing>,
    abort: CancellationToken,
}

/// What became of one delivery.
#[derive(Debug)]
pub struct Report {
    /// The `webhook-id`, if the message was an announcement.
    pub id: Option<String>,
    /// The submission that the verdict is on.
    pub submission_id: Option<String>,
    /// How often the message was delivered to us, this time included.
    pub attempt: u32,
    /// What the receiver answered, if it did.
    pub status: Option<u16>,
    /// What became of it.
    pub ending: Ending,
    hold_off: Option<Duration>,
}

/// What became of an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The receiver has it.
    Delivered,
    /// It will be offered again.
    HandedBack,
    /// It is kept with the reason, and not offered again.
    GivenUp {
        /// Why, as a word for machines.
        code: &'static str,
    },
    /// The queue does not know what became of it, and will hand it out again: the receiver may get it twice.
    Unsettled,
}

/// What a courier tells whoever watches it.
#[derive(Debug)]
pub enum Event {
    /// The loop goes on.
    Progress,
    /// What became of one delivery.
    Ended(Report),
    /// The breaker opened, or closed: whether announcements are held off now.
    Breaker {
        /// Whether receiver or queue are in trouble.
        open: bool,
    },
}

/// The courier ended before it should.
#[derive(Debug, thiserror::Error)]
#[error("queue or webhook were in trouble {0} times in a row; the log says how")]
pub struct InTrouble(u32);

/// How long a message is ours. A delivery and its settlement end well before, so that no sign of life is needed.
const LEASE: Duration = Duration::from_secs(60);
/// How long one call waits for messages.
const WAIT: Duration = Duration::from_secs(2);
/// The same for whoever waits for the end.
const SHORT_WAIT: Duration = Duration::from_millis(100);
/// How long what is on its way may take once we are told to stop: as long as a delivery takes, and to settle it.
const GRACE: Duration = Duration::from_secs(TIMEOUT.as_secs() + 5);
/// After so many failures in a row a courier that is to empty the queue gives up, as a worker does.
const MOST_TROUBLE: u32 = 12;

/// However little happens, the loop turns so often: whoever watches can tell that it does.
const TURN_AT_LEAST_EVERY: Duration = Duration::from_secs(5);

/// What the courier waits for.
enum Happened {
    Stop,
    Ended(Result<Report, JoinError>),
    Received(Result<Vec<Delivery>, QueueError>),
    /// Nothing but time passed, or the breaker turned.
    Nothing,
}

impl<Q: Queue + Backlog> Courier<Q> {
    /// A courier between `queue` and `webhook`, with at most so many announcements on their way at once.
    pub fn new(queue: Arc<Q>, webhook: Webhook, most: usize) -> Self {
        let abort = CancellationToken::new();
        Self {
            desk: Arc::new(Desk { queue, webhook, standing: Mutex::default(), abort }),
            most: most.max(1),
            on_their_way: JoinSet::new(),
            asked: None,
            is_quiet: false,
            breaker: Breaker::new(TROUBLED),
        }
    }

    /// Delivers until told to stop, or until nothing is left; then finishes what is on its way. `observe` hears of
    /// every delivery.
    ///
    /// # Errors
    /// If the courier was to empty the queue and cannot.
    pub async fn run(
        mut self,
        until: Until,
        stop: CancellationToken,
        mut observe: impl FnMut(Event),
    ) -> Result<(), InTrouble> {
        let result = self.deliver_all(until, &stop, &mut observe).await;
        self.finish(&mut observe).await;
        result
    }

    async fn deliver_all(
        &mut self,
        until: Until,
        stop: &CancellationToken,
        observe: &mut impl FnMut(Event),
    ) -> Result<(), InTrouble> {
        let mut was_open = false;
        loop {
            self.ask(until);
            observe(Event::Progress);
            match self.next(stop).await {
                Happened::Stop => return Ok(()),
                Happened::Ended(Ok(report)) => self.learn(report, observe),
                Happened::Ended(Err(error)) => {
                    tracing::error!(%error, "a delivery broke off; its lease will end");
                }
                Happened::Received(received) => self.start(received),
                Happened::Nothing => {}
            }
            if was_open != self.breaker.is_open() {
                was_open = !was_open;
                tracing::info!(open = was_open, "the breaker turned");
                observe(Event::Breaker { open: was_open });
            }
            if until == Until::Empty {
                if self.breaker.failures() >= MOST_TROUBLE {
                    return Err(InTrouble(self.breaker.failures()));
                }
                if self.is_all_done().await {
                    return Ok(());
                }
            }
        }
    }

    async fn next(&mut self, stop: &CancellationToken) -> Happened {
        let asked = self.asked.as_mut();
        let received = async {
            match asked {
                Some(asked) => asked.await,
                None => std::future::pending().await,
            }
        };
        let happened = tokio::select! {
            biased;
            () = stop.cancelled() => Happened::Stop,
            Some(ended) = self.on_their_way.join_next() => Happened::Ended(ended),
            received = received => Happened::Received(flat(received)),
            // Only an announcement shows how the receiver is.
            () = self.breaker.turn(|| AbortOnDropHandle::new(tokio::spawn(async { true }))) => Happened::Nothing,
            () = sleep(TURN_AT_LEAST_EVERY) => Happened::Nothing,
        };
        if matches!(happened, Happened::Received(_)) {
            self.asked = None;
        }
        happened
    }

    /// Asks for as many messages as may be on their way, unless it has already asked.
    fn ask(&mut self, until: Until) {
        let free = self.breaker.allows(self.most).saturating_sub(self.on_their_way.len());
        if self.asked.is_some() || free == 0 {
            return;
        }
        let wait = match until {
            Until::Stopped => WAIT,
            Until::Empty => SHORT_WAIT,
        };
        let queue = Arc::clone(&self.desk.queue);
        let request = Receive { max: free, wait, lease: LEASE };
        let call = async move { queue.receive(request).await };
        self.asked = Some(AbortOnDropHandle::new(tokio::spawn(call)));
    }

    fn start(&mut self, received: Result<Vec<Delivery>, QueueError>) {
        let deliveries = received.unwrap_or_else(|error| {
            tracing::warn!(error = in_full(error), "nothing could be received");
            self.breaker.trouble();
            Vec::new()
        });
        self.is_quiet = deliveries.is_empty();
        for delivery in deliveries {
            self.on_their_way.spawn(Arc::clone(&self.desk).handle(delivery));
        }
    }

    /// One announcement that was taken shows that the receiver is well again; so does one that only it refuses.
    fn learn(&mut self, report: Report, observe: &mut impl FnMut(Event)) {
        match report.hold_off {
            Some(at_least) => self.breaker.trouble_for(at_least),
            None if report.status.is_some() => self.breaker.success(),
            None => {}
        }
        observe(Event::Ended(report));
    }

    /// Whether nothing is left to do, for anybody.
    async fn is_all_done(&self) -> bool {
        let is_idle = self.is_quiet && self.on_their_way.is_empty() && !self.breaker.is_open();
        is_idle && self.desk.queue.backlog().await.is_ok_and(|depth| depth.is_empty())
    }

    /// Waits for what is on its way, and hands back what the last call for messages still brings.
    async fn finish(&mut self, observe: &mut impl FnMut(Event)) {
        let finish = async {
            if let Some(asked) = self.asked.take() {
                for late in flat(asked.await).unwrap_or_default() {
                    self.desk.settle(&late, &Settlement::HandBack { delay: Duration::ZERO }).await;
                }
            }
            while let Some(ended) = self.on_their_way.join_next().await {
                ended.into_iter().for_each(|report| observe(Event::Ended(report)));
            }
        };
        if timeout(GRACE, finish).await.is_err() {
            self.desk.abort.cancel();
            while let Some(ended) = self.on_their_way.join_next().await {
                ended.into_iter().for_each(|report| observe(Event::Ended(report)));
            }
        }
    }
}

impl<Q: Queue> Desk<Q> {
    /// One message from delivery to settlement.
    async fn handle(self: Arc<Self>, delivery: Delivery) -> Report {
        let announcement = Announcement::parse(&delivery.body);
        let outcome = match &announcement {
            Ok(announcement) => self.deliver(&announcement.id, &delivery).await,
            Err(error) => Outcome::Malformed(match std::error::Error::source(error) {
                Some(cause) => format!("{error}: {cause}"),
                None => error.to_string(),
            }),
        };
        let Step { settlement, hold_off } = {
            let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
            standing.note(&outcome);
            outcome.step(delivery.attempt, &standing)
        };
        let announcement = announcement.ok();
        let report = Report {
            id: announcement.as_ref().map(|it| it.id.clone()),
            submission_id: announcement.map(|it| it.subject),
            attempt: delivery.attempt,
            status: outcome.status(),
            ending: Ending::of(&settlement),
            hold_off,
        };
        report.log(&outcome);
        let is_settled = self.settle(&delivery, &settlement).await;
        if is_settled { report } else { Report { ending: Ending::Unsettled, ..report } }
    }

    async fn deliver(&self, id: &str, delivery: &Delivery) -> Outcome {
        tokio::select! {
            answer = self.webhook.deliver(id, &delivery.body, delivery.trace.as_deref()) => Outcome::Answered(answer),
            () = self.abort.cancelled() => Outcome::Interrupted,
        }
    }

    /// Whether the queue knows now. If not, the lease ends by itself and the message comes again.
    async fn settle(&self, delivery: &Delivery, settlement: &Settlement) -> bool {
        let settled = self.queue.settle(delivery, settlement).await;
        settled
            .inspect_err(|error| tracing::warn!(%error, "a message was not settled; it will come again"))
            .is_ok()
    }
}

impl Outcome {
    fn status(&self) -> Option<u16> {
        match self {
            Self::Answered(Answer::Taken { status } | Answer::Refused { status, .. }) => Some(*status),
            Self::Answered(Answer::Trouble { status, .. }) => *status,
            Self::Malformed(_) | Self::Interrupted => None,
        }
    }
}

impl Ending {
    fn of(settlement: &Settlement) -> Self {
        match settlement {
            Settlement::Acknowledge => Self::Delivered,
            Settlement::HandBack { .. } => Self::HandedBack,
            Settlement::DeadLetter(letter) => Self::GivenUp { code: letter.code },
        }
    }
}

impl Report {
    /// For the operator: ids, codes and statuses, nothing of what the message or the answer says.
    fn log(&self, outcome: &Outcome) {
        let Self { id, submission_id, attempt, status, ending, .. } = self;
        let (id, submission_id) = (id.as_deref(), submission_id.as_deref());
        match (ending, outcome) {
            (Ending::GivenUp { code }, _) => {
                tracing::error!(submission_id, webhook_id = id, attempt, status, code, "given up");
            }
            (_, Outcome::Answered(Answer::Trouble { why, .. })) => {
                tracing::warn!(
                    submission_id,
                    webhook_id = id,
                    attempt,
                    why,
                    "handed back: the webhook is in trouble"
                );
            }
            (_, Outcome::Answered(Answer::Refused { .. })) => {
                tracing::warn!(
                    submission_id,
                    webhook_id = id,
                    attempt,
                    status,
                    "handed back: the webhook refuses it"
                );
            }
            (_, Outcome::Answered(Answer::Taken { .. })) => {
                tracing::info!(submission_id, webhook_id = id, attempt, status, "a verdict was told");
            }
            (_, Outcome::Interrupted | Outcome::Malformed(_)) => {
                tracing::info!(submission_id, webhook_id = id, attempt, "handed back: we are stopping");
            }
        }
    }
}

/// A task that broke is as good as a queue that did not answer.
fn flat<T>(joined: Result<Result<T, QueueError>, JoinError>) -> Result<T, QueueError> {
    joined.unwrap_or_else(|error| Err(QueueError::Unavailable(error.into())))
}

fn in_full(error: QueueError) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
