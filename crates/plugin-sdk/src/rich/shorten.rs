//! Cutting a text to a length.

use unicode_segmentation::UnicodeSegmentation;

use super::{RichText, Style, utf16_len};

/// Stands where something was left out.
const ELLIPSIS: &str = "…";

impl RichText {
    /// The text if it is at most `limit` UTF-16 units long, else its beginning with an ellipsis, which
    /// counts. It is cut between words; a text without spaces is cut between what people see as
    /// characters, so never inside an emoji.
    #[must_use]
    pub fn shortened(&self, limit: usize) -> Self {
        if self.utf16_len() <= limit {
            return self.clone();
        }
        let Some(room) = limit.checked_sub(utf16_len(ELLIPSIS)) else { return Self::default() };
        let plain = self.to_plain();
        let mut kept = self.beginning(cut(&plain, room));
        kept.trim_end_matches(char::is_whitespace);
        kept.drop_lonely_marker();
        kept.trim_end_matches(is_loose);
        let Some(last) = kept.runs.last() else { return Self::default() };
        let style = &last.style;
        let ending = Style {
            quote: style.quote,
            bold: style.bold,
            italic: style.italic,
            strike: style.strike,
            ..Style::default()
        };
        kept.push(ELLIPSIS, &ending);
        kept
    }

    /// The first `bytes` bytes of the text.
    fn beginning(&self, bytes: usize) -> Self {
        let mut left = bytes;
        let mut kept = Self::default();
        for run in &self.runs {
            let take = left.min(run.text.len());
            kept.push(run.text.get(..take).unwrap_or_default(), &run.style);
            left -= take;
            if left == 0 {
                break;
            }
        }
        kept
    }

    /// A bullet or number without its item says nothing.
    fn drop_lonely_marker(&mut self) {
        let plain = self.to_plain();
        let line = plain.rsplit('\n').next().unwrap_or_default();
        let marker = line.trim();
        let number = marker.strip_suffix('.').unwrap_or(marker);
        let lonely = marker == "•" || (marker.len() > number.len() && number.bytes().all(|b| b.is_ascii_digit()));
        if lonely {
            *self = self.beginning(plain.len() - line.len());
        }
    }
}

/// White space and punctuation that would look odd before an ellipsis.
fn is_loose(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—' | '(' | '[' | '·' | '.' | '…' | '•')
}

/// The byte where a text may be cut so that at most `room` UTF-16 units are kept.
fn cut(text: &str, room: usize) -> usize {
    let mut units = 0;
    let mut end = 0;
    for cluster in text.graphemes(true) {
        units += utf16_len(cluster);
        if units > room {
            break;
        }
        end += cluster.len();
    }
    let head = text.get(..end).unwrap_or_default();
    let rest = text.get(end..).unwrap_or_default();
    if rest.starts_with(char::is_whitespace) {
        return end;
    }
    // Going back to the last space may not cost more than half: Chinese and Thai have hardly any.
    match head.rfind(char::is_whitespace) {
        Some(space) if space >= end / 2 => space,
        _ => end,
    }
}

/// The most of a text that is at most so many UTF-16 units long once it is written: `written` makes it of a text cut to so
/// many units, and escaping makes that longer. Empty where nothing fits.
///
/// ```
/// use tablon_plugin::{DiscordMarkdown, Markup, rich::fitting, short};
/// let title = "a*b*c*d*e";
/// assert_eq!(fitting(8, |room| DiscordMarkdown::escape(&short(title, room))), r"a\*b\*c…");
/// ```
pub fn fitting(most: usize, written: impl Fn(usize) -> String) -> String {
    let mut room = most;
    loop {
        let text = written(room);
        let over = utf16_len(&text).saturating_sub(most);
        if over == 0 || room == 0 {
            return if over == 0 { text } else { String::new() };
        }
        room = room.saturating_sub(over.div_ceil(2));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{from_markdown, utf16_len};
    use crate::telegram_html;

    fn cut_plain(markdown: &str, limit: usize) -> String {
        from_markdown(markdown).shortened(limit).to_plain()
    }

    #[test]
    fn a_text_that_fits_stays_as_it_is() {
        assert_eq!(cut_plain("one two", 7), "one two");
    }

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(cut_plain("one two three", 12), "one two…");
        assert_eq!(cut_plain("one two, three", 10), "one two…");
    }

    #[test]
    fn a_text_without_spaces_is_cut_between_characters() {
        assert_eq!(cut_plain("東京で働くエンジニア", 5), "東京で働…");
        assert_eq!(cut_plain("👩‍👩‍👧👩‍👩‍👧", 12), "👩‍👩‍👧…");
    }

    #[test]
    fn an_ellipsis_is_not_left_behind_a_bullet() {
        assert_eq!(cut_plain("Tasks:\n\n- abcdefghij klm", 12), "Tasks…");
        assert_eq!(cut_plain("Tasks:\n\n1. abcdefghij klm", 12), "Tasks…");
    }

    #[test]
    fn nothing_is_left_where_there_is_no_room() {
        assert_eq!(cut_plain("one two", 0), "");
        assert_eq!(cut_plain("one two", 1), "");
    }

    #[test]
    fn links_and_code_end_before_the_ellipsis() {
        let text = from_markdown("see [the long page](https://e.org) and more").shortened(12);
        let last = text.runs().last().map(|run| (run.text.as_str(), run.style.link.as_deref()));
        assert_eq!(last, Some(("…", None)));
        assert!(utf16_len(&text.to_plain()) <= 12);
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_limit_its_beginning_and_its_markup(
            words in prop::collection::vec("([a-z*_`>#~<&-]{1,8}|\\PC{1,4}|\n\n|\\[x\\]\\(https://e\\.org\\)|👩‍👩‍👧)", 0..60),
            limit in 0..300_usize,
        ) {
            let whole = from_markdown(&words.join(" "));
            let short = whole.shortened(limit);
            prop_assert!(short.utf16_len() <= limit);
            let plain = short.to_plain();
            let kept = plain.strip_suffix('…').unwrap_or(&plain);
            prop_assert!(whole.to_plain().starts_with(kept));
            // What keeps a name from being a mention.
            let visible = |text: String| text.replace('\u{2060}', "");
            let read = telegram_html::to_text(&short.to_telegram_html()).map(visible);
            prop_assert_eq!(read, Ok(visible(plain)));
        }
    }
}
