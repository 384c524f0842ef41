//! Discord's markdown as our own HTML; nothing of the sender's text becomes HTML.

use super::embed::anchor;

/// Text that is safe in HTML, also inside quotes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A message's text, or one of an embed.
pub(super) fn render(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```") {
        let Some((code, tail)) = after.split_once("```") else { break };
        out.push_str(&lines(before.trim_end_matches('\n')));
        // The first line may name the language.
        let code = match code.split_once('\n') {
            Some((language, code)) if language.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-#_".contains(&b)) => {
                code
            }
            _ => code,
        };
        out.push_str(&format!("<pre>{}</pre>", escape(code.trim_end_matches('\n'))));
        rest = tail.strip_prefix('\n').unwrap_or(tail);
    }
    out.push_str(&lines(rest));
    out
}

/// Quotations, headings and list items are whole lines.
fn lines(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut out: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let heading = line.trim_start_matches('#');
        let level = line.len() - heading.len();
        let html = if let Some(quoted) = line.strip_prefix("> ") {
            format!("<blockquote>{}</blockquote>", inline(quoted))
        } else if (1..=3).contains(&level) && heading.starts_with(' ') {
            format!("<strong class=\"h{level}\">{}</strong>", inline(heading.trim_start()))
        } else if let Some(small) = line.strip_prefix("-# ") {
            format!("<small>{}</small>", inline(small))
        } else if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            format!("• {}", inline(item))
        } else {
            inline(line)
        };
        out.push(html);
    }
    // A quotation ends its line itself.
    out.join("\n").replace("</blockquote>\n<blockquote>", "\n").replace("</blockquote>\n", "</blockquote>")
}

/// Pairs of marks and their HTML.
const MARKS: [(&str, &str, &str); 6] = [
    ("**", "<b>", "</b>"),
    ("__", "<u>", "</u>"),
    ("~~", "<s>", "</s>"),
    ("||", "<span class=\"spoiler\" tabindex=\"0\">", "</span>"),
    ("*", "<i>", "</i>"),
    ("_", "<i>", "</i>"),
];

fn inline(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    'next: while let Some(first) = rest.chars().next() {
        if let Some((html, tail)) =
            escaped(rest).or_else(|| code(rest)).or_else(|| link(rest)).or_else(|| mention(rest))
        {
            out.push_str(&html);
            rest = tail;
            continue;
        }
        for (mark, open, close) in MARKS {
            let Some(after) = rest.strip_prefix(mark) else { continue };
            let Some(end) = closing(after, mark) else { continue };
            let (inner, tail) = (&after[..end], &after[end + mark.len()..]);
            if inner.trim().is_empty() || (mark == "*" && inner.starts_with(' ')) {
                continue;
            }
            out.push_str(&format!("{open}{}{close}", inline(inner)));
            rest = tail;
            continue 'next;
        }
        out.push_str(&escape(first.encode_utf8(&mut [0; 4])));
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// The next place of the mark, not escaped and not part of a longer one.
fn closing(text: &str, mark: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let here = &text[at..];
        if let Some((_, tail)) = escaped(here).or_else(|| code(here)) {
            at = text.len() - tail.len();
        } else if let Some(after) = here.strip_prefix(mark) {
            if !after.starts_with(&mark[..1]) {
                return Some(at);
            }
            // `**a *b***`: the last two of three end the outer one.
            at += 3 - mark.len();
        } else {
            at += character.len_utf8();
        }
    }
    None
}

/// `\*`: a backslash escapes every character except letters, digits and white space.
fn escaped(text: &str) -> Option<(String, &str)> {
    let after = text.strip_prefix('\\')?;
    let character = after.chars().next().filter(|c| !c.is_ascii_alphanumeric() && !c.is_whitespace())?;
    Some((escape(character.encode_utf8(&mut [0; 4])), &after[character.len_utf8()..]))
}

fn code(text: &str) -> Option<(String, &str)> {
    let fence = text.len() - text.trim_start_matches('`').len();
    let (fence, after) = text.split_at_checked(fence).filter(|(fence, _)| !fence.is_empty())?;
    let end = after.find(fence)?;
    Some((format!("<code>{}</code>", escape(after[..end].trim())), &after[end + fence.len()..]))
}

/// `[label](https://…)`, `<https://…>` and `https://…`.
fn link(text: &str) -> Option<(String, &str)> {
    if let Some(after) = text.strip_prefix('[') {
        let end = closing(after, "](")?;
        let (label, target) = (&after[..end], &after[end + 2..]);
        let (url, tail) = target.split_once(')')?;
        let url = url.trim().trim_start_matches('<').trim_end_matches('>');
        return web(url).then(|| (anchor(url, &inline(label)), tail));
    }
    if let Some(after) = text.strip_prefix('<') {
        let (url, tail) = after.split_once('>')?;
        return web(url).then(|| (anchor(url, &escape(url)), tail));
    }
    if !web(text) {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(text.len());
    let url = text[..end].trim_end_matches(['.', ',', ':', ';', ')', '"', '\'', '*', '_', '~']);
    Some((anchor(url, &escape(url)), &text[url.len()..]))
}

fn web(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
        && !url.starts_with("http://[](")
}

/// A mention shows as a name, in an embed too, where it mentions nobody.
fn mention(text: &str) -> Option<(String, &str)> {
    for everyone in ["@everyone", "@here"] {
        if let Some(tail) = text.strip_prefix(everyone) {
            return Some((format!("<span class=\"mention\">{everyone}</span>"), tail));
        }
    }
    let after = text.strip_prefix('<')?;
    let kind = ["@&", "@!", "@", "#"].into_iter().find(|kind| after.starts_with(kind))?;
    let (id, tail) = after[kind.len()..].split_once('>')?;
    let number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| (format!("<span class=\"mention\">{}{}</span>", &kind[..1], escape(id)), tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_tags_and_everything_else_becomes_text() {
        assert_eq!(
            render("**a *b*** ~~c~~ `*d*` <script>"),
            "<b>a <i>b</i></b> <s>c</s> <code>*d*</code> &lt;script&gt;"
        );
        assert_eq!(render("2 * 3 * 4 snake_case"), "2 * 3 * 4 snake_case");
        assert_eq!(render("> a\n> b\nc"), "<blockquote>a\nb</blockquote>c");
        assert_eq!(render("x\n```rust\nfn a() {}\n```\ny"), "x<pre>fn a() {}</pre>y");
    }

    #[test]
    fn a_backslash_takes_a_marks_meaning() {
        assert_eq!(
            render(r"\*\*a\*\* \[b](https://a.example) \<@1>"),
            "**a** [b](<a href=\"https://a.example\" rel=\"noreferrer nofollow\" target=\"_blank\">https://a.example</a>) &lt;@1&gt;"
        );
    }

    #[test]
    fn links_lead_to_the_web_only_and_who_is_named_shows() {
        let link = render("[x](https://a.example/?a=1&b=2)");
        assert_eq!(
            link,
            "<a href=\"https://a.example/?a=1&amp;b=2\" rel=\"noreferrer nofollow\" target=\"_blank\">x</a>"
        );
        assert_eq!(render("[x](javascript:1)"), "[x](javascript:1)");
        assert_eq!(
            render("@everyone <@&7>"),
            "<span class=\"mention\">@everyone</span> <span class=\"mention\">@7</span>"
        );
        assert_eq!(render("@\u{200b}everyone"), "@\u{200b}everyone");
    }
}
