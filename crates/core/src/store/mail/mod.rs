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
pub(super) use suppressions::is_unsubscribed;
pub use suppressions::{NewSuppression, RecipientMark, Suppression, SuppressionOrigin};
use uuid::Uuid;

use super::{Store, TenantScope};
use crate::job::wire_enum;

wire_enum! {
    /// What has become of a mail.
    MailState {
        /// It certainly hasn't been sent; it will be tried.
        Queued = "queued",
        /// A mail server is being talked to, or this process died while it was.
        Sending = "sending",
        /// A mail server took it over.
        Sent = "sent",
        /// It may have been sent.
        Unknown = "unknown",
        /// The mail server refused it for good.
        Refused = "refused",
        /// It couldn't be handed over for so long that nobody tries any more.
        GivenUp = "given_up",
        /// Its recipient has asked for no more mail: it wasn't sent.
        Suppressed = "suppressed",
        /// Its address was taken out of the settings before it went out.
        Cancelled = "cancelled",
        /// It didn't go out, or nobody knows, and a person left it at that.
        Left = "left",
    }
}

wire_enum! {
    /// What a part of a digest tells.
    FragmentKind {
        /// A job that is open.
        Open = "open",
        /// A job that isn't, any more.
        Over = "over",
    }
}

wire_enum! {
    /// Where a part of a digest is.
    FragmentState {
        /// It waits for its time.
        Waiting = "waiting",
        /// It was taken back before its time came.
        Cancelled = "cancelled",
        /// It is part of a digest.
        Composed = "composed",
    }
}

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

/// The outgoing mail of all tenants.
#[derive(Debug)]
pub struct Mailroom<'a>(pub(super) &'a Store);

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
