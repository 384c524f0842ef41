//! The methods of the Bot API that the fake has, with Telegram's order of checks.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::LONGEST_TEXT;
use super::chat::{Bot, Chat, ChatKind, Membership, Rights};
use super::entities::FormattedText;
use super::html::parse_html;
use super::keyboard;
use super::message::{Message, Version};
use super::params::Params;
use super::refusal::Refusal;
use super::world::World;

/// Telegram's answer to an edit that changes nothing.
const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";

/// Deleting an older message takes the right to delete.
const DELETABLE_HOURS: i64 = 48;

/// A method, its parameters, and whether it changes anything.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) acts: bool,
    params: &'static [&'static str],
    run: fn(&mut Call<'_>) -> Result<Value, Refusal>,
}

static METHODS: [Method; 8] = [
    Method { name: "getMe", acts: false, params: &[], run: |call| call.get_me() },
    Method { name: "getChat", acts: false, params: &["chat_id"], run: |call| call.get_chat() },
    Method { name: "getChatMember", acts: false, params: &["chat_id", "user_id"], run: |call| call.get_chat_member() },
    Method {
        name: "getChatAdministrators",
        acts: false,
        params: &["chat_id", "return_bots"],
        run: |call| call.get_chat_administrators(),
    },
    Method {
        name: "sendMessage",
        acts: true,
        params: &[
            "chat_id",
            "message_thread_id",
            "text",
            "parse_mode",
            "link_preview_options",
            "disable_notification",
            "protect_content",
            "reply_markup",
        ],
        run: |call| call.send_message(),
    },
    Method {
        name: "editMessageText",
        acts: true,
        params: &["chat_id", "message_id", "text", "parse_mode", "link_preview_options", "reply_markup"],
        run: |call| call.edit_message_text(),
    },
    Method {
        name: "editMessageReplyMarkup",
        acts: true,
        params: &["chat_id", "message_id", "reply_markup"],
        run: |call| call.edit_message_reply_markup(),
    },
    Method { name: "deleteMessage", acts: true, params: &["chat_id", "message_id"], run: |call| call.delete_message() },
];

/// The method with this name; Telegram ignores the case.
pub(crate) fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name.eq_ignore_ascii_case(name))
}

impl Method {
    /// Answers a call; mistakes that Telegram ignores silently are added to `ignored`.
    pub(crate) fn call(
        &self,
        world: &mut World,
        bot: Bot,
        params: &Params,
        ignored: &mut Vec<String>,
    ) -> Result<Value, Refusal> {
        for name in params.0.keys().filter(|name| !self.params.contains(&name.as_str())) {
            ignored.push(format!("unknown parameter {name:?}"));
        }
        (self.run)(&mut Call { world, bot, params, ignored })
    }
}

struct Call<'a> {
    world: &'a mut World,
    bot: Bot,
    params: &'a Params,
    ignored: &'a mut Vec<String>,
}

impl Call<'_> {
    #[expect(clippy::unnecessary_wraps, reason = "every method has the same shape")]
    fn get_me(&mut self) -> Result<Value, Refusal> {
        Ok(self.bot.me())
    }

    fn get_chat(&mut self) -> Result<Value, Refusal> {
        let chat = self.chat()?;
        self.may_read(&chat)?;
        Ok(chat.full_info())
    }

    fn get_chat_member(&mut self) -> Result<Value, Refusal> {
        let user = self.params.integer("user_id").ok_or_else(|| Refusal::bad_request("invalid user_id specified"))?;
        let chat = self.chat()?;
        self.may_read(&chat)?;
        let Some(other) = self.world.bot(user) else {
            return Err(Refusal::bad_request("PARTICIPANT_ID_INVALID"));
        };
        Ok(chat.member_json(other))
    }

    fn get_chat_administrators(&mut self) -> Result<Value, Refusal> {
        let chat = self.chat()?;
        self.is_member(&chat)?;
        let administrators =
            self.world.bots.iter().filter(|bot| matches!(chat.membership(bot.id), Membership::Administrator(_)));
        Ok(administrators.map(|bot| chat.member_json(bot)).collect())
    }

    fn send_message(&mut self) -> Result<Value, Refusal> {
        let (content, source) = self.content("message is too long")?;
        let reply_markup = self.reply_markup()?;
        let link_preview_options = self.link_preview_options()?;
        let chat = self.chat()?;
        self.may_write(&chat)?;
        let thread_id = self.thread(&chat)?;
        self.keep_pace(&chat)?;

        let message = Message {
            id: 0,
            chat_id: chat.id,
            bot_id: self.bot.id,
            sent_at: self.world.now(),
            content,
            source,
            parse_mode: self.params.text("parse_mode"),
            thread_id,
            silent: self.params.boolean("disable_notification"),
            link_preview_options,
            reply_markup,
            edited_at: None,
            history: Vec::new(),
            deleted_at: None,
        };
        let messages = self.world.messages.entry(chat.id).or_default();
        // The first message of every chat is the service message about its creation.
        let id = messages.last().map_or(2, |last| last.id + 1);
        messages.push(Message { id, ..message });
        Ok(messages[messages.len() - 1].to_json(&chat, &self.bot))
    }

    fn edit_message_text(&mut self) -> Result<Value, Refusal> {
        let (content, source) = self.content("MESSAGE_TOO_LONG")?;
        let reply_markup = self.reply_markup()?;
        let link_preview_options = self.link_preview_options()?;
        let chat = self.chat()?;
        let now = self.world.now();
        let parse_mode = self.params.text("parse_mode");
        let bot = self.bot.clone();

        let message = self.editable(&chat)?;
        let same_text = message.content.text == content.text && message.content.entities == content.entities;
        if same_text && message.reply_markup == reply_markup && message.link_preview_options == link_preview_options {
            return Err(Refusal::bad_request(NOT_MODIFIED));
        }
        self.keep_pace(&chat)?;

        let message = self.editable(&chat)?;
        let since = message.edited_at.unwrap_or(message.sent_at);
        let before = Version {
            since,
            content: std::mem::replace(&mut message.content, content),
            source: std::mem::replace(&mut message.source, source),
        };
        message.history.push(before);
        message.parse_mode = parse_mode;
        message.reply_markup = reply_markup;
        message.link_preview_options = link_preview_options;
        message.edited_at = Some(now);
        Ok(self.editable(&chat)?.to_json(&chat, &bot))
    }

    fn edit_message_reply_markup(&mut self) -> Result<Value, Refusal> {
        let reply_markup = self.reply_markup()?;
        let chat = self.chat()?;
        let now = self.world.now();
        let bot = self.bot.clone();
        let message = self.editable(&chat)?;
        if message.reply_markup == reply_markup {
            return Err(Refusal::bad_request(NOT_MODIFIED));
        }
        message.reply_markup = reply_markup;
        message.edited_at = Some(now);
        Ok(message.to_json(&chat, &bot))
    }

    /// The message of `message_id`, if this bot may edit it.
    fn editable(&mut self, chat: &Chat) -> Result<&mut Message, Refusal> {
        let id = self.message_id()?;
        self.is_member(chat)?;
        let bot_id = self.bot.id;
        let rights = self.rights(chat);
        let message =
            self.world.message_mut(chat.id, id).ok_or_else(|| Refusal::bad_request("message to edit not found"))?;
        let own = message.bot_id == bot_id;
        let may = match chat.kind {
            ChatKind::Channel => rights.can_edit_messages || (own && rights.can_post_messages),
            _ => own,
        };
        if may { Ok(message) } else { Err(Refusal::bad_request("message can't be edited")) }
    }

    fn delete_message(&mut self) -> Result<Value, Refusal> {
        let chat = self.chat()?;
        let id = self.message_id()?;
        self.is_member(&chat)?;
        let bot_id = self.bot.id;
        let rights = self.rights(&chat);
        let now = self.world.now();

        let message =
            self.world.message_mut(chat.id, id).ok_or_else(|| Refusal::bad_request("message to delete not found"))?;
        let young = now - message.sent_at < TimeDelta::hours(DELETABLE_HOURS);
        let may_own = match chat.kind {
            ChatKind::Channel => rights.can_post_messages,
            _ => true,
        };
        let own = message.bot_id == bot_id && young && may_own;
        if !(own || rights.can_delete_messages) {
            return Err(Refusal::bad_request("message can't be deleted"));
        }
        message.deleted_at = Some(now);
        Ok(json!(true))
    }

    /// The parsed and trimmed text, with what was sent.
    fn content(&mut self, too_long: &str) -> Result<(FormattedText, String), Refusal> {
        let empty = || Refusal::bad_request("message text is empty");
        let source = self.params.text("text").ok_or_else(empty)?;
        let plain = || FormattedText { text: source.clone(), ..FormattedText::default() };
        let parsed = match self.params.text("parse_mode").map(|mode| mode.to_ascii_lowercase()).as_deref() {
            None => plain(),
            Some("html") => parse_html(&source)
                .map_err(|problem| Refusal::bad_request(format!("can't parse entities: {problem}")))?,
            Some("markdown" | "markdownv2") => {
                self.ignored.push("parse_mode Markdown, which this fake does not parse".into());
                plain()
            }
            Some(_) => return Err(Refusal::bad_request("unsupported parse_mode")),
        };
        let content = parsed.cleaned();
        if content.text.is_empty() {
            return Err(empty());
        }
        if content.utf16_len() > LONGEST_TEXT {
            return Err(Refusal::bad_request(too_long));
        }
        self.ignored.extend(content.ignored.iter().cloned());
        Ok((content, source))
    }

    fn reply_markup(&self) -> Result<Option<Value>, Refusal> {
        let markup =
            self.params.object("reply_markup").map_err(|()| Refusal::bad_request("object expected as reply markup"))?;
        if let Some(markup) = &markup {
            keyboard::check(markup)?;
        }
        // An empty keyboard counts as none.
        Ok(markup.filter(|markup| markup["inline_keyboard"].as_array().is_none_or(|rows| !rows.is_empty())))
    }

    fn link_preview_options(&mut self) -> Result<Option<Value>, Refusal> {
        let options = self
            .params
            .object("link_preview_options")
            .map_err(|()| Refusal::bad_request("can't parse link preview options: JSON object expected"))?;
        let known = ["is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"];
        for name in options.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
            if !known.contains(&name.as_str()) {
                self.ignored.push(format!("unknown field {name:?} of link_preview_options"));
            }
        }
        Ok(options)
    }

    fn message_id(&self) -> Result<i64, Refusal> {
        self.params
            .integer("message_id")
            .filter(|id| *id > 0)
            .ok_or_else(|| Refusal::bad_request("message identifier is not specified"))
    }

    /// The chat of `chat_id`, if this bot can find it.
    fn chat(&self) -> Result<Chat, Refusal> {
        let name = self.params.text("chat_id").ok_or_else(|| Refusal::bad_request("chat_id is empty"))?;
        let not_found = || Refusal::bad_request("chat not found");
        // A name needs its @; without it only a number is accepted.
        if !name.starts_with('@') && name.parse::<i64>().is_err() {
            return Err(not_found());
        }
        let chat = self.world.chat(&name).ok_or_else(not_found)?;
        if let Some(to) = chat.migrated_to {
            return Err(Refusal::migrated(to));
        }
        let hidden = chat.username.is_none() && chat.membership(self.bot.id) == Membership::Stranger;
        let person_by_name = chat.kind == ChatKind::Private && name.starts_with('@');
        if hidden || person_by_name {
            return Err(not_found());
        }
        Ok(chat.clone())
    }

    fn rights(&self, chat: &Chat) -> Rights {
        match chat.membership(self.bot.id) {
            Membership::Administrator(rights) => rights,
            _ => Rights::NONE,
        }
    }

    /// Everybody may read a public chat, except bots that it removed.
    fn may_read(&self, chat: &Chat) -> Result<(), Refusal> {
        match chat.membership(self.bot.id) {
            Membership::Kicked => self.is_member(chat),
            _ => Ok(()),
        }
    }

    fn is_member(&self, chat: &Chat) -> Result<(), Refusal> {
        let kind = chat.kind.name();
        match (chat.membership(self.bot.id), chat.kind) {
            (Membership::Stranger, ChatKind::Private) => {
                Err(Refusal::forbidden("bot can't initiate conversation with a user"))
            }
            (Membership::Kicked, ChatKind::Private) => Err(Refusal::forbidden("bot was blocked by the user")),
            (Membership::Stranger, _) => Err(Refusal::forbidden(format!("bot is not a member of the {kind} chat"))),
            (Membership::Kicked, _) => Err(Refusal::forbidden(format!("bot was kicked from the {kind} chat"))),
            _ => Ok(()),
        }
    }

    fn may_write(&self, chat: &Chat) -> Result<(), Refusal> {
        self.is_member(chat)?;
        match (chat.kind, chat.membership(self.bot.id)) {
            (ChatKind::Channel, _) if !self.rights(chat).can_post_messages => {
                Err(Refusal::bad_request("need administrator rights in the channel chat"))
            }
            (_, Membership::Restricted) => {
                Err(Refusal::bad_request("not enough rights to send text messages to the chat"))
            }
            _ => Ok(()),
        }
    }

    fn thread(&self, chat: &Chat) -> Result<Option<i64>, Refusal> {
        let Some(id) = self.params.integer("message_thread_id").filter(|id| *id != 0) else {
            return Ok(None);
        };
        let topic = chat.topics.get(&id).ok_or_else(|| Refusal::bad_request("message thread not found"))?;
        if topic.closed && !matches!(chat.membership(self.bot.id), Membership::Administrator(_)) {
            return Err(Refusal::bad_request("TOPIC_CLOSED"));
        }
        Ok(Some(id))
    }

    fn keep_pace(&mut self, chat: &Chat) -> Result<(), Refusal> {
        let Some(rates) = self.world.rates else { return Ok(()) };
        let now = self.world.now();
        self.world.sent.admit(rates, self.bot.id, chat.id, now).map_err(Refusal::too_many_requests)
    }
}
