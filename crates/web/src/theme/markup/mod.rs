//! Safe HTML from strangers' text: descriptions, and the messages that platforms show.

mod description;
mod discord;
mod telegram;

pub use description::markdown;
pub(crate) use description::{prepare, summary};
pub(super) use discord::{discord, discord_line};
pub(super) use telegram::telegram;

/// Links in strangers' text pass on no reputation and get no access to our window.
const LINK_REL: &str = "nofollow ugc noopener";
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];
