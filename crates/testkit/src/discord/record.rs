//! Every request as it came over the wire, and what it did that Discord would pass over in silence.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A request to the API.
#[derive(Debug, Clone, Serialize)]
pub struct Request {
    /// Counted from 1.
    pub number: u64,
    /// When it came, by the fake's clock.
    pub at: DateTime<Utc>,
    /// `GET`, `POST`, `PATCH`, `DELETE`, …
    pub http_method: String,
    /// With `<token>` in the place of a webhook's token.
    pub path: String,
    /// The operation's name in Discord's OpenAPI (`execute_webhook`); empty where there is none.
    pub operation: String,
    /// The parameters of the query string.
    pub query: BTreeMap<String, String>,
    /// In the order they came; header names are in lower case, a bot's token is `<token>`.
    pub headers: Vec<(String, String)>,
    /// The body's bytes; in JSON, as text.
    #[serde(serialize_with = "as_text")]
    pub body: Vec<u8>,
    /// The body, if it is JSON.
    pub json: Option<Value>,
    /// The HTTP status that it got; `None` while at work, or when the connection was reset.
    pub status: Option<u16>,
    /// The sentence of a refusal.
    pub refusal: Option<String>,
    /// Did it change or send something?
    pub acted: bool,
}

fn as_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
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
