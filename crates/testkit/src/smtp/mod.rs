//! A strict fake of a mail server.
//!
//! It speaks SMTP on a real socket, in the clear, after STARTTLS or with TLS from the first byte, requires a log-in if
//! asked to, refuses what real servers refuse with their words, stores accepted mails as a mail program reads them, and
//! fails as networks do if a test asks for it ([`Fault`]).
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use tablon_testkit::smtp::{Action, FakeSmtp, Fault, Options, Stage};
//!
//! let smtp = FakeSmtp::start(Options::default()).await?;
//! smtp.fault(Fault::at(Stage::Content, Action::LoseAnswer));
//! // … let a board with TABLON_SMTP_URL=smtp.url() publish …
//! assert_eq!(smtp.mails().len(), 1);
//! smtp.assert_no_violations();
//! # Ok(()) }
//! ```

mod control;
mod dkim;
mod fault;
mod headers;
mod mail;
mod page;
mod server;
mod session;
mod tls;
mod words;
mod world;

pub use dkim::{DkimError, PublicKey, verify};
pub use fault::{Action, Fault, Stage};
pub use mail::{Mail, Part};
pub use server::FakeSmtp;
pub use tls::Authority;
pub use world::{Conversation, MailServer, Options, Security};
