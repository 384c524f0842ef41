//! The common part of all simulated platforms: a state behind a lock, faults, and violations.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::{Fault, Script};

/// A platform's state behind its lock.
pub trait World: Debug + Sized + Send + 'static {
    /// The type of its faults' actions.
    type Action: Clone + Debug + Serialize + DeserializeOwned + Send;
    /// The type by which faults name calls: a name or a stage.
    type Call: Clone + Debug + Serialize + DeserializeOwned + Send;
    /// A mistake that the platform accepts.
    type Violation: Clone + Debug + Serialize + Send;
    /// An explanation of violations, for the message of a failed test.
    const VIOLATIONS: &'static str;

    /// The faults to come.
    fn script(&mut self) -> &mut Script<Self::Action, Self::Call>;
    /// The violations so far.
    fn violations(&mut self) -> &mut Vec<Self::Violation>;
}

/// A simulated platform without a server: cheap to clone, all clones share its state.
#[derive(Debug)]
pub struct Simulation<W> {
    world: Arc<Mutex<W>>,
}

impl<W> Clone for Simulation<W> {
    fn clone(&self) -> Self {
        Self { world: Arc::clone(&self.world) }
    }
}

impl<W: World> Simulation<W> {
    pub(crate) fn of(world: W) -> Self {
        Self { world: Arc::new(Mutex::new(world)) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, W> {
        // A test that panicked while it held the lock must not hide the state from others.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Mistakes that the platform accepts: unknown parameters, links that are dropped, …
    #[must_use]
    pub fn violations(&self) -> Vec<W::Violation> {
        self.lock().violations().clone()
    }

    /// Panics with the list if there is any violation.
    pub fn assert_no_violations(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "{}: {violations:#?}", W::VIOLATIONS);
    }

    /// Adds a fault to the script.
    pub fn fault(&self, fault: Fault<W::Action, W::Call>) {
        self.lock().script().add(fault);
    }

    /// The faults that are still to come.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault<W::Action, W::Call>> {
        self.lock().script().list()
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.lock().script().clear();
    }

    /// Waits until `so` is true, checking every few milliseconds. False if `within` has passed.
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
