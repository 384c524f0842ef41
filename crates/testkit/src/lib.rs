//! What Tablón is tested and demonstrated with: a strict fake of the Telegram Bot API that refuses
//! what Telegram refuses, a database per test, a throw-away PostgreSQL, and sample jobs.
//!
//! Each part is a cargo feature of the same name; `postgres` needs nothing but the standard library.

#[cfg(feature = "telegram")]
mod connection;
#[cfg(feature = "database")]
pub mod database;
#[cfg(feature = "telegram")]
mod port;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "samples")]
pub mod samples;
#[cfg(feature = "telegram")]
pub mod spec;
#[cfg(feature = "telegram")]
pub mod telegram;

#[cfg(feature = "database")]
pub use database::{Backend, TestDatabase};
#[cfg(feature = "postgres")]
pub use postgres::PostgresServer;
#[cfg(feature = "samples")]
pub use samples::{hostile_jobs, sample_jobs, sample_jobs_on};
#[cfg(feature = "telegram")]
pub use telegram::{FakeTelegram, serve_fake_telegram};
