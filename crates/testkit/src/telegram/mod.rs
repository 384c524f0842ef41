//! A strict fake of the Telegram Bot API.
//!
//! It has bots and chats, stores the messages of each chat, refuses what Telegram refuses with Telegram's own
//! sentences, records every request, and fails as networks do if a test asks for it ([`Fault`]).
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use tablon_testkit::telegram::{Action, Fault, FakeTelegram, Options, BOT_TOKEN};
//!
//! let telegram = FakeTelegram::start(Options::default()).await?;
//! telegram.fault(Fault::on("sendMessage", Action::LoseAnswer));
//! // … let a board with the base URL telegram.base_url() and BOT_TOKEN publish to @tablon_jobs …
//! assert_eq!(telegram.shown("@tablon_jobs").len(), 1);
//! telegram.assert_no_violations();
//! # Ok(()) }
//! ```

mod chat;
mod control;
mod entities;
mod fault;
mod html;
mod keyboard;
mod message;
mod methods;
mod page;
mod params;
mod rates;
mod record;
mod refusal;
mod server;
mod world;

pub use chat::{Bot, Chat, ChatKind, Membership, Rights, Topic};
pub use entities::{Entity, EntityKind, FormattedText, checked_link, utf16_len};
pub use fault::{Action, Fault};
pub use html::{html_len, parse_html};
pub use message::{Message, Version};
pub use rates::Rates;
pub use record::{BodyKind, Call, Request, Violation};
pub use server::FakeTelegram;
pub use world::{Options, Telegram};

/// The token of the bot in [`Options::default`], the example of Telegram's own documentation.
pub const BOT_TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

/// The longest text of a message, in UTF-16 code units after parsing.
pub const LONGEST_TEXT: usize = 4096;
