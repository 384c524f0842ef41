//! The chat that a channel posts to: which one is it, and may the bot post there?

use serde::Deserialize;
use serde_json::json;
use tablon_plugin::{Error, Failure, Verified};

use crate::bot::Bot;
use crate::settings::{ChatId, Settings, written};

#[derive(Deserialize)]
pub(crate) struct Chat {
    pub(crate) id: i64,
    #[serde(rename = "type", default)]
    kind: Kind,
    title: Option<String>,
    first_name: Option<String>,
    pub(crate) username: Option<String>,
    #[serde(default)]
    active_usernames: Vec<String>,
    is_forum: Option<bool>,
    permissions: Option<Permissions>,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Private,
    Group,
    Supergroup,
    Channel,
    #[default]
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Permissions {
    can_send_messages: Option<bool>,
}

#[derive(Deserialize)]
struct Member {
    status: String,
    #[serde(default)]
    can_post_messages: bool,
    #[serde(default)]
    can_edit_messages: bool,
    #[serde(default)]
    can_delete_messages: bool,
    #[serde(default)]
    can_send_messages: bool,
    is_member: Option<bool>,
}

pub(crate) fn verify(bot: &Bot<'_>) -> Result<Verified, Error> {
    let (settings, words) = (&bot.on.settings, &bot.on.words);
    // Stored as the Bot API writes it, so that one chat is one destination, however it was typed.
    let chat_id = settings.chat_id.shown();
    if written(bot.on.target) != chat_id {
        return Err(bot.on.moved("chat_id", chat_id));
    }
    let me = bot.me()?;
    let chat = bot.chat()?;
    let label = chat.shown(settings);
    let refused = || Error::invalid_setting("/chat_id", words.say_with("error-no-rights", &[("chat", &label)]));
    let mut warnings = Vec::new();
    if settings.thread().is_some() && chat.is_forum != Some(true) && chat.kind != Kind::Private {
        warnings.push("warning-no-forum");
    }
    // In a private conversation there are no rights to ask about.
    if chat.kind != Kind::Private {
        match bot.ask::<Member>("getChatMember", json!({ "chat_id": settings.chat_id, "user_id": me })) {
            Ok(member) if !member.may_post(&chat) => return Err(refused()),
            Ok(member) => warnings.extend(member.lacks(&chat)),
            // Telegram keeps it to itself in a channel whose administrator the bot is not.
            Err(Failure::Refused(refusal)) if refusal.status == 400 && chat.kind == Kind::Channel => {
                return Err(refused());
            }
            // A server that doesn't know the question: it has just accepted the token, so that isn't it.
            Err(Failure::Refused(refusal)) if matches!(refusal.status, 400 | 404) => {
                warnings.push("warning-rights-unknown");
            }
            Err(failure) => return Err(bot.explain(failure)),
        }
    }
    let url = chat.username.as_ref().map(|name| format!("https://t.me/{name}"));
    let warn = |verified: Verified, name| verified.warning(words.say_with(name, &[("chat", &label)]));
    Ok(warnings.into_iter().fold(Verified::new(&label).linked(url), warn))
}

impl Bot<'_> {
    /// The channel's chat, as Telegram knows it.
    pub(crate) fn chat(&self) -> Result<Chat, Error> {
        let chat_id = &self.on.settings.chat_id;
        self.ask("getChat", json!({ "chat_id": chat_id })).map_err(|failure| self.explain(failure))
    }
}

impl Member {
    fn may_post(&self, chat: &Chat) -> bool {
        let channel = chat.kind == Kind::Channel;
        let members_may = chat.permissions.as_ref().and_then(|p| p.can_send_messages).unwrap_or(true);
        match self.status.as_str() {
            "creator" => true,
            "administrator" => !channel || self.can_post_messages,
            "member" => !channel && members_may,
            "restricted" => self.is_member != Some(false) && self.can_send_messages,
            _ => false,
        }
    }

    /// Warnings about rights that a copy may need later.
    fn lacks(&self, chat: &Chat) -> impl Iterator<Item = &'static str> {
        let rights = [
            (chat.kind != Kind::Channel || self.can_edit_messages, "warning-no-edit"),
            (self.can_delete_messages, "warning-no-delete"),
        ];
        let creator = self.status == "creator";
        rights.into_iter().filter(move |(has, _)| !creator && !has).map(|(_, warning)| warning)
    }
}

impl Chat {
    /// Its name, for people.
    pub(crate) fn shown(&self, settings: &Settings) -> String {
        let name = self.title.clone().or_else(|| self.first_name.clone());
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| settings.chat_id.shown())
    }

    /// Whether this is the chat that a link names.
    pub(crate) fn is(&self, chat: &ChatId) -> bool {
        match chat {
            ChatId::Number(number) => *number == self.id,
            ChatId::Name(name) => self
                .username
                .iter()
                .chain(&self.active_usernames)
                .any(|known| known.eq_ignore_ascii_case(name.trim_start_matches('@'))),
        }
    }
}
