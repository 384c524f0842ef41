//! A channel's settings: what they are, the form that asks for them, and where they lead.

use serde::Deserialize;
use tablon_plugin::{Channel, Error, Field, Form, Target, address_or};

use crate::LOCALES;

const DEFAULT_API: &str = "https://discord.com";
pub(crate) const WEBHOOK: &str = "webhook_url";
pub(crate) const TOKEN: &str = "bot_token";

/// What the channel's admins chose.
#[derive(Deserialize)]
pub struct Settings {
    #[serde(default)]
    channel_id: String,
    #[serde(default)]
    thread_id: String,
    /// A thread for each job, in a forum.
    #[serde(default)]
    pub(crate) new_thread: bool,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    api_base_url: String,
    /// With a bot, not with a webhook.
    #[serde(skip)]
    pub(crate) bot: bool,
}

impl Settings {
    /// The channel that a bot posts in; a webhook knows its own.
    pub(crate) fn channel_id(&self) -> &str {
        self.channel_id.trim()
    }

    /// The one thread that everything goes to.
    pub(crate) fn thread(&self) -> Option<&str> {
        Some(self.thread_id.trim()).filter(|thread| !thread.is_empty())
    }

    /// The names or ids of the tags that every post in a forum gets.
    pub(crate) fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty())
    }

    /// Without a slash at the end.
    pub(crate) fn api(&self) -> &str {
        address_or(&self.api_base_url, DEFAULT_API)
    }
}

/// The channel of a target, for a message that is only shown: it needs no credential.
pub(crate) fn draft(target: &Target) -> Result<Channel<Settings>, Error> {
    let mut channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
    channel.settings.bot = target.secrets.iter().any(|name| name == TOKEN);
    Ok(channel)
}

/// The channel of a target, with exactly one way to post.
pub(crate) fn open(target: &Target) -> Result<Channel<Settings>, Error> {
    let channel = draft(target)?;
    let invalid = |pointer: &str, word: &str| Err(Error::invalid_setting(pointer, channel.words.say(word)));
    let webhook = target.secrets.iter().any(|name| name == WEBHOOK);
    match (webhook, channel.settings.bot) {
        (true, true) => invalid("/webhook_url", "error-two-credentials"),
        (false, false) => invalid("/webhook_url", "error-no-credential"),
        (false, true) if channel.settings.channel_id().is_empty() => invalid("/channel_id", "error-channel-id"),
        _ if channel.settings.new_thread && channel.settings.thread().is_some() => {
            invalid("/new_thread", "error-two-threads")
        }
        _ => Ok(channel),
    }
}

/// The form of the settings.
pub(crate) fn form() -> Form {
    let snowflake = |name| Field::text(name).max(20).pattern("^[0-9]{1,20}$");
    Form::new(&LOCALES)
        .field(
            Field::secret(WEBHOOK)
                .pattern(r"^https?://[^/?#@\\\s]{1,255}/api/(v[0-9]{1,2}/)?webhooks/[0-9]{1,20}/[A-Za-z0-9_-]{1,100}$"),
        )
        .field(Field::secret(TOKEN).pattern("^[A-Za-z0-9_.-]{20,120}$"))
        .field(snowflake("channel_id"))
        .field(snowflake("thread_id"))
        .field(Field::boolean("new_thread").default(false))
        .field(Field::text("tags").max(200))
        .field(Field::url("api_base_url").default(DEFAULT_API))
}
