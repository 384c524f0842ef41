//! Telegram's HTML.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::LINK_REL;

// The tags of the Bot API's HTML style (https://core.telegram.org/bots/api#html-style).
static TELEGRAM: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .tags(HashSet::from([
            "a",
            "b",
            "blockquote",
            "code",
            "del",
            "em",
            "i",
            "ins",
            "pre",
            "s",
            "span",
            "strike",
            "strong",
            "u",
        ]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .generic_attributes(HashSet::new())
        .allowed_classes(HashMap::from([("span", HashSet::from(["tg-spoiler"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tg"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(LINK_REL));
    builder
});

/// The most nested elements: no message has more, and the sanitiser's time grows with their square.
const MAX_DEPTH: usize = 50;

/// Telegram's HTML as a browser may show it; as text if its elements are nested too deep.
///
/// The preview is in the page itself and not in a sandboxed frame, as that of a mail is: the result has only inline
/// tags of a fixed list, without styles, our classes or scripts.
pub(in super::super) fn telegram(html: &str) -> String {
    if is_deep(html) {
        return ammonia::clean_text(html);
    }
    let named = html.replace("<tg-spoiler>", "<span class=\"tg-spoiler\">").replace("</tg-spoiler>", "</span>");
    TELEGRAM.clean(&named).to_string()
}

fn is_deep(html: &str) -> bool {
    let mut depth = 0_usize;
    html.split('<').skip(1).any(|tag| {
        if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else {
            depth += 1;
        }
        depth > MAX_DEPTH
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_without_end_are_shown_as_text() {
        let deep = |times: usize| format!("{}x{}", "<blockquote>".repeat(times), "</blockquote>".repeat(times));
        assert!(telegram(&deep(MAX_DEPTH)).contains("<blockquote>"));
        let html = telegram(&deep(8_000));
        assert!(!html.contains('<') && html.contains('x'), "{}", &html[..100]);
        let many = telegram(&"<b>x</b>".repeat(1_000));
        assert_eq!(many.matches("<b>").count(), 1_000);
    }

    #[test]
    fn a_telegram_message_keeps_its_marks_and_loses_everything_else() {
        let html =
            telegram("<b>A</b> <tg-spoiler>s</tg-spoiler> <a href=\"https://t.example\">l</a><img src=x onerror=1>");
        assert!(
            html.starts_with("<b>A</b> <span class=\"tg-spoiler\">s</span> <a href=\"https://t.example\""),
            "{html}"
        );
        assert!(!html.contains("img"), "{html}");
        assert_eq!(telegram("a &lt;script&gt; b"), "a &lt;script&gt; b");
    }
}
