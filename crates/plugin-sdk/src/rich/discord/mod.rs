//! Styled runs to the markdown that Discord shows.
//!
//! It looks like CommonMark and isn't: a backslash takes the meaning from any character but letters, digits and white
//! space, addresses on the web are links by themselves and must not hold a backslash, and names in angle brackets call
//! people, roles and channels.

#[cfg(test)]
mod tests;
mod writer;

use super::{RichText, clean, utf16_len};
use crate::Markup;
use crate::telegram_html::is_linkable;

/// Parts what would be read together, and shows nothing.
const NOTHING: char = '\u{200b}';

/// Discord's markdown, counted in UTF-16 units. Discord's staff says that its API counts Unicode code points
/// (discord-api-docs #1315); its clients count UTF-16, which is never less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiscordMarkdown;

impl DiscordMarkdown {
    /// Where Discord reads no markdown (a footer, a thread's name): only whom it would call is called no longer.
    pub fn plain(text: &str) -> String {
        let mut plain = clean(text);
        for name in ["everyone", "here"] {
            plain = plain.replace(&format!("@{name}"), &format!("@{NOTHING}{name}"));
        }
        plain
    }
}

impl Markup for DiscordMarkdown {
    const FORMAT: &'static str = "discord-message";
    const UNIT: &'static str = "utf16";

    fn escape(text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                out.push('\n');
            }
            escape_line(line, &mut out, true);
        }
        out
    }

    fn write(text: &RichText) -> String {
        text.to_discord_markdown()
    }

    fn link(label: &str, url: &str) -> String {
        if is_linkable(url) {
            return format!("[{}]({})", escape_label(label), target(url));
        }
        let address = url.strip_prefix("mailto:").unwrap_or(url);
        format!("{}: {}", Self::escape(label), Self::escape(&clean(address)))
    }

    fn measure(message: &str) -> Result<usize, String> {
        Ok(utf16_len(message))
    }
}

/// What stands in a link's brackets. An address there would be a link itself and break the one around it.
fn escape_label(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    escape_line(&label.replace('\n', " "), &mut out, false);
    out.replace("://", r"\://")
}

/// What stands in a link's parentheses.
fn target(url: &str) -> String {
    encode(url).replace('(', "%28").replace(')', "%29")
}

/// An address without the signs of markup that can't be escaped in it, because a backslash would become part of it.
fn encode(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '<' | '>' | '|' | '`' | '\\' => out.push_str(&format!("%{:02X}", u32::from(c))),
            other => out.push(other),
        }
    }
    out
}

fn escape_line(line: &str, out: &mut String, addresses: bool) {
    // Headings, lists and quotations are made of how a line begins.
    let begins = line.trim_start();
    let marked = begins.starts_with(['#', '>', '-', '+']);
    let indent = line.len() - begins.len();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some((scheme, address)) = address(rest).filter(|_| addresses) {
            if address.is_empty() {
                // What is escaped behind it would make an address of it.
                out.push_str(&format!("{scheme}\\://"));
            } else {
                // `@` means the same when it is encoded, and calls nobody.
                let address = encode(address).replace("@everyone", "%40everyone").replace("@here", "%40here");
                out.push_str(&format!("{}://{address}", scheme.to_ascii_lowercase()));
            }
            rest = &rest[scheme.len() + "://".len() + address.len()..];
            continue;
        }
        let at_start = marked && line.len() - rest.len() == indent;
        if at_start || matches!(c, '\\' | '*' | '_' | '~' | '|' | '`' | '<' | '[' | ']') {
            out.push('\\');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
        if c == '@' && (rest.starts_with("everyone") || rest.starts_with("here")) {
            out.push(NOTHING);
        }
    }
}

/// The scheme of the web that a text begins with, and what follows of an address with the punctuation behind it. Discord
/// makes a link of what `https?://[^\s<]+[^<.,:;"')\]\s]` matches, in small letters; where it wouldn't, nothing follows.
fn address(text: &str) -> Option<(&str, &str)> {
    let begins_with = |scheme: &&&str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let length = ["https://", "http://"].iter().find(begins_with)?.len();
    let (scheme, rest) = (&text[..length - "://".len()], &text[length..]);
    let run = rest.split(char::is_whitespace).next().unwrap_or_default();
    let linked = run.trim_end_matches(['.', ',', ':', ';', '"', '\'', ')', ']']);
    Some((scheme, if linked.chars().nth(1).is_some() { run } else { "" }))
}
