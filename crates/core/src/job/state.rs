//! The states of a job, and what may be done in each.

use crate::actor::Actor;
use crate::audit::AuditAction;
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
        /// Refused, without a reason.
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

wire_enum! {
    /// Who ended a job.
    EndedBy {
        /// A moderator, a program with a token, or the operator.
        Staff = "staff",
        /// Its poster, through the private link.
        Poster = "poster",
        /// Nobody: its time was over.
        Time = "time",
    }
}

impl EndedBy {
    /// Who ended the job when this actor ends it.
    pub(crate) const fn of(actor: Actor) -> Self {
        match actor {
            Actor::Poster | Actor::Visitor => Self::Poster,
            Actor::User(_) | Actor::Token(_) | Actor::CommandLine | Actor::System => Self::Staff,
        }
    }
}

/// The job's state doesn't allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {state} can't be {action}")]
pub struct WrongState {
    /// The state the job is in.
    pub state: JobState,
    /// The refused action.
    pub action: JobAction,
}

/// An action on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobAction {
    /// Put it on the board, now or at a time.
    Approve,
    /// Refuse it.
    Reject,
    /// Ask the poster to change it.
    RequestChanges,
    /// Refuse it as spam.
    MarkSpam,
    /// Take it off the board.
    Close,
    /// The poster withdraws what isn't published yet.
    Withdraw,
    /// Mark it as filled.
    Fill,
    /// Its time is over.
    Expire,
    /// Its time has come.
    Publish,
    /// Change its content.
    Edit,
    /// Publish a scheduled one now, or at another time.
    Reschedule,
    /// Undo its end.
    Reopen,
    /// Move the last day of a live or expired one.
    Renew,
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
            Self::Reschedule => "moved to another time",
            Self::Reopen => "reopened",
            Self::Renew => "renewed",
        }
    }

    /// What the audit log says of it.
    pub(crate) const fn audited(self) -> AuditAction {
        match self {
            Self::Approve => AuditAction::JobApprove,
            Self::Reject => AuditAction::JobReject,
            Self::RequestChanges => AuditAction::JobRequestChanges,
            Self::MarkSpam => AuditAction::JobSpam,
            Self::Close => AuditAction::JobClose,
            Self::Withdraw => AuditAction::JobWithdraw,
            Self::Fill => AuditAction::JobFill,
            Self::Expire => AuditAction::JobExpire,
            Self::Publish => AuditAction::JobPublish,
            Self::Edit => AuditAction::JobEdit,
            Self::Reschedule => AuditAction::JobReschedule,
            Self::Reopen => AuditAction::JobReopen,
            Self::Renew => AuditAction::JobRenew,
        }
    }

    /// Whether this action is allowed for a job in `state`. The state that the action leads to is set in `store/jobs`;
    /// a poster's actions also depend on who ended the job ([`allowed_to_poster`](Self::allowed_to_poster)).
    pub const fn allowed_in(self, state: JobState) -> bool {
        use JobState as S;
        match self {
            Self::Approve | Self::RequestChanges | Self::MarkSpam => matches!(state, S::Submitted),
            Self::Reject => matches!(state, S::Submitted | S::ChangesRequested | S::Approved),
            Self::Close => matches!(state, S::Published | S::Approved),
            Self::Withdraw => matches!(state, S::Draft | S::Submitted | S::ChangesRequested),
            Self::Fill | Self::Expire => matches!(state, S::Published),
            Self::Publish | Self::Reschedule => matches!(state, S::Approved),
            Self::Reopen => matches!(state, S::Filled | S::Closed | S::Rejected | S::Spam),
            Self::Renew => matches!(state, S::Published | S::Expired),
            Self::Edit => {
                matches!(state, S::Draft | S::Submitted | S::ChangesRequested | S::Approved | S::Published)
            }
        }
    }

    /// Whether the poster may do this to a job in `state` that was ended by `ended_by`. Posters reopen what they ended
    /// themselves; a job that staff ended, rejected or marked as spam is reopened only by staff.
    pub fn allowed_to_poster(self, state: JobState, ended_by: Option<EndedBy>) -> bool {
        let theirs = match self {
            Self::Edit | Self::Fill | Self::Close | Self::Withdraw | Self::Renew => true,
            Self::Reopen => ended_by == Some(EndedBy::Poster) && matches!(state, JobState::Filled | JobState::Closed),
            _ => false,
        };
        theirs && self.allowed_in(state)
    }

    /// An error if this action isn't allowed for a job in `state`.
    pub(crate) fn demand(self, state: JobState) -> Result<(), WrongState> {
        if self.allowed_in(state) { Ok(()) } else { Err(WrongState { state, action: self }) }
    }
}

impl std::fmt::Display for JobAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.participle())
    }
}
