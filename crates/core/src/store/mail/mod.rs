//! Outgoing mail of a channel: an outbox that never sends a mail twice, and the parts that wait for a digest.
//!
//! A mail's row is set to `sending` before its first byte can reach a recipient's mail server. If this process dies
//! then, the row stays so, and the mail isn't sent again on a guess.

mod digest;
mod outbox;
mod overview;
mod prune;
mod settle;
mod suppressions;

use chrono::{DateTime, Utc};
pub use digest::{DigestMail, NewFragment};
pub use outbox::{Begun, HandOver};
pub use prune::MAIL_KEPT_DAYS;
use serde::{Deserialize, Serialize};
pub use suppressions::{NewSuppression, Suppression};
use uuid::Uuid;

use super::{Store, TenantScope};
use crate::delivery::{FragmentKind, MailState};

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailContent {
    /// One line.
    pub subject: String,
    /// HTML.
    pub html: String,
    /// The same as plain text.
    pub text: String,
}

/// One mail to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMail {
    /// Its id.
    pub id: Uuid,
    /// The channel it goes out on.
    pub channel_id: Uuid,
    /// The key of the operation that sends it.
    pub key: String,
    /// Its recipient's address; none once it was erased.
    pub recipient: Option<String>,
    /// Its state.
    pub state: MailState,
    /// The mail server's words about it.
    pub problem: Option<String>,
    /// Its subject; none for rows older than this column.
    pub subject: Option<String>,
    /// The content of a digest that isn't known to be sent.
    pub content: Option<MailContent>,
    /// How often a mail server was talked to about it.
    pub attempts: u32,
    /// The copy it is, where it isn't a digest.
    pub placement_id: Option<Uuid>,
    /// When it was handed over.
    pub created_at: DateTime<Utc>,
    /// When its state last changed.
    pub updated_at: DateTime<Utc>,
}

/// A part of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Its id.
    pub id: Uuid,
    /// What it tells.
    pub kind: FragmentKind,
    /// Whom it is for, as the plugin's manifest names them.
    pub audience: String,
    /// What it says; the subject is its title.
    pub content: MailContent,
}

/// The result of handing a mail to a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailOutcome {
    /// The server took the mail.
    Sent,
    /// The server certainly didn't take it, for now.
    NotSent(String),
    /// The server never will.
    Refused(String),
    /// The answer was lost.
    Unknown(String),
    /// The server didn't take it for so long that it isn't tried any more.
    GivenUp(String),
    /// Its address isn't in the settings any more.
    Cancelled(String),
}

/// The state of everything with one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// The part of a digest, or the first of the mails.
    pub id: Uuid,
    /// The least certain state of them.
    pub state: MailState,
}

impl Handed {
    /// The state of these mails together; none if there are none.
    pub fn of(mails: &[OutboxMail]) -> Option<Self> {
        let state = combined(mails.iter().map(|mail| mail.state));
        mails.first().zip(state).map(|(first, state)| Self { id: first.id, state })
    }
}

/// A tenant's outgoing mail.
#[derive(Debug)]
pub struct Mail<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// The tenant's outgoing mail.
    pub fn mail(&self) -> Mail<'_> {
        Mail(self)
    }
}

/// The outgoing mail of all tenants.
#[derive(Debug)]
pub struct Mailroom<'a>(pub(super) &'a Store);

impl Store {
    /// The outgoing mail of all tenants.
    pub fn mailroom(&self) -> Mailroom<'_> {
        Mailroom(self)
    }
}

/// One state for several mails: unknown before waiting, waiting before sent, sent before refused, refused before
/// cancelled or suppressed.
fn combined(states: impl Iterator<Item = MailState>) -> Option<MailState> {
    let rank = |state: &MailState| match state {
        MailState::Unknown | MailState::Sending | MailState::Left => 0,
        MailState::Queued => 1,
        MailState::Sent => 2,
        MailState::Refused | MailState::GivenUp => 3,
        MailState::Cancelled | MailState::Suppressed => 4,
    };
    states.min_by_key(rank).map(|state| if rank(&state) == 0 { MailState::Unknown } else { state })
}
