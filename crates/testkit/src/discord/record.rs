//! A request in terms of the API, and its mistakes that Discord ignores silently.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A request to the API.
pub type Request = crate::record::Request<Called>;

/// A request in terms of the API.
#[derive(Debug, Clone, Serialize)]
pub struct Called {
    /// The operation's name in Discord's OpenAPI (`execute_webhook`); empty if there is none.
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

/// Something that Discord accepts silently and doesn't do, or not as intended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The [`Request::number`].
    pub request: u64,
    /// The operation.
    pub operation: String,
    /// What is wrong.
    pub message: String,
}
