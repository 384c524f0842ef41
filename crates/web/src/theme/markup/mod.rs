//! What strangers wrote, made safe to show: markdown, and what platforms make of their messages.

mod discord;
mod telegram;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use comrak::nodes::NodeValue;
use comrak::{Arena, Options, format_html, parse_document};

pub(super) use discord::{discord, discord_line};
pub(super) use telegram::telegram;

/// Links out of what strangers wrote pass on no reputation and get no handle on our window.
const LINK_REL: &str = "nofollow ugc noopener";
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

static DESCRIPTION: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .tags(HashSet::from([
            "a",
            "blockquote",
            "br",
            "code",
            "del",
            "em",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "strong",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "ul",
        ]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(LINK_REL));
    builder
});

/// CommonMark as HTML. Headings begin right below the page's own, whatever the writer began with: the
/// highest becomes `h2` with a `shift` of 1. Raw HTML and pictures are left out.
pub(crate) fn markdown(text: &str, shift: u8) -> String {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    let levels = root.descendants().filter_map(|node| match &node.data.borrow().value {
        NodeValue::Heading(heading) => Some(heading.level),
        _ => None,
    });
    let highest = levels.min().unwrap_or(1);
    for node in root.descendants() {
        if let NodeValue::Heading(heading) = &mut node.data.borrow_mut().value {
            heading.level = (heading.level - highest + 1 + shift).min(6);
        }
    }
    let mut html = String::new();
    match format_html(root, &options, &mut html) {
        Ok(()) => DESCRIPTION.clean(&html).to_string(),
        // Writing into a string doesn't fail; if it ever does, nothing is the safe answer.
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_can_carry_no_script() {
        let hostile = "Hi <script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> **b** \
                       ![p](https://e.example/p.png) [rel](/admin) <a href='data:text/html,x'>d</a>";
        let html = markdown(hostile, 1);
        for bad in ["script", "javascript", "onerror", "<img", "data:", "href=\"/admin"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(html.contains("<strong>b</strong>"), "{html}");
    }

    #[test]
    fn headings_of_a_description_stand_below_the_pages_title() {
        assert_eq!(markdown("# Us", 1).trim(), "<h2>Us</h2>");
        assert_eq!(markdown("### Us", 1).trim(), "<h2>Us</h2>", "whatever the writer began with");
        assert_eq!(markdown("## A\n#### B", 4).trim(), "<h5>A</h5>\n<h6>B</h6>");
    }

    #[test]
    fn links_pass_on_no_reputation() {
        let html = markdown("[us](https://acme.example) and https://other.example", 1);
        assert_eq!(html.matches("rel=\"nofollow ugc noopener\"").count(), 2, "{html}");
    }
}
