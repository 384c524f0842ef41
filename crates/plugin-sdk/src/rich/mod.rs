//! Text with styles, between the CommonMark that a board stores and the markup that a platform
//! wants. Platforms differ in markup, not in what has to be cut: so cutting happens here, on plain
//! text, where there is no tag or entity to cut through.

mod discord;
mod mail;
mod markdown;
mod plain;
mod shorten;
mod telegram;

pub use discord::DiscordMarkdown;
pub use mail::MailHtml;
pub use markdown::from_markdown;
pub use plain::{PlainText, clean};
pub use shorten::fitting;
pub use telegram::TelegramHtml;

/// What a run of text looks like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Style {
    /// A quotation; whole paragraphs.
    pub quote: bool,
    /// Preformatted, with its language; excludes all below.
    pub pre: Option<String>,
    /// Where the text leads, as it was written: nothing has checked it.
    pub link: Option<String>,
    /// Strong.
    pub bold: bool,
    /// Emphasised.
    pub italic: bool,
    /// Struck through.
    pub strike: bool,
    /// Inline code; excludes the four above.
    pub code: bool,
}

/// A run of text in one style. Line breaks are part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The text, never empty.
    pub text: String,
    /// Its style.
    pub style: Style,
}

/// A text of styled runs: paragraphs are parted by an empty line, list items start with a bullet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RichText {
    runs: Vec<Run>,
}

impl RichText {
    /// A text in one plain style.
    pub fn from_plain(text: &str) -> Self {
        let mut rich = Self::default();
        rich.push(text, &Style::default());
        rich
    }

    /// The runs in order; neighbours differ in style.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Length in UTF-16 code units, without any markup.
    pub fn utf16_len(&self) -> usize {
        self.runs.iter().map(|run| utf16_len(&run.text)).sum()
    }

    fn push(&mut self, text: &str, style: &Style) {
        if text.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.style == *style => last.text.push_str(text),
            _ => self.runs.push(Run { text: text.to_owned(), style: style.clone() }),
        }
    }

    /// Drops white space (and whatever else `unwanted` names) from the end.
    fn trim_end_matches(&mut self, unwanted: impl Fn(char) -> bool) {
        while let Some(last) = self.runs.last_mut() {
            let kept = last.text.trim_end_matches(&unwanted).len();
            last.text.truncate(kept);
            if kept > 0 {
                return;
            }
            self.runs.pop();
        }
    }
}

/// Length in UTF-16 code units: how Telegram, JavaScript and Java count.
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
