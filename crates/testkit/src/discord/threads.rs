//! Threads: the destination of a webhook, opening a thread, and the refusals of an archived one.

use serde_json::Value;

use super::channel::{Channel, ChannelKind, Webhook};
use super::content::{Content, Kind, LONGEST_THREAD_NAME, read_message, read_tags};
use super::form::Form;
use super::message::Author;
use super::operations::{Answer, Call, not_a_snowflake};
use super::refusal::Refusal;

impl Call<'_> {
    /// The destination of a webhook's message: its channel, a thread in it, or a new thread in a forum.
    pub(crate) fn webhook_destination(&mut self, webhook: &Webhook, content: &Content) -> Result<u64, Refusal> {
        let thread = self.thread_of_query(webhook)?;
        let channel = self.world.channel(webhook.channel_id).cloned().ok_or_else(Refusal::unknown_channel)?;
        let forum = channel.kind == ChannelKind::Forum;
        match (thread, content.thread_name.as_deref()) {
            (Some(_), Some(_)) if forum => Err(Refusal::forum_wants_one_thread()),
            (None, None) if forum => Err(Refusal::forum_needs_a_thread()),
            (_, Some(_)) if !forum => Err(Refusal::threads_only_in_forums()),
            (Some(thread), _) => {
                self.open_thread_again(&thread, false)?;
                Ok(thread.id)
            }
            (None, Some(name)) => {
                channel.judge_tags(&content.tags)?;
                Ok(self.open_thread(&channel, name, &content.tags))
            }
            (None, None) => Ok(channel.id),
        }
    }

    /// The thread of `thread_id`, which must be in the webhook's channel.
    pub(crate) fn thread_of_query(&self, webhook: &Webhook) -> Result<Option<Channel>, Refusal> {
        let Some(text) = self.query.get("thread_id") else { return Ok(None) };
        let id: u64 = text.parse().map_err(|_| not_a_snowflake("thread_id", text))?;
        let thread = self.world.channel(id).filter(|thread| thread.parent_id == Some(webhook.channel_id));
        thread.cloned().map(Some).ok_or_else(Refusal::unknown_channel)
    }

    fn open_thread(&mut self, channel: &Channel, name: &str, tags: &[u64]) -> u64 {
        let thread = Channel { applied_tags: tags.to_vec(), ..channel.thread(self.world.snowflake(), name) };
        let id = thread.id;
        self.world.channels.push(thread);
        id
    }

    /// A new message reopens an archived thread, unless it is locked.
    pub(crate) fn open_thread_again(&mut self, thread: &Channel, may_unlock: bool) -> Result<(), Refusal> {
        if thread.locked && !may_unlock {
            return Err(Refusal::locked());
        }
        if let Some(thread) = self.world.channel_mut(thread.id) {
            thread.archived = false;
        }
        Ok(())
    }

    /// An error for an edit or a deletion in an archived thread.
    pub(crate) fn not_archived(&self, channel: u64) -> Result<(), Refusal> {
        match self.world.channel(channel) {
            Some(channel) if channel.archived => Err(Refusal::archived()),
            _ => Ok(()),
        }
    }

    /// Opens a post in a forum with its first message, whose id is the thread's.
    pub(crate) fn create_thread(&mut self) -> Result<Answer, Refusal> {
        let bot = self.bot()?;
        let channel = self.visible_channel()?;
        if channel.kind != ChannelKind::Forum {
            return Err(Refusal::new(400, 50_024, "Cannot execute action on this channel type"));
        }
        let body = self.object()?;
        let mut form = Form::default();
        form.known(&body, &["name", "auto_archive_duration", "rate_limit_per_user", "applied_tags", "message"]);
        form.required(&body, "name", LONGEST_THREAD_NAME);
        let name = form.name(&body, "name", LONGEST_THREAD_NAME).unwrap_or_default();
        let tags = read_tags(&mut form, &body);
        let content = match form.member(&body, "message") {
            Some(message) => form.within("message", |form| read_message(form, message, Kind::Starter)),
            None => {
                form.within("message", |form| form.wrong("BASE_TYPE_REQUIRED", "This field is required"));
                Content::default()
            }
        };
        self.ignored.append(&mut form.ignored);
        form.verdict()?;
        if content.is_empty() {
            return Err(Refusal::empty_message());
        }
        if !self.permissions(&channel)?.send {
            return Err(Refusal::missing_permissions());
        }
        channel.judge_tags(&tags)?;
        let thread = self.open_thread(&channel, &name, &tags);
        let message = self.post_as(thread, thread, Author::Bot { id: bot.id }, &content);
        let mut answer = self.world.channel(thread).map(|thread| self.world.channel_json(thread)).unwrap_or_default();
        answer["message"] = message;
        Ok(Answer::Json(201, answer))
    }

    /// Reopens or archives a thread, renames it and sets its tags; other channels' properties can't be changed here.
    pub(crate) fn update_channel(&mut self) -> Result<Answer, Refusal> {
        let channel = self.visible_channel()?;
        let body = self.object()?;
        if channel.kind != ChannelKind::Thread {
            return Err(Refusal::missing_permissions());
        }
        let mut form = Form::default();
        form.known(&body, &["archived", "locked", "name", "applied_tags"]);
        let archived = body.get("archived").map(|_| form.boolean(&body, "archived"));
        let locked = body.get("locked").map(|_| form.boolean(&body, "locked"));
        let name = form.name(&body, "name", LONGEST_THREAD_NAME);
        let tags = body.get("applied_tags").map(|_| read_tags(&mut form, &body));
        self.ignored.append(&mut form.ignored);
        form.verdict()?;
        let permissions = self.permissions(&channel)?;
        if !permissions.send || (!permissions.manage_threads && (channel.locked || locked.is_some())) {
            return Err(Refusal::missing_permissions());
        }
        if let (Some(forum), Some(tags)) = (channel.parent_id.and_then(|id| self.world.channel(id)), &tags) {
            forum.judge_tags(tags)?;
        }
        if let Some(thread) = self.world.channel_mut(channel.id) {
            thread.name = name.unwrap_or_else(|| thread.name.clone());
            thread.applied_tags = tags.unwrap_or_else(|| thread.applied_tags.clone());
            thread.archived = archived.unwrap_or(thread.archived);
            thread.locked = locked.unwrap_or(thread.locked);
        }
        let changed = self.world.channel(channel.id);
        Ok(Answer::Json(200, changed.map_or(Value::Null, |thread| self.world.channel_json(thread))))
    }

    /// Deletes a thread with its messages. Other channels can't be deleted here.
    pub(crate) fn delete_channel(&mut self) -> Result<Answer, Refusal> {
        let channel = self.visible_channel()?;
        if channel.kind != ChannelKind::Thread || !self.permissions(&channel)?.manage_threads {
            return Err(Refusal::missing_permissions());
        }
        let answer = self.world.channel_json(&channel);
        self.world.delete_channel(channel.id);
        Ok(Answer::Json(200, answer))
    }
}

impl Channel {
    /// Whether a post with these tags may be in this forum.
    fn judge_tags(&self, tags: &[u64]) -> Result<(), Refusal> {
        match tags {
            [] if self.requires_tag => Err(Refusal::tag_required()),
            tags if tags.iter().any(|tag| !self.tags.contains_key(tag)) => Err(Refusal::unknown_tag()),
            _ => Ok(()),
        }
    }
}
