//! The fake Discord over HTTP, used as by a webhook's owner and by a bot.

#![expect(clippy::unwrap_used, reason = "what a test helper cannot get fails the test")]

mod client;
mod control;
mod faults;
mod limits;
mod page;
mod rates;
mod refusals;
mod shape;
mod shows;
mod threads;
