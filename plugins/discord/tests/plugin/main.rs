//! The plugin as the host calls it, with Discord's answers from a script.
#![expect(clippy::expect_used, reason = "a test that can't go on should stop")]

mod copies;
mod describe;
mod finding;
mod refusals;
mod rendering;
mod support;
mod threads;
