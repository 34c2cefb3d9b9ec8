//! One message from delivery to settlement: all stages in order, under a lease.
//! How many of them run at once is left to `worker`.

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use verify::verdict::Disposition;

use crate::cpu::Cpu;
use crate::key::VerdictId;
use crate::lease::Lease;
use crate::outcome::in_full;
use crate::stage::{Announced, ReadWith, Received};
use crate::starts::{Start, Starts};
use crate::worker::{Edges, Settings};
use crate::{Delivery, Key, Outcome, Queue, Reader, Settlement, Store, Timings};

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

/// What became of one delivery.
#[derive(Debug)]
pub struct Report {
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
}

impl<Q: Queue, S: Store, R: Reader> Context<Q, S, R> {
    /// Works on a message that was received at `since`, and settles it.
    pub async fn handle(self: Arc<Self>, delivery: Delivery, since: Instant) -> Report {
        let queue = Arc::clone(&self.edges.submissions);
        let lease = Lease::keep(queue, delivery.receipt.clone(), since, self.settings.lease);
        let mut submission_id = None;
        let starts = Starts::default();
        let outcome = tokio::select! {
            biased;
            () = lease.lost() => Outcome::LeaseLost,
            () = self.abort.cancelled() => Outcome::Interrupted,
            outcome = self.work(&delivery, &starts, &mut submission_id) => outcome.map_or_else(
                |outcome| outcome,
                |announced| Outcome::Done(Box::new(announced)),
            ),
        };
        starts.end(&*self.edges.store).await;
        drop(lease);
        self.settle(&delivery, submission_id, outcome).await
    }

    /// The stages in order.
    async fn work(
        &self,
        delivery: &Delivery,
        starts: &Starts,
        submission_id: &mut Option<String>,
    ) -> Result<Announced, Outcome> {
        let Self { edges, settings, readers, judges, .. } = self;
        let (store, deadline) = (&*edges.store, settings.deadline);
        let rules = edges.rules.current();

        let received = Received::parse(delivery)?;
        *submission_id = Some(received.submission_id().to_owned());
        let fetched = received.fetch(store, settings.limits).await?;
        let id = VerdictId::new(fetched.submission_id(), &fetched.digests(), rules.digest());
        let read = match starts.begin(store, &id, delivery.attempt, settings.patience.unended).await? {
            Start::Go => {
                fetched.read(ReadWith { store, reader: &edges.reader, cpu: readers, deadline }).await?
            }
            Start::GiveUp => fetched.give_up(&*edges.reader),
        };
        let recalled = read.recall(store).await?;
        let judged = recalled.judge(rules, judges, deadline).await?;
        let published = judged.publish(store).await?;
        Ok(published.announce(&*edges.verdicts).await?)
    }

    /// Does to the message what follows from the outcome. A failure is no more than noted: the lease then ends by
    /// itself, the message comes again, and the verdict is there already.
    async fn settle(&self, delivery: &Delivery, submission_id: Option<String>, outcome: Outcome) -> Report {
        let settlement = outcome.settlement(delivery.attempt, &self.settings.patience);
        log(submission_id.as_deref(), delivery.attempt, &outcome, settlement.as_ref());
        if let Some(settlement) = &settlement
            && let Err(error) = self.edges.submissions.settle(delivery, settlement).await
        {
            tracing::warn!(submission_id, error = in_full(&error), "the message was not settled");
        }
        let ending = match (outcome, settlement) {
            (Outcome::Done(done), _) => {
                Ending::Verdict { disposition: done.disposition, key: done.verdict, timings: done.timings }
            }
            (_, Some(Settlement::DeadLetter(letter))) => Ending::DeadLettered { code: letter.code },
            (outcome, Some(Settlement::HandBack { .. } | Settlement::Acknowledge)) => {
                Ending::HandedBack { trouble: matches!(outcome, Outcome::Trouble(_)) }
            }
            (_, None) => Ending::LeaseLost,
        };
        Report { submission_id, attempt: delivery.attempt, ending }
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
