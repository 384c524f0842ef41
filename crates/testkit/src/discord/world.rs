//! The fake's state: bots, webhooks, channels, messages, recorded requests and faults.

use std::net::SocketAddr;

use axum::Router;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::channel::{Bot, Channel, ChannelKind, Permissions, Webhook};
use super::fault::Action;
use super::message::{Author, Message};
use super::rates::{Buckets, Rates};
use super::record::{Called, Violation};
use super::server;
use super::{BOT, BOT_TOKEN, CHANNEL, FORUM, FORUM_WEBHOOK, THREAD, WEBHOOK, WEBHOOK_TOKEN};
use crate::fake::Served;
use crate::fault::Script;
use crate::record::Record;
use crate::simulation::{self, Simulation};

/// Milliseconds from 1970 to the first second of 2015, from which snowflakes count.
const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

/// The initial state of a fake.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The bots.
    pub bots: Vec<Bot>,
    /// The webhooks.
    pub webhooks: Vec<Webhook>,
    /// The channels.
    pub channels: Vec<Channel>,
    /// Rate limits; without them only scripted faults answer 429, and no answer has `X-RateLimit-…` headers.
    pub rates: Option<Rates>,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Options {
    /// A world without bots, webhooks and channels.
    #[must_use]
    pub fn empty() -> Self {
        let listen = ([127, 0, 0, 1], 0).into();
        Self { bots: Vec::new(), webhooks: Vec::new(), channels: Vec::new(), rates: None, listen }
    }

    /// Adds a bot.
    #[must_use]
    pub fn bot(mut self, bot: Bot) -> Self {
        self.bots.push(bot);
        self
    }

    /// Adds a webhook.
    #[must_use]
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Adds a channel.
    #[must_use]
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channels.push(channel);
        self
    }

    /// Enforces rate limits.
    #[must_use]
    pub fn rates(mut self, rates: Rates) -> Self {
        self.rates = Some(rates);
        self
    }

    /// Listens on this address instead of a free port of the loopback.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }
}

impl Default for Options {
    /// The bot of [`BOT_TOKEN`], which has all permissions in the text channel [`CHANNEL`] with its thread [`THREAD`]
    /// and in the forum [`FORUM`], and a webhook for each of the two.
    fn default() -> Self {
        let jobs = Channel::text(CHANNEL, "jobs").bot(BOT, Permissions::ALL);
        let forum = Channel::forum(FORUM, "job-board").bot(BOT, Permissions::ALL);
        let thread = jobs.thread(THREAD, "Remote jobs");
        Self::empty()
            .bot(Bot::new(BOT, BOT_TOKEN, "tablon"))
            .channel(jobs)
            .channel(forum)
            .channel(thread)
            .webhook(Webhook::new(WEBHOOK, WEBHOOK_TOKEN, CHANNEL, "Job board"))
            .webhook(Webhook::new(FORUM_WEBHOOK, WEBHOOK_TOKEN, FORUM, "Job board"))
    }
}

/// The state behind the lock.
#[derive(Debug, Default)]
pub struct World {
    pub(crate) bots: Vec<Bot>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) channels: Vec<Channel>,
    /// In the order they were sent.
    pub(crate) messages: Vec<Message>,
    pub(crate) rates: Option<Rates>,
    pub(crate) buckets: Buckets,
    pub(crate) script: Script<Action>,
    pub(crate) record: Record<Called>,
    pub(crate) violations: Vec<Violation>,
    last_id: u64,
}

impl World {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.record.now()
    }

    /// A new id, which contains the time like Discord's.
    pub(crate) fn snowflake(&mut self) -> u64 {
        let since = (self.now().timestamp_millis() - DISCORD_EPOCH_MS).max(0).cast_unsigned();
        self.last_id = (since << 22).max(self.last_id + 1);
        self.last_id
    }

    pub(crate) fn channel(&self, id: u64) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    pub(crate) fn channel_mut(&mut self, id: u64) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    pub(crate) fn message_mut(&mut self, channel: u64, id: u64) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.channel_id == channel && message.id == id && message.is_shown())
    }

    /// The messages in a channel and in its threads.
    pub(crate) fn messages_of(&self, channel: u64) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| {
            let inside = |id| self.channel(id).is_some_and(|thread| thread.parent_id == Some(channel));
            message.channel_id == channel || inside(message.channel_id)
        })
    }

    pub(crate) fn delete_channel(&mut self, id: u64) -> bool {
        let now = self.now();
        let gone: Vec<u64> = self
            .channels
            .iter()
            .filter(|channel| channel.id == id || channel.parent_id == Some(id))
            .map(|channel| channel.id)
            .collect();
        self.channels.retain(|channel| !gone.contains(&channel.id));
        self.webhooks.retain(|webhook| !gone.contains(&webhook.channel_id));
        for message in self.messages.iter_mut().filter(|message| gone.contains(&message.channel_id)) {
            message.deleted_at.get_or_insert(now);
        }
        !gone.is_empty()
    }

    /// A bot's permissions, which a thread has from its parent.
    pub(crate) fn permissions(&self, channel: &Channel, bot: u64) -> Permissions {
        let here = channel.parent_id.filter(|_| channel.kind == ChannelKind::Thread);
        let here = here.and_then(|parent| self.channel(parent)).unwrap_or(channel);
        here.bots.get(&bot).copied().unwrap_or(Permissions::NONE)
    }

    pub(crate) fn author(&self, author: &Author) -> Value {
        match author {
            Author::Webhook { id, name } => json!({
                "id": id.to_string(), "username": name, "global_name": null, "avatar": null,
                "discriminator": "0000", "public_flags": 0, "flags": 0, "bot": true, "primary_guild": null,
            }),
            Author::Bot { id } => {
                let gone = || Bot::new(*id, "", "Deleted User").user();
                self.bots.iter().find(|bot| bot.id == *id).map_or_else(gone, Bot::user)
            }
        }
    }

    pub(crate) fn author_name(&self, author: &Author) -> String {
        self.author(author)["username"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn channel_json(&self, channel: &Channel) -> Value {
        let shown: Vec<u64> = self
            .messages
            .iter()
            .filter(|message| message.channel_id == channel.id && message.is_shown())
            .map(|message| message.id)
            .collect();
        channel.to_json(shown.len(), shown.last().copied())
    }
}

impl simulation::World for World {
    type Action = Action;
    type Call = String;
    type Violation = Violation;
    const VIOLATIONS: &'static str = "Discord would have ignored this in silence";

    fn script(&mut self) -> &mut Script<Action> {
        &mut self.script
    }

    fn violations(&mut self) -> &mut Vec<Violation> {
        &mut self.violations
    }
}

impl Served for World {
    const NAME: &'static str = "Discord";
    type Options = Options;
    type Details = Called;

    fn begin(options: Options) -> (Self, SocketAddr) {
        let Options { bots, webhooks, channels, rates, listen } = options;
        (Self { bots, webhooks, channels, rates, ..Self::default() }, listen)
    }

    fn routes(discord: &Discord) -> Router {
        server::routes(discord)
    }

    fn record(&mut self) -> &mut Record<Called> {
        &mut self.record
    }
}

/// The simulated Discord without a server: cheap to clone, all clones share its state.
pub type Discord = Simulation<World>;

impl Discord {
    /// Every message of a channel and of its threads, deleted ones too, oldest first.
    #[must_use]
    pub fn messages(&self, channel: u64) -> Vec<Message> {
        self.lock().messages_of(channel).cloned().collect()
    }

    /// The messages that a reader of the channel and its threads sees, oldest first.
    #[must_use]
    pub fn shown(&self, channel: u64) -> Vec<Message> {
        self.messages(channel).into_iter().filter(Message::is_shown).collect()
    }

    /// The channels and threads.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        self.lock().channels.clone()
    }

    /// How many answers so far count towards the ban of an address: 401, 403 and 429. Discord bans at 10,000 of them in
    /// ten minutes.
    #[must_use]
    pub fn invalid_requests(&self) -> usize {
        self.requests().iter().filter(|request| matches!(request.status, Some(401 | 403 | 429))).count()
    }

    /// Changes or removes the rate limits.
    pub fn set_rates(&self, rates: Option<Rates>) {
        self.lock().rates = rates;
    }

    /// Adds a bot, or replaces the one of the same id.
    pub fn add_bot(&self, bot: Bot) {
        let mut world = self.lock();
        world.bots.retain(|known| known.id != bot.id);
        world.bots.push(bot);
    }

    /// Adds a webhook, or replaces the one of the same id.
    pub fn add_webhook(&self, webhook: Webhook) {
        let mut world = self.lock();
        world.webhooks.retain(|known| known.id != webhook.id);
        world.webhooks.push(webhook);
    }

    /// Adds a channel, or replaces the one of the same id and keeps its messages.
    pub fn add_channel(&self, channel: Channel) {
        let mut world = self.lock();
        match world.channel_mut(channel.id) {
            Some(known) => *known = channel,
            None => world.channels.push(channel),
        }
    }

    /// Answers this bot's token with 401 from now on, as after a click on *Reset Token*.
    pub fn revoke(&self, token: &str) {
        self.lock().bots.retain(|bot| bot.token != token);
    }

    /// A person deletes a webhook. False if there is none.
    pub fn delete_webhook(&self, id: u64) -> bool {
        let mut world = self.lock();
        let before = world.webhooks.len();
        world.webhooks.retain(|webhook| webhook.id != id);
        world.webhooks.len() < before
    }

    /// A person deletes a channel with its threads, webhooks and messages. False if there is none.
    pub fn delete_channel(&self, id: u64) -> bool {
        self.lock().delete_channel(id)
    }

    /// Changes a bot's permissions in a channel. False if there is no such channel.
    pub fn set_permissions(&self, channel: u64, bot: u64, permissions: Permissions) -> bool {
        let mut world = self.lock();
        let Some(channel) = world.channel_mut(channel) else { return false };
        channel.bots.insert(bot, permissions);
        true
    }

    /// Archives a thread, as Discord does after some days, and locks it if `locked`. False if there is no such thread.
    pub fn archive(&self, thread: u64, locked: bool) -> bool {
        let mut world = self.lock();
        let Some(thread) = world.channel_mut(thread) else { return false };
        thread.archived = true;
        thread.locked = locked;
        true
    }

    /// A person deletes a message by hand. False if there is none.
    pub fn delete_by_hand(&self, message: u64) -> bool {
        let mut world = self.lock();
        let now = world.now();
        let found = world.messages.iter_mut().find(|known| known.id == message && known.is_shown());
        found.map(|message| message.deleted_at = Some(now)).is_some()
    }
}
