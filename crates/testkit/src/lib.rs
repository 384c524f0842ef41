//! Tools for tests and the demo: strict fakes of the Telegram Bot API, of Discord's and of a mail server, which refuse
//! what the platforms refuse; a database for each test; a throw-away PostgreSQL; and sample jobs.
//!
//! Each part is a cargo feature of the same name; `postgres` needs nothing but the standard library.

#[cfg(feature = "authenticator")]
pub mod authenticator;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver"))]
mod connection;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver", feature = "smtp"))]
mod control;
#[cfg(feature = "database")]
pub mod database;
#[cfg(feature = "discord")]
pub mod discord;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver"))]
mod fake;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver", feature = "smtp"))]
mod fault;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver"))]
mod port;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "receiver")]
pub mod receiver;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver"))]
mod record;
#[cfg(feature = "samples")]
pub mod samples;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver", feature = "smtp"))]
mod simulation;
#[cfg(feature = "smtp")]
pub mod smtp;
#[cfg(feature = "telegram")]
pub mod spec;
#[cfg(feature = "telegram")]
pub mod telegram;

#[cfg(feature = "database")]
pub use database::{Backend, TestDatabase};
#[cfg(feature = "discord")]
pub use discord::FakeDiscord;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver"))]
pub use fake::Fake;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver", feature = "smtp"))]
pub use fault::Fault;
#[cfg(feature = "postgres")]
pub use postgres::PostgresServer;
#[cfg(feature = "receiver")]
pub use receiver::FakeReceiver;
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver"))]
pub use record::Request;
#[cfg(feature = "samples")]
pub use samples::{hostile_jobs, sample_jobs, sample_jobs_on};
#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver", feature = "smtp"))]
pub use simulation::Simulation;
#[cfg(feature = "smtp")]
pub use smtp::FakeSmtp;
#[cfg(feature = "telegram")]
pub use telegram::FakeTelegram;
