//! Counts over all boards, for `/metrics`.

use std::collections::BTreeMap;

use tablon_core::store::PlacementState;
use tablon_core::{JobState, Result, Store};

/// Counts over all boards. No board is named: monitoring needs to know that something is wrong, not on which board.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Jobs by state.
    pub(crate) jobs: BTreeMap<&'static str, u64>,
    /// Placements by state.
    pub(crate) placements: BTreeMap<&'static str, u64>,
    /// Calls of plugins by outcome.
    pub(crate) attempts: BTreeMap<&'static str, u64>,
}

impl Figures {
    /// Counts now.
    pub(crate) async fn count(store: &Store) -> Result<Self> {
        let counted = store.figures().await?;
        let mut figures = Self::default();
        // A state without a row counts zero: a series that comes and goes is hard to draw.
        for state in JobState::ALL {
            figures.jobs.insert(state.as_str(), 0);
        }
        for state in PlacementState::ALL {
            figures.placements.insert(state.as_str(), 0);
        }
        for (_, state, count) in counted.jobs {
            *figures.jobs.entry(state.as_str()).or_default() += count;
        }
        for (_, state, count) in counted.placements {
            *figures.placements.entry(state.as_str()).or_default() += count;
        }
        figures.attempts = counted.attempts.into_iter().map(|(outcome, count)| (outcome.as_str(), count)).collect();
        Ok(figures)
    }
}
