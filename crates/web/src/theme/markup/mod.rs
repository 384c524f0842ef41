//! What strangers wrote, made safe to show: descriptions, and what platforms make of their messages.

mod description;
mod discord;
mod telegram;

pub use description::markdown;
pub(crate) use description::{prepare, summary};
pub(super) use discord::{discord, discord_line};
pub(super) use telegram::telegram;

/// Links out of what strangers wrote pass on no reputation and get no handle on our window.
const LINK_REL: &str = "nofollow ugc noopener";
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];
