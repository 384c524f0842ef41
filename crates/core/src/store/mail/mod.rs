//! Outgoing mail of a channel: an outbox that never sends the same thing twice, and what waits for a digest.
//!
//! A mail's row says `sending` before its first byte can reach a recipient's mail server. If this process dies then,
//! the row still says so, and nobody sends it again on a guess.

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
    /// Whom it goes to; none once that person was erased.
    pub recipient: Option<String>,
    /// What has become of it.
    pub state: MailState,
    /// The mail server's words about it.
    pub problem: Option<String>,
    /// What it is about; none of mails from before this was kept.
    pub subject: Option<String>,
    /// What it says, of a digest that isn't known to have gone out.
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

/// How a conversation with a mail server ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailOutcome {
    /// It took the mail over.
    Sent,
    /// It certainly didn't, for now.
    NotSent(String),
    /// It never will.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
    /// It didn't for so long that nobody tries any more.
    GivenUp(String),
    /// Its address isn't in the settings any more.
    Cancelled(String),
}

/// What became of everything with one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// The part of a digest, or the first of the mails.
    pub id: Uuid,
    /// The least certain of what became of them.
    pub state: MailState,
}

impl Handed {
    /// What became of these mails together; none if there are none.
    pub fn of(mails: &[OutboxMail]) -> Option<Self> {
        let state = combined(mails.iter().map(|mail| mail.state));
        mails.first().zip(state).map(|(first, state)| Self { id: first.id, state })
    }
}

/// A tenant's outgoing mail.
#[derive(Debug)]
pub struct Mail<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// What it sends by mail.
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

/// What became of several mails, told as that of one: what nobody knows before what is still to do, before what is done,
/// before what wasn't wanted.
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
