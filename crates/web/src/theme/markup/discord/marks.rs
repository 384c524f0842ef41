//! Marks inside a line: bold and the like, code, and text shown as typed.

use super::links::{bare_link, masked_link, tag};
use super::{escape, push};

/// The deepest nesting of marks; deeper ones are shown as typed.
pub(super) const DEEPEST: usize = 8;

/// Marks around a text, the longest first, and their tags.
const MARKS: &[(&str, &str, &str)] = &[
    ("***", "<strong><em>", "</em></strong>"),
    ("**", "<strong>", "</strong>"),
    ("__", "<u>", "</u>"),
    ("~~", "<s>", "</s>"),
    ("||", "<span class=\"spoiler\">", "</span>"),
    ("*", "<em>", "</em>"),
    ("_", "<em>", "</em>"),
];

pub(super) fn inline(text: &str, depth: usize, html: &mut String) {
    let mut rest = text;
    // If a mark has no end, a later one of the same kind has none either.
    let mut endless: Vec<&str> = Vec::new();
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        if let Some(taken) = special(rest, before, depth, &mut endless, html) {
            before = rest[..taken].chars().next_back().unwrap_or(' ');
            rest = &rest[taken..];
        } else {
            push(first, html);
            before = first;
            rest = &rest[first.len_utf8()..];
        }
    }
}

/// Writes the special text that begins here, and returns how many bytes of it were read.
fn special(
    rest: &str,
    before: char,
    depth: usize,
    endless: &mut Vec<&'static str>,
    html: &mut String,
) -> Option<usize> {
    match rest.as_bytes().first()? {
        b'\\' => {
            let escaped = rest[1..].chars().next().filter(char::is_ascii_punctuation)?;
            push(escaped, html);
            Some(2)
        }
        b'`' => code(rest, html),
        b'[' => masked_link(rest, depth, html),
        b'<' => tag(rest, html),
        b'h' if !before.is_alphanumeric() => bare_link(rest, html),
        b'*' | b'_' | b'~' | b'|' if depth < DEEPEST => MARKS.iter().find_map(|(mark, open, close)| {
            let inside = rest.strip_prefix(mark)?;
            let in_a_word = *mark == "_" && before.is_alphanumeric();
            let loose = *mark == "*" && inside.starts_with(char::is_whitespace);
            if in_a_word || loose || endless.contains(mark) {
                return None;
            }
            let Some(end) = end_of(inside, mark) else {
                endless.push(mark);
                return None;
            };
            html.push_str(open);
            inline(&inside[..end], depth + 1, html);
            html.push_str(close);
            Some(end + 2 * mark.len())
        }),
        _ => None,
    }
}

/// The end of the text that begins here and ends with `mark`.
fn end_of(text: &str, mark: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first == '\\' {
            at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            continue;
        }
        if first == '`'
            && let Some((_, whole)) = code_span(rest)
        {
            at += whole;
            continue;
        }
        if let Some(after) = rest.strip_prefix(mark)
            && at > 0
        {
            let single = mark.len() == 1;
            // A double mark inside a single one belongs to another pair, and `_` inside a word to the word.
            let doubled = single && after.starts_with(mark);
            let in_a_word = mark == "_" && after.starts_with(char::is_alphanumeric);
            let loose = mark == "*" && text[..at].ends_with(char::is_whitespace);
            if !doubled && !in_a_word && !loose {
                return Some(at);
            }
            if doubled {
                at += 2;
                continue;
            }
        }
        at += first.len_utf8();
    }
    None
}

/// The code between backticks, and how many bytes the whole takes.
fn code_span(rest: &str) -> Option<(&str, usize)> {
    let ticks = rest.bytes().take_while(|b| *b == b'`').count().min(2);
    let fence = &rest[..ticks];
    let end = rest[ticks..].find(fence)?;
    (end > 0).then(|| (&rest[ticks..ticks + end], end + 2 * ticks))
}

fn code(rest: &str, html: &mut String) -> Option<usize> {
    let (code, taken) = code_span(rest)?;
    html.push_str("<code>");
    escape(code, html);
    html.push_str("</code>");
    Some(taken)
}
