//! What the receiver knows: its secret, what came in, what the events say, and what is to go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::SECRET;
use super::delivery::{Delivery, Job};
use super::fault::{Fault, Script};

/// What a receiver begins with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `whsec_` secret that messages are signed with.
    pub secret: String,
    /// The address to listen on; port 0 takes a free one.
    pub listen: std::net::SocketAddr,
}

impl Default for Options {
    /// The secret [`SECRET`], on a free port of the loopback.
    fn default() -> Self {
        Self { secret: SECRET.to_owned(), listen: ([127, 0, 0, 1], 0).into() }
    }
}

/// Everything behind the lock.
#[derive(Debug)]
pub(super) struct World {
    pub(super) secret: String,
    /// The status that a bad signature gets.
    pub(super) bad_signature: u16,
    pub(super) deliveries: Vec<Delivery>,
    /// The ids that were acted on.
    pub(super) known: BTreeSet<String>,
    /// What was acted on, in order.
    pub(super) events: Vec<Value>,
    pub(super) jobs: BTreeMap<String, Job>,
    pub(super) violations: Vec<String>,
    pub(super) script: Script,
    /// How far the receiver's clock is ahead of the machine's.
    pub(super) ahead: Duration,
}

impl World {
    #[expect(
        clippy::disallowed_methods,
        reason = "a receiver has a clock of its own, which its tests move with `advance`"
    )]
    pub(super) fn now(&self) -> DateTime<Utc> {
        (SystemTime::now() + self.ahead).into()
    }
}

/// The receiver itself, without a server: cheap to clone, all clones are one.
#[derive(Debug, Clone)]
pub struct Receiver {
    world: Arc<Mutex<World>>,
}

impl Receiver {
    /// A receiver that nothing has come to.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        let world = World {
            secret: secret.to_owned(),
            bad_signature: 401,
            deliveries: Vec::new(),
            known: BTreeSet::new(),
            events: Vec::new(),
            jobs: BTreeMap::new(),
            violations: Vec::new(),
            script: Script::default(),
            ahead: Duration::ZERO,
        };
        Self { world: Arc::new(Mutex::new(world)) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        // A test that panicked while looking must not hide what the others see.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The receiver's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.lock().now()
    }

    /// Every delivery so far, good and bad, in the order they came.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lock().deliveries.clone()
    }

    /// The payloads that were acted on, each id once.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.lock().events.clone()
    }

    /// The jobs by their ids, as the events so far tell them.
    #[must_use]
    pub fn jobs(&self) -> BTreeMap<String, Job> {
        self.lock().jobs.clone()
    }

    /// What no receiver refuses and is wrong all the same: a job published twice, one id for two events.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    /// Panics with the list if there is any violation.
    pub fn assert_no_violations(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "a receiver would have been led astray: {violations:#?}");
    }

    /// Forgets deliveries and violations; ids and jobs stay.
    pub fn forget_deliveries(&self) {
        let mut world = self.lock();
        world.deliveries.clear();
        world.violations.clear();
    }

    /// Adds a fault to the script.
    pub fn fault(&self, fault: Fault) {
        self.lock().script.add(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.lock().script.clear();
    }

    /// Expects another secret from now on.
    pub fn rotate(&self, secret: &str) {
        self.lock().secret = secret.to_owned();
    }

    /// Answers a bad signature with this status instead of 401: many receivers say 400.
    pub fn refuse_signatures_with(&self, status: u16) {
        self.lock().bad_signature = status;
    }

    /// Moves the receiver's clock forward, for messages to become too old.
    pub fn advance(&self, by: Duration) {
        self.lock().ahead += by;
    }

    /// Waits until something is so, looking every few milliseconds. False if `within` has passed.
    pub async fn wait_until(&self, within: Duration, so: impl Fn(&Self) -> bool) -> bool {
        let deadline = tokio::time::Instant::now() + within;
        while !so(self) {
            if tokio::time::Instant::now() > deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        true
    }
}
