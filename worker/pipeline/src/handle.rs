//! One message from delivery to settlement: all stages in order, under a lease.
//! How many of them run at once is left to `worker`.

use std::mem::take;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};
use verify::verdict::Disposition;

use crate::cpu::Cpu;
use crate::key::VerdictId;
use crate::lease::Lease;
use crate::outcome::in_full;
use crate::stage::{Announced, ReadWith, Received, Request, unpack};
use crate::starts::{Start, Starts};
use crate::trace::current_trace;
use crate::worker::{Edges, Settings};
use crate::{Delivery, Key, Lane, Outcome, Queue, Reader, Settlement, Store, Timings, crash, trace};

/// What all messages share.
pub(crate) struct Context<Q, S, R> {
    pub edges: Edges<Q, S, R>,
    pub settings: Settings,
    /// Where documents are read.
    pub readers: Cpu,
    /// Where they are judged: a reader that hangs must not keep its document from a verdict.
    pub judges: Cpu,
    /// Cancelled when the worker cannot wait any longer for what is in flight.
    pub abort: CancellationToken,
}

/// What became of a submission on one delivery of the message that brought it.
#[derive(Debug)]
pub struct Report {
    /// By which lane the message came.
    pub lane: Lane,
    /// Whose submission it was, where the message said so.
    pub submission_id: Option<String>,
    /// How often the message was delivered, this time included.
    pub attempt: u32,
    /// How it ended.
    pub ending: Ending,
}

/// How a delivery ended, as far as this worker knows.
#[derive(Debug)]
pub enum Ending {
    /// There is a verdict.
    Verdict {
        /// What it says.
        disposition: Disposition,
        /// The types of the documents it is about.
        document_types: Vec<String>,
        /// Where it lies.
        key: Key,
        /// How long it took.
        timings: Timings,
    },
    /// The message was given up, and is kept with the reason.
    DeadLettered {
        /// A word for machines.
        code: &'static str,
    },
    /// The message waits to be delivered again.
    HandedBack {
        /// Whether the machine was in trouble, and not just this message's turn over.
        trouble: bool,
    },
    /// The lease ended before the work did.
    LeaseLost,
    /// The message asked for nothing, as those by which S3 tests the way.
    Nothing,
}

/// The work on one of the submissions that a message brings.
#[derive(Debug, Default)]
struct Work {
    submission_id: Option<String>,
    starts: Starts,
    /// None as long as it is at work, or not begun.
    outcome: Option<Outcome>,
}

impl<Q: Queue, S: Store, R: Reader> Context<Q, S, R> {
    /// Works on a message that was received from `queue` at `since`, and settles it; returns what became of each of the
    /// submissions that it brings, or of the message where it brings none.
    pub async fn handle(
        self: Arc<Self>,
        lane: Lane,
        queue: Arc<Q>,
        delivery: Delivery,
        since: Instant,
    ) -> Vec<Report> {
        let span = tracing::info_span!("message", lane = lane.name(), attempt = delivery.attempt);
        trace::continue_from(&span, delivery.trace.as_deref());
        let works = self.work_leased(lane, &queue, &delivery, since).instrument(span.clone()).await;
        self.settle(lane, &*queue, &delivery, works).instrument(span).await
    }

    /// Works on the message as long as it is ours and the worker may.
    async fn work_leased(
        &self,
        lane: Lane,
        queue: &Arc<Q>,
        delivery: &Delivery,
        since: Instant,
    ) -> Vec<Work> {
        let lease = Lease::keep(Arc::clone(queue), delivery.receipt.clone(), since, self.settings.lease);
        let mut works = Vec::new();
        let cut_short = tokio::select! {
            biased;
            () = lease.lost() => Some(Outcome::LeaseLost),
            () = self.abort.cancelled() => Some(Outcome::Interrupted),
            () = self.work_all(lane, delivery, &mut works) => None,
        };
        for work in &mut works {
            take(&mut work.starts).end(&*self.edges.store).await;
        }
        if let Some(outcome) = cut_short {
            works.retain(|work| work.outcome.is_some() || work.submission_id.is_some());
            match works.iter_mut().find(|work| work.outcome.is_none()) {
                Some(work) => work.outcome = Some(outcome),
                None => works.push(Work { outcome: Some(outcome), ..Work::default() }),
            }
        }
        works
    }

    /// All that the message asks for, in order. One that fails keeps none of the others from being judged.
    async fn work_all(&self, lane: Lane, delivery: &Delivery, works: &mut Vec<Work>) {
        let requests = match unpack(&delivery.body) {
            Ok(requests) => requests,
            Err(error) => {
                works.push(Work { outcome: Some(error.into()), ..Work::default() });
                return;
            }
        };
        for request in requests {
            works.push(Work::default());
            // The one just pushed.
            let Some(work) = works.last_mut() else { return };
            let span = tracing::info_span!("submission", submission_id = Empty);
            let done = self.work(lane, delivery, request, work).instrument(span).await;
            let outcome = done.map_or_else(|outcome| outcome, |done| Outcome::Done(Box::new(done)));
            let is_trouble = matches!(outcome, Outcome::Trouble(_));
            work.outcome = Some(outcome);
            if is_trouble {
                // The message comes again; the others would meet the same trouble.
                return;
            }
        }
    }

    /// The stages in order.
    async fn work(
        &self,
        lane: Lane,
        delivery: &Delivery,
        request: Request,
        work: &mut Work,
    ) -> Result<Announced, Outcome> {
        let Self { edges, settings, readers, judges, .. } = self;
        let (store, deadline, attempt) = (&*edges.store, settings.deadline, delivery.attempt);
        let rules = edges.rules.current();
        crash::point("received");

        let submission = request.submission(store).await?;
        Span::current().record("submission_id", &submission.submission_id);
        work.submission_id = Some(submission.submission_id.clone());
        let received = Received::new(submission, attempt);
        let fetched = received.fetch(store, settings.limits).instrument(info_span!("fetch")).await?;
        crash::point("fetched");
        fetched.record(store, &edges.name, attempt).await?;
        let id = VerdictId::new(fetched.submission_id(), &fetched.digests(), rules.digest());
        let read = match work.starts.begin(store, &id, attempt, settings.patience.unended).await? {
            Start::Go => {
                let with = ReadWith { store, reader: &edges.reader, cpu: readers, lane, deadline };
                fetched.read(with).instrument(info_span!("read")).await?
            }
            Start::GiveUp => fetched.give_up(&*edges.reader),
        };
        crash::point("read");
        let recalled = read.recall(store).await?;
        let judged = recalled.judge(rules, judges, lane, deadline).instrument(info_span!("judge")).await?;
        crash::point("judged");
        let published = judged.publish(store).instrument(info_span!("publish")).await?;
        crash::point("published");
        let trace = current_trace().or_else(|| delivery.trace.clone());
        let announced = published.announce(&edges.verdicts, trace.as_deref()).await?;
        crash::point("announced");
        Ok(announced)
    }

    /// Does to the message what follows from the outcomes. A failure is no more than noted: the lease then ends by
    /// itself, the message comes again, and the verdicts are there already.
    async fn settle(&self, lane: Lane, queue: &Q, delivery: &Delivery, works: Vec<Work>) -> Vec<Report> {
        let attempt = delivery.attempt;
        let mut settlements = Vec::with_capacity(works.len());
        for Work { submission_id, outcome, .. } in &works {
            let settlement =
                outcome.as_ref().and_then(|outcome| outcome.settlement(attempt, &self.settings.patience));
            if let Some(outcome) = outcome {
                log(submission_id.as_deref(), attempt, outcome, settlement.as_ref());
            }
            settlements.push(settlement);
        }
        let settlement = Settlement::of_all(settlements.iter().cloned());
        if let Some(settlement) = &settlement
            && let Err(error) = queue.settle(delivery, settlement).await
        {
            tracing::warn!(error = in_full(&error), "the message was not settled");
        }
        crash::point("settled");
        if works.is_empty() {
            return vec![Report { lane, submission_id: None, attempt, ending: Ending::Nothing }];
        }
        let ending = |work: Work, settled| Report {
            lane,
            submission_id: work.submission_id,
            attempt,
            ending: Ending::of(work.outcome, settled),
        };
        works.into_iter().zip(settlements).map(|(work, settled)| ending(work, settled)).collect()
    }
}

impl Ending {
    fn of(outcome: Option<Outcome>, settlement: Option<Settlement>) -> Self {
        match (outcome, settlement) {
            (Some(Outcome::Done(done)), _) => Self::Verdict {
                disposition: done.disposition,
                document_types: done.document_types,
                key: done.verdict,
                timings: done.timings,
            },
            (_, Some(Settlement::DeadLetter(letter))) => Self::DeadLettered { code: letter.code },
            (outcome, Some(Settlement::HandBack { .. } | Settlement::Acknowledge)) => {
                Self::HandedBack { trouble: matches!(outcome, Some(Outcome::Trouble(_))) }
            }
            (_, None) => Self::LeaseLost,
        }
    }
}

/// For the operator: ids and codes, nothing of what the message or the documents say.
fn log(submission_id: Option<&str>, attempt: u32, outcome: &Outcome, settlement: Option<&Settlement>) {
    match outcome {
        Outcome::Done(done) => tracing::info!(
            submission_id,
            attempt,
            verdict = %done.verdict,
            disposition = ?done.disposition,
            created = ?done.created,
            "a verdict is published and announced"
        ),
        Outcome::Trouble(error) => {
            tracing::warn!(submission_id, attempt, error = in_full(&**error), "handed back: machine trouble");
        }
        Outcome::Interrupted => tracing::info!(submission_id, attempt, "handed back: the worker is stopping"),
        Outcome::LeaseLost => tracing::warn!(submission_id, attempt, "the lease ended before the work did"),
        Outcome::Malformed(_)
        | Outcome::FileRefused(_)
        | Outcome::FileMissing(_)
        | Outcome::SubmissionMissing(_)
        | Outcome::Unjudgeable(_) => match settlement {
            Some(Settlement::DeadLetter(letter)) => {
                tracing::error!(submission_id, attempt, code = letter.code, "given up");
            }
            Some(Settlement::HandBack { .. } | Settlement::Acknowledge) | None => {
                tracing::warn!(submission_id, attempt, "handed back: a file is not there yet");
            }
        },
    }
}
