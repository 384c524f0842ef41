//! The recent activity of a connection, and when it has kept the server waiting for too long.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::Version;
use tokio::sync::Notify;

use crate::config::ConnectionLimits;

/// How many more requests a client may take back than it lets be answered. People who click on take back a few; a client
/// that resets each stream as soon as it has opened it (CVE-2023-44487) has work done for answers that nobody gets.
const MOST_ABANDONED: usize = 100;

/// The activity of one connection. The stream, the service and the task that closes the connection share it.
///
/// The same rules hold while the protocol is being detected, for HTTP/1 and for HTTP/2: while no handler runs, the
/// connection must finish a request head or take some of its answer within the limit. Frames that are neither (pings,
/// settings, window updates) are no activity.
#[derive(Debug)]
pub(super) struct Activity {
    born: Instant,
    /// Whether many people's requests come this way, because a trusted proxy on another machine has opened it. What one of
    /// them does must not end the others' requests, so only what the whole connection does counts.
    shared: bool,
    /// Requests whose handlers run.
    handling: AtomicUsize,
    /// When the time for the next request head began, in milliseconds since `born`.
    quiet_since: AtomicU64,
    /// When the client's window was found full, in milliseconds since `born`, plus one; 0: it isn't full.
    blocked_since: AtomicU64,
    /// Whether the last request came by HTTP/1: there, nothing but its answer is written.
    writes_answers_alone: AtomicBool,
    /// Bytes of HTTP/2 answers that are to be written still, roughly: whatever is written counts.
    owed: AtomicUsize,
    /// The answers of HTTP/2 that aren't taken whole, with the time of the last piece.
    on_the_way: Mutex<HashMap<u64, u64>>,
    last_answer: AtomicU64,
    /// By how many the requests that the client took back outnumber those that were answered.
    abandoned: AtomicUsize,
    /// Rung when the connection must be closed.
    must_leave: Notify,
}

/// Why the server closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// No complete request head came in time.
    Silent,
    /// The client doesn't read its answer.
    NotReading,
    /// Another connection needs the place, or the client takes back what it asks.
    Displaced,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            born: Instant::now(),
            shared: false,
            handling: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            blocked_since: AtomicU64::new(0),
            writes_answers_alone: AtomicBool::new(false),
            owed: AtomicUsize::new(0),
            on_the_way: Mutex::default(),
            last_answer: AtomicU64::new(0),
            abandoned: AtomicUsize::new(0),
            must_leave: Notify::new(),
        }
    }

    /// The same for a connection that many people share.
    pub(super) fn shared() -> Self {
        Self { shared: true, ..Self::new() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A complete request head has come; its handler runs until the guard is dropped.
    pub(super) fn handling(&self, version: Version) -> Handling<'_> {
        self.handling.fetch_add(1, Relaxed);
        self.writes_answers_alone.store(version < Version::HTTP_2, Relaxed);
        Handling { activity: self, answered: false }
    }

    /// An answer of HTTP/2 is on its way until the guard is dropped.
    pub(super) fn answering(self: &Arc<Self>) -> Answering {
        let number = self.last_answer.fetch_add(1, Relaxed);
        self.on_the_way().insert(number, self.now());
        Answering { number, activity: self.clone() }
    }

    /// The client read `bytes` of its answer.
    pub(super) fn wrote(&self, bytes: usize) {
        let less = |owed: usize| Some(owed.saturating_sub(bytes));
        let owed = self.owed.fetch_update(Relaxed, Relaxed, less).unwrap_or_default();
        let is_answer = owed > 0 || self.writes_answers_alone.load(Relaxed);
        if self.blocked_since.swap(0, Relaxed) != 0 && is_answer {
            self.quiet_since.store(self.now(), Relaxed);
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

    /// Asks for the connection to be closed.
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
        let waiting_since = self.on_the_way().values().min().copied();
        let taken = match waiting_since {
            None => limits.answer,
            Some(_) if self.shared => limits.answer,
            Some(since) => until(since, limits.answer).filter(|left| !left.is_zero()).ok_or(Overdue::NotReading)?,
        };
        let soonest = limits.head.min(blocked).min(taken);
        if self.handling.load(Relaxed) > 0 || waiting_since.is_some() {
            return Ok(soonest);
        }
        match until(self.quiet_since.load(Relaxed), limits.head) {
            Some(left) if !left.is_zero() => Ok(left.min(soonest)),
            _ => Err(Overdue::Silent),
        }
    }

    /// Counts a request that was answered, or that the client took back.
    fn count(&self, answered: bool) {
        let next = |count: usize| Some(if answered { count.saturating_sub(1) } else { count + 1 });
        let before = self.abandoned.fetch_update(Relaxed, Relaxed, next).unwrap_or_default();
        if !answered && before >= MOST_ABANDONED && !self.shared {
            self.leave();
        }
    }

    fn on_the_way(&self) -> MutexGuard<'_, HashMap<u64, u64>> {
        self.on_the_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running handler.
pub(super) struct Handling<'a> {
    activity: &'a Activity,
    answered: bool,
}

impl Handling<'_> {
    /// The handler came to its end, rather than being dropped because the client took its request back.
    pub(super) fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Handling<'_> {
    fn drop(&mut self) {
        self.activity.quiet_since.store(self.activity.now(), Relaxed);
        self.activity.handling.fetch_sub(1, Relaxed);
        self.activity.count(self.answered);
    }
}

/// An answer of HTTP/2 that isn't taken whole.
#[derive(Debug)]
pub(super) struct Answering {
    number: u64,
    activity: Arc<Activity>,
}

impl Answering {
    /// The client's window has room for all that was given before.
    pub(super) fn goes_on(&self) {
        let now = self.activity.now();
        self.activity.on_the_way().insert(self.number, now);
        self.activity.quiet_since.store(now, Relaxed);
    }

    /// The next piece is given, of so many bytes.
    pub(super) fn gives(&self, bytes: usize) {
        self.activity.owed.fetch_add(bytes, Relaxed);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.activity.quiet_since.store(self.activity.now(), Relaxed);
        self.activity.on_the_way().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The connection's socket is full, and takes `bytes` more a little later; how long it counts as idle then.
    fn idle_after_taking(activity: &Activity, bytes: usize) -> u64 {
        activity.blocked();
        std::thread::sleep(Duration::from_millis(20));
        activity.wrote(bytes);
        activity.idle().expect("no handler runs")
    }

    #[test]
    fn what_is_left_of_an_answer_is_activity_and_answers_to_pings_are_not() {
        let activity = Arc::new(Activity::new());
        activity.handling(Version::HTTP_2).answered();
        let answer = activity.answering();
        answer.gives(1000);
        drop(answer);
        assert!(idle_after_taking(&activity, 600) < 20);
        assert!(idle_after_taking(&activity, 600) < 20);
        assert!(idle_after_taking(&activity, 600) >= 20);
        activity.handling(Version::HTTP_11).answered();
        assert!(idle_after_taking(&activity, 600) < 20, "HTTP/1 has nothing else to write");
    }

    #[tokio::test]
    async fn a_client_that_takes_its_requests_back_is_let_go() {
        let activity = Activity::new();
        for _ in 0..3 * MOST_ABANDONED {
            drop(activity.handling(Version::HTTP_2));
            activity.handling(Version::HTTP_2).answered();
        }
        let limits = ConnectionLimits::default();
        let closed = tokio::time::timeout(Duration::from_millis(10), activity.overdue(&limits)).await;
        assert!(closed.is_err(), "as many are answered");
        for _ in 0..=MOST_ABANDONED {
            drop(activity.handling(Version::HTTP_2));
        }
        assert_eq!(activity.overdue(&limits).await, Overdue::Displaced);
    }

    #[tokio::test]
    async fn what_one_visitor_of_a_proxy_does_ends_no_others_requests() {
        let activity = Arc::new(Activity::shared());
        for _ in 0..3 * MOST_ABANDONED {
            drop(activity.handling(Version::HTTP_2));
        }
        let _not_read = activity.answering();
        let _running = activity.handling(Version::HTTP_2);
        let limits = ConnectionLimits { answer: Duration::from_millis(5), ..ConnectionLimits::default() };
        let closed = tokio::time::timeout(Duration::from_millis(50), activity.overdue(&limits)).await;
        assert!(closed.is_err());
    }
}
