//! Descriptions come as HTML, as HTML that was escaped once too often, or as plain text.

use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, Options};

/// The description as CommonMark.
pub(super) fn to_markdown(text: &str) -> Option<String> {
    let text = text.trim();
    let markdown = if looks_like_html(text) {
        convert(text)
    } else if text.contains("&lt;") {
        let unescaped = unescape(text);
        if looks_like_html(&unescaped) { convert(&unescaped) } else { text.to_owned() }
    } else {
        text.to_owned()
    };
    let markdown = markdown.trim();
    (!markdown.is_empty()).then(|| markdown.to_owned())
}

fn convert(html: &str) -> String {
    HtmlToMarkdown::builder()
        .skip_tags(vec!["script", "style", "head", "iframe", "object", "template", "form"])
        .options(Options {
            bullet_list_marker: BulletListMarker::Dash,
            ul_bullet_spacing: 1,
            ol_number_spacing: 1,
            ..Options::default()
        })
        .build()
        .convert(html)
        // The converter's only error is that of its in-memory reader; plain text is better than none.
        .unwrap_or_else(|_| html.to_owned())
}

/// A tag that descriptions are made of; `x < y` and `<T>` are no HTML.
fn looks_like_html(text: &str) -> bool {
    const TAGS: [&str; 21] = [
        "p", "br", "ul", "ol", "li", "div", "span", "b", "strong", "i", "em", "a", "h1", "h2", "h3", "h4", "table",
        "section", "html", "body", "u",
    ];
    let lower = text.to_lowercase();
    lower.split('<').skip(1).any(|rest| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let name: &str = rest.split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or("");
        TAGS.contains(&name) && rest.contains('>')
    })
}

fn unescape(text: &str) -> String {
    // The ampersand last: `&amp;lt;` means the text `&lt;`, not a tag.
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::to_markdown;

    #[test]
    fn html_becomes_markdown() {
        assert_eq!(
            to_markdown("<p>We <b>need</b> you</p><ul><li>Rust</li><li>SQL</li></ul>").as_deref(),
            Some("We **need** you\n\n- Rust\n- SQL")
        );
    }

    #[test]
    fn html_that_was_escaped_twice_becomes_markdown() {
        assert_eq!(to_markdown("&lt;p&gt;R&amp;amp;D&lt;/p&gt;").as_deref(), Some("R&D"));
    }

    #[test]
    fn plain_text_and_generic_types_stay_as_they_are() {
        assert_eq!(to_markdown("Know your Vec<T>\n\n* and 1 < 2").as_deref(), Some("Know your Vec<T>\n\n* and 1 < 2"));
    }

    #[test]
    fn scripts_and_styles_are_dropped() {
        let markdown = to_markdown("<style>p{}</style><p>Hello</p><script>alert(1)</script>");
        assert_eq!(markdown.as_deref(), Some("Hello"));
    }

    #[test]
    fn an_empty_description_is_none() {
        assert_eq!(to_markdown(" <p> </p> "), None);
    }
}
