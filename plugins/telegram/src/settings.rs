//! A channel's settings: what they are, and the form that asks for them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tablon_plugin::{Error, Target, Words};

use crate::LOCALES;

/// Telegram's own Bot API server.
const DEFAULT_API: &str = "https://api.telegram.org";

/// What the target says, read once per call.
pub(crate) struct Settings {
    pub(crate) chat: ChatId,
    pub(crate) thread: Option<i64>,
    pub(crate) silent: bool,
    pub(crate) link_preview: LinkPreview,
    /// Without a slash at the end.
    pub(crate) api: String,
    /// As they came, to be given back with a changed chat.
    raw: Value,
    pub(crate) words: Words,
}

/// A chat as the Bot API takes it: a number, or `@name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum ChatId {
    Number(i64),
    Name(String),
}

/// What Telegram shows of the job's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LinkPreview {
    #[default]
    None,
    Small,
    Large,
}

#[derive(Deserialize)]
struct Wire {
    chat_id: Value,
    #[serde(default)]
    message_thread_id: Option<f64>,
    #[serde(default)]
    silent: Option<bool>,
    #[serde(default)]
    link_preview: Option<LinkPreview>,
    #[serde(default)]
    api_base_url: Option<String>,
}

impl Settings {
    /// Reads the target's settings, which the host has validated against the form.
    pub(crate) fn of(target: &Target) -> Result<Self, Error> {
        let words = LOCALES.get(&target.locale);
        let unreadable = |e: serde_json::Error| {
            let why = e.to_string();
            Error::invalid_setting("", words.say_with("error-settings", &[("why", &why)]))
        };
        let raw: Value = serde_json::from_str(&target.settings).map_err(unreadable)?;
        let wire = Wire::deserialize(&raw).map_err(unreadable)?;
        let chat = ChatId::read(&wire.chat_id)
            .ok_or_else(|| Error::invalid_setting("/chat_id", words.say("error-chat-id")))?;
        let api = wire.api_base_url.unwrap_or_default();
        let api = api.trim().trim_end_matches('/');
        Ok(Self {
            chat,
            // The form demands a whole number from 1 to 2^53; `0` and absence mean the same.
            thread: wire.message_thread_id.map(|n| n as i64).filter(|n| *n > 0),
            silent: wire.silent.unwrap_or_default(),
            link_preview: wire.link_preview.unwrap_or_default(),
            api: if api.is_empty() { DEFAULT_API.to_owned() } else { api.to_owned() },
            raw,
            words,
        })
    }

    /// The same settings with another chat, for a group that became a supergroup.
    pub(crate) fn moved_to(&self, chat: i64) -> String {
        let mut moved = self.raw.clone();
        if let Some(settings) = moved.as_object_mut() {
            settings.insert("chat_id".to_owned(), Value::String(chat.to_string()));
        }
        moved.to_string()
    }
}

impl ChatId {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().map(Self::Number),
            Value::String(text) => {
                let text = text.trim();
                match text.parse() {
                    Ok(number) => Some(Self::Number(number)),
                    Err(_) if text.len() > 1 && text.starts_with('@') => Some(Self::Name(text.to_owned())),
                    Err(_) => None,
                }
            }
            _ => None,
        }
    }

    /// The public name without its `@`, where the chat is given by it.
    pub(crate) fn username(&self) -> Option<String> {
        match self {
            Self::Number(_) => None,
            Self::Name(name) => Some(name.trim_start_matches('@').to_owned()),
        }
    }

    /// For people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

/// The form of the settings; the token is a secret and never among them.
pub(crate) fn form() -> Value {
    let label = |name: &str| json!(LOCALES.in_all(name));
    let preview = |value: &str| json!({ "value": value, "label": label(&format!("link-preview-{value}")) });
    let field = |name: &str, rest: Value| {
        let words = format!("setting-{}", name.replace('_', "-"));
        let mut field = json!({
            "name": name,
            "label": label(&words),
            "help": label(&format!("{words}-help")),
        });
        if let (Some(field), Value::Object(rest)) = (field.as_object_mut(), rest) {
            field.extend(rest);
        }
        field
    };
    json!({ "fields": [
        field("bot_token", json!({
            "type": "secret", "required": true,
            "pattern": "^[0-9]{1,20}:[A-Za-z0-9_-]{1,100}$",
        })),
        field("chat_id", json!({
            "type": "text", "required": true, "max": 64, "placeholder": "@mychannel",
            "pattern": "^(@[A-Za-z0-9_]{1,63}|-?[0-9]{1,19})$",
        })),
        field("message_thread_id", json!({
            "type": "number", "required": false, "integer": true, "min": 1, "max": 9_007_199_254_740_991_i64,
        })),
        field("silent", json!({ "type": "boolean", "required": false, "default": false })),
        field("link_preview", json!({
            "type": "select", "required": false, "default": "none",
            "options": [preview("none"), preview("small"), preview("large")],
        })),
        field("api_base_url", json!({ "type": "url", "required": false, "default": DEFAULT_API })),
    ] })
}
