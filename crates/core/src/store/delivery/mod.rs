//! The locks on channels' rows, and the state changes of their placements' rows.
//!
//! Jobs, channels, placements, mail and the queue all change placements through this module; it depends on none of
//! them. A transaction that changes placements locks their channels' rows ([`channel_rows`]), changes the placements'
//! rows ([`moves`], [`follow`]) and sets the channels' `next_at` ([`turns`]), in this order.

pub(super) mod channel_rows;
pub(super) mod follow;
pub(super) mod moves;
pub(super) mod recipients;
pub(super) mod revive;
pub(super) mod turns;
