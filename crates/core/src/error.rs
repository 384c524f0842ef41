//! Errors, as variants a caller can act on.

use sea_orm::{DbErr, SqlErr};

use crate::delivery::{MailState, PlacementState};
use crate::form::FieldErrors;
use crate::job::WrongState;
use crate::wire::UnknownValue;

/// Why a domain operation was not done. Nothing has changed when one is returned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing in this tenant.
    #[error("not found")]
    NotFound,
    /// The job's state doesn't allow it.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// It collides with something that exists.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// `If-Match` named another revision than the current one.
    #[error("it has changed since: it is at revision {current}")]
    Stale {
        /// The revision it is at.
        current: u64,
    },
    /// Fields that are wrong, each with its pointer.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// The database can't be reached; the same call may succeed later.
    #[error("the database can't be reached")]
    Unavailable(#[source] DbErr),
    /// The database refused.
    #[error("the database refused: {0}")]
    Storage(#[source] DbErr),
    /// A sealed secret couldn't be opened, stored data couldn't be read, or another fault of our own.
    #[error("{0}")]
    Internal(String),
}

/// A conflict with existing data or with another change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another tenant has this slug.
    #[error("there is a board with the address \"{0}\" already")]
    SlugTaken(String),
    /// Another tenant has this host name.
    #[error("another board answers at \"{0}\" already")]
    HostTaken(String),
    /// Another user has this e-mail address.
    #[error("there is a user with this e-mail address already")]
    EmailTaken,
    /// The channel still has copies of jobs.
    #[error("the channel still has {0} live copies; retract them first")]
    ChannelHasCopies(u64),
    /// The placement's state doesn't allow it.
    #[error("a placement that is {state} can't be {action}")]
    PlacementState {
        /// The placement's state.
        state: PlacementState,
        /// The refused action.
        action: &'static str,
    },
    /// All recipients of the channel have unsubscribed.
    #[error("everybody this channel mails to has unsubscribed: lift that first, or give another address")]
    Unsubscribed,
    /// The mail's state doesn't allow it.
    #[error("a mail that is {state} can't be {action}")]
    MailState {
        /// The mail's state.
        state: MailState,
        /// The refused action.
        action: &'static str,
    },
    /// The channel has changed since it was read.
    #[error("the channel was changed at the same moment; look again")]
    ChannelChanged,
    /// There is no pending revision.
    #[error("there is no pending revision")]
    NoPendingRevision,
    /// A job that ended so long ago has no private link any more.
    #[error("the job ended so long ago that its private links have ended too; reopen or renew it first")]
    LinkOver,
    /// The same idempotency key came with another request.
    #[error("this idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// A request with this idempotency key is being worked on.
    #[error("a request with this idempotency key is still being worked on")]
    IdempotencyKeyInUse,
    /// Something with the same name was created at the same moment.
    #[error("something with the same name was made at the same moment; look again")]
    MadeMeanwhile,
    /// The last owner of a tenant can't be removed.
    #[error("a board needs at least one owner")]
    LastOwner,
    /// The actor's role is smaller than the one that is given, changed or taken.
    #[error("nobody can give, change or take a role that is more than their own")]
    RoleTooSmall,
    /// The member's e-mail address was never proved.
    #[error("the member with this address hasn't confirmed it; change their role by their id instead")]
    AddressUnconfirmed,
    /// The invitation is for another address than the account's.
    #[error("the invitation is for another e-mail address")]
    InvitedAddress,
    /// Nobody has proved the address of the account that acts.
    #[error("confirm the e-mail address of your account first")]
    OwnAddressUnconfirmed,
    /// Whoever invites has as many open invitations on this board as one may have.
    #[error("{0} of your invitations are open, and no more can be; revoke some, or wait until they are accepted")]
    InvitationsOpen(u64),
    /// Whoever invites has made as many invitations to this board within an hour as one may make.
    #[error("you have made {0} invitations within an hour, and no more can be made in it")]
    InvitationsMade(u64),
    /// The account has a second factor already.
    #[error("logging in asks for a code already")]
    TotpEnabled,
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) {
            Self::Unavailable(error)
        } else if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            // Known conflicts are checked before; this one happened in between.
            Self::Conflict(Conflict::MadeMeanwhile)
        } else {
            Self::Storage(error)
        }
    }
}

impl From<FieldErrors> for Error {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl From<UnknownValue> for Error {
    fn from(error: UnknownValue) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("stored JSON can't be read: {error}"))
    }
}

/// Whether the database couldn't be reached, rather than refused.
fn is_unavailable(error: &DbErr) -> bool {
    use sea_orm::RuntimeErr;
    use sea_orm::sqlx::Error as Sqlx;
    match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => match &**e {
            Sqlx::Io(_) | Sqlx::Tls(_) | Sqlx::PoolTimedOut | Sqlx::PoolClosed | Sqlx::WorkerCrashed => true,
            // PostgreSQL: class 08 (connection), 57P01..57P03 (shutting down, starting up), 53300 (too many connections).
            Sqlx::Database(e) => {
                e.code().is_some_and(|c| c.starts_with("08") || matches!(&*c, "57P01" | "57P02" | "57P03" | "53300"))
            }
            _ => false,
        },
        _ => false,
    }
}

/// The result of a domain operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;
