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
    }
}

impl NoticeKind {
    /// What the staff can be told, in the order of the page where they choose.
    pub const FOR_STAFF: [Self; 4] = [Self::QueueNew, Self::QueueChanged, Self::ChannelPaused, Self::CopyInDoubt];

    /// Whether it is for the staff of a board; otherwise it is for an offer's poster.
    pub const fn is_for_staff(self) -> bool {
        matches!(self, Self::QueueNew | Self::QueueChanged | Self::ChannelPaused | Self::CopyInDoubt)
    }

    /// Whether a stranger can cause it to any address they type. Such mail is limited.
    pub const fn is_caused_by_strangers(self) -> bool {
        matches!(self, Self::JobReceived)
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
