//! What the domain promises, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod boards;
mod breaker;
mod channels;
mod checks;
mod delivery;
mod fixture;
mod jobs;
mod mail;
mod mail_records;
mod mail_suppressions;
mod pacing;
mod plugins;
mod policy;
mod storage;
mod unknown_outcomes;
mod worker;
