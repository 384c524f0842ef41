//! The operations of the API that the fake knows, each refusing in the order that Discord does.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::channel::{Bot, Channel, Webhook};
use super::content::{Content, Kind, read_message};
use super::form::Form;
use super::message::{Author, Message, Version, pings};
use super::refusal::Refusal;
use super::world::World;

/// "It will be checked for uniqueness in the past few minutes": how long the fake remembers a nonce.
const NONCE_MINUTES: i64 = 5;
/// Messages in one answer, unless the caller wants more.
const LISTED: usize = 50;
const MOST_LISTED: usize = 100;

/// What a call is answered with.
#[derive(Debug)]
pub(crate) enum Answer {
    Json(u16, Value),
    NoContent,
}

/// A route of the API: where it is, what Discord's OpenAPI calls it, and whether it changes anything.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) acts: bool,
    run: fn(&mut Call<'_>) -> Result<Answer, Refusal>,
}

macro_rules! operation {
    ($name:ident, $method:literal, $path:literal, $acts:literal) => {
        Operation { name: stringify!($name), method: $method, path: $path, acts: $acts, run: |call| call.$name() }
    };
}

static OPERATIONS: [Operation; 15] = [
    operation!(get_webhook_by_token, "GET", "/webhooks/{webhook_id}/{webhook_token}", false),
    operation!(execute_webhook, "POST", "/webhooks/{webhook_id}/{webhook_token}", true),
    operation!(get_webhook_message, "GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", false),
    operation!(update_webhook_message, "PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", true),
    operation!(delete_webhook_message, "DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", true),
    operation!(get_my_user, "GET", "/users/@me", false),
    operation!(get_channel, "GET", "/channels/{channel_id}", false),
    operation!(update_channel, "PATCH", "/channels/{channel_id}", true),
    operation!(delete_channel, "DELETE", "/channels/{channel_id}", true),
    operation!(list_messages, "GET", "/channels/{channel_id}/messages", false),
    operation!(create_message, "POST", "/channels/{channel_id}/messages", true),
    operation!(get_message, "GET", "/channels/{channel_id}/messages/{message_id}", false),
    operation!(update_message, "PATCH", "/channels/{channel_id}/messages/{message_id}", true),
    operation!(delete_message, "DELETE", "/channels/{channel_id}/messages/{message_id}", true),
    operation!(create_thread, "POST", "/channels/{channel_id}/threads", true),
];

/// The operation behind a path below `/api` or `/api/v10`, with what stands in its braces.
///
/// `Err(true)`: there is the path, but not the method.
pub(crate) fn route(method: &str, path: &str) -> Result<(&'static Operation, BTreeMap<&'static str, String>), bool> {
    let mut known = false;
    for operation in &OPERATIONS {
        if let Some(names) = matches(operation.path, path) {
            if operation.method == method {
                return Ok((operation, names));
            }
            known = true;
        }
    }
    Err(known)
}

fn matches(pattern: &'static str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut names = BTreeMap::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(names),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !given.is_empty() => {
                    names.insert(name, given.to_owned());
                }
                _ if wanted == given => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// A call that was understood.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) bot: Option<Bot>,
    pub(crate) names: &'a BTreeMap<&'static str, String>,
    pub(crate) query: &'a BTreeMap<String, String>,
    pub(crate) body: Result<Value, Refusal>,
    pub(crate) ignored: &'a mut Vec<String>,
}

impl Operation {
    pub(crate) fn call(&self, call: &mut Call<'_>) -> Result<Answer, Refusal> {
        (self.run)(call)
    }
}

impl Call<'_> {
    fn get_webhook_by_token(&mut self) -> Result<Answer, Refusal> {
        let webhook = self.webhook()?;
        let guild = self.world.channel(webhook.channel_id).map_or(0, |channel| channel.guild_id);
        Ok(Answer::Json(200, webhook.to_json(guild)))
    }

    fn execute_webhook(&mut self) -> Result<Answer, Refusal> {
        let webhook = self.webhook()?;
        let content = self.content(Kind::Webhook)?;
        let channel = self.webhook_destination(&webhook, &content)?;
        let name = content.username.clone().unwrap_or_else(|| webhook.name.clone());
        let author = Author::Webhook { id: webhook.id, name };
        let message = match &content.thread_name {
            // The first message of a post has the id of its thread.
            Some(_) => self.post_as(channel, channel, author, &content),
            None => self.post(channel, author, &content),
        };
        match self.query.get("wait").map(String::as_str) {
            Some("true" | "True" | "1") => Ok(Answer::Json(200, message)),
            _ => Ok(Answer::NoContent),
        }
    }

    fn get_webhook_message(&mut self) -> Result<Answer, Refusal> {
        let (channel, id) = self.webhook_message()?;
        let message = self.world.messages.iter().find(|message| message.channel_id == channel && message.id == id);
        Ok(Answer::Json(200, message.map(|message| message.to_json(self.world)).unwrap_or_default()))
    }

    fn update_webhook_message(&mut self) -> Result<Answer, Refusal> {
        let (channel, id) = self.webhook_message()?;
        self.edit(channel, id)
    }

    fn delete_webhook_message(&mut self) -> Result<Answer, Refusal> {
        let (channel, id) = self.webhook_message()?;
        self.delete(channel, id)
    }

    fn get_my_user(&mut self) -> Result<Answer, Refusal> {
        let mut user = self.bot()?.user();
        user["mfa_enabled"] = json!(false);
        user["locale"] = json!("en-US");
        Ok(Answer::Json(200, user))
    }

    fn get_channel(&mut self) -> Result<Answer, Refusal> {
        let channel = self.visible_channel()?;
        Ok(Answer::Json(200, self.world.channel_json(&channel)))
    }

    fn list_messages(&mut self) -> Result<Answer, Refusal> {
        let channel = self.visible_channel()?;
        let limit = match self.query.get("limit").map(|limit| limit.parse::<usize>()) {
            None => LISTED,
            Some(Ok(limit)) if (1..=MOST_LISTED).contains(&limit) => limit,
            Some(_) => {
                let mut form = Form::default();
                let message = format!("int value should be less than or equal to {MOST_LISTED}.");
                form.within("limit", |form| form.wrong("NUMBER_TYPE_MAX", message));
                form.verdict()?;
                LISTED
            }
        };
        if !self.permissions(&channel)?.read_history {
            self.ignored.push("a list of messages without READ_MESSAGE_HISTORY is empty".into());
            return Ok(Answer::Json(200, json!([])));
        }
        let number = |name: &str| self.query.get(name).and_then(|id| id.parse::<u64>().ok());
        let (before, after) = (number("before").unwrap_or(u64::MAX), number("after").unwrap_or(0));
        let mut found: Vec<&Message> = self
            .world
            .messages
            .iter()
            .filter(|message| message.channel_id == channel.id && message.is_shown())
            .filter(|message| (after + 1..before).contains(&message.id))
            .collect();
        // `after` gives the ones right after it; without it the newest are meant. Newest first in any case.
        found.sort_by_key(|message| message.id);
        let skipped = found.len().saturating_sub(limit);
        let kept = if after > 0 { &found[..found.len() - skipped] } else { &found[skipped..] };
        Ok(Answer::Json(200, kept.iter().rev().map(|message| message.to_json(self.world)).collect()))
    }

    fn create_message(&mut self) -> Result<Answer, Refusal> {
        let bot = self.bot()?;
        let channel = self.visible_channel()?;
        let permissions = self.permissions(&channel)?;
        let mut content = self.content(Kind::Bot)?;
        if !channel.kind.holds_messages() {
            return Err(Refusal::not_a_text_channel());
        }
        if !permissions.send {
            return Err(Refusal::missing_permissions());
        }
        if let Some(known) = self.same_nonce(bot.id, &content) {
            let mut message = known.to_json(self.world);
            message["nonce"] = content.nonce.unwrap_or_default();
            return Ok(Answer::Json(200, message));
        }
        if !permissions.embed_links && content.embeds.as_ref().is_some_and(|embeds| !embeds.is_empty()) {
            self.ignored.push("embeds without EMBED_LINKS are dropped".into());
            content.embeds = None;
            if content.is_empty() {
                return Err(Refusal::empty_message());
            }
        }
        self.open_thread_again(&channel, permissions.manage_threads)?;
        let mut message = self.post(channel.id, Author::Bot { id: bot.id }, &content);
        if let Some(nonce) = content.nonce {
            message["nonce"] = nonce;
        }
        Ok(Answer::Json(200, message))
    }

    fn get_message(&mut self) -> Result<Answer, Refusal> {
        let channel = self.visible_channel()?;
        let id = self.snowflake("message_id")?;
        if !self.permissions(&channel)?.read_history {
            return Err(Refusal::missing_access());
        }
        let message = self.world.message_mut(channel.id, id).ok_or_else(Refusal::unknown_message)?.clone();
        Ok(Answer::Json(200, message.to_json(self.world)))
    }

    fn update_message(&mut self) -> Result<Answer, Refusal> {
        let bot = self.bot()?;
        let channel = self.visible_channel()?;
        let id = self.snowflake("message_id")?;
        let message = self.world.message_mut(channel.id, id).ok_or_else(Refusal::unknown_message)?;
        if message.author != (Author::Bot { id: bot.id }) {
            return Err(Refusal::foreign_message());
        }
        self.edit(channel.id, id)
    }

    fn delete_message(&mut self) -> Result<Answer, Refusal> {
        let bot = self.bot()?;
        let channel = self.visible_channel()?;
        let id = self.snowflake("message_id")?;
        let may = self.permissions(&channel)?.manage_messages;
        let message = self.world.message_mut(channel.id, id).ok_or_else(Refusal::unknown_message)?;
        if message.author != (Author::Bot { id: bot.id }) && !may {
            return Err(Refusal::missing_permissions());
        }
        self.delete(channel.id, id)
    }

    /// The message of the same author and nonce, if Discord was asked to look for it and remembers it.
    fn same_nonce(&self, bot: u64, content: &Content) -> Option<Message> {
        let nonce = content.nonce.as_ref().filter(|_| content.enforce_nonce)?;
        let since = self.world.now() - TimeDelta::minutes(NONCE_MINUTES);
        let same = |message: &&Message| {
            message.author == Author::Bot { id: bot }
                && message.nonce.as_ref() == Some(nonce)
                && message.sent_at > since
        };
        self.world.messages.iter().rev().find(same).cloned()
    }

    /// Adds a message and gives it as the API does.
    pub(crate) fn post(&mut self, channel: u64, author: Author, content: &Content) -> Value {
        let id = self.world.snowflake();
        self.post_as(id, channel, author, content)
    }

    pub(crate) fn post_as(&mut self, id: u64, channel: u64, author: Author, content: &Content) -> Value {
        let text = content.text.clone().unwrap_or_default();
        let message = Message {
            id,
            channel_id: channel,
            author,
            sent_at: self.world.now(),
            pings: pings(&text, content.allowed_mentions.as_ref()),
            content: text,
            embeds: content.embeds.clone().unwrap_or_default(),
            components: content.components.clone().unwrap_or_else(|| json!([])),
            flags: content.flags,
            nonce: content.nonce.clone(),
            source: self.body.clone().unwrap_or_default(),
            edited_at: None,
            history: Vec::new(),
            deleted_at: None,
        };
        let answer = message.to_json(self.world);
        self.world.messages.push(message);
        answer
    }

    fn edit(&mut self, channel: u64, id: u64) -> Result<Answer, Refusal> {
        self.not_archived(channel)?;
        let change = self.content(Kind::Edit)?;
        let now = self.world.now();
        let source = self.body.clone().unwrap_or_default();
        let message = self.world.message_mut(channel, id).ok_or_else(Refusal::unknown_message)?;
        let since = message.edited_at.unwrap_or(message.sent_at);
        let before = Version { since, content: message.content.clone(), embeds: message.embeds.clone() };
        let mut after = Content {
            text: Some(message.content.clone()),
            embeds: Some(message.embeds.clone()),
            components: Some(message.components.clone()),
            ..Content::default()
        };
        after.text = change.text.or(after.text);
        after.embeds = change.embeds.or(after.embeds);
        after.components = change.components.or(after.components);
        if after.is_empty() {
            return Err(Refusal::empty_message());
        }
        message.content = after.text.unwrap_or_default();
        message.embeds = after.embeds.unwrap_or_default();
        message.components = after.components.unwrap_or_default();
        message.pings.extend(pings(&message.content, change.allowed_mentions.as_ref()));
        message.history.push(before);
        message.source = source;
        message.edited_at = Some(now);
        let message = message.clone();
        Ok(Answer::Json(200, message.to_json(self.world)))
    }

    fn delete(&mut self, channel: u64, id: u64) -> Result<Answer, Refusal> {
        self.not_archived(channel)?;
        if channel == id {
            self.ignored.push("a forum's post without its first message stays there, empty".into());
        }
        let now = self.world.now();
        let message = self.world.message_mut(channel, id).ok_or_else(Refusal::unknown_message)?;
        message.deleted_at = Some(now);
        Ok(Answer::NoContent)
    }

    /// The message in the body. For a new one, an empty one is refused; an edit may say nothing.
    fn content(&mut self, kind: Kind) -> Result<Content, Refusal> {
        let body = self.object()?;
        let mut form = Form::default();
        let content = read_message(&mut form, &body, kind);
        self.ignored.append(&mut form.ignored);
        form.verdict()?;
        if kind != Kind::Edit && content.is_empty() {
            return Err(Refusal::empty_message());
        }
        Ok(content)
    }

    /// The body, which must be an object.
    pub(crate) fn object(&mut self) -> Result<Map<String, Value>, Refusal> {
        match self.body.clone()? {
            Value::Object(object) => Ok(object),
            _ => {
                let mut form = Form::default();
                form.wrong("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
                form.verdict().map(|()| Map::new())
            }
        }
    }

    pub(crate) fn bot(&self) -> Result<Bot, Refusal> {
        self.bot.clone().ok_or_else(Refusal::unauthorized)
    }

    /// The channel of the path, if it exists for this bot.
    pub(crate) fn visible_channel(&self) -> Result<Channel, Refusal> {
        self.bot()?;
        let id = self.snowflake("channel_id")?;
        let channel = self.world.channel(id).cloned().ok_or_else(Refusal::unknown_channel)?;
        match self.permissions(&channel)?.view {
            true => Ok(channel),
            false => Err(Refusal::missing_access()),
        }
    }

    pub(crate) fn permissions(&self, channel: &Channel) -> Result<super::Permissions, Refusal> {
        Ok(self.world.permissions(channel, self.bot()?.id))
    }

    fn webhook(&self) -> Result<Webhook, Refusal> {
        let id = self.snowflake("webhook_id")?;
        let webhook = self.world.webhooks.iter().find(|webhook| webhook.id == id);
        let webhook = webhook.ok_or_else(Refusal::unknown_webhook)?;
        if self.names.get("webhook_token") != Some(&webhook.token) {
            return Err(Refusal::invalid_webhook_token());
        }
        Ok(webhook.clone())
    }

    /// The webhook's own message of the path, in its channel or in the thread that the query names.
    fn webhook_message(&mut self) -> Result<(u64, u64), Refusal> {
        let webhook = self.webhook()?;
        let id = self.snowflake("message_id")?;
        let channel = match self.thread_of_query(&webhook)? {
            Some(thread) => thread.id,
            None => webhook.channel_id,
        };
        let message = self.world.message_mut(channel, id).ok_or_else(Refusal::unknown_message)?;
        match message.author {
            Author::Webhook { id: author, .. } if author == webhook.id => Ok((channel, id)),
            _ => Err(Refusal::unknown_message()),
        }
    }

    /// A number in the path.
    pub(crate) fn snowflake(&self, name: &'static str) -> Result<u64, Refusal> {
        let text = self.names.get(name).map(String::as_str).unwrap_or_default();
        text.parse().map_err(|_| not_a_snowflake(name, text))
    }
}

pub(crate) fn not_a_snowflake(name: &str, text: &str) -> Refusal {
    let mut form = Form::default();
    let message = format!("Value \"{text}\" is not snowflake.");
    form.within(name, |form| form.wrong("NUMBER_TYPE_COERCE", message));
    form.verdict().err().unwrap_or_else(Refusal::not_found)
}
