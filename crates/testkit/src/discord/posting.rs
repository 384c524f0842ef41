//! Changes of messages, for all operations: post, edit, delete.

use serde_json::{Value, json};

use super::content::{Content, Kind, read_message};
use super::form::Form;
use super::message::{Author, Message, Version, pings};
use super::operations::{Answer, Call};
use super::refusal::Refusal;

impl Call<'_> {
    /// Adds a message and returns it in the API's form.
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

    pub(super) fn edit(&mut self, channel: u64, id: u64) -> Result<Answer, Refusal> {
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

    pub(super) fn delete(&mut self, channel: u64, id: u64) -> Result<Answer, Refusal> {
        self.not_archived(channel)?;
        if channel == id {
            self.ignored.push("a forum's post without its first message stays there, empty".into());
        }
        let now = self.world.now();
        let message = self.world.message_mut(channel, id).ok_or_else(Refusal::unknown_message)?;
        message.deleted_at = Some(now);
        Ok(Answer::NoContent)
    }

    /// The message in the body. An empty new one is refused; an edit may be empty.
    pub(super) fn content(&mut self, kind: Kind) -> Result<Content, Refusal> {
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
}
