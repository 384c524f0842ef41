//! Outgoing mail: SMTP, letters, digests, and the unsubscribe link.
//!
//! ```text
//! capability/mail ─► mailbox (one channel) ─► outbox row: sending ─► smtp ─► outbox row: sent | queued | refused | unknown
//!                         └─► part of a digest ─► digest (a task of each replica) ─► outbox row ─► smtp
//! ```
//!
//! Mail to single people (`notice`) has rows of its own (`tablon_core::store::notices`) and shares letters and
//! conversations.
//!
//! Unsubscribed recipients get no mail: their row is `suppressed`, and a channel with no other recipient is paused.

mod audience;
mod bounded;
mod digest;
mod digest_page;
mod due;
mod header;
mod letter;
mod mailbox;
mod mailer;
mod notice;
mod own_server;
mod server;
mod smtp;
mod unsubscribe;
mod words;

pub(crate) use audience::recipients;
pub use audience::{is_address, recipients_of};
pub use digest::Digests;
pub(crate) use mailbox::ChannelMailbox;
pub use mailbox::{Delivery, HandedOver, MailContext, MailError, Mailbox, Message};
pub(crate) use mailer::Mailer;
pub use mailer::{DkimKey, DkimKeyError, MailOptions, Sender};
pub use notice::{NOTICE_LEASE, NoticeMail, NoticeMailer, NoticeSent};
pub use own_server::{OwnServer, OwnServerError};
pub use server::{SmtpServer, SmtpUrlError};
pub use unsubscribe::{Unsubscribe, UnsubscribeKey};

/// The problem that the admins of a paused channel read if all its recipients have unsubscribed, in the board's
/// language.
pub fn unsubscribed_words(locale: &str, addresses: &[String]) -> String {
    words::Words::of(locale).unsubscribed(addresses)
}
