//! HTML as mail programs take it: tags without classes, and every one of them closed.

use tablon_plugin::Markup;
use tablon_plugin::html::escape;
use tablon_plugin::rich::{RichText, Style};
use tablon_plugin::telegram_html::is_linkable;

/// Elements that have no end.
const VOID: [&str; 7] = ["br", "hr", "img", "meta", "wbr", "col", "link"];

/// A part of a mail in HTML; its length is counted in bytes.
#[derive(Debug)]
pub(crate) struct MailHtml;

impl Markup for MailHtml {
    const FORMAT: &'static str = "mail";
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
        if is_linkable(url) || url.starts_with("mailto:") {
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
    if let Some(url) = style.link.as_deref().filter(|url| is_linkable(url) || url.starts_with("mailto:")) {
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

/// Whether every element that begins ends, in the right order.
pub(crate) fn well_formed(html: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some((_, from)) = rest.split_once('<') {
        if let Some(comment) = from.strip_prefix("!--") {
            rest = comment.split_once("-->").ok_or("a comment doesn't end")?.1;
            continue;
        }
        if from.to_ascii_lowercase().starts_with("!doctype") {
            rest = from.split_once('>').ok_or("the doctype doesn't end")?.1;
            continue;
        }
        let end = end_of_tag(from).ok_or_else(|| format!("a tag doesn't end: <{}", start(from)))?;
        let tag = &from[..end];
        rest = &from[end + 1..];
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(format!("no tag: <{}", start(from)));
        }
        if closes {
            match open.pop() {
                Some(last) if last == name => {}
                Some(last) => return Err(format!("<{last}> ends with </{name}>")),
                None => return Err(format!("</{name}> ends what never began")),
            }
        } else if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
            open.push(name);
        }
    }
    open.pop().map_or(Ok(()), |name| Err(format!("<{name}> doesn't end")))
}

/// Where the tag ends that begins here: a `>` outside of quotes.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '<') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn start(text: &str) -> String {
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_closed_is_well_formed_and_what_is_not_is_told() {
        for good in
            ["", "a < b".replace("< b", "&lt; b").as_str(), "<p>a<br>b</p>", "<a href=\"x>y\">z</a>", "<!-- <p> -->"]
        {
            assert_eq!(well_formed(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("<p>a", "<p> doesn't end"),
            ("<b><i></b></i>", "<i> ends with </b>"),
            ("</div>", "never began"),
            ("<p", "a tag doesn't end"),
            ("a < b", "a tag doesn't end"),
            ("<a href=\"x>y</a>", "a tag doesn't end"),
        ] {
            assert!(well_formed(bad).unwrap_err().contains(why), "{bad}: {:?}", well_formed(bad));
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_good_is_text() {
        assert_eq!(MailHtml::link("x", "javascript:alert(1)"), "x: javascript:alert(1)");
        let rich = tablon_plugin::rich::from_markdown("[x](javascript:alert) **a\nb**");
        assert!(!MailHtml::write(&rich).contains("href"), "{}", MailHtml::write(&rich));
    }
}
