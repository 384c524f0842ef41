//! Styled runs to the HTML of a mail.

use super::{RichText, Style};
use crate::Markup;
use crate::html::{escape, well_formed};
use crate::telegram_html::is_linkable;

/// HTML as mail programs take it: tags without classes, styles in attributes, every element closed. Its length is
/// counted in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailHtml;

impl Markup for MailHtml {
    const FORMAT: &'static str = "html";
    const UNIT: &'static str = "bytes";

    fn escape(text: &str) -> String {
        escape(text)
    }

    fn write(text: &RichText) -> String {
        let mut html = String::new();
        for run in text.runs() {
            let tags = tags(&run.style);
            tags.iter().for_each(|(opening, _)| html.push_str(opening));
            let written = escape(&run.text);
            html.push_str(&if run.style.pre.is_some() { written } else { written.replace('\n', "<br>\n") });
            tags.iter().rev().for_each(|(_, closing)| html.push_str(closing));
        }
        html
    }

    fn link(label: &str, url: &str) -> String {
        if leads_somewhere(url) {
            return format!("<a href=\"{}\">{}</a>", escape(url), escape(label));
        }
        format!("{}: {}", escape(label), escape(url))
    }

    /// A part that isn't closed would swallow whatever stands after it in a digest.
    fn measure(html: &str) -> Result<usize, String> {
        well_formed(html).map(|()| html.len())
    }
}

fn tags(style: &Style) -> Vec<(String, &'static str)> {
    let mut tags = Vec::new();
    let mut add = |opening: &str, closing| tags.push((opening.to_owned(), closing));
    if style.quote {
        add("<blockquote style=\"margin:0 0 0 8px;padding:0 0 0 12px;border-left:3px solid #8886\">", "</blockquote>");
    }
    if style.pre.is_some() {
        add("<pre style=\"white-space:pre-wrap;margin:0\">", "</pre>");
        return tags;
    }
    if let Some(url) = style.link.as_deref().filter(|url| leads_somewhere(url)) {
        add(&format!("<a href=\"{}\">", escape(url)), "</a>");
    }
    for (is, opening, closing) in [
        (style.bold, "<strong>", "</strong>"),
        (style.italic, "<em>", "</em>"),
        (style.strike, "<s>", "</s>"),
        (style.code, "<code>", "</code>"),
    ] {
        if is {
            add(opening, closing);
        }
    }
    tags
}

fn leads_somewhere(url: &str) -> bool {
    is_linkable(url) || url.starts_with("mailto:")
}

#[cfg(test)]
mod tests {
    use super::super::from_markdown;
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_good_is_text() {
        assert_eq!(MailHtml::link("x", "javascript:alert(1)"), "x: javascript:alert(1)");
        let rich = from_markdown("[x](javascript:alert) **a\nb**");
        assert!(!MailHtml::write(&rich).contains("href"), "{}", MailHtml::write(&rich));
    }
}
