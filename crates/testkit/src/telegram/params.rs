//! The parameters of a call, from a query string, a form or JSON.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::record::BodyKind;
use super::refusal::Refusal;

/// The parameters of one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(pub(crate) Map<String, Value>);

impl Params {
    /// Reads query and body; a body of an unknown kind is ignored, as by Telegram.
    pub(crate) fn read(query: Option<&str>, kind: BodyKind, body: &[u8]) -> Result<Self, Refusal> {
        let mut params = Map::new();
        let pairs = |bytes: &[u8]| -> Vec<(String, Value)> {
            form_urlencoded::parse(bytes)
                .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
                .collect()
        };
        params.extend(pairs(query.unwrap_or_default().as_bytes()));
        match kind {
            BodyKind::Form => params.extend(pairs(body)),
            BodyKind::Json if body.iter().all(u8::is_ascii_whitespace) => {}
            BodyKind::Json => match serde_json::from_slice(body) {
                Ok(Value::Object(object)) => params.extend(object),
                _ => return Err(Refusal::bad_request("can't parse JSON object")),
            },
            BodyKind::Query | BodyKind::Other => {}
        }
        Ok(Self(params))
    }

    /// As text, from any type, as Telegram does. An empty text counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let text = match self.0.get(name)? {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (!text.is_empty()).then_some(text)
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    pub(crate) fn boolean(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "1"))
    }

    /// An object, as JSON or serialised in a string.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Value>, ()> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match serde_json::from_str(&text) {
            Ok(value @ Value::Object(_)) => Ok(Some(value)),
            _ => Err(()),
        }
    }
}

/// How to read a body, by its `Content-Type`.
pub(crate) fn body_kind(content_type: Option<&str>, body: &[u8]) -> BodyKind {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => BodyKind::Json,
        "application/x-www-form-urlencoded" => BodyKind::Form,
        _ if body.is_empty() => BodyKind::Query,
        _ => BodyKind::Other,
    }
}
