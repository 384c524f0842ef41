//! Limits the costly reads of one board.
//!
//! A search reads every job of a board, and each search is different, so a cache doesn't help. Without a limit, the
//! searches of one board take every database connection, and the other boards' pages wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// How many costly reads of one board run at once: two of a pool of ten connections.
const AT_ONCE: usize = 2;
/// How many more wait for their turn.
const QUEUE: usize = 16;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the answer of those who are turned away is held back. A program that asks again at once would otherwise be
/// refused as fast as it can ask, which costs the other boards more than its searches.
const HELD_BACK: Duration = Duration::from_millis(500);
/// How many boards have a gate before unused gates are dropped.
const REMEMBERED: usize = 1_024;

/// `Retry-After` for a refused read, in seconds.
pub(crate) const CROWDED_FOR: u64 = 2;

/// Too many read from this board already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowded;

/// A turn at reading from a board; dropping it lets the next one in.
#[derive(Debug)]
#[must_use]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// The gates of all boards.
#[derive(Debug)]
pub struct BoardGates {
    gates: Mutex<HashMap<Uuid, Arc<Gate>>>,
    patience: Duration,
}

impl Default for BoardGates {
    fn default() -> Self {
        Self { gates: Mutex::default(), patience: PATIENCE }
    }
}

#[derive(Debug)]
struct Gate {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Gate {
    fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), waiting: AtomicUsize::new(0) }
    }
}

/// A waiting read; counted until it is dropped, also if the wait is given up.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl BoardGates {
    /// Waits for a turn at a costly read of this board.
    ///
    /// # Errors
    /// When as many as may wait are waiting, which is told after a moment, or when the turn doesn't come.
    pub async fn enter(&self, tenant_id: Uuid) -> Result<Turn, Crowded> {
        let gate = self.gate(tenant_id);
        if let Ok(permit) = gate.permits.clone().try_acquire_owned() {
            return Ok(Turn { _permit: permit });
        }
        let before = gate.waiting.fetch_add(1, Ordering::AcqRel);
        let waiting = Waiting(&gate.waiting);
        if before >= QUEUE {
            drop(waiting);
            tokio::time::sleep(HELD_BACK).await;
            return Err(Crowded);
        }
        match tokio::time::timeout(self.patience, gate.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(Crowded),
        }
    }

    fn gate(&self, tenant_id: Uuid) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if gates.len() >= REMEMBERED && !gates.contains_key(&tenant_id) {
            // A waiting read holds its gate, and an admitted one holds a permit: such a gate stays.
            gates.retain(|_, gate| Arc::strong_count(gate) > 1 || gate.permits.available_permits() < AT_ONCE);
        }
        gates.entry(tenant_id).or_insert_with(|| Arc::new(Gate::new())).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn one_board_full_of_searchers_leaves_the_others_alone() {
        let gates = Arc::new(BoardGates::default());
        let (busy, quiet) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = gates.enter(busy).await.expect("a turn");
        let _second = gates.enter(busy).await.expect("a turn");
        let waiting: Vec<_> = (0..QUEUE)
            .map(|_| {
                tokio::spawn({
                    let gates = gates.clone();
                    async move { gates.enter(busy).await.map(|_| ()) }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let refused = Instant::now();
        assert_eq!(gates.enter(busy).await.map(|_| ()), Err(Crowded), "the queue is full");
        assert!(refused.elapsed() >= HELD_BACK, "whoever asks again and again is slowed down");
        assert!(gates.enter(quiet).await.is_ok(), "another board");
        drop(first);
        for waiter in waiting {
            assert_eq!(waiter.await.expect("it ends"), Ok(()), "one after the other");
        }
        assert!(gates.enter(busy).await.is_ok());
    }

    #[tokio::test]
    async fn a_wait_ends() {
        let gates = BoardGates { patience: Duration::from_millis(20), ..BoardGates::default() };
        let board = Uuid::from_u128(1);
        let _turns = (gates.enter(board).await.expect("a turn"), gates.enter(board).await.expect("a turn"));
        assert_eq!(gates.enter(board).await.map(|_| ()), Err(Crowded));
        assert_eq!(gates.gate(board).waiting.load(Ordering::Acquire), 0);
    }
}
