//! The HTML dialect of Telegram's Bot API: escaping, and a reader as strict as the platform's.
//!
//! A message that Telegram can't parse is refused as a whole, so a template is read here first. The
//! rules are those of "HTML style" in the Bot API's formatting options.

use std::fmt;

use crate::html;

/// Keeps a word from beginning: it is not seen, and no white space.
const WORD_JOINER: char = '\u{2060}';

/// A stranger's text as content of a message: no markup, and nobody is mentioned by it.
///
/// Telegram reads the text itself for `@name` and `/command`, whatever the markup; the one makes a stranger's phone ring,
/// the other invites readers to press it. Both must begin a word (TDLib, `find_mentions` and `find_bot_commands`), so an
/// invisible character behind the sign ends them. `jobs@acme.example` and `and/or` stay as they are. Not for an
/// attribute's value: there [`html::escape`] does.
pub fn escape(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        inert.push(c);
        // Of other letters and signs one can't be sure that TDLib sees a word in them as well.
        let in_word = before.is_some_and(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let begins = match c {
            '@' => !in_word,
            // The slashes of an address, and those of a tag that is shown as text.
            '/' => !in_word && !matches!(before, Some('/' | '<' | '>')) && rest.peek() != Some(&'/'),
            _ => false,
        };
        if begins && rest.peek().is_none_or(|next| !next.is_whitespace()) {
            inert.push(WORD_JOINER);
        }
        before = Some(c);
    }
    html::escape(&inert)
}

/// Whether Telegram makes a link of this address. It drops the link of any other and leaves the
/// text without a word: other schemes, hosts without a dot (`localhost`), relative addresses. `tg:`
/// it would take, but such a link mentions people and joins groups, which no stranger's text should.
pub fn is_linkable(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    let visible = !url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
    visible && !authority.contains('@') && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
}

/// Why Telegram would refuse the markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkupError {
    /// Byte in the text where the fault starts.
    pub offset: usize,
    /// What is wrong.
    pub problem: MarkupProblem,
}

/// A fault in Telegram HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkupProblem {
    /// Telegram knows no such tag, or not with these attributes.
    UnknownTag(String),
    /// A tag closes that isn't the open one.
    UnmatchedEnd(String),
    /// A tag is never closed.
    Unclosed(String),
    /// A `<` starts no tag.
    BadTag,
    /// Telegram knows no such entity and would show it as it is.
    UnknownEntity(String),
}

impl fmt::Display for MarkupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            MarkupProblem::UnknownTag(tag) => write!(f, "unsupported tag <{tag}>"),
            MarkupProblem::UnmatchedEnd(tag) => write!(f, "unmatched </{tag}>"),
            MarkupProblem::Unclosed(tag) => write!(f, "<{tag}> is not closed"),
            MarkupProblem::BadTag => write!(f, "a < that starts no tag"),
            MarkupProblem::UnknownEntity(name) => write!(f, "unsupported entity &{name};"),
        }?;
        write!(f, " at byte {}", self.offset)
    }
}

/// Reads the markup and gives the text that remains: what the limit of 4096 is about.
///
/// ```
/// use tablon_plugin::{rich::utf16_len, telegram_html};
/// let text = telegram_html::to_text("<b>1 &lt; 2</b> 🙂")?;
/// assert_eq!((text.as_str(), utf16_len(&text)), ("1 < 2 🙂", 8));
/// # Ok::<(), telegram_html::MarkupError>(())
/// ```
pub fn to_text(html: &str) -> Result<String, MarkupError> {
    let mut text = String::with_capacity(html.len());
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    while let Some(c) = html.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            '<' => at = tag(html, at, &mut open)?,
            '&' => at = entity(html, at, &mut text)?,
            c => {
                text.push(c);
                at += c.len_utf8();
            }
        }
    }
    match open.pop() {
        None => Ok(text),
        Some((offset, name)) => Err(MarkupError { offset, problem: MarkupProblem::Unclosed(name.to_owned()) }),
    }
}

fn tag<'a>(html: &'a str, start: usize, open: &mut Vec<(usize, &'a str)>) -> Result<usize, MarkupError> {
    let fault = |problem| MarkupError { offset: start, problem };
    let inner = html.get(start + 1..).unwrap_or_default();
    let length = closing_bracket(inner).ok_or_else(|| fault(MarkupProblem::BadTag))?;
    let inner = inner.get(..length).unwrap_or_default();
    let after = start + length + 2;
    if let Some(name) = inner.strip_prefix('/') {
        return match open.pop() {
            Some((_, opened)) if opened == name.trim_end() => Ok(after),
            _ => Err(fault(MarkupProblem::UnmatchedEnd(name.to_owned()))),
        };
    }
    let name_end = inner.find(char::is_whitespace).unwrap_or(inner.len());
    let (name, attributes) = inner.split_at(name_end);
    if name.is_empty() {
        return Err(fault(MarkupProblem::BadTag));
    }
    if !is_supported(name, attributes.trim()) {
        return Err(fault(MarkupProblem::UnknownTag(inner.to_owned())));
    }
    open.push((start, name));
    Ok(after)
}

/// Where a tag ends: a `>` in a quoted value is none.
fn closing_bracket(inner: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '<') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
    }
    None
}

fn is_supported(name: &str, attributes: &str) -> bool {
    let attribute = |wanted: &str| {
        attributes.strip_prefix(wanted).and_then(|rest| rest.strip_prefix('=')).and_then(|value| {
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let value = value.strip_prefix(quote)?.strip_suffix(quote)?;
            (!value.contains(quote)).then_some(value)
        })
    };
    match name {
        "b" | "strong" | "i" | "em" | "u" | "ins" | "s" | "strike" | "del" | "tg-spoiler" | "pre" => {
            attributes.is_empty()
        }
        "span" => attribute("class") == Some("tg-spoiler"),
        "a" => attribute("href").is_some(),
        "code" => attributes.is_empty() || attribute("class").is_some_and(|class| class.starts_with("language-")),
        "blockquote" => attributes.is_empty() || attributes == "expandable",
        _ => false,
    }
}

fn entity(html: &str, start: usize, text: &mut String) -> Result<usize, MarkupError> {
    let rest = html.get(start + 1..).unwrap_or_default();
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '#')).unwrap_or(rest.len());
    let name = rest.get(..end).unwrap_or_default();
    if !rest.get(end..).unwrap_or_default().starts_with(';') {
        text.push('&');
        return Ok(start + 1);
    }
    let decoded = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        _ => numeric(name),
    };
    let Some(decoded) = decoded else {
        let problem = MarkupProblem::UnknownEntity(name.to_owned());
        return Err(MarkupError { offset: start, problem });
    };
    text.push(decoded);
    Ok(start + end + 2)
}

fn numeric(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code).filter(|c| *c != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(html: &str) -> Option<MarkupProblem> {
        to_text(html).err().map(|e| e.problem)
    }

    #[test]
    fn what_is_escaped_reads_as_it_was() {
        let hostile = "<b>&amp; \"{{ token }}\" </b>'";
        assert_eq!(to_text(&escape(hostile)).as_deref(), Ok(hostile));
    }

    #[test]
    fn a_name_behind_an_at_sign_is_no_mention_and_an_address_stays() {
        assert_eq!(escape("@a (@b) x@c.d é@e"), "@\u{2060}a (@\u{2060}b) x@c.d é@\u{2060}e");
        assert_eq!(escape("/start a/b https://e.org/x </b>"), "/\u{2060}start a/b https://e.org/x &lt;/b&gt;");
        assert_eq!(escape("3 @ 5 / 6"), "3 @ 5 / 6");
        // What follows may come from elsewhere, and Telegram drops what turns the direction of the text.
        assert_eq!((escape("@").as_str(), escape("@\u{202e}a").as_str()), ("@\u{2060}", "@\u{2060}\u{202e}a"));
    }

    #[test]
    fn every_supported_tag_is_read() {
        let html = "<b>a</b><strong>a</strong><i>a</i><em>a</em><u>a</u><ins>a</ins><s>a</s>\
            <strike>a</strike><del>a</del><span class=\"tg-spoiler\">a</span><tg-spoiler>a</tg-spoiler>\
            <a href=\"https://e.org/?a>b\">a</a><code>a</code><pre><code class=\"language-rust\">a</code></pre>\
            <blockquote expandable>a</blockquote>";
        assert_eq!(to_text(html).as_deref(), Ok("aaaaaaaaaaaaaaa"));
    }

    #[test]
    fn what_telegram_refuses_is_refused() {
        assert_eq!(problem("<p>a</p>"), Some(MarkupProblem::UnknownTag("p".into())));
        assert_eq!(problem("<br/>"), Some(MarkupProblem::UnknownTag("br/".into())));
        assert_eq!(problem("<b>a</i>"), Some(MarkupProblem::UnmatchedEnd("i".into())));
        assert_eq!(problem("a</b>"), Some(MarkupProblem::UnmatchedEnd("b".into())));
        assert_eq!(problem("<b>a"), Some(MarkupProblem::Unclosed("b".into())));
        assert_eq!(problem("1 < 2"), Some(MarkupProblem::BadTag));
        assert_eq!(problem("a&nbsp;b"), Some(MarkupProblem::UnknownEntity("nbsp".into())));
    }

    #[test]
    fn entities_count_as_what_they_stand_for() {
        assert_eq!(to_text("&#x1F642;&#64;&lt; a & b").as_deref(), Ok("🙂@< a & b"));
    }

    #[test]
    fn only_addresses_of_the_web_are_linkable() {
        for url in ["https://e.org", "http://127.0.0.1:8080/t/a?b=1#c", "https://xn--a.example/x"] {
            assert!(is_linkable(url), "{url}");
        }
        for url in ["http://localhost:8080/x", "mailto:a@e.org", "tg://user?id=1", "/x", "https://e.org/a b"] {
            assert!(!is_linkable(url), "{url}");
        }
    }
}
