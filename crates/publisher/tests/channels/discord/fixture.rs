//! A board with a Discord channel, and a fake Discord behind it.

use std::ops::Deref;

use serde_json::json;
use tablon_core::Secrets;
use tablon_testkit::database::Backend;
use tablon_testkit::discord::{BOT_TOKEN, CHANNEL, FORUM, FakeDiscord, Message, Options};

pub(crate) use crate::site::offer;
use crate::site::{Setup, Site, monday};

/// How a channel reaches Discord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Webhook,
    Bot,
    /// A webhook of a forum, in which each job opens a thread.
    Forum,
    ForumBot,
}

pub(crate) struct World {
    pub(crate) discord: FakeDiscord,
    site: Site,
}

impl Deref for World {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl World {
    pub(crate) async fn new(way: Way) -> Self {
        Self::with(way, Options::default()).await
    }

    pub(crate) async fn with(way: Way, options: Options) -> Self {
        let discord = FakeDiscord::start(options).await.unwrap();
        let api = discord.base_url();
        let bot = ("bot_token", BOT_TOKEN.to_owned());
        let (settings, (name, secret)) = match way {
            Way::Webhook => (json!({}), ("webhook_url", discord.webhook_url())),
            Way::Forum => (json!({ "new_thread": true }), ("webhook_url", discord.forum_webhook_url())),
            Way::Bot => (json!({ "channel_id": CHANNEL.to_string(), "api_base_url": api }), bot),
            Way::ForumBot => (json!({ "channel_id": FORUM.to_string(), "api_base_url": api, "new_thread": true }), bot),
        };
        let secrets = [(name, secret.as_str())].into_iter().collect();
        let setup = Setup { backend: Backend::Sqlite, now: monday(), plugin: "discord", settings, secrets };
        Self { site: Site::open(setup).await, discord }
    }

    /// The copies that channel and forum show.
    pub(crate) fn shown(&self) -> Vec<Message> {
        let (channel, forum) = (self.discord.shown(CHANNEL), self.discord.shown(FORUM));
        channel.into_iter().chain(forum).collect()
    }

    pub(crate) async fn set_webhook(&self, url: &str) {
        self.set_secret("webhook_url", url).await;
    }

    pub(crate) async fn secrets(&self) -> Secrets {
        self.board.channels().secrets(self.channel.id).await.unwrap()
    }
}
