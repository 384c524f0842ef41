//! A strict fake of Discord's REST API, version 10.
//!
//! It has bots, webhooks and the channels of a server, stores the messages of each channel, refuses what Discord
//! refuses with Discord's own codes and sentences, records every request, and fails as networks do if a test asks for
//! it ([`Fault`]).
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use tablon_testkit::discord::{Action, CHANNEL, Fault, FakeDiscord, Options};
//!
//! let discord = FakeDiscord::start(Options::default()).await?;
//! discord.fault(Fault::on("execute_webhook", Action::LoseAnswer));
//! // … let a board with the secret discord.webhook_url() publish …
//! assert_eq!(discord.shown(CHANNEL).len(), 1);
//! discord.assert_no_violations();
//! # Ok(()) }
//! ```

mod bots;
mod channel;
mod content;
mod control;
mod fault;
mod form;
mod message;
mod operations;
mod page;
mod posting;
mod rates;
mod record;
mod refusal;
mod server;
mod spec;
mod threads;
mod webhooks;
mod world;

pub use channel::{Bot, Channel, ChannelKind, Permissions, Webhook};
pub use content::{
    LONGEST_CONTENT, LONGEST_DESCRIPTION, LONGEST_EMBEDS, LONGEST_FIELD, LONGEST_FOOTER, LONGEST_NONCE,
    LONGEST_THREAD_NAME, LONGEST_TITLE, MOST_EMBEDS, MOST_FIELDS, message_body_problems, webhook_body_problems,
};
pub use fault::{Action, Fault, Scope};
pub use form::utf16_len;
pub use message::{Author, Message, Version};
pub use rates::{Rates, Window};
pub use record::{Called, Request, Violation};
pub use server::FakeDiscord;
pub use spec::Spec;
pub use world::{Discord, Options};

/// The server of [`Options::default`].
pub const GUILD: u64 = 1_100_000_000_000_000_001;
/// Its text channel `#jobs`, in which the bot has all permissions.
pub const CHANNEL: u64 = 1_100_000_000_000_000_002;
/// Its forum `#job-board`.
pub const FORUM: u64 = 1_100_000_000_000_000_003;
/// A thread in [`CHANNEL`].
pub const THREAD: u64 = 1_100_000_000_000_000_004;
/// The bot `tablon`.
pub const BOT: u64 = 1_100_000_000_000_000_005;
/// The bot's token, in the form of Discord's.
pub const BOT_TOKEN: &str = "MTEwMDAwMDAwMDAwMDAwMDAwNQ.GtOkEn.an-example_of-a-bot-token-0123456789abcd";
/// The webhook of [`CHANNEL`].
pub const WEBHOOK: u64 = 1_100_000_000_000_000_006;
/// The webhook of [`FORUM`].
pub const FORUM_WEBHOOK: u64 = 1_100_000_000_000_000_007;
/// The token of both webhooks.
pub const WEBHOOK_TOKEN: &str = "kJ4fR7wQ2mZ9xT1vB6nL8pD3hG5sA0cE-uY_iO4rW7qM2zX9tV1bN6lP8dH3gS5aC0e";
