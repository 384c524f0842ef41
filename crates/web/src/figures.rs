//! How the boards are doing, in numbers, for `/metrics`.

use std::collections::BTreeMap;

use tablon_core::store::PlacementState;
use tablon_core::{JobQuery, JobState, Result, Store};

/// Counts over all boards.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Jobs by state.
    pub(crate) jobs: BTreeMap<&'static str, u64>,
    /// Placements by state.
    pub(crate) placements: BTreeMap<&'static str, u64>,
}

impl Figures {
    /// Counts now. A few indexed counts a board, for a scrape every some seconds.
    pub(crate) async fn count(store: &Store) -> Result<Self> {
        let mut figures = Self::default();
        for state in JobState::ALL {
            figures.jobs.insert(state.as_str(), 0);
        }
        for state in PlacementState::ALL {
            figures.placements.insert(state.as_str(), 0);
        }
        for tenant in store.tenants().list().await? {
            for state in JobState::ALL {
                let query = JobQuery { states: vec![state], ..JobQuery::default() };
                *figures.jobs.entry(state.as_str()).or_default() += tenant.jobs().count(&query).await?;
            }
            for (state, count) in tenant.placements().counts().await? {
                *figures.placements.entry(state.as_str()).or_default() += count;
            }
        }
        Ok(figures)
    }
}
