//! What the plugin hands over, and what it makes of what the host answers.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod copies;
mod letters;
