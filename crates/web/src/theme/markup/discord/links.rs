//! Links, and text in angle brackets.

use url::Url;

use super::super::LINK_REL;
use super::marks::{DEEPEST, inline};
use super::{escape, push};

/// `[text](https://…)`, with a title or angle brackets as Discord allows them.
pub(super) fn masked_link(rest: &str, depth: usize, html: &mut String) -> Option<usize> {
    let (label, after) = rest[1..].split_once("](")?;
    let (target, _) = after.split_once(')')?;
    let address = target.split_whitespace().next()?.trim_start_matches('<').trim_end_matches('>');
    if label.is_empty() || label.contains(['[', ']', '\n']) || depth >= DEEPEST || !is_web(address) {
        return None;
    }
    open_link(address, html);
    inline(label, DEEPEST, html);
    html.push_str("</a>");
    Some(1 + label.len() + 2 + target.len() + 1)
}

/// Text in angle brackets: an address, the id of a person or channel, a server's own emoji.
pub(super) fn tag(rest: &str, html: &mut String) -> Option<usize> {
    let (inside, _) = rest[1..].split_once('>')?;
    let digits = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let id = inside.trim_start_matches(['@', '#', '&', '!']);
    if inside.starts_with(['@', '#']) && digits(id) {
        html.push_str("<span class=\"mention\">");
        push(inside.chars().next().unwrap_or('@'), html);
        escape(id, html);
        html.push_str("</span>");
    } else if let Some((name, emoji)) = inside.trim_start_matches('a').strip_prefix(':').and_then(|e| e.split_once(':'))
        && digits(emoji)
    {
        escape(&format!(":{name}:"), html);
    } else if is_web(inside) {
        link(inside, html);
    } else {
        return None;
    }
    Some(inside.len() + 2)
}

pub(super) fn bare_link(rest: &str, html: &mut String) -> Option<usize> {
    if !rest.starts_with("https://") && !rest.starts_with("http://") {
        return None;
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|')).unwrap_or(rest.len());
    let address = rest[..end].trim_end_matches(['.', ',', ':', ';', '!', '?', ')', ']', '*', '_', '~', '\'']);
    if !is_web(address) {
        return None;
    }
    link(address, html);
    Some(address.len())
}

fn is_web(address: &str) -> bool {
    let scheme = address.starts_with("https://") || address.starts_with("http://");
    scheme && Url::parse(address).is_ok_and(|url| url.has_host())
}

fn link(address: &str, html: &mut String) {
    open_link(address, html);
    escape(address, html);
    html.push_str("</a>");
}

fn open_link(address: &str, html: &mut String) {
    html.push_str("<a href=\"");
    escape(address, html);
    html.push_str(&format!("\" rel=\"{LINK_REL}\">"));
}
