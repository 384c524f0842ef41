//! Servers' channels and threads, their webhooks, and the bots.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::GUILD;

/// What a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Holds messages.
    Text,
    /// Holds messages that other servers can follow.
    Announcement,
    /// Holds threads only.
    Forum,
    /// In a text channel or a forum.
    Thread,
    /// Holds channels only.
    Category,
}

impl ChannelKind {
    /// Discord's number of the type.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Text => 0,
            Self::Category => 4,
            Self::Announcement => 5,
            Self::Thread => 11,
            Self::Forum => 15,
        }
    }

    pub(crate) fn holds_messages(self) -> bool {
        matches!(self, Self::Text | Self::Announcement | Self::Thread)
    }
}

/// What a bot may do in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// `VIEW_CHANNEL`: without it the bot can't see the channel at all.
    pub view: bool,
    /// `SEND_MESSAGES`; in a forum, to open threads.
    pub send: bool,
    /// `EMBED_LINKS`: without it embeds are dropped silently.
    pub embed_links: bool,
    /// `READ_MESSAGE_HISTORY`: without it a list of messages is empty.
    pub read_history: bool,
    /// `MANAGE_MESSAGES`: to delete others' messages.
    pub manage_messages: bool,
    /// `MANAGE_THREADS`: to reopen a thread that was locked, and to delete one.
    pub manage_threads: bool,
}

impl Permissions {
    /// Everything.
    pub const ALL: Self = Self {
        view: true,
        send: true,
        embed_links: true,
        read_history: true,
        manage_messages: true,
        manage_threads: true,
    };
    /// Nothing.
    pub const NONE: Self = Self {
        view: false,
        send: false,
        embed_links: false,
        read_history: false,
        manage_messages: false,
        manage_threads: false,
    };
}

impl Default for Permissions {
    fn default() -> Self {
        Self::ALL
    }
}

/// A channel of a server, or a thread in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Snowflake.
    pub id: u64,
    /// Its kind.
    pub kind: ChannelKind,
    /// Without `#`.
    pub name: String,
    /// The server.
    #[serde(default = "default_guild")]
    pub guild_id: u64,
    /// The channel that a thread is in.
    #[serde(default)]
    pub parent_id: Option<u64>,
    /// Whether the thread is archived; a new message reopens it.
    #[serde(default)]
    pub archived: bool,
    /// Whether only moderators may reopen the thread.
    #[serde(default)]
    pub locked: bool,
    /// Whether the forum refuses posts without a tag.
    #[serde(default)]
    pub requires_tag: bool,
    /// The forum's tags, by their ids.
    #[serde(default)]
    pub tags: BTreeMap<u64, String>,
    /// The tags that a post in a forum has.
    #[serde(default)]
    pub applied_tags: Vec<u64>,
    /// The bots' permissions here, by their ids; a thread has its parent's.
    #[serde(default)]
    pub bots: BTreeMap<u64, Permissions>,
}

fn default_guild() -> u64 {
    GUILD
}

impl Channel {
    fn new(id: u64, kind: ChannelKind, name: &str) -> Self {
        Self {
            id,
            kind,
            name: name.into(),
            guild_id: GUILD,
            parent_id: None,
            archived: false,
            locked: false,
            requires_tag: false,
            tags: BTreeMap::new(),
            applied_tags: Vec::new(),
            bots: BTreeMap::new(),
        }
    }

    /// A text channel.
    #[must_use]
    pub fn text(id: u64, name: &str) -> Self {
        Self::new(id, ChannelKind::Text, name)
    }

    /// A forum.
    #[must_use]
    pub fn forum(id: u64, name: &str) -> Self {
        Self::new(id, ChannelKind::Forum, name)
    }

    /// A category, which has no messages.
    #[must_use]
    pub fn category(id: u64, name: &str) -> Self {
        Self::new(id, ChannelKind::Category, name)
    }

    /// A thread in this channel.
    #[must_use]
    pub fn thread(&self, id: u64, name: &str) -> Self {
        Self { parent_id: Some(self.id), guild_id: self.guild_id, ..Self::new(id, ChannelKind::Thread, name) }
    }

    /// The same forum, refusing posts without a tag.
    #[must_use]
    pub fn requiring_tags(mut self) -> Self {
        self.requires_tag = true;
        self
    }

    /// The same forum with one more tag.
    #[must_use]
    pub fn tag(mut self, id: u64, name: &str) -> Self {
        self.tags.insert(id, name.into());
        self
    }

    /// Gives a bot permissions.
    #[must_use]
    pub fn bot(mut self, bot: u64, permissions: Permissions) -> Self {
        self.bots.insert(bot, permissions);
        self
    }

    /// The channel object of the API.
    pub(crate) fn to_json(&self, messages: usize, last: Option<u64>) -> Value {
        let mut channel = json!({
            "id": self.id.to_string(),
            "type": self.kind.number(),
            "name": self.name,
            "guild_id": self.guild_id.to_string(),
            "parent_id": self.parent_id.map(|id| id.to_string()),
            "last_message_id": last.map(|id| id.to_string()),
            "flags": if self.requires_tag { 1 << 4 } else { 0 },
        });
        if self.kind == ChannelKind::Forum {
            let tag = |(id, name): (&u64, &String)| json!({ "id": id.to_string(), "name": name, "moderated": false, "emoji_id": null, "emoji_name": null });
            channel["available_tags"] = self.tags.iter().map(tag).collect();
        }
        if self.kind == ChannelKind::Thread {
            channel["applied_tags"] = self.applied_tags.iter().map(u64::to_string).collect();
            channel["owner_id"] = json!("0");
            channel["message_count"] = json!(messages);
            channel["member_count"] = json!(1);
            channel["total_message_sent"] = json!(messages);
            channel["thread_metadata"] = json!({
                "archived": self.archived, "locked": self.locked,
                "archive_timestamp": "2026-01-01T00:00:00+00:00", "auto_archive_duration": 4320,
            });
        } else {
            channel["position"] = json!(0);
        }
        channel
    }
}

/// An address that posts into a channel without a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Snowflake.
    pub id: u64,
    /// The secret part of its URL.
    pub token: String,
    /// The channel it posts to.
    pub channel_id: u64,
    /// The name that its messages show.
    pub name: String,
}

impl Webhook {
    /// A webhook of this channel.
    #[must_use]
    pub fn new(id: u64, token: &str, channel_id: u64, name: &str) -> Self {
        Self { id, token: token.into(), channel_id, name: name.into() }
    }

    pub(crate) fn to_json(&self, guild: u64) -> Value {
        json!({
            "id": self.id.to_string(), "type": 1, "name": self.name, "avatar": null, "application_id": null,
            "channel_id": self.channel_id.to_string(), "guild_id": guild.to_string(), "token": self.token,
            "url": format!("https://discord.com/api/webhooks/{}/{}", self.id, self.token),
        })
    }
}

/// A bot's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Snowflake.
    pub id: u64,
    /// The token that authenticates the bot.
    pub token: String,
    /// Its name.
    pub username: String,
}

impl Bot {
    /// A bot.
    #[must_use]
    pub fn new(id: u64, token: &str, username: &str) -> Self {
        Self { id, token: token.into(), username: username.into() }
    }

    pub(crate) fn user(&self) -> Value {
        json!({
            "id": self.id.to_string(), "username": self.username, "global_name": null, "avatar": null,
            "discriminator": "0001", "public_flags": 0, "flags": 0, "bot": true, "primary_guild": null,
        })
    }
}
