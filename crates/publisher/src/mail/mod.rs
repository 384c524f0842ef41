//! Outgoing mail: SMTP, letters, digests, and the link that stops them.
//!
//! ```text
//! capability/mail ─► mailbox (one channel) ─► outbox row: sending ─► smtp ─► outbox row: sent | queued | refused | unknown
//!                         └─► part of a digest ─► digest (a task of each replica) ─► outbox row ─► smtp
//! ```

mod bounded;
mod digest;
mod digest_page;
mod due;
mod letter;
mod mailbox;
mod office;
mod server;
mod smtp;
mod unsubscribe;
mod words;

pub use digest::Digests;
pub(crate) use mailbox::{ChannelMailbox, recipients};
pub use mailbox::{Delivery, HandedOver, MailError, Mailbox, Message, Posture, recipients_of};
pub(crate) use office::PostOffice;
pub use office::{DkimKey, DkimKeyError, MailOptions, Sender};
pub use server::{SmtpServer, SmtpUrlError};
pub use unsubscribe::{Unsubscribe, UnsubscribeKey};
