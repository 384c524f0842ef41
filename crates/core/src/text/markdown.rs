//! What a Markdown parser sees in a text: where its code is, and which of its signs mean nothing.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use super::nesting::check_lines;

/// The CommonMark extensions of pages and channels: tables and strike-through.
pub(super) fn options() -> Options {
    Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES
}

/// The code ranges of a text whose HTML hasn't been converted yet.
pub(super) fn code_ranges(text: &str) -> Vec<Range<usize>> {
    if !text.contains(['`', '~']) || check_lines(text).is_err() {
        return Vec::new();
    }
    let (inert, _) = inert(text);
    let events = Parser::new_ext(&inert, options()).into_offset_iter();
    events.filter_map(|(event, range)| is_code(&event).then_some(range)).collect()
}

/// Code between backticks, or the beginning of a fenced block.
pub(super) fn is_code(event: &Event<'_>) -> bool {
    matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))))
}

/// The text with every `<` that begins no address replaced by a neutral character, so that a parser finds no HTML; and
/// the positions of these.
pub(super) fn inert(text: &str) -> (String, Vec<usize>) {
    let found: Vec<usize> = text.match_indices('<').map(|(at, _)| at).filter(|at| !begins_address(text, *at)).collect();
    let mut inert = String::with_capacity(text.len());
    let mut done = 0;
    for at in &found {
        inert.push_str(&text[done..*at]);
        inert.push('%');
        done = at + 1;
    }
    inert.push_str(&text[done..]);
    (inert, found)
}

/// Whether a `<` begins an address in CommonMark: `<https://…>`, `<name@example.org>`, `[text](<address>)`.
fn begins_address(text: &str, at: usize) -> bool {
    if is_escaped(text, at) {
        return false;
    }
    let rest = &text[at + 1..];
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>'));
    let Some(inside) = end.filter(|end| rest[*end..].starts_with('>')).map(|end| &rest[..end]) else { return false };
    if text[..at].ends_with("](") {
        return true;
    }
    let is_web = inside.split_once(':').is_some_and(|(scheme, address)| {
        !address.is_empty() && ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    });
    is_web || inside.split_once('@').is_some_and(|(name, host)| is_mail(name, host))
}

/// The form of e-mail addresses in CommonMark.
fn is_mail(name: &str, host: &str) -> bool {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    !name.is_empty() && name.bytes().all(in_name) && host.split('.').all(label)
}

/// Whether an odd number of backslashes is before `at`.
pub(super) fn is_escaped(text: &str, at: usize) -> bool {
    text.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}
