//! Text without markup.

use super::RichText;
use crate::Markup;

impl RichText {
    /// The text alone, for mail, feeds and platforms without markup.
    pub fn to_plain(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

/// Makes one line of a stranger's text: white space becomes single spaces, and what can't be seen
/// but changes how the rest is shown goes.
pub fn clean(text: &str) -> String {
    let visible: String = text.chars().filter(|c| c.is_whitespace() || !is_unwanted(*c)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control characters, and those that turn the direction of everything after them (a title could
/// make the text below it read backwards). Telegram drops the same ones without a word, which would
/// make a preview differ from the message.
pub(super) fn is_unwanted(c: char) -> bool {
    c.is_control() && c != '\n' || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Text without any markup, counted in characters.
///
/// Nothing is made harmless: where a platform reads plain text for `@name`, `#tag` or `/command` by itself (Mastodon,
/// Slack), a stranger's text would call people. Switch that off in the request (Matrix: an empty `m.mentions`), or write
/// a [`Markup`] whose `escape` puts something invisible behind the sign, as [`TelegramHtml`](crate::TelegramHtml) does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainText;

impl Markup for PlainText {
    const FORMAT: &'static str = "text";
    const UNIT: &'static str = "characters";

    fn escape(text: &str) -> String {
        text.to_owned()
    }

    fn write(text: &RichText) -> String {
        text.to_plain()
    }

    fn link(label: &str, url: &str) -> String {
        format!("{label}: {}", clean(url.strip_prefix("mailto:").unwrap_or(url)))
    }

    fn measure(message: &str) -> Result<usize, String> {
        Ok(message.chars().count())
    }
}
