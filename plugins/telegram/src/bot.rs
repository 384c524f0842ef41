//! Calls of the Bot API, and what its refusals mean.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tablon_plugin::{Error, Failure, Lane, Method, Refusal, Repeatable, Request};

use crate::{Copy, On};

/// The bot of a channel: the host puts its token into each request.
pub(crate) struct Bot<'a> {
    pub(crate) on: &'a On<'a>,
}

impl<'a> Bot<'a> {
    pub(crate) fn of(on: &'a On<'a>) -> Self {
        Self { on }
    }

    /// Calls a method that does something. Everything but a send may be repeated.
    pub(crate) fn act<T: DeserializeOwned>(&self, method: &str, place: Value, content: &Value) -> Result<T, Failure> {
        let repeatable = if method == "sendMessage" { Repeatable::No } else { Repeatable::Yes };
        self.send(self.request(method, place, content), repeatable, Lane::Destination)
    }

    /// "Edits" the buttons of a message. The bot's posts have none, so this changes nothing, and tells whether the
    /// message is there and whose it is.
    pub(crate) fn touch(&self, copy: &Copy) -> Result<Value, Failure> {
        self.act("editMessageReplyMarkup", copy.place(), &Value::Null)
    }

    /// Calls a method that only reads: the Bot API has POST for those too.
    pub(crate) fn ask<T: DeserializeOwned>(&self, method: &str, parameters: Value) -> Result<T, Failure> {
        let lane = if method == "getMe" { Lane::Credential } else { Lane::Destination };
        self.send(self.request(method, parameters, &Value::Null).reads(), Repeatable::Yes, lane)
    }

    /// The bot's own number, if its token is good.
    pub(crate) fn me(&self) -> Result<i64, Error> {
        #[derive(Deserialize)]
        struct User {
            id: i64,
        }
        self.ask("getMe", json!({})).map(|me: User| me.id).map_err(|failure| self.explain(failure))
    }

    /// All parameters in one object; what is null isn't said.
    fn request(&self, method: &str, place: Value, content: &Value) -> Request {
        let parameters = [&place, content].into_iter().filter_map(Value::as_object).flatten();
        let body: serde_json::Map<_, _> = parameters
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Request::new(Method::Post, format!("{}/bot", self.on.settings.api()))
            .secret("bot_token")
            .text(format!("/{method}"))
            .json(&body)
    }

    fn send<T: DeserializeOwned>(&self, request: Request, repeatable: Repeatable, lane: Lane) -> Result<T, Failure> {
        #[derive(Deserialize)]
        struct Envelope<T> {
            result: T,
        }
        let api = self.on.api().address_setting("/api_base_url").lane(lane);
        let api = api.speaks(|body| body["ok"].is_boolean()).refuses_when(|body| body["ok"] == false);
        api.call(request, repeatable).map(|answer: Envelope<T>| answer.result)
    }

    /// What the host has to do about a call that has no result, told to the channel's admins in their words and
    /// Telegram's.
    pub(crate) fn explain(&self, failure: Failure) -> Error {
        let refusal = match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Other(error) => return error,
        };
        let words = &self.on.words;
        let chat = self.on.settings.chat_id.shown();
        let tell = |name: &str| words.told(&words.say_with(name, &[("chat", &chat)]), &refusal.said);
        let setting = |pointer: &str, name: &str| Error::invalid_setting(pointer, tell(name));
        match refusal.status {
            404 if refusal.says(&["method not found"]) => Error::Unsupported,
            404 => Error::Unauthorized(tell("error-token-or-address")),
            403 if refusal.says(NO_RIGHTS) => setting("/chat_id", "error-no-rights"),
            403 => setting("/chat_id", "error-no-access"),
            400 => match migrated_to(&refusal) {
                Some(chat) => self.on.moved("chat_id", chat.to_string()),
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

    /// The same for a copy that exists. Messages of a small group keep no number when it becomes a supergroup, so once
    /// the channel's settings have moved the copy is out of reach; asking to move again would go round in circles.
    pub(crate) fn explain_for(&self, copy: &Copy, failure: Failure) -> Error {
        match self.explain(failure) {
            Error::Moved(_) if copy.chat_id != self.on.settings.chat_id => {
                Error::Rejected(self.on.words.say("error-left-behind"))
            }
            error => error,
        }
    }
}

// What Telegram says, in its own sentences and its older error names.

/// The edit changes nothing: the copy is there and as it should be.
pub(crate) const UNCHANGED: &[&str] = &["message is not modified", "message_not_modified"];

/// The message isn't there any more.
const MISSING: &[&str] = &[
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
fn migrated_to(refusal: &Refusal) -> Option<i64> {
    refusal.body.pointer("/parameters/migrate_to_chat_id")?.as_i64()
}
