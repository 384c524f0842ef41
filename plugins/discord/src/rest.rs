//! Calls of Discord's API, by a webhook or a bot.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tablon_plugin::{Error, Failure, Method, Refusal, Repeatable, Request};

use crate::On;
use crate::refusals::ARCHIVED;
use crate::settings::{TOKEN, WEBHOOK};
use crate::thread::ForumTag;

/// Discord wants to know who calls.
const USER_AGENT: &str = "DiscordBot (https://github.com/tablon/tablon, 1)";
/// A link to the copy is worth no longer wait, in milliseconds.
const PATIENCE: u32 = 3000;

/// The flag of a forum that takes no post without a tag.
const REQUIRES_TAG: u64 = 1 << 4;

/// A message, as far as a copy needs it.
#[derive(Deserialize)]
pub(crate) struct Sent {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) channel_id: String,
    #[serde(default)]
    pub(crate) webhook_id: Option<String>,
    #[serde(default)]
    pub(crate) author: Person,
    #[serde(default)]
    pub(crate) embeds: Value,
}

#[derive(Deserialize, Default)]
pub(crate) struct Person {
    #[serde(default)]
    pub(crate) id: String,
}

/// A channel, a thread, or a webhook with what it tells of its channel.
#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default, rename = "type")]
    pub(crate) kind: u8,
    pub(crate) guild_id: Option<String>,
    #[serde(default)]
    pub(crate) parent_id: Option<String>,
    #[serde(default)]
    pub(crate) channel_id: Option<String>,
    #[serde(default)]
    pub(crate) last_message_id: Option<String>,
    #[serde(default)]
    flags: u64,
    #[serde(default)]
    pub(crate) available_tags: Vec<ForumTag>,
}

impl Place {
    /// Holds posts only: a forum or a media channel.
    pub(crate) fn is_forum(&self) -> bool {
        matches!(self.kind, 15 | 16)
    }

    /// Refuses posts without a tag.
    pub(crate) fn requires_tag(&self) -> bool {
        self.flags & REQUIRES_TAG != 0
    }
}

/// The API, as this channel reaches it.
pub(crate) struct Rest<'a> {
    pub(crate) on: &'a On<'a>,
}

impl<'a> Rest<'a> {
    pub(crate) fn of(on: &'a On<'a>) -> Self {
        Self { on }
    }

    /// A request below the webhook's own address.
    fn webhook(method: Method, rest: &str) -> Request {
        Request::new(method, "").secret(WEBHOOK).text(rest).header("user-agent", USER_AGENT)
    }

    /// A request of the bot, below `/api/v10`.
    pub(crate) fn bot(&self, method: Method, path: &str) -> Request {
        Request::new(method, format!("{}/api/v10{path}", self.on.settings.api()))
            .secret_header("authorization", "Bot ", TOKEN)
            .header("user-agent", USER_AGENT)
    }

    /// Where something is sent to.
    pub(crate) fn posting(&self) -> Request {
        let settings = &self.on.settings;
        match (settings.bot, settings.thread()) {
            (false, None) => Self::webhook(Method::Post, "?wait=true"),
            (false, Some(thread)) => Self::webhook(Method::Post, &format!("?wait=true&thread_id={thread}")),
            (true, _) if settings.new_thread => {
                self.bot(Method::Post, &format!("/channels/{}/threads", settings.channel_id()))
            }
            (true, thread) => {
                let channel = thread.unwrap_or(settings.channel_id());
                self.bot(Method::Post, &format!("/channels/{channel}/messages"))
            }
        }
    }

    /// A message that is there. A webhook finds those of its own channel without being told where.
    pub(crate) fn message(&self, method: Method, channel: &str, thread: bool, message: &str) -> Request {
        match (self.on.settings.bot, thread) {
            (true, _) => self.bot(method, &format!("/channels/{channel}/messages/{message}")),
            (false, true) => Self::webhook(method, &format!("/messages/{message}?thread_id={channel}")),
            (false, false) => Self::webhook(method, &format!("/messages/{message}")),
        }
    }

    pub(crate) fn call<T: DeserializeOwned>(&self, request: Request, repeatable: Repeatable) -> Result<T, Failure> {
        let pointer = if self.on.settings.bot { "/api_base_url" } else { "/webhook_url" };
        self.on.api().address_setting(pointer).call(request, repeatable)
    }

    /// Reads something, with its refusals explained.
    pub(crate) fn get<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        self.call(request, Repeatable::Yes).map_err(|failure| self.explain(failure))
    }

    pub(crate) fn me(&self) -> Result<Person, Error> {
        self.get(self.bot(Method::Get, "/users/@me"))
    }

    /// The webhook itself, or the bot's channel.
    pub(crate) fn place(&self) -> Request {
        match self.on.settings.bot {
            true => self.bot(Method::Get, &format!("/channels/{}", self.on.settings.channel_id())),
            false => Self::webhook(Method::Get, ""),
        }
    }

    /// The server, for the link to a message: without an answer there is no link.
    ///
    /// # Errors
    /// A refusal that the message would meet as well.
    pub(crate) fn guild(&self) -> Result<Option<String>, Error> {
        match self.call::<Place>(self.place().timeout_ms(PATIENCE), Repeatable::Yes) {
            Ok(place) => Ok(place.guild_id),
            Err(Failure::Refused(refusal)) if matches!(refusal.status, 401 | 403 | 404 | 429) => {
                Err(self.explain(Failure::Refused(refusal)))
            }
            Err(_) => Ok(None),
        }
    }

    /// An archived thread takes no edits; a bot that may post there may open it.
    pub(crate) fn open_again(&self, thread: &str, refusal: &Refusal) -> bool {
        let request = || self.bot(Method::Patch, &format!("/channels/{thread}")).json(&json!({ "archived": false }));
        self.on.settings.bot && refusal.code == Some(ARCHIVED) && self.call::<Value>(request(), Repeatable::Yes).is_ok()
    }
}
