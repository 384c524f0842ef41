//! What stands between a channel and its copies: the locks, and the moves of their rows.
//!
//! Jobs, channels, placements, mail and the queue all change placements, and all of them come here for it; nothing in here
//! knows them. A transaction that changes placements locks their channels' rows ([`channel_rows`]), moves the placements'
//! rows ([`moves`], [`follow`]) and sets when the channels' turns come ([`turns`]), in this order.

pub(super) mod channel_rows;
pub(super) mod follow;
pub(super) mod moves;
pub(super) mod recipients;
pub(super) mod revive;
pub(super) mod turns;
