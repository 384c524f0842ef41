//! The fake Telegram over HTTP, used as by a bot.

#![expect(clippy::unwrap_used, reason = "what a test helper cannot get fails the test")]

mod client;
mod control;
mod faults;
mod page;
mod refusals;
mod shape;
mod shows;
