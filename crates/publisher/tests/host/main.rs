//! The host against a plugin that does what a plugin must not.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compiling;
mod fixture;
mod frozen;
mod installed;
mod loading;
mod misdeeds;
mod outcomes;
mod requests;
mod server;
