//! Descriptions come as HTML, as HTML that was escaped once too often, or as plain text.

use crate::form::MAX_MARKDOWN;
use crate::text;

/// The description as the board stores it; `None` where nothing would be shown. What can't be read stays as it is, for
/// the board to refuse.
pub(super) fn readable(typed: &str) -> Option<String> {
    let typed = text::unescape_html(typed);
    let source = text::source(&typed, MAX_MARKDOWN).unwrap_or_else(|_| typed.into_owned());
    (!source.is_empty()).then_some(source)
}
