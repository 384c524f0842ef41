//! Telegram, on both databases: here stands what the reconciler does with them.

mod faults;
mod fixture;
mod following;
mod looks;
mod wire;
