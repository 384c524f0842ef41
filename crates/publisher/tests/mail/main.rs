//! The whole way from an approval to a mail, through the real plugin, to a strict fake of a mail server.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod digests;
mod faults;
mod fixture;
mod letters;
mod servers;
mod suppressions;
