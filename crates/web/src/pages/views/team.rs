//! Who works on a board, and who is invited.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{FormView, Frame, StaffView};

#[derive(Debug, Serialize)]
pub(crate) struct Team {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    /// Why what was just sent wasn't done.
    pub(crate) problem: Option<String>,
    pub(crate) members: Vec<MemberView>,
    pub(crate) waiting: Vec<WaitingView>,
    pub(crate) invitations: Vec<InvitationView>,
    /// The link that was just made.
    pub(crate) new_link: Option<String>,
    /// The roles that whoever is signed in may give.
    pub(crate) roles: Vec<&'static str>,
    pub(crate) form: FormView,
}

#[derive(Debug, Serialize)]
pub(crate) struct MemberView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: &'static str,
    pub(crate) email_confirmed: bool,
    /// Whether it is whoever is signed in.
    pub(crate) me: bool,
    /// Whether whoever is signed in may change it.
    pub(crate) may_change: bool,
}

/// A role that waits for its person.
#[derive(Debug, Serialize)]
pub(crate) struct WaitingView {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) role: &'static str,
    /// What the person is called who gave it.
    pub(crate) maker: Option<String>,
    pub(crate) expires_at: DateTime<Utc>,
    /// Whether whoever is signed in may take it back.
    pub(crate) may_change: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct InvitationView {
    pub(crate) id: String,
    pub(crate) role: &'static str,
    pub(crate) email: Option<String>,
    /// What the person is called who made it.
    pub(crate) maker: Option<String>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) may_revoke: bool,
}
