//! What a request means to the Bot API, and what it did that Telegram would pass over in silence.

use serde::Serialize;
use serde_json::{Map, Value};

/// How the parameters came.
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

/// What a request means to the Bot API.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The method of the Bot API, as the caller spelled it.
    pub method: String,
    /// The bot that the token belongs to.
    pub bot_id: Option<i64>,
    /// How the parameters were given.
    pub body_kind: BodyKind,
    /// The parameters by name, of the types that they came in.
    pub params: Map<String, Value>,
}

impl crate::record::Details for Call {
    fn call(&self) -> &str {
        &self.method
    }
}

/// Something that Telegram accepts without a word and does not do, or not as it was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The [`Request::number`].
    pub request: u64,
    /// The method of the Bot API.
    pub method: String,
    /// What is wrong.
    pub message: String,
}
