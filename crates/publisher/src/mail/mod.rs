//! Outgoing mail: SMTP, letters, digests, and the link that stops them.
//!
//! ```text
//! capability/mail ─► mailbox (one channel) ─► outbox row: sending ─► smtp ─► outbox row: sent | queued | refused | unknown
//!                         └─► part of a digest ─► digest (a task of each replica) ─► outbox row ─► smtp
//! ```
//!
//! Whoever wants no more mail gets none: their row says `suppressed`, and a channel that has nobody else is paused.

mod audience;
mod bounded;
mod digest;
mod digest_page;
mod due;
mod header;
mod letter;
mod mailbox;
mod office;
mod server;
mod smtp;
mod unsubscribe;
mod words;

pub(crate) use audience::recipients;
pub use audience::{is_address, recipients_of};
pub use digest::Digests;
pub(crate) use mailbox::ChannelMailbox;
pub use mailbox::{Delivery, HandedOver, MailError, Mailbox, Message, Posture};
pub(crate) use office::PostOffice;
pub use office::{DkimKey, DkimKeyError, MailOptions, Sender};
pub use server::{SmtpServer, SmtpUrlError};
pub use unsubscribe::{Unsubscribe, UnsubscribeKey};

/// What the admins of a channel read that is paused because everybody it mails to has asked for no more mail, in the
/// board's language.
pub fn unsubscribed_words(locale: &str, addresses: &[String]) -> String {
    words::Words::of(locale).unsubscribed(addresses)
}
