//! The states of mails and of the parts of digests, with their names in the database and in the API.

use crate::wire::wire_enum;

wire_enum! {
    /// The state of a mail.
    MailState {
        /// It certainly hasn't been sent; it will be tried (again).
        Queued = "queued",
        /// It is being handed to a mail server, or this process died while it was.
        Sending = "sending",
        /// A mail server took it.
        Sent = "sent",
        /// It may have been sent.
        Unknown = "unknown",
        /// The mail server refused it for good.
        Refused = "refused",
        /// It couldn't be handed over for so long that it isn't tried any more.
        GivenUp = "given_up",
        /// Its recipient has unsubscribed: it wasn't sent.
        Suppressed = "suppressed",
        /// Its address was removed from the settings before it was sent.
        Cancelled = "cancelled",
        /// It wasn't sent, or that is unknown, and a person decided not to send it again.
        Left = "left",
    }
}

wire_enum! {
    /// What a part of a digest says.
    FragmentKind {
        /// A job that is open.
        Open = "open",
        /// A job that is no longer open.
        Over = "over",
    }
}

wire_enum! {
    /// The state of a part of a digest.
    FragmentState {
        /// It waits for its digest's time.
        Waiting = "waiting",
        /// It was cancelled before that.
        Cancelled = "cancelled",
        /// It is part of a digest.
        Composed = "composed",
    }
}

wire_enum! {
    /// How a recipient unsubscribed.
    SuppressionOrigin {
        /// With the button of their mail program (RFC 8058).
        OneClick = "one-click",
        /// On the page of the link in a mail.
        Page = "page",
        /// By asking an admin, who added the address.
        Admin = "admin",
    }
}
