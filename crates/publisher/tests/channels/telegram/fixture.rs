//! A board with a Telegram channel, and a fake Telegram behind it.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::json;
use tablon_testkit::database::Backend;
use tablon_testkit::telegram::{BOT_TOKEN, FakeTelegram, Message, Options};

pub(crate) use crate::site::offer;
use crate::site::{self, Setup, Site, monday};

/// The channel that the fake's default bot may post in.
pub(crate) const CHAT: &str = "@tablon_jobs";

pub(crate) struct World {
    pub(crate) telegram: FakeTelegram,
    site: Site,
}

impl Deref for World {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl World {
    pub(crate) async fn new(backend: Backend) -> Self {
        let telegram = FakeTelegram::start(Options::default()).await.unwrap();
        let setup = Setup {
            backend,
            now: monday(),
            plugin: "telegram",
            settings: json!({ "chat_id": CHAT, "api_base_url": telegram.base_url() }),
            secrets: [("bot_token", BOT_TOKEN)].into_iter().collect(),
        };
        Self { site: Site::open(setup).await, telegram }
    }

    /// The copies that the channel shows.
    pub(crate) fn shown(&self) -> Vec<Message> {
        self.telegram.shown(CHAT)
    }

    pub(crate) async fn set_token(&self, token: &str) {
        self.set_secret("bot_token", token).await;
    }
}

/// Runs a test on both databases, each in a world of its own.
pub(crate) async fn on_both<F: Future<Output = ()>>(test: impl Fn(Arc<World>) -> F) {
    site::on_both(World::new, test).await;
}
