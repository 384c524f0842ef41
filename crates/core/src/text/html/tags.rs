//! Finding text that looks like a tag.

use std::ops::Range;

use super::names::{Role, known};
use crate::text::markdown::is_escaped;

/// The most attributes of a tag that are read.
const MAX_ATTRIBUTES: usize = 50;

/// Something that looks like a tag of a known element.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    pub(super) at: Range<usize>,
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) closes: bool,
    pub(super) attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    /// The value of an attribute as written, entities included.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

/// A comment, a document type or an instruction: `<!-- … -->`.
#[derive(Debug)]
pub(super) enum Token<'a> {
    Tag(Tag<'a>),
    Remark(Range<usize>),
}

/// Every tag outside of `code`, in order. The content of a hidden element (a script) has no tags.
pub(super) fn tokens<'a>(text: &'a str, code: &[Range<usize>]) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    let mut code = code.iter().peekable();
    let mut endless = Endless::default();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find('<')).map(|at| from + at) {
        from = at + 1;
        while code.next_if(|range| range.end <= at).is_some() {}
        if let Some(range) = code.peek().filter(|range| range.start <= at) {
            from = range.end;
            continue;
        }
        if is_escaped(text, at) {
            continue;
        }
        if let Some(end) = endless.remark(text, at) {
            tokens.push(Token::Remark(at..end));
            from = end;
        } else if let Some(tag) = tag(text, at) {
            from = tag.at.end;
            if tag.role == Role::Hidden && !tag.closes && tag.name != "head" {
                let Some(end) = endless.end_of_hidden(text, from, tag.name) else { continue };
                from = end;
            }
            tokens.push(Token::Tag(tag));
        }
    }
    tokens
}

/// What has no end from here on: it is not looked for again at each of its beginnings, which would take the square of the
/// text's length.
#[derive(Debug, Default)]
struct Endless {
    comments: bool,
    types: bool,
    hidden: Vec<&'static str>,
}

impl Endless {
    fn remark(&mut self, text: &str, at: usize) -> Option<usize> {
        let kind = match text.get(at + 1..at + 3)? {
            "!-" => &mut self.comments,
            "!d" | "!D" => &mut self.types,
            _ => return None,
        };
        if *kind {
            return None;
        }
        let end = remark(text, at);
        *kind = end.is_none() && begins_remark(text, at);
        end
    }

    fn end_of_hidden(&mut self, text: &str, from: usize, name: &'static str) -> Option<usize> {
        if self.hidden.contains(&name) {
            return None;
        }
        let end = end_of_hidden(text, from, name);
        if end.is_none() {
            self.hidden.push(name);
        }
        end
    }
}

/// Whether the text begins with a block of HTML.
pub(super) fn begins_with_block(text: &str) -> bool {
    let at = text.len() - text.trim_start().len();
    let text = text.get(at..).unwrap_or_default();
    remark(text, 0).is_some() || tag(text, 0).is_some_and(|tag| tag.role == Role::Block && !tag.closes)
}

/// Whether a comment or a document type begins at `at`.
fn begins_remark(text: &str, at: usize) -> bool {
    let rest = &text[at..];
    rest.starts_with("<!--") || rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"))
}

/// The end of a comment or a document type that begins at `at`.
fn remark(text: &str, at: usize) -> Option<usize> {
    if !begins_remark(text, at) {
        return None;
    }
    let rest = &text[at..];
    match rest.strip_prefix("<!--") {
        Some(inside) => inside.find("-->").map(|length| at + 4 + length + 3),
        None => rest.find('>').map(|length| at + length + 1),
    }
}

/// Where the end tag of a hidden element begins.
fn end_of_hidden(text: &str, from: usize, name: &str) -> Option<usize> {
    let mut at = from;
    loop {
        at += text.get(at..)?.find("</")?;
        let rest = text.get(at + 2..)?;
        if rest.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return Some(at);
        }
        at += 2;
    }
}

fn tag(text: &str, at: usize) -> Option<Tag<'_>> {
    let mut rest = text.get(at + 1..)?;
    let closes = rest.starts_with('/');
    rest = rest.strip_prefix('/').unwrap_or(rest);
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (name, role) = known(rest.get(..length).filter(|name| name.len() <= 10)?)?;
    rest = &rest[length..];
    let mut attributes = Vec::new();
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '\n']);
        let is_parted = trimmed.len() < rest.len();
        rest = trimmed;
        let end =
            if closes { rest.strip_prefix('>') } else { rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) };
        if let Some(after) = end {
            let says_nothing = attributes.is_empty() && name != "wbr";
            if says_nothing && matches!(role, Role::Void | Role::Picture) {
                return None;
            }
            return Some(Tag { at: at..text.len() - after.len(), name, role, closes, attributes });
        }
        if !is_parted || closes || attributes.len() == MAX_ATTRIBUTES {
            return None;
        }
        let (attribute, after) = attribute(rest)?;
        attributes.push(attribute);
        rest = after;
    }
}

/// `name="value"`, or one of the forms that only HTML's own attributes have, and the rest of the text.
fn attribute(text: &str) -> Option<((&str, &str), &str)> {
    let first = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':' | '@' | '#' | '*' | '(' | '[');
    if !text.starts_with(first) {
        return None;
    }
    let length = text.find(|c: char| {
        !c.is_ascii_alphanumeric() && !matches!(c, '_' | ':' | '.' | '-' | '@' | '#' | '*' | '(' | ')' | '[' | ']')
    })?;
    let (name, rest) = text.split_at(length);
    let trimmed = rest.trim_start_matches([' ', '\t', '\n']);
    let Some(value) = trimmed.strip_prefix('=') else {
        return is_switch(name).then_some(((name, ""), rest));
    };
    let value = value.trim_start_matches([' ', '\t', '\n']);
    if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inside = &value[1..];
        let end = inside.find(quote)?;
        return Some(((name, &inside[..end]), &inside[end + 1..]));
    }
    let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | '<' | '>' | '`'))?;
    (end > 0 && (is_common(name) || name.to_ascii_lowercase().starts_with("on")))
        .then(|| ((name, &value[..end]), &value[end..]))
}

/// Attributes without a value.
fn is_switch(name: &str) -> bool {
    const SWITCHES: [&str; 12] = [
        "async", "checked", "controls", "defer", "disabled", "hidden", "noshade", "nowrap", "open", "readonly",
        "reversed", "selected",
    ];
    SWITCHES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Attributes whose value old pages leave without quotation marks.
fn is_common(name: &str) -> bool {
    const COMMON: [&str; 21] = [
        "align",
        "alt",
        "bgcolor",
        "border",
        "cellpadding",
        "cellspacing",
        "class",
        "color",
        "colspan",
        "dir",
        "face",
        "height",
        "href",
        "id",
        "lang",
        "rel",
        "size",
        "src",
        "style",
        "target",
        "width",
    ];
    COMMON.iter().any(|known| name.eq_ignore_ascii_case(known))
}
