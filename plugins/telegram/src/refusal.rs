//! What Telegram's refusals mean.
//!
//! The Bot API has no error codes beyond HTTP's, so the description decides. The texts are those of
//! the Bot API server's source (`telegram-bot-api/Client.cpp`) and of Telegram's own errors, which it
//! passes on in capitals.

use tablon_plugin::{Error, Lane, Repeatable, Words};

use crate::settings::Settings;

/// An answer with `"ok": false`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) description: String,
    /// Seconds.
    pub(crate) retry_after: Option<u64>,
    pub(crate) migrate_to: Option<i64>,
}

/// A wait that Telegram asks for without saying how long.
const DEFAULT_WAIT_SECONDS: u64 = 30;

impl Refusal {
    fn says(&self, texts: &[&str]) -> bool {
        let description = self.description.to_lowercase();
        texts.iter().any(|text| description.contains(text))
    }

    /// The edit changes nothing: the copy is there and as it should be.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.says(&["message is not modified", "message_not_modified"])
    }

    /// The message isn't there any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.says(&[
            "message to edit not found",
            "message to delete not found",
            "message_id_invalid",
            "message identifier is not specified",
        ])
    }

    /// The message is there, but not the bot's to edit.
    pub(crate) fn is_not_editable(&self) -> bool {
        self.says(&["message can't be edited", "message_author_required", "message_edit_time_expired"])
    }

    /// The message is there, but the bot may not delete it: too old, or no right.
    pub(crate) fn forbids_deletion(&self) -> bool {
        self.says(&["message can't be deleted", "message_delete_forbidden"]) || self.lacks_rights()
    }

    fn lacks_rights(&self) -> bool {
        self.says(&[
            "not enough rights",
            "have no rights",
            "need administrator rights",
            "chat_admin_required",
            "chat_write_forbidden",
            "right_forbidden",
        ])
    }

    /// What the host has to do about it, told to the channel's admins in their words and Telegram's.
    pub(crate) fn meaning(&self, settings: &Settings, lane: Lane, repeatable: Repeatable) -> Error {
        let words = &settings.words;
        let chat = settings.chat.shown();
        let tell = |name: &str| self.told(words, &words.say_with(name, &[("chat", &chat)]));
        match self.code {
            401 => Error::Unauthorized(tell("error-token")),
            404 if self.says(&["method not found"]) => Error::Unsupported,
            404 => Error::Unauthorized(tell("error-token-or-address")),
            403 if self.lacks_rights() => Error::invalid_setting("/chat_id", tell("error-no-rights")),
            403 => Error::invalid_setting("/chat_id", tell("error-no-access")),
            429 => {
                let seconds = self.retry_after.unwrap_or(DEFAULT_WAIT_SECONDS);
                Error::rate_limited_seconds(lane, seconds)
            }
            400 => self.bad_request(settings, &tell),
            408 | 409 | 425 => Error::Transient(self.description.clone()),
            500..=599 => {
                let code = self.code.to_string();
                let sentence = words.say_with("error-unavailable", &[("status", &code)]);
                let message = self.told(words, &sentence);
                match repeatable {
                    Repeatable::Yes => Error::Transient(message),
                    // The Bot API server answers 500 and 502 also after it handed the message on.
                    Repeatable::No => Error::Uncertain(message),
                }
            }
            _ => Error::Rejected(tell("error-rejected")),
        }
    }

    fn bad_request(&self, settings: &Settings, tell: &dyn Fn(&str) -> String) -> Error {
        if let Some(chat) = self.migrate_to {
            return Error::Moved(settings.moved_to(chat));
        }
        if self.says(&["thread not found", "topic_deleted", "topic_closed", "topic_id_invalid"]) {
            return Error::invalid_setting("/message_thread_id", tell("error-no-topic"));
        }
        if self.is_gone() {
            return Error::Gone;
        }
        if self.is_not_editable() {
            return Error::Rejected(tell("error-not-editable"));
        }
        let no_chat = [
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
        if self.says(&no_chat) {
            return Error::invalid_setting("/chat_id", tell("error-no-chat"));
        }
        if self.lacks_rights() {
            return Error::invalid_setting("/chat_id", tell("error-no-rights"));
        }
        Error::Rejected(tell("error-rejected"))
    }

    fn told(&self, words: &Words, sentence: &str) -> String {
        if self.description.is_empty() {
            return sentence.to_owned();
        }
        let said = words.say_with("telegram-said", &[("answer", &self.description)]);
        format!("{sentence} {said}")
    }
}
