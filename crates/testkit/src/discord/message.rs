//! A message as a channel shows it, with its earlier versions.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::world::World;

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Author {
    /// A webhook, by its id, under the name it took for this message.
    Webhook {
        /// Snowflake.
        #[serde(serialize_with = "as_text")]
        id: u64,
        /// The name shown.
        name: String,
    },
    /// A bot, by its id.
    Bot {
        /// Snowflake.
        #[serde(serialize_with = "as_text")]
        id: u64,
    },
}

/// As the API has it: many JSON readers would read the number as a float.
fn as_text<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// An earlier version of a message.
#[derive(Debug, Clone, Serialize)]
pub struct Version {
    /// When this version began.
    pub since: DateTime<Utc>,
    /// Its text.
    pub content: String,
    /// Its embeds, as Discord returns them.
    pub embeds: Vec<Value>,
}

/// A message, deleted or not.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Snowflake.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// Its channel or thread.
    #[serde(serialize_with = "as_text")]
    pub channel_id: u64,
    /// Who wrote it.
    pub author: Author,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// Its text outside embeds.
    pub content: String,
    /// Its embeds, as Discord returns them.
    pub embeds: Vec<Value>,
    /// Its components, as they were sent.
    pub components: Value,
    /// The mentions, by `allowed_mentions` and the message's text: `@everyone`, `<@1>`, `<@&1>`. Embeds mention nobody.
    pub pings: Vec<String>,
    /// Its flags.
    pub flags: i64,
    /// Its nonce, for the few minutes in which Discord remembers it.
    pub nonce: Option<Value>,
    /// The body of the request that last sent or edited it.
    pub source: Value,
    /// When it was last edited.
    pub edited_at: Option<DateTime<Utc>>,
    /// Its earlier versions, oldest first.
    pub history: Vec<Version>,
    /// When it was deleted, by its author or by a person.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Message {
    /// Is it still shown?
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// The only embed, or the first.
    #[must_use]
    pub fn embed(&self) -> Option<&Value> {
        self.embeds.first()
    }

    /// The message object of the API. Only the sender gets the nonce, once.
    pub(crate) fn to_json(&self, world: &World) -> Value {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut message = json!({
            "id": self.id.to_string(),
            "channel_id": self.channel_id.to_string(),
            "type": 0,
            "content": self.content,
            "embeds": self.embeds,
            "components": self.components,
            "attachments": [],
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": self.pings.iter().any(|ping| ping.starts_with("@")),
            "pinned": false,
            "tts": false,
            "flags": self.flags,
            "timestamp": time(self.sent_at),
            "edited_timestamp": self.edited_at.map(time),
            "author": world.author(&self.author),
        });
        if let Author::Webhook { id, .. } = &self.author {
            message["webhook_id"] = json!(id.to_string());
        }
        message
    }
}

/// The mentions in a text, unless the sender forbade them.
pub(crate) fn pings(text: &str, allowed: Option<&Value>) -> Vec<String> {
    let parse = |kind: &str| match allowed {
        None => true,
        Some(allowed) => allowed["parse"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind)),
    };
    let listed = |kind: &str, id: &str| {
        allowed.is_some_and(|allowed| allowed[kind].as_array().is_some_and(|ids| ids.iter().any(|i| i == id)))
    };
    let mut called = Vec::new();
    for everyone in ["@everyone", "@here"] {
        if text.contains(everyone) && parse("everyone") {
            called.push(everyone.to_owned());
        }
    }
    for part in text.split("<@").skip(1) {
        let Some((inner, _)) = part.split_once('>') else { continue };
        let (kind, id) = match inner.strip_prefix('&') {
            Some(id) => ("roles", id),
            None => ("users", inner.trim_start_matches('!')),
        };
        let number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        if number && (parse(kind) || listed(kind, id)) {
            called.push(format!("<@{inner}>"));
        }
    }
    called
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_calls_whom_it_names_unless_that_is_forbidden() {
        let text = "@everyone <@1> <@&2> <@!3> <#4> @nobody";
        assert_eq!(pings(text, None), ["@everyone", "<@1>", "<@&2>", "<@!3>"]);
        assert!(pings(text, Some(&json!({"parse": []}))).is_empty());
        assert_eq!(pings(text, Some(&json!({"parse": ["roles"], "users": ["3"]}))), ["<@&2>", "<@!3>"]);
    }
}
