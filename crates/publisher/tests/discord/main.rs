//! The whole way from an approval to a message, through the built Discord plugin, to a strict fake of Discord.
//!
//! What the reconciler does with the two databases is the business of the tests in `reconcile`; here one is enough.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod faults;
mod fixture;
mod following;
mod wire;
