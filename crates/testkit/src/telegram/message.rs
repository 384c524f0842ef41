//! A message as a chat shows it, with its earlier versions.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::chat::{Bot, Chat, ChatKind};
use super::entities::FormattedText;

/// An earlier version of a message.
#[derive(Debug, Clone)]
pub struct Version {
    /// When this version began.
    pub since: DateTime<Utc>,
    /// Its content.
    pub content: FormattedText,
    /// The bot's text before parsing.
    pub source: String,
}

/// A message, deleted or not.
#[derive(Debug, Clone)]
pub struct Message {
    /// Unique in its chat.
    pub id: i64,
    /// Its chat.
    pub chat_id: i64,
    /// The bot that sent it.
    pub bot_id: i64,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// Its current content.
    pub content: FormattedText,
    /// The bot's text before parsing: compare it with a preview.
    pub source: String,
    /// `HTML`, or nothing for plain text.
    pub parse_mode: Option<String>,
    /// The topic of a forum.
    pub thread_id: Option<i64>,
    /// Sent with `disable_notification`.
    pub silent: bool,
    /// As it was sent.
    pub link_preview_options: Option<Value>,
    /// The inline keyboard, as it was sent.
    pub reply_markup: Option<Value>,
    /// When it was last edited.
    pub edited_at: Option<DateTime<Utc>>,
    /// Its earlier versions, oldest first.
    pub history: Vec<Version>,
    /// When it was deleted, by the bot or by a person.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Message {
    /// The text without its entities.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.content.text
    }

    /// Is it still shown?
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// The `Message` object of the Bot API.
    pub(crate) fn to_json(&self, chat: &Chat, bot: &Bot) -> Value {
        let mut message = json!({
            "message_id": self.id,
            "date": self.sent_at.timestamp(),
            "chat": chat.to_json(),
            "text": self.content.text,
        });
        if chat.kind == ChatKind::Channel {
            message["sender_chat"] = chat.to_json();
        } else {
            message["from"] = bot.user();
        }
        if !self.content.entities.is_empty() {
            message["entities"] = self.content.entities.iter().map(super::Entity::to_json).collect();
        }
        if let Some(at) = self.edited_at {
            message["edit_date"] = json!(at.timestamp());
        }
        if let Some(thread) = self.thread_id {
            message["message_thread_id"] = json!(thread);
            message["is_topic_message"] = json!(true);
        }
        if let Some(options) = &self.link_preview_options {
            message["link_preview_options"] = options.clone();
        }
        if let Some(markup) = &self.reply_markup {
            message["reply_markup"] = markup.clone();
        }
        message
    }

    /// The control surface's report of it: it has more than a bot gets.
    pub(crate) fn to_report(&self, chat: &Chat) -> Value {
        json!({
            "chat": chat.to_json(),
            "message_id": self.id,
            "bot_id": self.bot_id,
            "text": self.content.text,
            "entities": self.content.entities.iter().map(super::Entity::to_json).collect::<Vec<_>>(),
            "source": self.source,
            "parse_mode": self.parse_mode,
            "message_thread_id": self.thread_id,
            "silent": self.silent,
            "link_preview_options": self.link_preview_options,
            "reply_markup": self.reply_markup,
            "sent_at": self.sent_at,
            "edited_at": self.edited_at,
            "deleted_at": self.deleted_at,
            "history": self.history.iter().map(|version| json!({"since": version.since, "text": version.content.text, "source": version.source})).collect::<Vec<_>>(),
        })
    }
}
