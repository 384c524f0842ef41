//! The recent activity of a connection, and when it has kept the server waiting for too long.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::config::ConnectionLimits;

/// The least bytes of an answer that a client must read in each half of the limit. Answers to HTTP/2 pings are far
/// smaller.
const ENOUGH: u64 = 4 * 1024;

/// The activity of one connection. The stream, the service and the task that closes the connection share it.
///
/// It knows no protocol, so that the same rules apply while the protocol is being detected, for HTTP/1 and for HTTP/2:
/// while no handler runs, the connection must send a complete request head or read some of its answer within the limit.
#[derive(Debug)]
pub(super) struct Activity {
    born: Instant,
    /// Requests whose handlers run.
    handling: AtomicUsize,
    /// When the time for the next request head began, in milliseconds since `born`.
    quiet_since: AtomicU64,
    /// The time of the last write, in milliseconds since `born`.
    last_write: AtomicU64,
    /// Bytes written since `quiet_since`.
    taken: AtomicU64,
    /// When the client's window was found full, in milliseconds since `born`, plus one; 0: it isn't full.
    blocked_since: AtomicU64,
    /// Notified when the connection must close for another one.
    must_leave: Notify,
}

/// Why the server closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// No complete request head came in time.
    Silent,
    /// The client doesn't read its answer.
    NotReading,
    /// Another connection needs the place.
    Displaced,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            born: Instant::now(),
            handling: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            last_write: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            blocked_since: AtomicU64::new(0),
            must_leave: Notify::new(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A complete request head has come; its handler runs until the guard is dropped.
    pub(super) fn handling(&self) -> Handling<'_> {
        self.handling.fetch_add(1, Relaxed);
        Handling(self)
    }

    /// The client read `bytes` of its answer.
    pub(super) fn wrote(&self, bytes: usize) {
        let now = self.now();
        self.last_write.store(now, Relaxed);
        self.taken.fetch_add(bytes as u64, Relaxed);
        if self.blocked_since.swap(0, Relaxed) != 0 {
            self.quiet_since.store(now, Relaxed);
        }
    }

    /// The client's window is full.
    pub(super) fn blocked(&self) {
        let now = self.now() + 1;
        // The earlier time is kept if it was full already.
        let _ = self.blocked_since.compare_exchange(0, now, Relaxed, Relaxed);
    }

    /// How long the client has neither sent a request nor read anything; `None` while a handler runs.
    pub(super) fn idle(&self) -> Option<u64> {
        (self.handling.load(Relaxed) == 0).then(|| self.now().saturating_sub(self.quiet_since.load(Relaxed)))
    }

    /// Asks the connection to close for another one.
    pub(super) fn leave(&self) {
        self.must_leave.notify_one();
    }

    /// Completes when the connection is to be closed.
    pub(super) async fn overdue(&self, limits: &ConnectionLimits) -> Overdue {
        loop {
            let left = match self.left(limits) {
                Ok(left) => left,
                Err(overdue) => return overdue,
            };
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                () = self.must_leave.notified() => return Overdue::Displaced,
            }
        }
    }

    /// The time until the next check.
    fn left(&self, limits: &ConnectionLimits) -> Result<Duration, Overdue> {
        let now = self.now();
        let until = |since: u64, limit: Duration| limit.checked_sub(Duration::from_millis(now.saturating_sub(since)));
        let blocked = match self.blocked_since.load(Relaxed) {
            0 => limits.answer,
            since => until(since - 1, limits.answer).filter(|left| !left.is_zero()).ok_or(Overdue::NotReading)?,
        };
        if self.handling.load(Relaxed) > 0 {
            return Ok(limits.head.min(blocked));
        }
        match until(self.quiet_since.load(Relaxed), limits.head) {
            Some(left) if !left.is_zero() => Ok(left.min(blocked)),
            _ if self.takes_its_answer(now, limits) => {
                self.quiet_since.store(now, Relaxed);
                self.taken.store(0, Relaxed);
                Ok(limits.head.min(blocked))
            }
            _ => Err(Overdue::Silent),
        }
    }

    /// Whether a large answer is still being sent. With HTTP/2 the client's window can be full although the socket
    /// isn't.
    fn takes_its_answer(&self, now: u64, limits: &ConnectionLimits) -> bool {
        let lately = u64::try_from(limits.head.as_millis() / 2).unwrap_or(u64::MAX);
        self.taken.load(Relaxed) >= ENOUGH && now.saturating_sub(self.last_write.load(Relaxed)) < lately
    }
}

/// A running handler.
pub(super) struct Handling<'a>(&'a Activity);

impl Drop for Handling<'_> {
    fn drop(&mut self) {
        self.0.quiet_since.store(self.0.now(), Relaxed);
        self.0.taken.store(0, Relaxed);
        self.0.handling.fetch_sub(1, Relaxed);
    }
}
