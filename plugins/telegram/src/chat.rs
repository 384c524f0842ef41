//! The chat that a channel posts to: may the bot post, and is a message in it?

use serde::{Deserialize, Serialize};
use tablon_plugin::{Account, Error, Host, Lane, Level, Receipt, Repeatable, Target, Verified};

use crate::bot::{Bot, Failure};
use crate::copies::TheMessage;
use crate::receipt::{Handle, MessageLink, message_url};
use crate::settings::{ChatId, Settings};

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct GetChat<'a> {
    chat_id: &'a ChatId,
}

#[derive(Serialize)]
struct GetChatMember<'a> {
    chat_id: &'a ChatId,
    user_id: i64,
}

#[derive(Deserialize)]
struct User {
    id: i64,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type", default)]
    kind: Kind,
    title: Option<String>,
    first_name: Option<String>,
    username: Option<String>,
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

pub(crate) fn verify(host: &dyn Host, target: &Target) -> Result<Verified, Error> {
    let settings = Settings::of(target)?;
    let bot = Bot::new(host, &settings);
    let me: User = bot
        .call("getMe", &Nothing {}, Repeatable::Yes)
        .map_err(|failure| explain(failure, &settings, Lane::Credential))?;
    let chat = get_chat(&bot)?;
    let shown = chat.shown(&settings);
    let words = &settings.words;
    let mut warnings = Vec::new();
    let mut warn = |name: &str| warnings.push(words.say_with(name, &[("chat", &shown)]));
    if settings.thread.is_some() && chat.is_forum != Some(true) && chat.kind != Kind::Private {
        warn("warning-no-forum");
    }
    // In a private conversation there are no rights to ask about.
    if chat.kind != Kind::Private {
        match membership(&bot, &me)? {
            Membership::Known(member) => member.judge(&chat, &settings, &shown, &mut warn)?,
            Membership::Hidden if chat.kind == Kind::Channel => return Err(no_rights(&settings, &shown)),
            Membership::Hidden | Membership::Unknown => warn("warning-rights-unknown"),
        }
    }
    let url = chat.username.as_ref().map(|name| format!("https://t.me/{name}"));
    Ok(Verified { account: Account { label: shown, url }, warnings })
}

impl Member {
    /// Demands the right to post, warns about what else is missing.
    fn judge(&self, chat: &Chat, settings: &Settings, shown: &str, warn: &mut dyn FnMut(&str)) -> Result<(), Error> {
        let channel = chat.kind == Kind::Channel;
        let may_post = match self.status.as_str() {
            "creator" => true,
            "administrator" => !channel || self.can_post_messages,
            "member" => !channel && chat.members_may_send(),
            "restricted" => self.is_member != Some(false) && self.can_send_messages,
            _ => false,
        };
        if !may_post {
            return Err(no_rights(settings, shown));
        }
        if self.status != "creator" {
            if channel && !self.can_edit_messages {
                warn("warning-no-edit");
            }
            if !self.can_delete_messages {
                warn("warning-no-delete");
            }
        }
        Ok(())
    }
}

impl Chat {
    fn members_may_send(&self) -> bool {
        self.permissions.as_ref().and_then(|p| p.can_send_messages).unwrap_or(true)
    }

    fn shown(&self, settings: &Settings) -> String {
        let name = self.title.clone().or_else(|| self.first_name.clone());
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| settings.chat.shown())
    }

    fn is(&self, chat: &ChatId) -> bool {
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

/// The receipt of a message that a person points at, if it is in this channel's chat and the bot's.
pub(crate) fn adopt(host: &dyn Host, url: &str, target: &Target) -> Result<Receipt, Error> {
    let settings = Settings::of(target)?;
    let words = &settings.words;
    let bot = Bot::new(host, &settings);
    let link = MessageLink::read(url).ok_or_else(|| Error::Rejected(words.say("error-adopt-link")))?;
    let chat = get_chat(&bot)?;
    let shown = chat.shown(&settings);
    let reject = |name: &str| Error::Rejected(words.say_with(name, &[("chat", &shown)]));
    let same = chat.is(&link.chat)
        || matches!((&link.chat, &settings.chat), (ChatId::Name(a), ChatId::Name(b)) if a.eq_ignore_ascii_case(b));
    if !same {
        return Err(reject("error-adopt-elsewhere"));
    }
    let chat_id = ChatId::Number(chat.id);
    // The bot's posts have no buttons, so this edit changes nothing and tells whose message it is.
    let message = TheMessage { chat_id: &chat_id, message_id: link.message };
    match bot.call::<serde_json::Value>("editMessageReplyMarkup", &message, Repeatable::Yes) {
        Ok(_) => {}
        Err(Failure::Refused(refusal)) if refusal.is_unchanged() => {}
        Err(Failure::Refused(refusal)) if refusal.is_gone() => {
            return Err(reject("error-adopt-missing"));
        }
        Err(Failure::Refused(refusal)) if refusal.is_not_editable() => {
            return Err(reject("error-adopt-foreign"));
        }
        Err(Failure::Refused(refusal)) if refusal.code == 400 || refusal.code == 404 => {
            host.log(
                Level::Warn,
                "adopted a message on a person's word: Telegram didn't say whether it is there",
                &[("answer", refusal.description.as_str())],
            );
        }
        Err(failure) => return Err(explain(failure, &settings, Lane::Destination)),
    }
    let url = message_url(&chat_id, chat.username.as_deref(), link.message);
    Ok(Handle::new(chat_id, link.message, link.thread.or(settings.thread)).into_receipt(url))
}

fn get_chat(bot: &Bot<'_>) -> Result<Chat, Error> {
    let settings = bot.settings;
    bot.call("getChat", &GetChat { chat_id: &settings.chat }, Repeatable::Yes)
        .map_err(|failure| explain(failure, settings, Lane::Destination))
}

/// What Telegram tells of the bot's own membership.
enum Membership {
    Known(Member),
    /// It keeps it to itself, as it does in a channel whose administrator the bot is not.
    Hidden,
    /// The server doesn't know the question: it has just accepted the token, so that isn't it.
    Unknown,
}

fn membership(bot: &Bot<'_>, me: &User) -> Result<Membership, Error> {
    let settings = bot.settings;
    let parameters = GetChatMember { chat_id: &settings.chat, user_id: me.id };
    match bot.call("getChatMember", &parameters, Repeatable::Yes) {
        Ok(member) => Ok(Membership::Known(member)),
        Err(Failure::Refused(refusal)) if refusal.code == 400 => Ok(Membership::Hidden),
        Err(Failure::Refused(refusal)) if refusal.code == 404 => Ok(Membership::Unknown),
        Err(failure) => Err(explain(failure, settings, Lane::Destination)),
    }
}

fn no_rights(settings: &Settings, shown: &str) -> Error {
    let message = settings.words.say_with("error-no-rights", &[("chat", shown)]);
    Error::invalid_setting("/chat_id", message)
}

fn explain(failure: Failure, settings: &Settings, lane: Lane) -> Error {
    match failure {
        Failure::Refused(refusal) => refusal.meaning(settings, lane, Repeatable::Yes),
        Failure::Other(error) => error,
    }
}
