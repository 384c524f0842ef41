//! The whole way from an approval to a message, through the built plugins, to strict fakes of the platforms.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod discord;
mod site;
mod telegram;
mod webhook;
