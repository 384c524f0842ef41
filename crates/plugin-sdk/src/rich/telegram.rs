//! Styled runs to the HTML that Telegram's Bot API reads.

use super::{RichText, Style, clean, utf16_len};
use crate::telegram_html::{escape, is_linkable, to_text};
use crate::{Markup, html};

/// TDLib cuts what it reads at 35,000 bytes, markup included, and so in the middle of a tag.
const MOST_BYTES: usize = 34_000;

/// The HTML of Telegram's Bot API, `parse_mode=HTML`, counted as the Bot API counts: UTF-16 units after parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelegramHtml;

impl TelegramHtml {
    /// Bot API, `sendMessage`: 1-4096 characters after entities parsing.
    pub const LIMIT: usize = 4096;
}

impl Markup for TelegramHtml {
    const FORMAT: &'static str = "telegram-html";
    const UNIT: &'static str = "utf16";

    /// A template may put an address into a link, where an invisible character would make another one of it.
    fn escape(text: &str) -> String {
        if is_linkable(text) { html::escape(&text.replace('@', "%40")) } else { escape(text) }
    }

    fn write(text: &RichText) -> String {
        text.to_telegram_html()
    }

    fn link(label: &str, url: &str) -> String {
        if is_linkable(url) {
            return format!("<a href=\"{}\">{}</a>", html::escape(url), escape(label));
        }
        let address = url.strip_prefix("mailto:").unwrap_or(url);
        format!("{}: {}", escape(label), escape(&clean(address)))
    }

    fn measure(message: &str) -> Result<usize, String> {
        let length = utf16_len(&to_text(message).map_err(|e| e.to_string())?);
        Ok(if message.len() > MOST_BYTES { length.max(Self::LIMIT + 1) } else { length })
    }
}

impl RichText {
    /// Markup for `parse_mode=HTML`. Links that Telegram wouldn't make are left as their text.
    pub fn to_telegram_html(&self) -> String {
        let mut html = String::new();
        let mut open: Vec<Tag> = Vec::new();
        for run in &self.runs {
            let wanted = tags(&run.style);
            let common = open.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
            for tag in open.drain(common..).rev() {
                html.push_str(tag.closing());
            }
            for tag in wanted.into_iter().skip(common) {
                tag.write_opening(&mut html);
                open.push(tag);
            }
            // Telegram looks for no names in code, which one may want to copy.
            let code = run.style.code || run.style.pre.is_some();
            html.push_str(&if code { html::escape(&run.text) } else { escape(&run.text) });
        }
        for tag in open.into_iter().rev() {
            html.push_str(tag.closing());
        }
        html
    }
}

#[derive(PartialEq, Eq)]
enum Tag {
    Quote,
    Pre(String),
    Link(String),
    Bold,
    Italic,
    Strike,
    Code,
}

impl Tag {
    fn write_opening(&self, html: &mut String) {
        match self {
            Self::Quote => html.push_str("<blockquote>"),
            Self::Pre(language) if language.is_empty() => html.push_str("<pre>"),
            Self::Pre(language) => {
                html.push_str("<pre><code class=\"language-");
                html.push_str(&html::escape(language));
                html.push_str("\">");
            }
            Self::Link(url) => {
                html.push_str("<a href=\"");
                html.push_str(&html::escape(url));
                html.push_str("\">");
            }
            Self::Bold => html.push_str("<b>"),
            Self::Italic => html.push_str("<i>"),
            Self::Strike => html.push_str("<s>"),
            Self::Code => html.push_str("<code>"),
        }
    }

    fn closing(&self) -> &'static str {
        match self {
            Self::Quote => "</blockquote>",
            Self::Pre(language) if language.is_empty() => "</pre>",
            Self::Pre(_) => "</code></pre>",
            Self::Link(_) => "</a>",
            Self::Bold => "</b>",
            Self::Italic => "</i>",
            Self::Strike => "</s>",
            Self::Code => "</code>",
        }
    }
}

/// The tags of a style, outermost first.
fn tags(style: &Style) -> Vec<Tag> {
    let mut tags = Vec::new();
    if style.quote {
        tags.push(Tag::Quote);
    }
    if let Some(language) = &style.pre {
        let plain = language.chars().filter(|c| c.is_ascii_alphanumeric() || "+-#_".contains(*c));
        tags.push(Tag::Pre(plain.take(32).collect()));
        return tags;
    }
    if style.code {
        tags.push(Tag::Code);
        return tags;
    }
    if let Some(url) = style.link.as_deref().filter(|url| is_linkable(url)) {
        tags.push(Tag::Link(url.to_owned()));
    }
    let marks = [(style.bold, Tag::Bold), (style.italic, Tag::Italic), (style.strike, Tag::Strike)];
    tags.extend(marks.into_iter().filter_map(|(on, tag)| on.then_some(tag)));
    tags
}

#[cfg(test)]
mod tests {
    use super::super::from_markdown;

    fn html(markdown: &str) -> String {
        from_markdown(markdown).to_telegram_html()
    }

    #[test]
    fn styles_nest_and_close() {
        assert_eq!(html("a **b _c_** ~~d~~"), "a <b>b <i>c</i></b> <s>d</s>");
        assert_eq!(html("# Why `us`?"), "<b>Why </b><code>us</code><b>?</b>");
    }

    #[test]
    fn text_that_looks_like_markup_is_escaped() {
        assert_eq!(html("1 \\< 2 & \"3\""), "1 &lt; 2 &amp; &quot;3&quot;");
    }

    #[test]
    fn only_web_links_become_links() {
        assert_eq!(html("[a](https://e.org/?a=1&b=\"2)"), "<a href=\"https://e.org/?a=1&amp;b=&quot;2\">a</a>");
        assert_eq!(html("[a](javascript:alert(1)) [b](tg://user?id=1) [c](/jobs)"), "a b c");
    }

    #[test]
    fn a_quotation_of_two_paragraphs_is_one() {
        assert_eq!(html("> a\n>\n> b\n\nc"), "<blockquote>a\n\nb</blockquote>\n\nc");
    }

    #[test]
    fn code_blocks_name_their_language() {
        assert_eq!(html("```c++\na < b\n```"), "<pre><code class=\"language-c++\">a &lt; b</code></pre>");
        assert_eq!(html("    x"), "<pre>x</pre>");
    }
}
