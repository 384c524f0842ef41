//! Calls of the Bot API, and what its refusals mean.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tablon_plugin::telegram_html::is_linkable;
use tablon_plugin::{Api, Channel, Error, Failure, Host, Lane, Message, Method, Refusal, Repeatable, Request};

use crate::settings::{ChatId, LinkPreview, Settings};

/// The bot of a channel: the host puts its token into each request.
pub(crate) struct Bot<'a> {
    api: Api<'a>,
    pub(crate) channel: &'a Channel<Settings>,
}

/// The parameters of a call.
#[derive(Serialize)]
pub(crate) struct Call<'a> {
    pub(crate) chat_id: &'a ChatId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_thread_id: Option<i64>,
    #[serde(flatten)]
    pub(crate) content: Option<&'a Content>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) disable_notification: bool,
}

impl<'a> Call<'a> {
    /// A call that only names a chat.
    pub(crate) fn to(chat_id: &'a ChatId) -> Self {
        let (user_id, message_id, message_thread_id) = (None, None, None);
        Self { chat_id, user_id, message_id, message_thread_id, content: None, disable_notification: false }
    }
}

/// What is sent, apart from where.
#[derive(Serialize)]
pub(crate) struct Content {
    text: String,
    parse_mode: &'static str,
    link_preview_options: LinkPreviewOptions,
}

#[derive(Default, Serialize)]
struct LinkPreviewOptions {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    prefer_small_media: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    prefer_large_media: bool,
}

impl Content {
    /// An offer. A picture's size is ignored unless the address stands beside it; an address that Telegram can't reach
    /// must not.
    pub(crate) fn open(message: Message, preview: LinkPreview, url: &str) -> Self {
        let url = is_linkable(url).then(|| url.to_owned()).filter(|_| preview != LinkPreview::None);
        let link_preview_options = LinkPreviewOptions {
            is_disabled: url.is_none(),
            prefer_small_media: url.is_some() && preview == LinkPreview::Small,
            prefer_large_media: url.is_some() && preview == LinkPreview::Large,
            url,
        };
        Self { text: message.text, parse_mode: "HTML", link_preview_options }
    }

    /// An offer that is over.
    pub(crate) fn closed(message: Message) -> Self {
        Self::open(message, LinkPreview::None, "")
    }
}

#[derive(Deserialize)]
struct Envelope<T> {
    ok: bool,
    result: Option<T>,
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
}

impl<'a> Bot<'a> {
    pub(crate) fn new(host: &'a dyn Host, channel: &'a Channel<Settings>) -> Self {
        Self { api: Api::new(host, &channel.words).address_setting("/api_base_url"), channel }
    }

    /// Calls a method. Everything but a send may be repeated.
    pub(crate) fn call<T: DeserializeOwned>(&self, method: &str, call: &Call<'_>) -> Result<T, Failure> {
        let repeatable = if method == "sendMessage" { Repeatable::No } else { Repeatable::Yes };
        self.send(self.request(method).json(call), repeatable, Lane::Destination)
    }

    /// Calls a method that only reads: the Bot API has POST for those too.
    pub(crate) fn ask<T: DeserializeOwned>(&self, method: &str, call: &Call<'_>) -> Result<T, Failure> {
        self.send(self.request(method).json(call).reads(), Repeatable::Yes, Lane::Destination)
    }

    /// The bot's own number, if its token is good.
    pub(crate) fn me(&self) -> Result<i64, Error> {
        #[derive(Deserialize)]
        struct User {
            id: i64,
        }
        let request = self.request("getMe").json(&serde_json::json!({})).reads();
        let me = self.send::<User>(request, Repeatable::Yes, Lane::Credential);
        me.map(|me| me.id).map_err(|failure| self.explain(failure))
    }

    fn request(&self, method: &str) -> Request {
        Request::new(Method::Post, format!("{}/bot", self.channel.settings.api()))
            .secret("bot_token")
            .text(format!("/{method}"))
    }

    fn send<T: DeserializeOwned>(&self, request: Request, repeatable: Repeatable, lane: Lane) -> Result<T, Failure> {
        let reading = request.reads_only();
        let answer = self.api.send(request, repeatable).map_err(Failure::Other)?;
        match answer.json::<Envelope<T>>() {
            Some(Envelope { ok: true, result: Some(result), .. }) => Ok(result),
            Some(Envelope { ok: false, error_code, description, .. }) => {
                let refusal = Refusal::of(&answer, lane, repeatable);
                Err(Failure::Refused(Refusal {
                    status: error_code.unwrap_or(answer.status),
                    said: description,
                    reading,
                    ..refusal
                }))
            }
            _ => Err(Failure::Other(self.api.foreign(&answer, repeatable))),
        }
    }

    /// Why a call has no result.
    pub(crate) fn explain(&self, failure: Failure) -> Error {
        match failure {
            Failure::Refused(refusal) => self.meaning(&refusal),
            Failure::Other(error) => error,
        }
    }

    /// What the host has to do about a refusal, told to the channel's admins in their words and Telegram's.
    pub(crate) fn meaning(&self, refusal: &Refusal) -> Error {
        let words = &self.channel.words;
        let chat = self.channel.settings.chat_id.shown();
        let tell = |name: &str| words.told(&words.say_with(name, &[("chat", &chat)]), &refusal.said);
        let setting = |pointer: &str, name: &str| Error::invalid_setting(pointer, tell(name));
        match refusal.status {
            404 if refusal.says(&["method not found"]) => Error::Unsupported,
            404 => Error::Unauthorized(tell("error-token-or-address")),
            403 if refusal.says(NO_RIGHTS) => setting("/chat_id", "error-no-rights"),
            403 => setting("/chat_id", "error-no-access"),
            400 => match migrated_to(refusal) {
                Some(chat) => self.channel.moved("chat_id", chat.to_string()),
                None if refusal.says(NO_TOPIC) => setting("/message_thread_id", "error-no-topic"),
                None if refusal.says(MISSING) => Error::Gone,
                None if refusal.says(NOT_EDITABLE) => Error::Rejected(tell("error-not-editable")),
                None if refusal.says(NO_CHAT) => setting("/chat_id", "error-no-chat"),
                None if refusal.says(NO_RIGHTS) => setting("/chat_id", "error-no-rights"),
                None => refusal.meaning(words),
            },
            _ => refusal.meaning(words),
        }
    }
}

// What Telegram says, in its own sentences and its older error names.

/// The edit changes nothing: the copy is there and as it should be.
pub(crate) const UNCHANGED: &[&str] = &["message is not modified", "message_not_modified"];

/// The message isn't there any more.
pub(crate) const MISSING: &[&str] = &[
    "message to edit not found",
    "message to delete not found",
    "message_id_invalid",
    "message identifier is not specified",
];

/// The message is there, but not the bot's to edit.
pub(crate) const NOT_EDITABLE: &[&str] =
    &["message can't be edited", "message_author_required", "message_edit_time_expired"];

/// The message is there, but too old to be deleted, or not the bot's.
pub(crate) const NOT_DELETABLE: &[&str] = &["message can't be deleted", "message_delete_forbidden"];

pub(crate) const NO_RIGHTS: &[&str] = &[
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_admin_required",
    "chat_write_forbidden",
    "right_forbidden",
];

const NO_TOPIC: &[&str] = &["thread not found", "topic_deleted", "topic_closed", "topic_id_invalid"];

const NO_CHAT: &[&str] = &[
    "chat not found",
    "chat_id is empty",
    "chat_id_invalid",
    "peer_id_invalid",
    "channel_invalid",
    "channel_private",
    "username_invalid",
    "username_not_occupied",
    "group chat was deactivated",
    "group is deactivated",
];

/// The supergroup that a group has become.
pub(crate) fn migrated_to(refusal: &Refusal) -> Option<i64> {
    refusal.body.pointer("/parameters/migrate_to_chat_id")?.as_i64()
}
