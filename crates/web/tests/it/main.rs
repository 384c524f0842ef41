//! What the web side does, seen from outside: requests in, answers out, on both databases.

mod bad_input;
mod board;
mod browser;
mod channel_pages;
mod channels;
mod contract;
mod copies;
mod editing;
mod forms;
mod health;
mod hosts;
mod idempotency;
mod mails;
mod matrix;
mod moderating;
mod openapi;
mod page_cache;
mod page_matrix;
mod pages;
mod serving;
mod sessions;
mod templates;
mod unsubscribe;
