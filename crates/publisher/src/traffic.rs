//! The host's own record of the requests that a call sent, and what follows from it.
//!
//! The host held the socket, so it knows what was sent. A request counts as *gone* from the moment it is handed to the
//! HTTP client, and as *never left* only if the client proves it: the name didn't resolve, or the connection or the TLS
//! handshake failed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tablon_core::store::Lane;

/// Shared with the call, and read after it, also if the call was cut off.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    exchanges: Vec<Exchange>,
    last_status: Option<u16>,
    holds: Vec<(Lane, Duration)>,
    denied: bool,
}

#[derive(Debug)]
struct Exchange {
    /// It may have changed something at the platform.
    acts: bool,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its bytes may have left, and no full answer has come.
    Gone,
    /// No byte of it left.
    NeverLeft,
    /// The whole answer came, or as much of it as the host reads.
    Answered(u16),
}

/// One request, from the moment it may leave. If it is dropped without a result, it stays *gone*.
#[derive(Debug)]
pub(crate) struct Departure {
    traffic: Traffic,
    index: usize,
}

impl Traffic {
    /// Notes a request that is about to be handed to the client.
    pub(crate) fn departs(&self, acts: bool) -> Departure {
        let mut record = self.lock();
        record.exchanges.push(Exchange { acts, stage: Stage::Gone });
        Departure { traffic: self.clone(), index: record.exchanges.len() - 1 }
    }

    /// The status of the last answer.
    pub(crate) fn last_status(&self) -> Option<u16> {
        self.lock().last_status
    }

    /// Notes how long the platform asked to hold a lane. The last value for a lane counts.
    pub(crate) fn hold(&self, lane: Lane, time: Duration) {
        let mut record = self.lock();
        record.holds.retain(|(held, _)| *held != lane);
        record.holds.push((lane, time));
    }

    /// Notes that the host blocked a request or withheld a secret.
    pub(crate) fn denies(&self) {
        self.lock().denied = true;
    }

    /// Whether the host blocked a request or withheld a secret.
    pub(crate) fn was_denied(&self) -> bool {
        self.lock().denied
    }

    /// The lanes to hold, and for how long.
    pub(crate) fn holds(&self) -> Vec<(Lane, Duration)> {
        self.lock().holds.clone()
    }

    /// Whether a request that may have changed the platform has no full answer.
    pub(crate) fn lost_an_answer(&self) -> bool {
        self.lock().exchanges.iter().any(|e| e.acts && e.stage == Stage::Gone)
    }

    /// Whether the platform accepted a request that changes something.
    pub(crate) fn was_accepted(&self) -> bool {
        let accepted = |e: &Exchange| e.acts && matches!(e.stage, Stage::Answered(200..=299));
        self.lock().exchanges.iter().any(accepted)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Departure {
    /// The client proved that nothing left.
    pub(crate) fn never_left(self) {
        self.traffic.lock().exchanges[self.index].stage = Stage::NeverLeft;
    }

    /// The head of an answer came; its body is still to come.
    pub(crate) fn head(&self, status: u16) {
        self.traffic.lock().last_status = Some(status);
    }

    /// The whole answer came.
    pub(crate) fn answered(self, status: u16) {
        let mut record = self.traffic.lock();
        record.exchanges[self.index].stage = Stage::Answered(status);
        record.last_status = Some(status);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_is_cut_off_counts_as_gone() {
        let traffic = Traffic::default();
        drop(traffic.departs(true));
        assert!(traffic.lost_an_answer());
    }

    #[test]
    fn a_request_that_only_reads_and_is_lost_changes_nothing() {
        let traffic = Traffic::default();
        drop(traffic.departs(false));
        assert!(!traffic.lost_an_answer());
    }

    #[test]
    fn a_later_answer_does_not_make_up_for_a_lost_one() {
        let traffic = Traffic::default();
        drop(traffic.departs(true));
        traffic.departs(true).answered(200);
        assert!(traffic.lost_an_answer() && traffic.was_accepted());
    }

    #[test]
    fn a_refusal_is_an_answer() {
        let traffic = Traffic::default();
        traffic.departs(true).answered(403);
        traffic.departs(true).never_left();
        assert!(!traffic.lost_an_answer() && !traffic.was_accepted());
        assert_eq!(traffic.last_status(), Some(403));
    }
}
