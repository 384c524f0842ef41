//! The fake Telegram, asked over HTTP as a bot would.

mod client;
mod control;
mod faults;
mod page;
mod refusals;
mod shape;
mod shows;
