//! HTML in typed text. Text is HTML only if its name is a known tag, its attributes look like `name="value"`, and it is
//! void or closed; then it becomes Markdown. Everything else is text.

mod convert;
mod elements;
mod names;
mod tags;

use std::borrow::Cow;

use super::Unreadable;
use super::markdown::code_ranges;
use elements::{Piece, pieces};

/// How often a text is read again after its HTML became Markdown.
const MAX_ROUNDS: usize = 8;

/// The text with its HTML as Markdown. Text outside of elements stays as typed. Applied to its own output it changes
/// nothing.
///
/// # Errors
/// When elements are nested too deep.
pub(super) fn to_markdown(text: &str) -> Result<Cow<'_, str>, Unreadable> {
    let Cow::Owned(mut markdown) = converted(text)? else { return Ok(Cow::Borrowed(text)) };
    // A block that becomes Markdown ends the paragraph, and with it what a backtick in front of the block began: HTML
    // after it that was code before is HTML now.
    for _ in 0..MAX_ROUNDS {
        match converted(&markdown)? {
            Cow::Owned(changed) if changed != markdown => markdown = changed,
            _ => break,
        }
    }
    Ok(Cow::Owned(markdown))
}

fn converted(text: &str) -> Result<Cow<'_, str>, Unreadable> {
    if !text.contains('<') {
        return Ok(Cow::Borrowed(text));
    }
    // In Markdown, a tag within code is code. But a text that begins with a block of HTML is HTML.
    let code = if tags::begins_with_block(text) { Vec::new() } else { code_ranges(text) };
    let pieces = pieces(text, &code)?;
    if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        return Ok(Cow::Borrowed(text));
    }
    Ok(Cow::Owned(convert::joined(text, &pieces)))
}

/// Unescapes HTML that was escaped once too often; any other text is unchanged.
pub fn unescape_html(text: &str) -> Cow<'_, str> {
    if !text.contains("&lt;") || has_elements(text) {
        return Cow::Borrowed(text);
    }
    // The ampersand last: `&amp;lt;` means the text `&lt;`, not a tag.
    let unescaped = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    if has_elements(&unescaped) { Cow::Owned(unescaped) } else { Cow::Borrowed(text) }
}

fn has_elements(text: &str) -> bool {
    // Text that is nested too deep has elements; its reader refuses it.
    text.contains('<')
        && pieces(text, &[]).map_or(true, |pieces| pieces.iter().any(|piece| !matches!(piece, Piece::Text(_))))
}
