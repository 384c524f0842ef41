//! The receiver's state: its secret, the deliveries, the jobs, and the faults.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use axum::Router;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::SECRET;
use super::delivery::{Event, Job};
use super::fault::Action;
use super::server;
use crate::fake::Served;
use crate::fault::Script;
use crate::record::Record;
use crate::simulation::{self, Simulation};

/// The initial state of a receiver.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `whsec_` secret that messages are signed with.
    pub secret: String,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for Options {
    /// The secret [`SECRET`], on a free port of the loopback.
    fn default() -> Self {
        Self { secret: SECRET.to_owned(), listen: ([127, 0, 0, 1], 0).into() }
    }
}

/// The state behind the lock.
#[derive(Debug)]
pub struct World {
    pub(super) secret: String,
    /// The status for a bad signature.
    pub(super) bad_signature: u16,
    pub(super) record: Record<Event>,
    /// The ids of handled events.
    pub(super) known: BTreeSet<String>,
    /// The handled events, in order.
    pub(super) events: Vec<Value>,
    pub(super) jobs: BTreeMap<String, Job>,
    pub(super) violations: Vec<String>,
    pub(super) script: Script<Action>,
}

impl simulation::World for World {
    type Action = Action;
    type Call = String;
    type Violation = String;
    const VIOLATIONS: &'static str = "a receiver would have been led astray";

    fn script(&mut self) -> &mut Script<Action> {
        &mut self.script
    }

    fn violations(&mut self) -> &mut Vec<String> {
        &mut self.violations
    }
}

impl Served for World {
    const NAME: &'static str = "receiver";
    type Options = Options;
    type Details = Event;

    fn begin(options: Options) -> (Self, SocketAddr) {
        let world = Self {
            secret: options.secret,
            bad_signature: 401,
            record: Record::default(),
            known: BTreeSet::new(),
            events: Vec::new(),
            jobs: BTreeMap::new(),
            violations: Vec::new(),
            script: Script::default(),
        };
        (world, options.listen)
    }

    fn routes(receiver: &Receiver) -> Router {
        server::routes(receiver)
    }

    fn record(&mut self) -> &mut Record<Event> {
        &mut self.record
    }
}

/// The receiver without a server: cheap to clone, all clones share its state.
pub type Receiver = Simulation<World>;

impl Receiver {
    /// The receiver's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.lock().record.now()
    }

    /// The payloads of handled events, each id once.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.lock().events.clone()
    }

    /// The jobs by their ids, as the events so far describe them.
    #[must_use]
    pub fn jobs(&self) -> BTreeMap<String, Job> {
        self.lock().jobs.clone()
    }

    /// Expects another secret from now on.
    pub fn rotate(&self, secret: &str) {
        self.lock().secret = secret.to_owned();
    }

    /// Answers a bad signature with this status instead of 401: many receivers say 400.
    pub fn refuse_signatures_with(&self, status: u16) {
        self.lock().bad_signature = status;
    }
}
