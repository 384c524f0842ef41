//! Calls of Discord's API, by a webhook or a bot, and what its refusals mean.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tablon_plugin::{Api, Channel, Error, Failure, Host, Lane, Method, Refusal, Repeatable, Request};

use crate::settings::{Settings, TOKEN, WEBHOOK};

/// Discord wants to know who calls.
const USER_AGENT: &str = "DiscordBot (https://github.com/tablon/tablon, 1)";
/// A link to the copy is worth no longer wait, in milliseconds.
const PATIENCE: u32 = 3000;

/// Discord's codes.
pub(crate) const UNKNOWN_CHANNEL: i64 = 10_003;
pub(crate) const UNKNOWN_MESSAGE: i64 = 10_008;
const UNKNOWN_WEBHOOK: i64 = 10_015;
const TAG_REQUIRED: i64 = 40_067;
const MISSING_ACCESS: i64 = 50_001;
const FOREIGN: i64 = 50_005;
const NOT_A_TEXT_CHANNEL: i64 = 50_008;
pub(crate) const MISSING_PERMISSIONS: i64 = 50_013;
const WRONG_CHANNEL_TYPE: i64 = 50_024;
const INVALID_WEBHOOK_TOKEN: i64 = 50_027;
const INVALID_FORM: i64 = 50_035;
const ARCHIVED: i64 = 50_083;
const LOCKED: i64 = 160_005;
const FORUM_NEEDS_A_THREAD: i64 = 220_001;
const ONLY_FORUMS_OPEN_THREADS: i64 = 220_003;

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
    pub(crate) host: &'a dyn Host,
    pub(crate) channel: &'a Channel<Settings>,
}

impl<'a> Rest<'a> {
    pub(crate) fn new(host: &'a dyn Host, channel: &'a Channel<Settings>) -> Self {
        Self { host, channel }
    }

    /// A request below the webhook's own address.
    fn webhook(method: Method, rest: &str) -> Request {
        Request::new(method, "").secret(WEBHOOK).text(rest).header("user-agent", USER_AGENT)
    }

    /// A request of the bot, below `/api/v10`.
    pub(crate) fn bot(&self, method: Method, path: &str) -> Request {
        Request::new(method, format!("{}/api/v10{path}", self.channel.settings.api()))
            .secret_header("authorization", "Bot ", TOKEN)
            .header("user-agent", USER_AGENT)
    }

    /// Where something is sent to.
    pub(crate) fn posting(&self) -> Request {
        let settings = &self.channel.settings;
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
        match (self.channel.settings.bot, thread) {
            (true, _) => self.bot(method, &format!("/channels/{channel}/messages/{message}")),
            (false, true) => Self::webhook(method, &format!("/messages/{message}?thread_id={channel}")),
            (false, false) => Self::webhook(method, &format!("/messages/{message}")),
        }
    }

    pub(crate) fn call<T: DeserializeOwned>(&self, request: Request, repeatable: Repeatable) -> Result<T, Failure> {
        let pointer = if self.channel.settings.bot { "/api_base_url" } else { "/webhook_url" };
        Api::new(self.host, &self.channel.words).address_setting(pointer).call(request, repeatable)
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
        match self.channel.settings.bot {
            true => self.bot(Method::Get, &format!("/channels/{}", self.channel.settings.channel_id())),
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
        self.channel.settings.bot
            && refusal.code == Some(ARCHIVED)
            && self.call::<Value>(request(), Repeatable::Yes).is_ok()
    }

    /// What the host has to do about it. A 401, 403 or 404 is never asked twice: Discord bans an address that doesn't
    /// learn.
    pub(crate) fn explain(&self, failure: Failure) -> Error {
        let refusal = match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Other(error) => return error,
        };
        let (settings, words) = (&self.channel.settings, &self.channel.words);
        let told = |word: &str| words.told(&words.say(word), &refusal.said);
        let setting = |pointer: &str, word: &str| Error::invalid_setting(pointer, told(word));
        let here = if settings.thread().is_some() { "/thread_id" } else { "/channel_id" };
        match (refusal.status, refusal.code.unwrap_or_default()) {
            (404 | 410, _) if refusal.code.is_none() => self.foreign(&refusal),
            (429, _) => self.wait(&refusal),
            (_, UNKNOWN_WEBHOOK | INVALID_WEBHOOK_TOKEN) => Error::Unauthorized(told("error-webhook-gone")),
            (_, UNKNOWN_MESSAGE) => Error::Gone,
            (_, UNKNOWN_CHANNEL) if settings.thread().is_some() => setting(here, "error-no-thread"),
            (_, UNKNOWN_CHANNEL) => setting(here, "error-no-channel"),
            (_, MISSING_ACCESS) => setting(here, "error-no-access"),
            (_, MISSING_PERMISSIONS) => setting(here, "error-no-rights"),
            (_, FOREIGN) => Error::Rejected(told("error-foreign-copy")),
            (_, FORUM_NEEDS_A_THREAD | NOT_A_TEXT_CHANNEL) => setting("/new_thread", "error-forum"),
            (_, TAG_REQUIRED) => setting("/new_thread", "error-tag-required"),
            (_, ONLY_FORUMS_OPEN_THREADS | WRONG_CHANNEL_TYPE) => setting("/new_thread", "error-no-forum"),
            (_, ARCHIVED | LOCKED) if settings.thread().is_some() => setting(here, "error-archived"),
            (_, ARCHIVED | LOCKED) => Error::Rejected(told("error-archived")),
            (400, INVALID_FORM) => Error::Rejected(words.told(&words.say("error-rejected"), &problem(&refusal))),
            (401 | 404, _) if !settings.bot => Error::Unauthorized(told("error-webhook-gone")),
            (404, _) => setting("/api_base_url", "error-not-found"),
            _ => refusal.meaning(words),
        }
    }

    /// Discord has a code for all that it doesn't know. Without one something between here and there has answered, and
    /// whether Discord was reached isn't known.
    fn foreign(&self, refusal: &Refusal) -> Error {
        let message = self.channel.words.say_with("error-foreign", &[("status", &refusal.status.to_string())]);
        match refusal.repeatable {
            Repeatable::Yes => Error::Transient(message),
            Repeatable::No => Error::Uncertain(message),
        }
    }

    /// A rate limit over everything that the bot does, or the one of this channel. The body is exact to the
    /// millisecond, the header is whole seconds.
    fn wait(&self, refusal: &Refusal) -> Error {
        let exact = refusal.body["retry_after"].as_f64().filter(|seconds| (0.0..86_400.0).contains(seconds));
        let milliseconds = exact.map(|seconds| (seconds * 1000.0).ceil() as u64).or(refusal.retry_after_ms);
        // What isn't JSON comes from the proxy that bans addresses.
        let global = refusal.body["global"] == true || refusal.body.is_null();
        let lane = if global && self.channel.settings.bot { Lane::Credential } else { Lane::Destination };
        match milliseconds {
            Some(milliseconds) => Error::RateLimited((lane, milliseconds)),
            None => Refusal { lane, ..refusal.clone() }.meaning(&self.channel.words),
        }
    }
}

/// The first of what is wrong with a message, with its place: `embeds.0.title: Must be 256 or fewer in length.`
fn problem(refusal: &Refusal) -> String {
    let mut node = &refusal.body["errors"];
    let mut path = Vec::new();
    while let Some((name, inner)) = node.as_object().and_then(|object| object.iter().next()) {
        if name == "_errors" {
            let said = inner.pointer("/0/message").and_then(Value::as_str).unwrap_or(&refusal.said);
            return format!("{}: {said}", path.join("."));
        }
        path.push(name.as_str());
        node = inner;
    }
    refusal.said.clone()
}
