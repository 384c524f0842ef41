//! Short ways to say what went wrong.

use crate::{Error, FieldError, Lane};

impl Error {
    /// One setting doesn't do. `pointer` is a JSON pointer into the settings; empty for all of them.
    pub fn invalid_setting(pointer: &str, message: impl Into<String>) -> Self {
        let field = FieldError { pointer: pointer.to_owned(), message: message.into() };
        Self::InvalidSettings(vec![field])
    }

    /// The platform asks to wait so many seconds.
    pub fn rate_limited_seconds(lane: Lane, seconds: u64) -> Self {
        Self::RateLimited((lane, seconds.saturating_mul(1000)))
    }
}
