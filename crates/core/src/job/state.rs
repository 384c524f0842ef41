//! The states of a job, and what may be done in each.

use crate::error::{Error, Result};
use crate::wire::wire_enum;

wire_enum! {
    /// Where a job stands between submission and its end.
    JobState {
        /// Being written.
        Draft = "draft",
        /// Waiting for a moderator.
        Submitted = "submitted",
        /// Waiting for the poster.
        ChangesRequested = "changes_requested",
        /// Refused, with a reason.
        Rejected = "rejected",
        /// Refused, without a word.
        Spam = "spam",
        /// Waiting for its time.
        Approved = "approved",
        /// On the board.
        Published = "published",
        /// Ended: somebody was hired.
        Filled = "filled",
        /// Ended: its time was over.
        Expired = "expired",
        /// Ended: taken back.
        Closed = "closed",
    }
}

impl JobState {
    /// Whether the job is over.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Filled | Self::Expired | Self::Closed | Self::Rejected | Self::Spam)
    }
}

/// What is asked of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobAction {
    /// Put it on the board, now or at a time.
    Approve,
    /// Refuse it.
    Reject,
    /// Ask the poster to mend it.
    RequestChanges,
    /// Refuse it as spam.
    MarkSpam,
    /// Take it off the board.
    Close,
    /// The poster takes back what isn't published yet.
    Withdraw,
    /// Mark it as filled.
    Fill,
    /// Its time is over.
    Expire,
    /// Its time has come.
    Publish,
    /// Change what it says.
    Edit,
}

impl JobAction {
    const fn participle(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Reject => "rejected",
            Self::RequestChanges => "sent back for changes",
            Self::MarkSpam => "marked as spam",
            Self::Close => "closed",
            Self::Withdraw => "withdrawn",
            Self::Fill => "marked as filled",
            Self::Expire => "expired",
            Self::Publish => "published",
            Self::Edit => "edited",
        }
    }

    /// The name in the audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "job.approve",
            Self::Reject => "job.reject",
            Self::RequestChanges => "job.request_changes",
            Self::MarkSpam => "job.spam",
            Self::Close => "job.close",
            Self::Withdraw => "job.withdraw",
            Self::Fill => "job.fill",
            Self::Expire => "job.expire",
            Self::Publish => "job.publish",
            Self::Edit => "job.edit",
        }
    }

    /// Whether a job in `state` may be the object of this.
    pub const fn allowed_in(self, state: JobState) -> bool {
        use JobState as S;
        match self {
            Self::Approve | Self::RequestChanges | Self::MarkSpam => matches!(state, S::Submitted),
            Self::Reject => matches!(state, S::Submitted | S::ChangesRequested | S::Approved),
            Self::Close => matches!(state, S::Published | S::Approved),
            Self::Withdraw => matches!(state, S::Draft | S::Submitted | S::ChangesRequested),
            Self::Fill | Self::Expire => matches!(state, S::Published),
            Self::Publish => matches!(state, S::Approved),
            Self::Edit => {
                matches!(state, S::Draft | S::Submitted | S::ChangesRequested | S::Approved | S::Published)
            }
        }
    }

    /// An error unless a job in `state` may be the object of this.
    pub(crate) fn demand(self, state: JobState) -> Result<()> {
        if self.allowed_in(state) { Ok(()) } else { Err(Error::WrongState { state, action: self }) }
    }
}

impl std::fmt::Display for JobAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.participle())
    }
}
