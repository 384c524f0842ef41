//! A request in terms of the Bot API, and its mistakes that Telegram ignores silently.

use serde::Serialize;
use serde_json::{Map, Value};

/// How the parameters were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// No body; parameters, if any, in the query string.
    Query,
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Something that this fake does not read.
    Other,
}

/// A request to the Bot API.
pub type Request = crate::record::Request<Call>;

/// A request in terms of the Bot API.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The method of the Bot API, as the caller spelled it.
    pub method: String,
    /// The bot that the token belongs to.
    pub bot_id: Option<i64>,
    /// How the parameters were sent.
    pub body_kind: BodyKind,
    /// The parameters by name, with the types that they were sent with.
    pub params: Map<String, Value>,
}

impl crate::record::Details for Call {
    fn call(&self) -> &str {
        &self.method
    }
}

/// Something that Telegram accepts silently and doesn't do, or not as intended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The [`Request::number`].
    pub request: u64,
    /// The method of the Bot API.
    pub method: String,
    /// What is wrong.
    pub message: String,
}
