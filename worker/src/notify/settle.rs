//! What became of a delivery, and hence of the message: one table, with nothing left out.
//! Delivering is left to `webhook`, doing it to `courier`.

use std::time::Duration;

use pipeline::{DeadLetter, Patience, Settlement};

use super::webhook::{Answer, LONGEST_WAIT};

/// How one delivery of an announcement ended.
#[derive(Debug)]
pub enum Outcome {
    /// The receiver answered, or did not.
    Answered(Answer),
    /// The message is no announcement; the text says why, and may quote it.
    Malformed(String),
    /// We had to stop before there was an answer.
    Interrupted,
}

/// What the answers so far say of the receiver. Nobody can tell by one refusal whether it is about the message or about
/// us: a receiver that checks signatures with another secret refuses whatever it is sent. So a refusal counts against a
/// message only where others are taken.
#[derive(Debug, Default)]
pub struct Standing {
    taken: bool,
    refused_in_a_row: u32,
}

/// What is done after a delivery.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// What becomes of the message.
    pub settlement: Settlement,
    /// Whether nothing more is taken for a while, and for how long at least.
    pub hold_off: Option<Duration>,
}

/// So often an announcement is offered that the receiver refuses; with the delays below that takes five hours, in which
/// somebody may mend the receiver.
pub const MOST_REFUSALS: u32 = 16;
/// So many refusals in a row are not about the messages.
const REFUSED_IN_A_ROW: u32 = 8;

/// How long an announcement waits that was refused.
const REFUSED: Patience = patience(Duration::from_secs(60 * 60));
/// How long it waits, and everything with it, where the receiver is in trouble. Less, because it will be taken as soon
/// as the trouble is over, and somebody waits for it.
pub const TROUBLED: Patience = patience(Duration::from_secs(60));

const fn patience(longest_delay: Duration) -> Patience {
    Patience { missing_file: 0, unended: 0, first_delay: Duration::from_secs(1), longest_delay }
}

impl Outcome {
    /// What follows on the message's `attempt`th delivery.
    pub fn step(&self, attempt: u32, standing: &Standing) -> Step {
        let later = |delay| Settlement::HandBack { delay };
        let trouble = |retry_after: Option<Duration>| {
            let at_least = retry_after.unwrap_or_default().min(LONGEST_WAIT);
            let settlement = later(TROUBLED.delay(attempt).max(at_least));
            Step { settlement, hold_off: Some(at_least) }
        };
        let go_on = |settlement| Step { settlement, hold_off: None };
        let dead = |code, detail| go_on(Settlement::DeadLetter(DeadLetter { code, detail }));
        match self {
            Self::Answered(Answer::Taken { .. }) => go_on(Settlement::Acknowledge),
            Self::Answered(Answer::Refused { .. }) if !standing.takes_others() => trouble(None),
            Self::Answered(Answer::Refused { status, for_good }) if *for_good || attempt >= MOST_REFUSALS => {
                dead("webhook_refused", format!("the webhook answered {status} on delivery {attempt}"))
            }
            Self::Answered(Answer::Refused { .. }) => go_on(later(REFUSED.delay(attempt))),
            Self::Answered(Answer::Trouble { retry_after, .. }) => trouble(*retry_after),
            Self::Malformed(error) => dead("malformed", error.clone()),
            Self::Interrupted => go_on(later(Duration::ZERO)),
        }
    }
}

impl Standing {
    /// Learns from how a delivery ended.
    pub fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Answered(Answer::Taken { .. }) => (self.taken, self.refused_in_a_row) = (true, 0),
            Outcome::Answered(Answer::Refused { .. }) => {
                self.refused_in_a_row = self.refused_in_a_row.saturating_add(1);
            }
            Outcome::Answered(Answer::Trouble { .. }) | Outcome::Malformed(_) | Outcome::Interrupted => {}
        }
    }

    /// Whether a refusal is about the message that was refused.
    fn takes_others(&self) -> bool {
        self.taken && self.refused_in_a_row <= REFUSED_IN_A_ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Outcome {
        Outcome::Answered(Answer::Refused { status, for_good: status == 410 })
    }

    fn taken() -> Outcome {
        Outcome::Answered(Answer::Taken { status: 204 })
    }

    /// A step, as its code or its delay in seconds, and whether nothing more is taken.
    fn step(outcome: &Outcome, attempt: u32, standing: &Standing) -> (String, bool) {
        let Step { settlement, hold_off } = outcome.step(attempt, standing);
        let settled = match settlement {
            Settlement::Acknowledge => "acknowledged".to_owned(),
            Settlement::HandBack { delay } => delay.as_secs().to_string(),
            Settlement::DeadLetter(letter) => letter.code.to_owned(),
        };
        (settled, hold_off.is_some())
    }

    #[test]
    fn a_refusal_counts_against_a_message_only_where_others_are_taken() {
        let mut standing = Standing::default();
        for status in [400, 410, 422] {
            assert_eq!(
                step(&refused(status), 99, &standing),
                ("60".to_owned(), true),
                "nothing was taken yet"
            );
        }
        standing.note(&taken());
        for (status, attempt, then) in [
            (400, 1, "1"),
            (422, 5, "16"),
            (422, MOST_REFUSALS - 1, "3600"),
            (422, MOST_REFUSALS, "webhook_refused"),
            (410, 1, "webhook_refused"),
        ] {
            assert_eq!(step(&refused(status), attempt, &standing), (then.to_owned(), false), "{status}");
        }
        for _ in 0..=REFUSED_IN_A_ROW {
            standing.note(&refused(400));
        }
        assert_eq!(step(&refused(400), 99, &standing), ("60".to_owned(), true), "all are refused");
        standing.note(&taken());
        assert_eq!(step(&refused(400), 99, &standing).0, "webhook_refused");
    }

    #[test]
    fn the_receivers_trouble_costs_no_message() {
        let standing = Standing { taken: true, refused_in_a_row: 0 };
        let trouble = |retry_after: Option<u64>| {
            let retry_after = retry_after.map(Duration::from_secs);
            Outcome::Answered(Answer::Trouble { status: Some(503), why: String::new(), retry_after })
        };
        for (retry_after, attempt, delay, hold_off) in [
            (None, 1, 1, 0),
            (None, 1000, 60, 0),
            (Some(30), 1, 30, 30),
            (Some(1), 5, 16, 1),
            (Some(9999), 1, 600, 600),
        ] {
            let expected = Step {
                settlement: Settlement::HandBack { delay: Duration::from_secs(delay) },
                hold_off: Some(Duration::from_secs(hold_off)),
            };
            assert_eq!(trouble(retry_after).step(attempt, &standing), expected);
        }
        assert_eq!(step(&taken(), 1, &standing), ("acknowledged".to_owned(), false));
        assert_eq!(step(&Outcome::Interrupted, 3, &standing), ("0".to_owned(), false));
        let foreign = Outcome::Malformed("another type".to_owned());
        assert_eq!(step(&foreign, 1, &standing), ("malformed".to_owned(), false));
    }
}
