//! Typed text and how it is shown.
//!
//! A description has two forms. Its *source* is stored and shown in the edit form: the person's own text with its
//! invisible characters replaced ([`characters`]) and its HTML turned into Markdown ([`html`]). Its *CommonMark*
//! ([`common_mark`]) is derived from the source for pages, search engines and channels. It has no raw HTML and no line
//! break that a renderer may drop, so every CommonMark parser shows the same.

pub mod characters;
mod common_mark;
mod edits;
mod html;
mod lists;
mod markdown;
mod nesting;
mod reading;
#[cfg(test)]
mod tests;
mod unreadable;

pub use common_mark::{common_mark, is_blank, plain_summary};
pub use html::unescape_html;
pub use nesting::MAX_DEPTH;
pub(crate) use reading::Reading;
pub use unreadable::Unreadable;

/// The longest input that is read, in bytes for each character that may be kept: HTML needs more room than the Markdown
/// made of it.
const BYTES_PER_CHARACTER: usize = 8;

/// Longer texts than this, in bytes, are read off the threads that answer requests: the longest take some milliseconds.
const LONG: usize = 4 * 1024;

/// What leaves the board of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Its [`common_mark`].
    pub(crate) common_mark: String,
    /// Its [`plain_summary`].
    pub(crate) summary: String,
}

impl Shown {
    /// Reads the source of a description.
    pub(crate) async fn of(source: &str) -> Self {
        if source.len() > LONG {
            let source = source.to_owned();
            if let Ok(shown) = tokio::task::spawn_blocking(move || Self::read(&source)).await {
                return shown;
            }
        }
        Self::read(source)
    }

    fn read(source: &str) -> Self {
        let common_mark = common_mark(source);
        Self { summary: plain_summary(&common_mark), common_mark }
    }
}

/// The stored source of a description of at most `max` characters: empty if nothing would be shown.
///
/// # Errors
/// If it is too long to be read, or nested too deep.
pub fn source(typed: &str, max: usize) -> Result<String, Unreadable> {
    if typed.len() > max.saturating_mul(BYTES_PER_CHARACTER) {
        return Err(Unreadable::TooLong);
    }
    let text = characters::lines(typed);
    let text = html::to_markdown(&text)?;
    let text = text.trim_end().trim_start_matches('\n');
    let shown = common_mark::checked(text)?;
    Ok(if is_blank(&shown) { String::new() } else { text.to_owned() })
}

/// The source of a description that was stored before sources were normalised: HTML becomes Markdown. A text that is
/// nested too deep stays as it is, and is shown as plain text.
pub(crate) fn stored_source(stored: String) -> String {
    match html::to_markdown(&stored) {
        Ok(std::borrow::Cow::Owned(markdown)) => markdown,
        _ => stored,
    }
}
