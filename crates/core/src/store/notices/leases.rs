//! Claims whose process has died, told without comparing the clocks of two processes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A notice that is being sent: its row's lease, and when it was claimed, both by the clock of the process that claimed it.
pub(super) struct Claim {
    pub(super) id: Uuid,
    pub(super) until: Option<DateTime<Utc>>,
    pub(super) at: DateTime<Utc>,
}

/// A notice and the lease of its claim: a later claim has another one.
type Claimed = (Uuid, Option<DateTime<Utc>>);

/// Since when this process has seen each claim.
#[derive(Default)]
pub(in crate::store) struct SeenSending(Mutex<HashMap<Claimed, DateTime<Utc>>>);

impl SeenSending {
    /// The claims that stand unchanged for longer than their lease, by lease. `all`: every one.
    pub(super) fn dead(
        &self,
        claims: impl Iterator<Item = Claim>,
        now: DateTime<Utc>,
        all: bool,
    ) -> BTreeMap<Option<DateTime<Utc>>, Vec<Uuid>> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut still = HashMap::new();
        let mut dead: BTreeMap<_, Vec<Uuid>> = BTreeMap::new();
        for Claim { id, until, at } in claims {
            let since = seen.get(&(id, until)).copied().unwrap_or(now);
            still.insert((id, until), since);
            let lease = until.map_or(chrono::Duration::zero(), |until| until - at);
            if all || now - since >= lease {
                dead.entry(until).or_default().push(id);
            }
        }
        *seen = still;
        dead
    }
}
