//! Which deliveries are ours, and until when, as far as this process knows.
//! Who else may have them is left to SQS, which does not tell: it takes the receipt of a lease that has ended for good
//! as long as nobody else received the message, and sometimes after.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pipeline::Receipt;
use tokio::time::Instant;

/// The leases that were given out and how they stand.
#[derive(Debug)]
pub(crate) struct Leases(Mutex<Register>);

#[derive(Debug)]
struct Register {
    leases: HashMap<Receipt, Lease>,
    /// When leases that ended long ago are next forgotten.
    tidy: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    since: Instant,
    ends: Instant,
    settled: bool,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is ours, and has been for so long.
    Ours { held: Duration },
    /// Its lease has ended.
    Ended,
    /// It was settled.
    Settled,
    /// Somebody else received it, or it ended long ago.
    Unknown,
}

/// For how long it is known that a lease has ended: longer than work goes on that has lost its lease.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);

impl Leases {
    pub fn new() -> Self {
        Self(Mutex::new(Register { leases: HashMap::new(), tidy: Instant::now() + REMEMBERED }))
    }

    /// Notes a delivery.
    pub fn given(&self, receipt: &Receipt, since: Instant, lease: Duration) {
        let mut register = self.lock();
        let now = Instant::now();
        if register.tidy <= now {
            register.leases.retain(|_, lease| lease.ends + REMEMBERED > now);
            register.tidy = now + REMEMBERED;
        }
        register.leases.insert(receipt.clone(), Lease { since, ends: since + lease, settled: false });
    }

    /// Notes that a lease ends `lease` from `since` on.
    pub fn extended(&self, receipt: &Receipt, since: Instant, lease: Duration) {
        let mut register = self.lock();
        let fresh = Lease { since, ends: since, settled: false };
        register.leases.entry(receipt.clone()).or_insert(fresh).ends = since + lease;
    }

    /// Notes that a lease has ended.
    pub fn ended(&self, receipt: &Receipt) {
        self.end(receipt, false);
    }

    /// Notes that a delivery was settled.
    pub fn settled(&self, receipt: &Receipt) {
        self.end(receipt, true);
    }

    /// How a delivery stands now.
    pub fn standing(&self, receipt: &Receipt) -> Standing {
        let now = Instant::now();
        match self.lock().leases.get(receipt) {
            None => Standing::Unknown,
            Some(lease) if lease.settled => Standing::Settled,
            Some(lease) if lease.ends <= now => Standing::Ended,
            Some(lease) => Standing::Ours { held: now - lease.since },
        }
    }

    fn end(&self, receipt: &Receipt, settled: bool) {
        let mut register = self.lock();
        let now = Instant::now();
        let fresh = Lease { since: now, ends: now, settled };
        let lease = register.leases.entry(receipt.clone()).or_insert(fresh);
        *lease = Lease { ends: lease.ends.min(now), settled: lease.settled || settled, ..*lease };
    }

    fn lock(&self) -> MutexGuard<'_, Register> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const LEASE: Duration = Duration::from_secs(60);

    fn receipt(name: &str) -> Receipt {
        Receipt(name.to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_lasts_until_its_end_and_no_longer() {
        let (leases, a) = (Leases::new(), receipt("a"));
        assert_eq!(leases.standing(&a), Standing::Unknown);
        leases.given(&a, Instant::now(), LEASE);
        advance(LEASE - Duration::from_secs(1)).await;
        assert_eq!(leases.standing(&a), Standing::Ours { held: LEASE - Duration::from_secs(1) });
        leases.extended(&a, Instant::now(), LEASE);
        advance(LEASE - Duration::from_secs(1)).await;
        assert!(matches!(leases.standing(&a), Standing::Ours { .. }));
        advance(Duration::from_secs(1)).await;
        assert_eq!(leases.standing(&a), Standing::Ended);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_settled_or_lost_stays_so() {
        let (leases, a, b) = (Leases::new(), receipt("a"), receipt("b"));
        leases.given(&a, Instant::now(), LEASE);
        leases.settled(&a);
        leases.ended(&b);
        assert_eq!((leases.standing(&a), leases.standing(&b)), (Standing::Settled, Standing::Ended));
    }

    #[tokio::test(start_paused = true)]
    async fn what_ended_long_ago_is_forgotten() {
        let leases = Leases::new();
        for number in 0..100 {
            leases.given(&receipt(&number.to_string()), Instant::now(), LEASE);
            advance(REMEMBERED).await;
        }
        let kept = leases.lock().leases.len();
        assert!(kept < 5, "{kept}");
        assert!(matches!(leases.standing(&receipt("99")), Standing::Ended));
    }
}
