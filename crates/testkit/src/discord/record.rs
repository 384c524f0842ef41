//! What a request means to the API, and what it did that Discord would pass over in silence.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A request to the API.
pub type Request = crate::record::Request<Called>;

/// What a request means to the API.
#[derive(Debug, Clone, Serialize)]
pub struct Called {
    /// The operation's name in Discord's OpenAPI (`execute_webhook`); empty where there is none.
    pub operation: String,
    /// The parameters of the query string.
    pub query: BTreeMap<String, String>,
    /// The body, if it is JSON.
    pub json: Option<Value>,
}

impl crate::record::Details for Called {
    fn call(&self) -> &str {
        &self.operation
    }
}

/// Something that Discord accepts without a word and does not do, or not as it was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The [`Request::number`].
    pub request: u64,
    /// The operation.
    pub operation: String,
    /// What is wrong.
    pub message: String,
}
