//! What the web side does, seen from outside: requests in, answers out, on both databases.

mod bad_input;
mod board;
mod browser;
mod channels;
mod contract;
mod editing;
mod forms;
mod health;
mod hosts;
mod idempotency;
mod matrix;
mod moderating;
mod openapi;
mod pages;
mod serving;
mod sessions;
