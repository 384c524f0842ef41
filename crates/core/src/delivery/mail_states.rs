//! What is known of mails and of the parts of digests, by the names that stand in the database and in the API.

use crate::wire::wire_enum;

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

wire_enum! {
    /// How somebody said that they want no more mail.
    SuppressionOrigin {
        /// With the button of their mail program (RFC 8058).
        OneClick = "one-click",
        /// On the page that the link in a mail leads to.
        Page = "page",
        /// To an admin, who wrote it down.
        Admin = "admin",
    }
}
