//! Bots, chats, and a bot's rights in a chat.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A bot account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bot {
    /// The number before the colon of its token.
    pub id: i64,
    /// The token that BotFather gave its owner.
    pub token: String,
    /// Without the `@`.
    pub username: String,
    /// Shown as the sender in groups.
    pub name: String,
    /// Every call with a revoked token is answered with 401.
    #[serde(default)]
    pub revoked: bool,
}

impl Bot {
    /// A bot with this token and user name.
    #[must_use]
    pub fn new(token: &str, username: &str) -> Self {
        let id = token.split(':').next().and_then(|number| number.parse().ok()).unwrap_or(1);
        Self { id, token: token.into(), username: username.into(), name: "Tablón".into(), revoked: false }
    }

    pub(crate) fn user(&self) -> Value {
        json!({"id": self.id, "is_bot": true, "first_name": self.name, "username": self.username})
    }

    pub(crate) fn me(&self) -> Value {
        let mut user = self.user();
        for right in [
            "can_join_groups",
            "can_read_all_group_messages",
            "supports_inline_queries",
            "can_connect_to_business",
            "has_main_web_app",
        ] {
            user[right] = json!(right == "can_join_groups");
        }
        user
    }
}

/// The four kinds of chat of the Bot API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    /// Only administrators post.
    Channel,
    /// A group with all features.
    Supergroup,
    /// A small group, which can become a supergroup with another id.
    Group,
    /// Between the bot and one person.
    Private,
}

impl ChatKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Supergroup => "supergroup",
            Self::Group => "group",
            Self::Private => "private",
        }
    }
}

/// The rights of an administrator that our bots use; other rights are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rights {
    /// In a channel: post messages.
    pub can_post_messages: bool,
    /// In a channel: edit others' messages.
    pub can_edit_messages: bool,
    /// Delete any message, of any age.
    pub can_delete_messages: bool,
}

impl Rights {
    /// Post, edit and delete.
    pub const ALL: Self = Self { can_post_messages: true, can_edit_messages: true, can_delete_messages: true };
    /// The least rights that the plugin requires.
    pub const POST_ONLY: Self = Self { can_post_messages: true, can_edit_messages: false, can_delete_messages: false };
    /// No right that our bots use.
    pub const NONE: Self = Self { can_post_messages: false, can_edit_messages: false, can_delete_messages: false };
}

impl Default for Rights {
    fn default() -> Self {
        Self::ALL
    }
}

/// A bot's membership in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    /// It was never added, or has left.
    #[default]
    Stranger,
    /// Without administrator rights.
    Member,
    /// It may read but not write.
    Restricted,
    /// Somebody removed it.
    Kicked,
    /// With these rights.
    Administrator(Rights),
}

/// A topic of a forum.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Topic {
    /// Shown above its messages.
    pub name: String,
    /// A closed topic takes no messages from plain members.
    #[serde(default)]
    pub closed: bool,
}

/// A chat and its members.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Chat {
    /// -100… for channels and supergroups, negative for groups, positive for private chats.
    pub id: i64,
    /// Its kind.
    pub kind: ChatKind,
    /// Its name.
    pub title: String,
    /// Without the `@`; a chat that has one is public.
    #[serde(default)]
    pub username: Option<String>,
    /// The description, in `getChat` and on the page under the title.
    #[serde(default)]
    pub about: Option<String>,
    /// A supergroup with topics.
    #[serde(default)]
    pub forum: bool,
    /// By `message_thread_id`.
    #[serde(default)]
    pub topics: BTreeMap<i64, Topic>,
    /// The membership of each bot, by its id.
    #[serde(default)]
    pub members: BTreeMap<i64, Membership>,
    /// The supergroup that this group became.
    #[serde(default)]
    pub migrated_to: Option<i64>,
}

impl Chat {
    fn new(id: i64, kind: ChatKind, title: &str) -> Self {
        Self {
            id,
            kind,
            title: title.into(),
            username: None,
            about: None,
            forum: false,
            topics: BTreeMap::new(),
            members: BTreeMap::new(),
            migrated_to: None,
        }
    }

    /// A private channel, until it has a user name.
    #[must_use]
    pub fn channel(id: i64, title: &str) -> Self {
        Self::new(id, ChatKind::Channel, title)
    }

    /// A supergroup.
    #[must_use]
    pub fn supergroup(id: i64, title: &str) -> Self {
        Self::new(id, ChatKind::Supergroup, title)
    }

    /// A basic group.
    #[must_use]
    pub fn group(id: i64, title: &str) -> Self {
        Self::new(id, ChatKind::Group, title)
    }

    /// A chat with one person who has pressed Start.
    #[must_use]
    pub fn private(id: i64, name: &str) -> Self {
        Self::new(id, ChatKind::Private, name)
    }

    /// Makes it public by a user name.
    #[must_use]
    pub fn username(mut self, username: &str) -> Self {
        self.username = Some(username.trim_start_matches('@').into());
        self
    }

    /// Sets its description.
    #[must_use]
    pub fn about(mut self, about: &str) -> Self {
        self.about = Some(about.into());
        self
    }

    /// Adds a topic, which makes it a forum.
    #[must_use]
    pub fn topic(mut self, thread_id: i64, name: &str) -> Self {
        self.forum = true;
        self.topics.insert(thread_id, Topic { name: name.into(), closed: false });
        self
    }

    /// Sets a bot's membership.
    #[must_use]
    pub fn member(mut self, bot_id: i64, membership: Membership) -> Self {
        self.members.insert(bot_id, membership);
        self
    }

    pub(crate) fn membership(&self, bot_id: i64) -> Membership {
        let absent = if self.kind == ChatKind::Private { Membership::Member } else { Membership::Stranger };
        self.members.get(&bot_id).copied().unwrap_or(absent)
    }

    /// Whether this names the chat: `@name`, `name` or the id.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let wanted = name.strip_prefix('@').unwrap_or(name);
        self.id.to_string() == name || self.username.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(wanted))
    }

    /// The `Chat` object of the Bot API.
    pub(crate) fn to_json(&self) -> Value {
        let name = if self.kind == ChatKind::Private { "first_name" } else { "title" };
        let mut chat = json!({"id": self.id, "type": self.kind.name(), name: self.title});
        if let Some(username) = &self.username {
            chat["username"] = json!(username);
        }
        if self.forum {
            chat["is_forum"] = json!(true);
        }
        chat
    }

    /// The `ChatFullInfo` object of the Bot API.
    pub(crate) fn full_info(&self) -> Value {
        let mut chat = self.to_json();
        chat["accent_color_id"] = json!(self.id.rem_euclid(7));
        chat["max_reaction_count"] = json!(11);
        chat["accepted_gift_types"] = json!({
            "unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false,
            "premium_subscription": false, "gifts_from_channels": false,
        });
        if let Some(about) = &self.about {
            chat["description"] = json!(about);
        }
        if let Some(username) = &self.username {
            chat["active_usernames"] = json!([username]);
        }
        chat
    }

    /// The `ChatMember` object of a bot here.
    pub(crate) fn member_json(&self, bot: &Bot) -> Value {
        let user = bot.user();
        match self.membership(bot.id) {
            Membership::Stranger => json!({"status": "left", "user": user}),
            Membership::Member => json!({"status": "member", "user": user}),
            Membership::Kicked => json!({"status": "kicked", "user": user, "until_date": 0}),
            Membership::Restricted => {
                let mut member = json!({"status": "restricted", "user": user, "is_member": true, "until_date": 0});
                for right in [
                    "can_send_messages",
                    "can_send_audios",
                    "can_send_documents",
                    "can_send_photos",
                    "can_send_videos",
                    "can_send_video_notes",
                    "can_send_voice_notes",
                    "can_send_polls",
                    "can_send_other_messages",
                    "can_add_web_page_previews",
                    "can_react_to_messages",
                    "can_edit_tag",
                    "can_change_info",
                    "can_invite_users",
                    "can_pin_messages",
                    "can_manage_topics",
                ] {
                    member[right] = json!(false);
                }
                member
            }
            Membership::Administrator(rights) => {
                let mut member = json!({
                    "status": "administrator", "user": user, "can_be_edited": false, "is_anonymous": false,
                    "can_manage_chat": true, "can_delete_messages": rights.can_delete_messages,
                });
                for right in [
                    "can_manage_video_chats",
                    "can_restrict_members",
                    "can_promote_members",
                    "can_change_info",
                    "can_invite_users",
                    "can_post_stories",
                    "can_edit_stories",
                    "can_delete_stories",
                ] {
                    member[right] = json!(false);
                }
                // Telegram has these two only in channels.
                if self.kind == ChatKind::Channel {
                    member["can_post_messages"] = json!(rights.can_post_messages);
                    member["can_edit_messages"] = json!(rights.can_edit_messages);
                } else {
                    member["can_pin_messages"] = json!(false);
                }
                member
            }
        }
    }
}
