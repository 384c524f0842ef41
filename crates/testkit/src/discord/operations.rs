//! The operations of the API that the fake has, with Discord's order of checks.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::channel::{Bot, Channel};
use super::form::Form;
use super::refusal::Refusal;
use super::world::World;

/// The answer to a call.
#[derive(Debug)]
pub(crate) enum Answer {
    Json(u16, Value),
    NoContent,
}

/// A route of the API: its path, its name in Discord's OpenAPI, and whether it changes anything.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) acts: bool,
    run: fn(&mut Call<'_>) -> Result<Answer, Refusal>,
}

macro_rules! operation {
    ($name:ident, $method:literal, $path:literal, $acts:literal) => {
        Operation { name: stringify!($name), method: $method, path: $path, acts: $acts, run: |call| call.$name() }
    };
}

static OPERATIONS: [Operation; 15] = [
    operation!(get_webhook_by_token, "GET", "/webhooks/{webhook_id}/{webhook_token}", false),
    operation!(execute_webhook, "POST", "/webhooks/{webhook_id}/{webhook_token}", true),
    operation!(get_webhook_message, "GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", false),
    operation!(update_webhook_message, "PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", true),
    operation!(delete_webhook_message, "DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", true),
    operation!(get_my_user, "GET", "/users/@me", false),
    operation!(get_channel, "GET", "/channels/{channel_id}", false),
    operation!(update_channel, "PATCH", "/channels/{channel_id}", true),
    operation!(delete_channel, "DELETE", "/channels/{channel_id}", true),
    operation!(list_messages, "GET", "/channels/{channel_id}/messages", false),
    operation!(create_message, "POST", "/channels/{channel_id}/messages", true),
    operation!(get_message, "GET", "/channels/{channel_id}/messages/{message_id}", false),
    operation!(update_message, "PATCH", "/channels/{channel_id}/messages/{message_id}", true),
    operation!(delete_message, "DELETE", "/channels/{channel_id}/messages/{message_id}", true),
    operation!(create_thread, "POST", "/channels/{channel_id}/threads", true),
];

/// The operation of a path below `/api` or `/api/v10`, with the values of its parameters.
///
/// `Err(true)`: the path exists, but not with this method.
pub(crate) fn route(method: &str, path: &str) -> Result<(&'static Operation, BTreeMap<&'static str, String>), bool> {
    let mut known = false;
    for operation in &OPERATIONS {
        if let Some(names) = matches(operation.path, path) {
            if operation.method == method {
                return Ok((operation, names));
            }
            known = true;
        }
    }
    Err(known)
}

fn matches(pattern: &'static str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut names = BTreeMap::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(names),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !given.is_empty() => {
                    names.insert(name, given.to_owned());
                }
                _ if wanted == given => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// A call that was parsed.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) bot: Option<Bot>,
    pub(crate) names: &'a BTreeMap<&'static str, String>,
    pub(crate) query: &'a BTreeMap<String, String>,
    pub(crate) body: Result<Value, Refusal>,
    pub(crate) ignored: &'a mut Vec<String>,
}

impl Operation {
    pub(crate) fn call(&self, call: &mut Call<'_>) -> Result<Answer, Refusal> {
        (self.run)(call)
    }
}

impl Call<'_> {
    /// The body, which must be an object.
    pub(crate) fn object(&mut self) -> Result<Map<String, Value>, Refusal> {
        match self.body.clone()? {
            Value::Object(object) => Ok(object),
            _ => {
                let mut form = Form::default();
                form.wrong("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
                form.verdict().map(|()| Map::new())
            }
        }
    }

    pub(crate) fn bot(&self) -> Result<Bot, Refusal> {
        self.bot.clone().ok_or_else(Refusal::unauthorized)
    }

    /// The channel of the path, if this bot can see it.
    pub(crate) fn visible_channel(&self) -> Result<Channel, Refusal> {
        self.bot()?;
        let id = self.snowflake("channel_id")?;
        let channel = self.world.channel(id).cloned().ok_or_else(Refusal::unknown_channel)?;
        match self.permissions(&channel)?.view {
            true => Ok(channel),
            false => Err(Refusal::missing_access()),
        }
    }

    pub(crate) fn permissions(&self, channel: &Channel) -> Result<super::Permissions, Refusal> {
        Ok(self.world.permissions(channel, self.bot()?.id))
    }

    /// A number in the path.
    pub(crate) fn snowflake(&self, name: &'static str) -> Result<u64, Refusal> {
        let text = self.names.get(name).map(String::as_str).unwrap_or_default();
        text.parse().map_err(|_| not_a_snowflake(name, text))
    }
}

pub(crate) fn not_a_snowflake(name: &str, text: &str) -> Refusal {
    let mut form = Form::default();
    let message = format!("Value \"{text}\" is not snowflake.");
    form.within(name, |form| form.wrong("NUMBER_TYPE_COERCE", message));
    form.verdict().err().unwrap_or_else(Refusal::not_found)
}
