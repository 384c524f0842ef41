//! The fake's state: bots, chats, messages, recorded requests and faults.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::Router;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::BOT_TOKEN;
use super::chat::{Bot, Chat, ChatKind, Membership, Rights};
use super::fault::Action;
use super::message::Message;
use super::rates::{Rates, Sent};
use super::record::{Call, Violation};
use super::server;
use crate::fake::Served;
use crate::fault::Script;
use crate::record::Record;
use crate::simulation::{self, Simulation};

/// The initial state of a fake.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The bots.
    pub bots: Vec<Bot>,
    /// The chats.
    pub chats: Vec<Chat>,
    /// Telegram's speed limits; without them only scripted faults answer 429.
    pub rates: Option<Rates>,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Options {
    /// A world without bots and chats.
    #[must_use]
    pub fn empty() -> Self {
        Self { bots: Vec::new(), chats: Vec::new(), rates: None, listen: ([127, 0, 0, 1], 0).into() }
    }

    /// Adds a bot.
    #[must_use]
    pub fn bot(mut self, bot: Bot) -> Self {
        self.bots.push(bot);
        self
    }

    /// Adds a chat.
    #[must_use]
    pub fn chat(mut self, chat: Chat) -> Self {
        self.chats.push(chat);
        self
    }

    /// Enforces speed limits.
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
    /// The bot of [`BOT_TOKEN`], which has all rights in the channel `@tablon_jobs` (-1001000000001) and in the forum
    /// `@tablon_forum` (-1001000000002) with the topics 5 and 7.
    fn default() -> Self {
        let bot = Bot::new(BOT_TOKEN, "tablon_bot");
        let admin = Membership::Administrator(Rights::ALL);
        let channel = Chat::channel(-1_001_000_000_001, "Tablón jobs")
            .username("tablon_jobs")
            .about("New offers from the community board")
            .member(bot.id, admin);
        let forum = Chat::supergroup(-1_001_000_000_002, "Tablón forum")
            .username("tablon_forum")
            .topic(5, "Jobs")
            .topic(7, "Off topic")
            .member(bot.id, admin);
        Self::empty().bot(bot).chat(channel).chat(forum)
    }
}

/// The state behind the lock.
#[derive(Debug, Default)]
pub struct World {
    pub(crate) bots: Vec<Bot>,
    pub(crate) chats: Vec<Chat>,
    pub(crate) messages: HashMap<i64, Vec<Message>>,
    pub(crate) rates: Option<Rates>,
    pub(crate) sent: Sent,
    pub(crate) script: Script<Action>,
    pub(crate) record: Record<Call>,
    pub(crate) violations: Vec<Violation>,
}

impl World {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.record.now()
    }

    pub(crate) fn chat(&self, name: &str) -> Option<&Chat> {
        self.chats.iter().find(|chat| chat.is_called(name))
    }

    pub(crate) fn bot(&self, id: i64) -> Option<&Bot> {
        self.bots.iter().find(|bot| bot.id == id)
    }

    pub(crate) fn message_mut(&mut self, chat_id: i64, id: i64) -> Option<&mut Message> {
        self.messages.get_mut(&chat_id)?.iter_mut().rev().find(|message| message.id == id && message.is_shown())
    }

    pub(crate) fn messages_of(&self, chat: &Chat) -> &[Message] {
        self.messages.get(&chat.id).map_or(&[], Vec::as_slice)
    }
}

impl simulation::World for World {
    type Action = Action;
    type Call = String;
    type Violation = Violation;
    const VIOLATIONS: &'static str = "Telegram would have ignored this in silence";

    fn script(&mut self) -> &mut Script<Action> {
        &mut self.script
    }

    fn violations(&mut self) -> &mut Vec<Violation> {
        &mut self.violations
    }
}

impl Served for World {
    const NAME: &'static str = "Telegram";
    type Options = Options;
    type Details = Call;

    fn begin(options: Options) -> (Self, SocketAddr) {
        let Options { bots, chats, rates, listen } = options;
        (Self { bots, chats, rates, ..Self::default() }, listen)
    }

    fn routes(telegram: &Telegram) -> Router {
        server::routes(telegram)
    }

    fn record(&mut self) -> &mut Record<Call> {
        &mut self.record
    }
}

/// The simulated Telegram without a server: cheap to clone, all clones share its state.
pub type Telegram = Simulation<World>;

impl Telegram {
    /// Every message of a chat (`@name` or id), deleted ones too, oldest first; empty for an unknown chat.
    #[must_use]
    pub fn messages(&self, chat: &str) -> Vec<Message> {
        let world = self.lock();
        world.chat(chat).map(|chat| world.messages_of(chat).to_vec()).unwrap_or_default()
    }

    /// The messages that a reader of the chat sees, oldest first.
    #[must_use]
    pub fn shown(&self, chat: &str) -> Vec<Message> {
        self.messages(chat).into_iter().filter(Message::is_shown).collect()
    }

    /// Changes or removes the speed limits.
    pub fn set_rates(&self, rates: Option<Rates>) {
        self.lock().rates = rates;
    }

    /// Adds a bot, or replaces the one of the same id.
    pub fn add_bot(&self, bot: Bot) {
        let mut world = self.lock();
        world.bots.retain(|known| known.id != bot.id);
        world.bots.push(bot);
    }

    /// Answers this token with 401 from now on, as after a click in BotFather.
    pub fn revoke(&self, token: &str) {
        for bot in self.lock().bots.iter_mut().filter(|bot| bot.token == token) {
            bot.revoked = true;
        }
    }

    /// Adds a chat, or replaces the one of the same id and keeps its messages.
    pub fn add_chat(&self, chat: Chat) {
        let mut world = self.lock();
        match world.chats.iter_mut().find(|known| known.id == chat.id) {
            Some(known) => *known = chat,
            None => world.chats.push(chat),
        }
    }

    /// Changes a bot's membership in a chat. False if there is no such chat.
    pub fn set_membership(&self, chat: &str, bot_id: i64, membership: Membership) -> bool {
        let mut world = self.lock();
        let Some(chat) = world.chats.iter_mut().find(|known| known.is_called(chat)) else { return false };
        chat.members.insert(bot_id, membership);
        true
    }

    /// Turns a group into a supergroup with another id: the old id answers with `migrate_to_chat_id`.
    pub fn migrate(&self, group: i64, supergroup: i64) -> bool {
        let mut world = self.lock();
        let Some(old) = world.chats.iter_mut().find(|chat| chat.id == group) else { return false };
        let new = Chat { id: supergroup, kind: ChatKind::Supergroup, migrated_to: None, ..old.clone() };
        old.migrated_to = Some(supergroup);
        old.username = None;
        world.chats.push(new);
        true
    }

    /// A person deletes a message by hand. False if there is none.
    pub fn delete_by_hand(&self, chat: &str, message_id: i64) -> bool {
        let mut world = self.lock();
        let now = world.now();
        let Some(chat_id) = world.chat(chat).map(|chat| chat.id) else { return false };
        match world.message_mut(chat_id, message_id) {
            Some(message) => {
                message.deleted_at = Some(now);
                true
            }
            None => false,
        }
    }
}
