//! Descriptions: HTML, HTML that was escaped once too often, or plain text.

use crate::form::MAX_MARKDOWN;
use crate::text;

/// The description as the board stores it; `None` if nothing would be shown. A text that can't be read is kept, and the
/// board refuses it.
pub(super) fn readable(typed: &str) -> Option<String> {
    let typed = text::unescape_html(typed);
    let source = text::source(&typed, MAX_MARKDOWN).unwrap_or_else(|_| typed.into_owned());
    (!source.is_empty()).then_some(source)
}
