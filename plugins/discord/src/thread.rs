//! A thread of a job's own in a forum: its name, and its tags.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tablon_plugin::rich::fitting;
use tablon_plugin::{DiscordMarkdown, Draft, Posting, fingerprint, short};

use crate::settings::Settings;

/// What a forum's channel calls its tags in what `verify` remembers.
pub(crate) const FORUM_TAGS: &str = "forum_tags";
/// Discord's limits, in characters and in tags.
const NAME: usize = 100;
const MOST_TAGS: usize = 5;

/// A tag that a forum offers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ForumTag {
    id: String,
    name: String,
    /// Only for those who manage threads.
    #[serde(default)]
    moderated: bool,
}

impl ForumTag {
    fn is_called(&self, name: &str) -> bool {
        self.id == name || self.name.trim().to_lowercase() == name.to_lowercase()
    }
}

/// What a job's own thread is called, and tagged with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thread {
    name: String,
    tags: Vec<String>,
    /// Of the channel's tags, those that the forum isn't known to have.
    pub(crate) unknown: Vec<String>,
    /// Whether the forum's tags were asked for since the channel's settings were changed.
    is_forum_known: bool,
}

impl Thread {
    /// The thread of a job on a channel that opens one for each: with the channel's tags, and those of the forum's that
    /// the job has too.
    pub(crate) fn of(draft: &Draft<'_, Settings>) -> Option<Self> {
        let posting = draft.posting;
        if !draft.settings.new_thread {
            return None;
        }
        // Until the forum was looked at again, it alone knows which names it has.
        let remembered: Option<Vec<ForumTag>> = draft.target.recall(FORUM_TAGS);
        let is_forum_known = remembered.is_some();
        let offered = remembered.unwrap_or_default();
        let (mut tags, unknown) = chosen(&draft.settings, &offered);
        let jobs =
            offered.iter().filter(|tag| !tag.moderated && posting.tags.iter().any(|name| tag.is_called(name.trim())));
        for tag in jobs {
            if !tags.contains(&tag.id) {
                tags.push(tag.id.clone());
            }
        }
        tags.truncate(MOST_TAGS);
        Some(Self { name: name(posting), tags, unknown, is_forum_known })
    }

    /// A tag that the forum certainly hasn't.
    pub(crate) fn missing(&self) -> Option<&str> {
        self.unknown.first().map(String::as_str).filter(|_| self.is_forum_known)
    }

    /// Adds what a request that opens the thread says of it, its name under this key.
    pub(crate) fn add_to(&self, body: &mut Value, key: &str) {
        body[key] = json!(self.name);
        if !self.tags.is_empty() {
            body["applied_tags"] = json!(self.tags);
        }
    }

    /// What makes an existing thread this one.
    pub(crate) fn change(&self) -> Value {
        json!({ "name": self.name, "applied_tags": self.tags })
    }

    /// Tells later whether the thread is still to be called and tagged so.
    pub(crate) fn mark(&self) -> String {
        fingerprint(&self.change())
    }
}

/// The ids of the channel's own tags, and those that the forum doesn't offer. An id needs no offer: a webhook isn't told.
pub(crate) fn chosen(settings: &Settings, offered: &[ForumTag]) -> (Vec<String>, Vec<String>) {
    let (mut ids, mut unknown) = (Vec::new(), Vec::new());
    for name in settings.tags() {
        match offered.iter().find(|tag| tag.is_called(name)) {
            Some(tag) => ids.push(tag.id.clone()),
            None if offered.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) => ids.push(name.to_owned()),
            None => unknown.push(name.to_owned()),
        }
    }
    (ids, unknown)
}

fn name(posting: &Posting) -> String {
    let name = fitting(NAME, |room| DiscordMarkdown::plain(&short(&posting.title, room)));
    if name.is_empty() { short(&posting.id, NAME) } else { name }
}
