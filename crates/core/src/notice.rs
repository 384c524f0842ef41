//! Notices: what a person is told, by which way, and when.

use crate::wire::wire_enum;

wire_enum! {
    /// What a notice tells.
    NoticeKind {
        /// To the poster: the offer came in; with the private link.
        JobReceived = "job.received",
        /// To the poster: something must be changed first.
        JobChangesRequested = "job.changes_requested",
        /// To the poster: the offer was rejected, and why.
        JobRejected = "job.rejected",
        /// To the poster: the offer is on the board; with links to its copies.
        JobPublished = "job.published",
        /// To the poster: the edit of a published offer was accepted.
        JobEditAccepted = "job.edit_accepted",
        /// To the poster: the edit was discarded, and why.
        JobEditDiscarded = "job.edit_discarded",
        /// To the poster: the offer's last day is near.
        JobExpiring = "job.expiring",
        /// To the poster: the offer is no longer on the board.
        JobEnded = "job.ended",
        /// To the staff: a new offer waits.
        QueueNew = "queue.new",
        /// To the staff: a poster has changed an offer.
        QueueChanged = "queue.changed",
        /// To the staff: a channel was paused by a problem.
        ChannelPaused = "channel.paused",
        /// To the staff: somebody must look whether a copy was sent.
        CopyInDoubt = "copy.in_doubt",
        /// To an address: somebody invites its reader to a board; with the link.
        AccountInvitation = "account.invitation",
        /// To an account: the link for a new password, which somebody asked for.
        AccountReset = "account.reset",
        /// To an address: the link that proves it is its reader's, for an account.
        AccountAddress = "account.address",
        /// To an account: somebody wanted its address for another account.
        AccountAddressTaken = "account.address_taken",
        /// To the address that an account had: it has another one.
        AccountAddressChanged = "account.address_changed",
        /// To an address: the link with which its reader becomes a member of a board.
        AccountRegistration = "account.registration",
        /// To an account: it wanted to register on a board, and can join with what it has.
        AccountRegisteredBefore = "account.registered_before",
        /// To an account: its password was changed.
        AccountPasswordChanged = "account.password_changed",
        /// To an account: logging in needs a code from now on.
        AccountTotpOn = "account.totp_on",
        /// To an account: logging in needs no code any more.
        AccountTotpOff = "account.totp_off",
        /// To an account: a recovery code was used.
        AccountRecoveryCode = "account.recovery_code",
    }
}

/// Whom a notice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// An offer's poster.
    Poster,
    /// The staff of a board.
    Staff,
    /// The owner of an account, or somebody who is invited to have one. Such mail goes by the installation's sender.
    Account,
}

impl NoticeKind {
    /// What the staff can be told, in the order of the page where they choose.
    pub const FOR_STAFF: [Self; 4] = [Self::QueueNew, Self::QueueChanged, Self::ChannelPaused, Self::CopyInDoubt];

    /// Whom it is for.
    pub const fn audience(self) -> Audience {
        match self {
            Self::QueueNew | Self::QueueChanged | Self::ChannelPaused | Self::CopyInDoubt => Audience::Staff,
            Self::AccountInvitation
            | Self::AccountReset
            | Self::AccountAddress
            | Self::AccountAddressTaken
            | Self::AccountAddressChanged
            | Self::AccountRegistration
            | Self::AccountRegisteredBefore
            | Self::AccountPasswordChanged
            | Self::AccountTotpOn
            | Self::AccountTotpOff
            | Self::AccountRecoveryCode => Audience::Account,
            _ => Audience::Poster,
        }
    }

    /// What posters are told, in the order of an offer's life.
    pub fn for_posters() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.audience() == Audience::Poster)
    }

    /// Whether a stranger can cause it to any address they type. Such mail is limited.
    pub const fn is_caused_by_strangers(self) -> bool {
        matches!(
            self,
            Self::JobReceived
                | Self::AccountInvitation
                | Self::AccountReset
                | Self::AccountAddress
                | Self::AccountAddressTaken
                | Self::AccountRegistration
                | Self::AccountRegisteredBefore
        )
    }

    /// Whether a board's admins are told that it didn't arrive. Who registers is between the installation and the address:
    /// its kind would tell them who has an account.
    pub const fn is_shown_to_admins(self) -> bool {
        !matches!(self, Self::AccountRegistration | Self::AccountRegisteredBefore)
    }
}

wire_enum! {
    /// A way by which people are told.
    Way {
        /// By e-mail.
        Mail = "mail",
    }
}

wire_enum! {
    /// When somebody is told.
    Timing {
        /// At once.
        AtOnce = "at_once",
        /// Once a day, together with everything else of that day.
        Daily = "daily",
        /// Not at all.
        Never = "never",
    }
}

wire_enum! {
    /// Where a notice stands.
    NoticeState {
        /// It waits.
        Queued = "queued",
        /// It is being handed over.
        Sending = "sending",
        /// The mail server took it.
        Sent = "sent",
        /// The mail server will never take it.
        Refused = "refused",
        /// The mail server couldn't be reached for days.
        GivenUp = "given_up",
        /// It was handed over twice, and the answer was lost each time.
        Unknown = "unknown",
        /// There was nothing left to tell, or its recipient doesn't want it.
        Dropped = "dropped",
        /// Strangers have caused too many mails to this address, or on this board.
        Limited = "limited",
    }
}
