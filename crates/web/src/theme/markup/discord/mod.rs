//! Discord's markdown, as its clients show it.
//!
//! The HTML is built here from a fixed list of tags; all text from strangers goes through one function that escapes it.
//! The rules are those of <https://support.discord.com/hc/en-us/articles/210298617>; anything else stays as typed.

mod links;
mod marks;

use marks::inline;

/// Discord takes 6,000 characters of embeds and 2,000 of content. A longer text can't be one of its messages and is
/// shown without marks, so that nobody can make us search for the ends of a million of them.
const MOST_BYTES: usize = 32_000;
/// A message's text: paragraphs, headings, quotes, lists and code.
pub(in super::super) fn discord(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 4);
    if text.len() > MOST_BYTES {
        escape(text, &mut html);
        return html;
    }
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```") {
        let Some((code, tail)) = after.split_once("```") else { break };
        lines(before.strip_suffix('\n').unwrap_or(before), &mut html);
        html.push_str("<pre><code>");
        escape(without_language(code).trim_matches('\n'), &mut html);
        html.push_str("</code></pre>");
        rest = tail.strip_prefix('\n').unwrap_or(tail);
    }
    lines(rest, &mut html);
    html
}

/// A title or a field's name: one line, without blocks.
pub(in super::super) fn discord_line(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 4);
    if text.len() > MOST_BYTES {
        escape(text, &mut html)
    } else {
        inline(text, 0, &mut html)
    }
    html
}

/// The code of a block whose first line names its language.
fn without_language(code: &str) -> &str {
    match code.split_once('\n') {
        Some((first, rest)) if !first.is_empty() && first.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') => {
            rest
        }
        _ => code,
    }
}

fn lines(text: &str, html: &mut String) {
    let mut lines = text.split('\n').peekable();
    // A block ends its line itself.
    let mut after_text = false;
    while let Some(line) = lines.next() {
        if let Some(quoted) = line.strip_prefix(">>> ") {
            let rest: Vec<&str> = std::iter::once(quoted).chain(lines.by_ref()).collect();
            block("<blockquote>", &rest.join("\n"), "</blockquote>", html);
            return;
        }
        if let Some(quoted) = line.strip_prefix("> ") {
            let mut quote = vec![quoted];
            while let Some(next) = lines.next_if(|next| next.starts_with("> ")) {
                quote.push(&next[2..]);
            }
            block("<blockquote>", &quote.join("\n"), "</blockquote>", html);
            after_text = false;
        } else if let Some(item) = item(line) {
            html.push_str("<ul>");
            block("<li>", item, "</li>", html);
            while let Some(next) = lines.next_if(|next| self::item(next).is_some()) {
                block("<li>", self::item(next).unwrap_or(next), "</li>", html);
            }
            html.push_str("</ul>");
            after_text = false;
        } else if let Some((class, heading)) = heading(line) {
            block(&format!("<span class=\"{class}\">"), heading, "</span>", html);
            after_text = false;
        } else {
            if after_text {
                html.push('\n');
            }
            inline(line, 0, html);
            after_text = true;
        }
    }
}

fn block(open: &str, text: &str, close: &str, html: &mut String) {
    html.push_str(open);
    inline(text, 0, html);
    html.push_str(close);
}

fn item(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(' ');
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))
}

/// The class of a heading's size, and its text. It isn't an HTML heading, because the message isn't part of the page's
/// outline.
fn heading(line: &str) -> Option<(&'static str, &str)> {
    [("# ", "h1"), ("## ", "h2"), ("### ", "h3"), ("-# ", "subtext")]
        .iter()
        .find_map(|(mark, class)| line.strip_prefix(mark).map(|text| (*class, text)))
}

fn escape(text: &str, html: &mut String) {
    text.chars().for_each(|c| push(c, html));
}

fn push(c: char, html: &mut String) {
    match c {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        '\'' => html.push_str("&#39;"),
        other => html.push(other),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use ammonia::Builder;

    use super::super::LINK_REL;
    use super::*;

    #[test]
    fn marks_become_what_discord_shows() {
        for (typed, html) in [
            ("**bold** and *it* _it_", "<strong>bold</strong> and <em>it</em> <em>it</em>"),
            ("***both***", "<strong><em>both</em></strong>"),
            ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
            ("__under__ ~~gone~~", "<u>under</u> <s>gone</s>"),
            ("||secret||", "<span class=\"spoiler\">secret</span>"),
            ("`**x**`", "<code>**x**</code>"),
            (r"\*not\* \_me\_", "*not* _me_"),
            ("snake_case_name 2 * 3 * 4", "snake_case_name 2 * 3 * 4"),
            ("**open", "**open"),
            ("# Big\ntext\nmore", "<span class=\"h1\">Big</span>text\nmore"),
            ("-# small", "<span class=\"subtext\">small</span>"),
            ("> a\n> b\nc", "<blockquote>a\nb</blockquote>c"),
            (">>> a\nb", "<blockquote>a\nb</blockquote>"),
            ("- a\n- b\nc", "<ul><li>a</li><li>b</li></ul>c"),
            ("```rust\nlet a = \"<b>\";\n```\nx", "<pre><code>let a = &quot;&lt;b&gt;&quot;;</code></pre>x"),
            ("<@123> <:crab:42> <#7>", "<span class=\"mention\">@123</span> :crab: <span class=\"mention\">#7</span>"),
        ] {
            assert_eq!(discord(typed), html, "{typed}");
        }
    }

    #[test]
    fn only_web_addresses_are_links() {
        let link = |address: &str, label: &str| format!("<a href=\"{address}\" rel=\"{LINK_REL}\">{label}</a>");
        assert_eq!(discord("[us](https://a.example/x)"), link("https://a.example/x", "us"));
        assert_eq!(
            discord("see https://a.example/x."),
            format!("see {}.", link("https://a.example/x", "https://a.example/x"))
        );
        assert_eq!(discord("<https://a.example/>"), link("https://a.example/", "https://a.example/"));
        assert_eq!(discord("[x](javascript:alert(1))"), "[x](javascript:alert(1))");
        assert_eq!(discord("[x](/admin)"), "[x](/admin)");
        assert_eq!(discord("[x](https://a.example/\"onclick=1)"), link("https://a.example/&quot;onclick=1", "x"));
    }

    /// The output has nothing that a sanitiser with the same list of tags would remove.
    #[test]
    fn nothing_but_our_own_tags_comes_out() {
        let mut builder = Builder::default();
        builder
            .tags(HashSet::from(["a", "blockquote", "code", "em", "li", "pre", "s", "span", "strong", "u", "ul"]))
            .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
            .generic_attributes(HashSet::new())
            .allowed_classes(HashMap::from([(
                "span",
                HashSet::from(["spoiler", "mention", "h1", "h2", "h3", "subtext"]),
            )]))
            .link_rel(Some(LINK_REL));
        let hostile = [
            "<script>alert(1)</script>",
            "**<img src=x onerror=alert(1)>**",
            "```\"><script>alert(1)</script>```",
            "`<b>` <b> [<b>](https://a.example/<b>)",
            "[x](https://a.example/' onmouseover='alert(1))",
            "> <iframe srcdoc=x>\n# <h1>\n- </ul><p>",
            "</span></strong>**__~~||",
            "<:\"><script>:1> <@\"> &amp;lt;",
        ];
        for typed in hostile {
            let html = discord(typed);
            assert_eq!(text_of(&builder.clean(&html).to_string()), text_of(&html), "{typed}");
            assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>"), "{html}");
        }
    }

    /// Quotes can be written in two ways.
    fn text_of(html: &str) -> String {
        html.replace("&quot;", "\"").replace("&#39;", "'")
    }

    #[test]
    fn marks_without_end_cost_no_time() {
        for nonsense in ["**_~~||`[<".repeat(3000), "*".repeat(31_000), "_a ".repeat(10_000), "[](".repeat(10_000)] {
            let begun = std::time::Instant::now();
            let html = discord(&nonsense);
            assert!(html.len() >= nonsense.len());
            assert!(begun.elapsed().as_secs() < 2, "{:?} for {}", begun.elapsed(), &nonsense[..10]);
        }
        let long = "**x** ".repeat(10_000);
        assert_eq!(discord(&long), long, "what can't be a message is shown as it is");
    }
}
