//! Every request as it came over the wire, and what it did that Telegram would pass over in silence.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
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
#[derive(Debug, Clone, Serialize)]
pub struct Request {
    /// Counted from 1.
    pub number: u64,
    /// When it came, by the fake's clock.
    pub at: DateTime<Utc>,
    /// `GET` or `POST`.
    pub http_method: String,
    /// With `<token>` in the token's place.
    pub path: String,
    /// The method of the Bot API, as the caller spelled it.
    pub method: String,
    /// The bot that the token belongs to.
    pub bot_id: Option<i64>,
    /// In the order they came; header names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes; in JSON, as text.
    #[serde(serialize_with = "as_text")]
    pub body: Vec<u8>,
    /// How the parameters were given.
    pub body_kind: BodyKind,
    /// The parameters by name, of the types that they came in.
    pub params: Map<String, Value>,
    /// The HTTP status that it got; `None` while at work, or when the connection was reset.
    pub status: Option<u16>,
    /// The description of a refusal.
    pub refusal: Option<String>,
    /// Did it change or send something?
    pub acted: bool,
}

fn as_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
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
