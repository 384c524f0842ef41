//! Short ways to say what went wrong.

use crate::{Error, FieldError, Lane, MailError, Receipt};

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

    /// A part of the operation is done, and certainly no more; the receipt names what is there now. After `publish` and
    /// `update` the host goes on with `update`, after `retract` with `retract`.
    pub fn unfinished(receipt: Receipt, why: impl Into<String>) -> Self {
        Self::Unfinished((receipt, why.into()))
    }
}

/// What a mail that wasn't handed over means for the operation. The host recognises a repetition by its key, so nothing
/// here is sent twice.
pub fn unmailed(error: MailError) -> Error {
    match error {
        MailError::Denied(why) | MailError::Invalid(why) => Error::invalid_setting("", why),
        MailError::Refused(why) => Error::Rejected(why),
        MailError::NotSent(why) => Error::Transient(why),
        MailError::NoAnswer(why) => Error::Uncertain(why),
        MailError::BudgetExhausted => Error::Transient("the call has used up its requests".to_owned()),
    }
}
