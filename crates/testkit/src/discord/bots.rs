//! The operations of a bot, limited by its permissions.

use chrono::TimeDelta;
use serde_json::json;

use super::content::{Content, Kind};
use super::form::Form;
use super::message::{Author, Message};
use super::operations::{Answer, Call};
use super::refusal::Refusal;

/// "It will be checked for uniqueness in the past few minutes": how long the fake remembers a nonce.
const NONCE_MINUTES: i64 = 5;
/// Messages in one answer, unless the caller wants more.
const LISTED: usize = 50;
const MOST_LISTED: usize = 100;

impl Call<'_> {
    pub(super) fn get_my_user(&mut self) -> Result<Answer, Refusal> {
        let mut user = self.bot()?.user();
        user["mfa_enabled"] = json!(false);
        user["locale"] = json!("en-US");
        Ok(Answer::Json(200, user))
    }

    pub(super) fn get_channel(&mut self) -> Result<Answer, Refusal> {
        let channel = self.visible_channel()?;
        Ok(Answer::Json(200, self.world.channel_json(&channel)))
    }

    pub(super) fn list_messages(&mut self) -> Result<Answer, Refusal> {
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
        // `after` gives the messages right after it; without it, the newest are returned. Always newest first.
        found.sort_by_key(|message| message.id);
        let skipped = found.len().saturating_sub(limit);
        let kept = if after > 0 { &found[..found.len() - skipped] } else { &found[skipped..] };
        Ok(Answer::Json(200, kept.iter().rev().map(|message| message.to_json(self.world)).collect()))
    }

    pub(super) fn create_message(&mut self) -> Result<Answer, Refusal> {
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

    pub(super) fn get_message(&mut self) -> Result<Answer, Refusal> {
        let channel = self.visible_channel()?;
        let id = self.snowflake("message_id")?;
        if !self.permissions(&channel)?.read_history {
            return Err(Refusal::missing_access());
        }
        let message = self.world.message_mut(channel.id, id).ok_or_else(Refusal::unknown_message)?.clone();
        Ok(Answer::Json(200, message.to_json(self.world)))
    }

    pub(super) fn update_message(&mut self) -> Result<Answer, Refusal> {
        let bot = self.bot()?;
        let channel = self.visible_channel()?;
        let id = self.snowflake("message_id")?;
        let message = self.world.message_mut(channel.id, id).ok_or_else(Refusal::unknown_message)?;
        if message.author != (Author::Bot { id: bot.id }) {
            return Err(Refusal::foreign_message());
        }
        self.edit(channel.id, id)
    }

    pub(super) fn delete_message(&mut self) -> Result<Answer, Refusal> {
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

    /// The message of the same author and nonce, if the caller asked for this check and the nonce is still known.
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
}
