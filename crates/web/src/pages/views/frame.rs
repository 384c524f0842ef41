//! What every page has around it.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The frame of any page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Frame {
    pub(crate) locale: &'static str,
    pub(crate) now: DateTime<Utc>,
    pub(crate) board: Option<BoardView>,
    /// Where the name in the page's head leads.
    pub(crate) home: String,
    pub(crate) login_url: String,
}

/// The board a page belongs to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BoardView {
    pub(crate) name: String,
    /// A sentence about it.
    pub(crate) description: Option<String>,
    /// What the board's paths start with here; empty at its own host.
    pub(crate) root: String,
    /// Its public address.
    pub(crate) url: String,
    /// Its time zone's name.
    pub(crate) zone: String,
    pub(crate) brand_css: String,
    /// Where people register as members, if the board offers it.
    pub(crate) register_url: Option<String>,
}

/// What pages for staff have besides.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StaffView {
    pub(crate) user: String,
    pub(crate) csrf: String,
    /// What the administration's paths start with.
    pub(crate) admin: String,
    pub(crate) section: &'static str,
    pub(crate) may_admin: bool,
    /// Whether they run the whole instance.
    pub(crate) operator: bool,
    /// Offers and changes that wait for a moderator.
    pub(crate) queue: u64,
    /// Copies that need somebody.
    pub(crate) trouble: u64,
    pub(crate) paused: u64,
}
