//! The operations of a webhook, which need only its URL.

use super::channel::Webhook;
use super::content::Kind;
use super::message::Author;
use super::operations::{Answer, Call};
use super::refusal::Refusal;

impl Call<'_> {
    pub(super) fn get_webhook_by_token(&mut self) -> Result<Answer, Refusal> {
        let webhook = self.webhook()?;
        let guild = self.world.channel(webhook.channel_id).map_or(0, |channel| channel.guild_id);
        Ok(Answer::Json(200, webhook.to_json(guild)))
    }

    pub(super) fn execute_webhook(&mut self) -> Result<Answer, Refusal> {
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

    pub(super) fn get_webhook_message(&mut self) -> Result<Answer, Refusal> {
        let (channel, id) = self.webhook_message()?;
        let message = self.world.messages.iter().find(|message| message.channel_id == channel && message.id == id);
        Ok(Answer::Json(200, message.map(|message| message.to_json(self.world)).unwrap_or_default()))
    }

    pub(super) fn update_webhook_message(&mut self) -> Result<Answer, Refusal> {
        let (channel, id) = self.webhook_message()?;
        self.edit(channel, id)
    }

    pub(super) fn delete_webhook_message(&mut self) -> Result<Answer, Refusal> {
        let (channel, id) = self.webhook_message()?;
        self.delete(channel, id)
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

    /// The webhook's own message in the path, in its channel or in the thread of the query.
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
}
