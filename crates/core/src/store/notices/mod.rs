//! Notices: an outbox of what posters and staff are told.
//!
//! A notice is queued in the transaction that causes it ([`enqueue`]), from the audit events that it is committed with. It
//! holds no text: what it says is read when it goes out ([`facts`]), so that nobody is told what is no longer so. Its row
//! is `sending` before the mail server can take the mail. If the outcome stays unknown, it is sent once more, with the same
//! Message-ID, and counted; the outbox of channels (`store/mail`) asks a person instead, because its readers are many.

mod due;
pub(super) mod enqueue;
mod facts;
mod lanes;
mod leases;
mod limits;
mod news;
mod preferences;
mod scan;
mod settle;
mod words;

use chrono::{DateTime, Utc};
pub use due::DueNotice;
pub use facts::{ChannelFacts, InvitationFacts, JobFacts, MAX_TOLD_TOGETHER, NoticeFacts, Prepared, without_links};
pub use lanes::MailLane;
pub(super) use leases::SeenSending;
pub use preferences::{Preferences, StaffPreference};
pub use settle::NoticeOutcome;
pub(super) use settle::erase;
use std::sync::atomic::Ordering;
use uuid::Uuid;
pub use words::{BoardWords, MAX_MAIL_SUBJECT, MAX_MAIL_TEXT, NoticeWords};

use super::Store;
use crate::entity::notices;
use crate::notice::{NoticeKind, NoticeState};

/// How many days a notice is kept that is over.
pub const NOTICES_KEPT_DAYS: i64 = 90;

/// A notice as a board's admins see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its id.
    pub id: Uuid,
    /// What it tells.
    pub kind: NoticeKind,
    /// The address; none once it was erased.
    pub recipient: Option<String>,
    /// The offer it is about.
    pub job_id: Option<Uuid>,
    /// Where it stands.
    pub state: NoticeState,
    /// The mail server's words.
    pub problem: Option<String>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When its state last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<notices::Model> for NoticeRow {
    fn from(row: notices::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            recipient: row.recipient,
            job_id: row.job_id,
            state: row.state,
            problem: row.problem,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The notices of all boards.
#[derive(Debug)]
pub struct Notices<'a>(pub(super) &'a Store);

impl Store {
    /// The notices of all boards.
    pub fn notices(&self) -> Notices<'_> {
        Notices(self)
    }

    /// Says that this installation has a mail server: from now on notices are queued. Without one none is, so that a mail
    /// server that is set up later doesn't get the notices of months.
    pub fn send_mail(&self) {
        self.0.sends_mail.store(true, Ordering::Relaxed);
    }

    /// Whether this installation has a mail server. A board without one can have its own
    /// ([`TenantScope::sends_mail`](super::TenantScope::sends_mail)).
    pub fn sends_mail(&self) -> bool {
        self.0.sends_mail.load(Ordering::Relaxed)
    }

    /// Waits until this process has queued a notice. Those of other processes aren't announced here.
    pub async fn notice_appears(&self) {
        self.0.notices.notified().await;
    }

    pub(super) fn announce_notice(&self) {
        self.0.notices.notify_one();
    }
}
