//! The CommonMark of a description: its source, written so that every parser shows the same.

use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Parser, Tag};

use super::edits::Edits;
use super::html::to_markdown;
use super::lists::markdown_lists;
use super::markdown::{inert, is_code, is_escaped, options};
use super::nesting::{Depth, check_lines};
use super::{Unreadable, characters};

/// One change can reveal the need for another (a list that was indented like code), which the next round makes. No text
/// that a person wrote needs more rounds.
const MAX_ROUNDS: usize = 6;
/// The most characters of a summary: search engines show this many of a page's description.
const MAX_SUMMARY: usize = 200;

/// The CommonMark of a description's source: without raw HTML, with every line break explicit, with its bullets as lists,
/// and without code that is only indented. Applied to its own output it changes nothing.
///
/// Text that is nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH) levels, only in old rows, becomes plain text.
pub fn common_mark(source: &str) -> String {
    let text = characters::lines(source);
    match to_markdown(&text).and_then(|markdown| checked(&markdown)) {
        Ok(text) => text.trim_end().trim_start_matches('\n').to_owned(),
        Err(_) => plain(&text),
    }
}

/// The same for Markdown without HTML.
///
/// # Errors
/// When it is nested too deep.
pub(super) fn checked(markdown: &str) -> Result<String, Unreadable> {
    counted(markdown, &mut 0)
}

/// The same, counting the work: the bytes and events of all rounds.
pub(super) fn counted(markdown: &str, work: &mut usize) -> Result<String, Unreadable> {
    let mut text = markdown.to_owned();
    for _ in 0..MAX_ROUNDS {
        text = markdown_lists(&text).into_owned();
        check_lines(&text)?;
        *work += text.len();
        match edits(&text, work)?.apply(&text) {
            Some(changed) => text = changed,
            None => return Ok(text),
        }
    }
    Ok(plain(&text))
}

/// Whether a description shows nothing.
pub fn is_blank(common_mark: &str) -> bool {
    !Parser::new_ext(common_mark, options()).any(|event| match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
            characters::is_visible(&text)
        }
        _ => false,
    })
}

/// The beginning of a description as plain text on one line, cut at a word.
pub fn plain_summary(source: &str) -> String {
    let common_mark = common_mark(source);
    let mut summary = String::new();
    let (mut count, mut parted) = (0, true);
    for event in Parser::new_ext(&common_mark, options()) {
        let (Event::Text(text) | Event::Code(text)) = event else {
            parted |= matches!(event, Event::SoftBreak | Event::HardBreak | Event::Rule)
                || matches!(event, Event::Start(tag) if !is_inline(&tag));
            continue;
        };
        for (index, word) in text.split(char::is_whitespace).enumerate() {
            parted |= index > 0;
            if word.is_empty() {
                continue;
            }
            let gap = usize::from(parted && count > 0);
            count += gap + word.chars().count();
            if count > MAX_SUMMARY - 1 {
                // A word that is cut is left out as a whole.
                if gap == 0
                    && let Some(end) = summary.rfind(' ')
                {
                    summary.truncate(end);
                }
                summary.push('…');
                return summary.chars().take(MAX_SUMMARY).collect();
            }
            if gap == 1 {
                summary.push(' ');
            }
            summary.push_str(word);
            parted = false;
        }
    }
    summary
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

/// The changes to a text that keep a parser from losing parts of it.
fn edits(text: &str, work: &mut usize) -> Result<Edits, Unreadable> {
    let (inert, signs) = inert(text);
    let mut edits = Edits::default();
    let mut code: Vec<Range<usize>> = Vec::new();
    let mut depth = Depth::default();
    let mut used: HashSet<String> = HashSet::new();
    let mut indented = false;
    let mut events = Parser::new_ext(&inert, options()).into_offset_iter();
    for (event, range) in events.by_ref() {
        depth.follow(&event)?;
        *work += 1;
        match &event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => indented = true,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) if !is_closed(&inert[range.clone()]) => {
                open_fence(&inert, range.start, &mut edits);
            }
            Event::End(_) => indented = false,
            Event::Text(_) if indented => unindent(&inert, &range, &mut edits),
            Event::SoftBreak => edits.insert(line_end(&inert, &range), "  "),
            // The neutral text has no HTML, so the parser can only find it in something that looked like an address.
            Event::Html(_) | Event::InlineHtml(_) if inert[range.clone()].starts_with('<') => {
                edits.insert(range.start, "\\");
            }
            Event::Start(Tag::Link { link_type, id, .. } | Tag::Image { link_type, id, .. }) => match link_type {
                LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut => drop(used.insert(folded(id))),
                _ => {}
            },
            _ => {}
        }
        if is_code(&event) && (matches!(event, Event::Code(_)) || is_closed(&inert[range.clone()])) {
            code.push(range);
        }
    }
    for (label, definition) in events.reference_definitions().iter() {
        // `[Pay]: 30000` alone isn't a link definition.
        if !used.contains(&folded(label))
            && let Some(at) = inert[definition.span.clone()].find('[')
        {
            edits.insert(definition.span.start + at, "\\");
        }
    }
    let mut code = code.iter().peekable();
    for at in signs {
        while code.next_if(|range| range.end <= at).is_some() {}
        if code.peek().is_none_or(|range| range.start > at) && !is_escaped(text, at) {
            edits.insert(at, "\\");
        }
    }
    Ok(edits)
}

/// Link labels are compared without case and white space.
fn folded(label: &str) -> String {
    label.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The position of the line break of a line that ends in `range`.
fn line_end(text: &str, range: &Range<usize>) -> usize {
    text[range.clone()].find('\n').map_or(range.start, |at| range.start + at)
}

/// Whether a fenced block ends with a fence of its own.
fn is_closed(block: &str) -> bool {
    let Some(sign) = block.chars().next() else { return true };
    let length = block.chars().take_while(|c| *c == sign).count();
    let Some((_, rest)) = block.split_once('\n') else { return false };
    let last = rest.trim_end().rsplit('\n').next().unwrap_or_default();
    let last = last.trim_start_matches([' ', '>', '\t']);
    last.len() >= length && last.chars().all(|c| c == sign)
}

/// Escapes a fence, so that it is shown as text.
fn open_fence(text: &str, at: usize, edits: &mut Edits) {
    let Some(sign) = text[at..].chars().next() else { return };
    for (offset, _) in text[at..].char_indices().take_while(|(_, c)| *c == sign) {
        edits.insert(at + offset, "\\");
    }
}

/// Removes the indentation that makes the line with text at `range` code.
fn unindent(text: &str, range: &Range<usize>, edits: &mut Edits) {
    let line = &text[range.clone()];
    let spaces = line.len() - line.trim_start_matches([' ', '\t']).len();
    let before = text[..range.start].bytes().rev().take(4).take_while(|byte| *byte == b' ').count();
    if before + spaces > 0 && !line.trim().is_empty() {
        edits.replace(range.start - before, range.start + spaces, "");
    }
}

/// A text in which nothing is markup, line by line.
fn plain(text: &str) -> String {
    let text = markdown_lists(text);
    let mut output = String::with_capacity(text.len() * 2);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        for c in line.chars() {
            if c.is_ascii_punctuation() {
                output.push('\\');
            }
            output.push(c);
        }
        let goes_on = lines.peek().is_some_and(|next| !next.trim().is_empty()) && !line.is_empty();
        output.push_str(if goes_on { "  \n" } else { "\n" });
    }
    output.trim_end().to_owned()
}
