//! What the domain promises, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod accounts;
mod audit;
mod batches;
mod board_mail;
mod board_settings;
mod boards;
mod breaker;
mod breaker_counts;
mod channels;
mod checks;
mod claims;
mod delivery;
mod fixture;
mod jobs;
mod mail;
mod mail_records;
mod mail_suppressions;
mod notice_limits;
mod notices;
mod operations;
mod pacing;
mod plugins;
mod policy;
mod recovery;
mod search;
mod shared_lanes;
mod storage;
mod team;
mod texts;
mod tidy;
mod turns;
mod unknown_outcomes;
mod worker;
