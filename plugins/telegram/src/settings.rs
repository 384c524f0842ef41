//! A channel's settings: what they are, and the form that asks for them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tablon_plugin::{Channel, Error, Field, Form, Target, address_or};

use crate::LOCALES;
use crate::links::ChatReference;

/// Telegram's own Bot API server.
const DEFAULT_API: &str = "https://api.telegram.org";

/// What the channel's admins chose.
#[derive(Deserialize)]
pub struct Settings {
    #[serde(default)]
    pub(crate) chat_id: ChatId,
    message_thread_id: Option<i64>,
    #[serde(default)]
    pub(crate) silent: bool,
    #[serde(default)]
    pub(crate) link_preview: LinkPreview,
    #[serde(default)]
    api_base_url: String,
}

/// A chat as the Bot API takes it: a number, or `@name`. In settings it may be written as people copy it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, from = "Value")]
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

/// The channel of a target.
pub(crate) fn open(target: &Target) -> Result<Channel<Settings>, Error> {
    let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
    match &channel.settings.chat_id {
        ChatId::Name(name) if name.is_empty() => {
            let name = match ChatReference::read(&written(target)) {
                Some(ChatReference::Invitation) => "error-chat-invitation",
                _ => "error-chat-id",
            };
            Err(Error::invalid_setting("/chat_id", channel.words.say(name)))
        }
        _ => Ok(channel),
    }
}

/// The chat as it stands in the settings, whatever it is.
pub(crate) fn written(target: &Target) -> String {
    let settings: Value = serde_json::from_str(&target.settings).unwrap_or_default();
    match &settings["chat_id"] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

impl Settings {
    /// The forum topic; `0` and absence mean the same.
    pub(crate) fn thread(&self) -> Option<i64> {
        self.message_thread_id.filter(|thread| *thread > 0)
    }

    /// The address of the Bot API, without a slash at the end.
    pub(crate) fn api(&self) -> &str {
        address_or(&self.api_base_url, DEFAULT_API)
    }
}

impl From<Value> for ChatId {
    /// An empty name where it names no chat.
    fn from(value: Value) -> Self {
        if let Some(number) = value.as_i64() {
            return Self::Number(number);
        }
        match ChatReference::read(value.as_str().unwrap_or_default()) {
            Some(ChatReference::Chat(chat)) => chat,
            Some(ChatReference::Invitation) | None => Self::default(),
        }
    }
}

impl Default for ChatId {
    fn default() -> Self {
        Self::Name(String::new())
    }
}

impl ChatId {
    /// The public name without its `@`, where the chat is given by it.
    pub(crate) fn username(&self) -> Option<String> {
        match self {
            Self::Number(_) => None,
            Self::Name(name) => Some(name.trim_start_matches('@').to_owned()),
        }
    }

    /// Whether both are the same public name.
    pub(crate) fn same_name(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Name(a), Self::Name(b)) if a.eq_ignore_ascii_case(b))
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
pub(crate) fn form() -> Form {
    Form::new(&LOCALES)
        .field(Field::secret("bot_token").required().pattern("^[0-9]{1,20}:[A-Za-z0-9_-]{1,100}$"))
        .field(
            Field::text("chat_id")
                .required()
                .max(200)
                .placeholder("@mychannel")
                // What it is exactly, `ChatReference` tells, in words of its own.
                .pattern(
                    "^(@?[A-Za-z0-9_]{1,63}|-?[0-9]{1,19}|(https?://)?(www\\.)?(t|telegram)\\.(me|dog)/\\S{1,150})$",
                ),
        )
        .field(Field::integer("message_thread_id").min(1).max(9_007_199_254_740_991))
        .field(Field::boolean("silent").default(false))
        .field(Field::select("link_preview", &["none", "small", "large"]).default("none"))
        .field(Field::url("api_base_url").default(DEFAULT_API))
}
