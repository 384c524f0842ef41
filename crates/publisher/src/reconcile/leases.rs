//! Leases: a worker renews its own while its call is under way, and takes back leases that are no longer renewed.
//!
//! Processes never compare their clocks. A lease is over when it hasn't changed for its whole length since this process
//! first saw it. Its holder has stopped before, because it counts from a time before the renewal.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tablon_core::store::{Claim, Lease};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use super::Reconciler;
use crate::outcome::{Call, CallError};

/// Renewals in the time of one lease.
const RENEWALS: u32 = 4;
/// A holder stops when this share of the lease has passed without a renewal, before another process takes it back.
const HELD: (u32, u32) = (4, 5);

/// The leases that are held, and since when each hasn't changed.
#[derive(Debug, Default)]
pub(super) struct Watch {
    seen: HashMap<Uuid, (Lease, Instant)>,
    looked: Option<Instant>,
}

impl Watch {
    /// Whether it is time to look again.
    pub(super) fn is_due(&self, now: Instant, every: Duration) -> bool {
        self.looked.is_none_or(|at| now.duration_since(at) >= every)
    }

    /// Those of `found` that haven't been renewed for `lease`.
    pub(super) fn lapsed(&mut self, found: Vec<Lease>, now: Instant, lease: Duration) -> Vec<Lease> {
        // After a pause (this process was stopped, the database was away) the others get time to renew.
        if self.looked.is_some_and(|at| now.duration_since(at) > lease / 2) {
            self.seen.clear();
        }
        self.looked = Some(now);
        let before = std::mem::take(&mut self.seen);
        let since = |lease: &Lease| before.get(&lease.id).filter(|(known, _)| known == lease).map(|(_, since)| *since);
        self.seen = found.into_iter().map(|lease| (lease.id, (lease, since(&lease).unwrap_or(now)))).collect();
        let over = self.seen.values().filter(|(_, since)| now.duration_since(*since) >= lease);
        over.map(|(lease, _)| *lease).collect()
    }
}

impl Reconciler {
    /// Makes a call and renews the claim's lease meanwhile. If the lease is lost, the call is dropped, because another
    /// worker may have the placement: everything sent from now on could be sent twice.
    pub(super) async fn leased<T>(&self, claim: &Claim, call: impl Future<Output = Call<T>>) -> Call<T> {
        // No other process works on this database, and a claim of this process is never taken back while its task runs.
        if self.store.is_embedded() {
            return call.await;
        }
        let started = Instant::now();
        let since_claim = (self.clock.now() - claim.started_at).to_std().unwrap_or_default();
        let held_until = Mutex::new(started + self.held().saturating_sub(since_claim));
        let mut renewing = pin!(self.renew(claim, &held_until));
        let mut call = pin!(call);
        std::future::poll_fn(|context| {
            // A process that was stopped for a while must notice a lost lease before the call continues.
            let lost = Instant::now() >= *held_until.lock().unwrap_or_else(PoisonError::into_inner);
            if lost || renewing.as_mut().poll(context).is_ready() {
                tracing::warn!(placement = %claim.placement_id, "a call was dropped: its lease couldn't be renewed");
                let words = "the process lost touch with the database during this call".to_owned();
                return Poll::Ready(Call {
                    result: Err(CallError::Uncertain(words)),
                    status: None,
                    duration: started.elapsed(),
                    holds: Vec::new(),
                    denied: false,
                });
            }
            call.as_mut().poll(context)
        })
        .await
    }

    /// Ends when the lease is lost.
    async fn renew(&self, claim: &Claim, held_until: &Mutex<Instant>) {
        let until = || *held_until.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            sleep(self.options.lease / RENEWALS).await;
            let asked = Instant::now();
            match timeout_at(until(), self.store.queue().renew(claim, self.options.lease)).await {
                Ok(Ok(true)) => *held_until.lock().unwrap_or_else(PoisonError::into_inner) = asked + self.held(),
                Ok(Ok(false)) | Err(_) => return,
                Ok(Err(error)) => tracing::debug!(%error, "a lease can't be renewed yet"),
            }
        }
    }

    fn held(&self) -> Duration {
        self.options.lease * HELD.0 / HELD.1
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    const LEASE: Duration = Duration::from_secs(10);

    fn lease(until: i64) -> Lease {
        let one = Uuid::from_u128(1);
        let until = DateTime::<Utc>::from_timestamp(until, 0).unwrap();
        Lease { tenant_id: one, placement_id: one, channel_id: one, id: one, until }
    }

    /// Checks once a second leases with the given `until`, and returns the second in which one was over.
    fn over_after(until: impl Fn(u64) -> Option<i64>) -> Option<u64> {
        let (mut watch, start) = (Watch::default(), Instant::now());
        (0..60).find(|second| {
            let found = until(*second).map(lease).into_iter().collect();
            !watch.lapsed(found, start + Duration::from_secs(*second), LEASE).is_empty()
        })
    }

    #[test]
    fn a_dead_workers_lease_is_over_within_fifteen_seconds_whatever_its_clock_says() {
        for its_clock in [0, 1_700_000_000, 4_000_000_000] {
            assert_eq!(over_after(|_| Some(its_clock)), Some(10));
        }
        // It was renewed for a while.
        assert_eq!(over_after(|second| Some(second.min(7) as i64)), Some(17));
    }

    #[test]
    fn a_lease_that_is_renewed_is_never_over() {
        assert_eq!(over_after(|second| Some(second as i64 / 3)), None);
        assert_eq!(over_after(|second| (second % 8 != 0).then_some(1)), None, "each is another claim's");
    }

    #[test]
    fn after_a_pause_everybody_gets_the_time_to_renew() {
        let (mut watch, start) = (Watch::default(), Instant::now());
        assert!(watch.lapsed(vec![lease(1)], start, LEASE).is_empty());
        let later = start + Duration::from_secs(3600);
        assert!(watch.lapsed(vec![lease(1)], later, LEASE).is_empty());
        assert!(watch.is_due(later + Duration::from_secs(1), Duration::from_secs(1)));
        assert!(!watch.is_due(later, Duration::from_secs(1)));
    }
}
