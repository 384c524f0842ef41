//! The whole way from an approval to a message, through the real plugin, to a strict fake of Telegram.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod faults;
mod fixture;
mod following;
mod looks;
mod wire;
