//! Styled runs to the markdown that Discord shows.
//!
//! It looks like CommonMark and isn't: a backslash takes the meaning from any character but letters, digits and white
//! space, addresses on the web are links by themselves and must not hold a backslash, and names in angle brackets call
//! people, roles and channels.

use super::{RichText, Style, clean, utf16_len};
use crate::Markup;
use crate::telegram_html::is_linkable;

/// Parts what would be read together, and shows nothing.
const NOTHING: char = '\u{200b}';

/// Discord's markdown, counted in UTF-16 units. Discord's staff says that its API counts Unicode code points
/// (discord-api-docs #1315); its clients count UTF-16, which is never less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiscordMarkdown;

impl DiscordMarkdown {
    /// Where Discord reads no markdown (a footer, a thread's name): only whom it would call is called no longer.
    pub fn plain(text: &str) -> String {
        let mut plain = clean(text);
        for name in ["everyone", "here"] {
            plain = plain.replace(&format!("@{name}"), &format!("@{NOTHING}{name}"));
        }
        plain
    }
}

impl Markup for DiscordMarkdown {
    const FORMAT: &'static str = "discord-message";
    const UNIT: &'static str = "utf16";

    fn escape(text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                out.push('\n');
            }
            escape_line(line, &mut out, true);
        }
        out
    }

    fn write(text: &RichText) -> String {
        text.to_discord_markdown()
    }

    fn link(label: &str, url: &str) -> String {
        if is_linkable(url) {
            return format!("[{}]({})", escape_label(label), target(url));
        }
        let address = url.strip_prefix("mailto:").unwrap_or(url);
        format!("{}: {}", Self::escape(label), Self::escape(&clean(address)))
    }

    fn measure(message: &str) -> Result<usize, String> {
        Ok(utf16_len(message))
    }
}

/// What stands in a link's brackets. An address there would be a link itself and break the one around it.
fn escape_label(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    escape_line(&label.replace('\n', " "), &mut out, false);
    out.replace("://", r"\://")
}

/// What stands in a link's parentheses.
fn target(url: &str) -> String {
    encode(url).replace('(', "%28").replace(')', "%29")
}

/// An address without the signs of markup that can't be escaped in it, because a backslash would become part of it.
fn encode(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '<' | '>' | '|' | '`' | '\\' => out.push_str(&format!("%{:02X}", u32::from(c))),
            other => out.push(other),
        }
    }
    out
}

fn escape_line(line: &str, out: &mut String, addresses: bool) {
    // Headings, lists and quotations are made of how a line begins.
    let begins = line.trim_start();
    let marked = begins.starts_with(['#', '>', '-', '+']);
    let indent = line.len() - begins.len();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some((scheme, address)) = address(rest).filter(|_| addresses) {
            if address.is_empty() {
                // What is escaped behind it would make an address of it.
                out.push_str(&format!("{scheme}\\://"));
            } else {
                // `@` means the same when it is encoded, and calls nobody.
                let address = encode(address).replace("@everyone", "%40everyone").replace("@here", "%40here");
                out.push_str(&format!("{}://{address}", scheme.to_ascii_lowercase()));
            }
            rest = &rest[scheme.len() + "://".len() + address.len()..];
            continue;
        }
        let at_start = marked && line.len() - rest.len() == indent;
        if at_start || matches!(c, '\\' | '*' | '_' | '~' | '|' | '`' | '<' | '[' | ']') {
            out.push('\\');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
        if c == '@' && (rest.starts_with("everyone") || rest.starts_with("here")) {
            out.push(NOTHING);
        }
    }
}

/// The scheme of the web that a text begins with, and what follows of an address with the punctuation behind it. Discord
/// makes a link of what `https?://[^\s<]+[^<.,:;"')\]\s]` matches, in small letters; where it wouldn't, nothing follows.
fn address(text: &str) -> Option<(&str, &str)> {
    let start = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let length = ["https://", "http://"].iter().find(|scheme| start.starts_with(**scheme))?.len();
    let (scheme, rest) = (&text[..length - "://".len()], &text[length..]);
    let run = rest.split(char::is_whitespace).next().unwrap_or_default();
    let linked = run.trim_end_matches(['.', ',', ':', ';', '"', '\'', ')', ']']);
    Some((scheme, if linked.chars().nth(1).is_some() { run } else { "" }))
}

/// What surrounds a text, outermost first.
#[derive(Clone, PartialEq, Eq)]
enum Mark {
    Link(String),
    Bold,
    Italic,
    Strike,
}

impl Mark {
    fn opening(&self) -> &'static str {
        match self {
            Self::Link(_) => "[",
            _ => self.sign(),
        }
    }

    fn sign(&self) -> &'static str {
        match self {
            Self::Bold => "**",
            // `_` means something only beside a word's border.
            Self::Italic => "*",
            Self::Strike => "~~",
            Self::Link(_) => "",
        }
    }

    fn close(&self, out: &mut String) {
        match self {
            Self::Link(url) => out.push_str(&format!("]({})", target(url))),
            _ => out.push_str(self.sign()),
        }
    }
}

fn marks(style: &Style) -> Vec<Mark> {
    let url = style.link.as_deref().filter(|url| is_linkable(url));
    let link = url.map(|url| Mark::Link(url.to_owned()));
    let signs = [(style.bold, Mark::Bold), (style.italic, Mark::Italic), (style.strike, Mark::Strike)];
    link.into_iter().chain(signs.into_iter().filter_map(|(on, mark)| on.then_some(mark))).collect()
}

/// Markdown in the making.
#[derive(Default)]
struct Writer {
    out: String,
    open: Vec<Mark>,
    /// White space that waits until it is known which marks end before it.
    space: String,
    /// Just closed something: a mark that follows at once would be read with it.
    closed: bool,
}

impl Writer {
    fn close_to(&mut self, kept: usize) {
        for mark in self.open.drain(kept..).rev() {
            mark.close(&mut self.out);
            self.closed = true;
        }
    }

    fn put_space(&mut self) {
        if !self.space.is_empty() {
            self.out.push_str(&std::mem::take(&mut self.space));
            self.closed = false;
        }
    }

    fn text(&mut self, text: &str, style: &Style) {
        let words = text.trim();
        let Some(from) = text.find(words).filter(|_| !words.is_empty()) else {
            self.space.push_str(text);
            return;
        };
        let wanted = marks(style);
        let common = self.open.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
        self.close_to(common);
        self.space.push_str(&text[..from]);
        self.put_space();
        for mark in wanted.into_iter().skip(common) {
            if self.closed {
                self.out.push(NOTHING);
                self.closed = false;
            }
            self.out.push_str(mark.opening());
            self.open.push(mark);
        }
        if self.open.iter().any(|mark| matches!(mark, Mark::Link(_))) {
            self.out.push_str(&escape_label(words));
        } else {
            self.out.push_str(&DiscordMarkdown::escape(words));
        }
        self.closed = false;
        self.space.push_str(&text[from + words.len()..]);
    }

    /// Code, which holds no marks and no backslashes.
    fn code(&mut self, code: &str) {
        self.close_to(0);
        self.put_space();
        let code = code.replace('\n', " ");
        match (code.contains('`'), code.contains("``")) {
            (false, _) => self.out.push_str(&format!("`{code}`")),
            (true, false) => self.out.push_str(&format!("`` {code} ``")),
            (true, true) => self.out.push_str(&DiscordMarkdown::escape(&code)),
        }
        self.closed = true;
    }

    fn pre(&mut self, code: &str, language: &str) {
        self.close_to(0);
        self.put_space();
        let language: String = language.chars().filter(|c| c.is_ascii_alphanumeric() || "+-#_".contains(*c)).collect();
        let language: String = language.chars().take(32).collect();
        self.out.push_str(&format!(
            "```{language}\n{}\n```",
            code.replace("```", "`\u{200b}`\u{200b}`").trim_matches('\n')
        ));
        self.closed = true;
    }

    fn finish(mut self) -> String {
        self.close_to(0);
        self.out
    }
}

impl RichText {
    /// Discord's markdown. Links that Discord wouldn't make are left as their text, and nobody is called.
    pub fn to_discord_markdown(&self) -> String {
        let mut out = String::new();
        let mut rest = self.runs.as_slice();
        while let Some(first) = rest.first() {
            let quote = first.style.quote;
            let end = rest.iter().position(|run| run.style.quote != quote).unwrap_or(rest.len());
            let (block, after) = rest.split_at(end);
            let mut writer = Writer::default();
            for run in block {
                match &run.style.pre {
                    Some(language) => writer.pre(&run.text, language),
                    None if run.style.code => writer.code(&run.text),
                    None => writer.text(&run.text, &run.style),
                }
            }
            let space = std::mem::take(&mut writer.space);
            let written = writer.finish();
            if quote {
                let lines: Vec<String> = written.split('\n').map(|line| format!("> {line}")).collect();
                out.push_str(&lines.join("\n"));
            } else {
                out.push_str(&written);
            }
            // What parts two blocks is white space at the end of the first.
            out.push_str(&space);
            rest = after;
        }
        out.truncate(out.trim_end().len());
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::from_markdown;
    use super::*;
    use crate::testing::strategies::any_description;

    fn discord(markdown: &str) -> String {
        from_markdown(markdown).to_discord_markdown()
    }

    #[test]
    fn styles_nest_and_close() {
        assert_eq!(discord("a **b _c_** ~~d~~"), "a **b *c*** ~~d~~");
        assert_eq!(discord("# Why `us`?"), "**Why** `us`\u{200b}**?**");
        assert_eq!(discord("**a**_b_"), "**a**\u{200b}*b*");
    }

    #[test]
    fn text_that_looks_like_markup_is_escaped() {
        assert_eq!(discord(r"2 \* 3, snake\_case, \`x\`, a\|\|b"), r"2 \* 3, snake\_case, \`x\`, a\|\|b");
        assert_eq!(DiscordMarkdown::escape("# a\n> b\n- c\n+d - e"), "\\# a\n\\> b\n\\- c\n\\+d - e");
    }

    #[test]
    fn nobody_is_called() {
        assert_eq!(
            DiscordMarkdown::escape("@everyone @here <@1> <@&2> <#3> <t:4>"),
            "@\u{200b}everyone @\u{200b}here \\<@1> \\<@&2> \\<#3> \\<t:4>"
        );
        assert_eq!(DiscordMarkdown::plain("a  @everyone"), "a @\u{200b}everyone");
        assert_eq!(DiscordMarkdown::escape("https://e.org/@here"), "https://e.org/%40here");
    }

    #[test]
    fn links_lead_to_the_web_and_addresses_stay_whole() {
        assert_eq!(discord("[a_b](https://e.org/(x)?a_b)"), r"[a\_b](https://e.org/%28x%29?a_b)");
        assert_eq!(discord("[a](javascript:alert(1)) [c](/jobs)"), "a c");
        assert_eq!(discord("see https://e.org/a_b_c, yes"), "see https://e.org/a_b_c, yes");
        assert_eq!(
            DiscordMarkdown::link("https://e.org", "https://evil.example"),
            r"[https\://e.org](https://evil.example)"
        );
        assert_eq!(DiscordMarkdown::link("Apply", "mailto:a_b@e.org"), r"Apply: a\_b@e.org");
    }

    #[test]
    fn quotations_are_marked_on_every_line_and_code_keeps_its_own() {
        assert_eq!(discord("> a\n>\n> **b**\n\nc"), "> a\n> \n> **b**\n\nc");
        assert_eq!(discord("```c++\na * b\n```\nx"), "```c++\na * b\n```\n\nx");
        assert_eq!(discord("x `` c`d ``"), "x `` c`d ``");
        assert_eq!(discord("x ``` a``b ```"), r"x a\`\`b");
    }

    /// What Discord reads in a text: the addresses that it makes links of, and the signs of markup outside of them.
    /// Its rule for an address is `https?://[^\s<]+[^<.,:;"')\]\s]`; a backslash takes a sign's meaning.
    fn read(written: &str) -> (Vec<String>, String) {
        let (mut addresses, mut signs, mut rest) = (Vec::new(), String::new(), written);
        while let Some(c) = rest.chars().next() {
            let scheme = ["https://", "http://"].into_iter().find(|scheme| rest.starts_with(scheme));
            let address = scheme.and_then(|scheme| {
                let run = rest.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(rest.len());
                let run = rest[..run].trim_end_matches(['.', ',', ':', ';', '"', '\'', ')', ']']);
                (run.len() > scheme.len() && run[scheme.len()..].chars().count() > 1).then_some(run)
            });
            if let Some(address) = address {
                addresses.push(address.to_owned());
                rest = &rest[address.len()..];
                continue;
            }
            let mut after = rest[c.len_utf8()..].chars();
            if c == '\\' && after.next().is_some_and(|sign| !sign.is_alphanumeric() && !sign.is_whitespace()) {
                rest = after.as_str();
                continue;
            }
            if matches!(c, '\\' | '*' | '_' | '~' | '|' | '`' | '<' | '[') {
                signs.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
        (addresses, signs)
    }

    #[test]
    fn an_address_takes_no_sign_of_markup_and_no_backslash_with_it() {
        assert_eq!(DiscordMarkdown::escape("https://e.org/a|b`c\\d<e>f_g"), "https://e.org/a%7Cb%60c%5Cd%3Ce%3Ef_g");
        assert_eq!(discord("[a](<https://e.org/a|b`c>)"), "[a](https://e.org/a%7Cb%60c)");
        // Nothing that Discord makes a link of.
        assert_eq!(DiscordMarkdown::escape("https://_ http://. _x_"), r"https\://\_ http\://. \_x\_");
        assert_eq!(DiscordMarkdown::escape("HTTPS://e.org/a_b"), "https://e.org/a_b");
    }

    proptest! {
        #[test]
        fn any_text_has_no_signs_and_whole_addresses(text in r#"(https?://[a-zé.,;:"')(|`\\<>_*~@/\[\] -]{0,12}|[a-z*_|`\\<>\[\]~ \n]{0,6}){0,4}"#) {
            let written = DiscordMarkdown::escape(&text);
            let (addresses, signs) = read(&written);
            prop_assert_eq!(signs, "", "{:?} of {:?}", &written, &text);
            for address in addresses {
                prop_assert!(!address.contains(['\\', '|', '`', '<', '>']), "{:?} of {:?}", address, &text);
            }
        }

        #[test]
        fn any_description_calls_nobody_and_says_the_same(markdown in any_description(), limit in 0..4000_usize) {
            let text = from_markdown(&markdown).shortened(limit);
            let written = text.to_discord_markdown();
            let outside_code = !text.runs().iter().any(|run| run.style.code || run.style.pre.is_some());
            if outside_code {
                prop_assert!(!written.contains("@everyone") && !written.contains("@here"), "{}", written);
                let unescaped = written.match_indices('<').any(|(at, _)| !written[..at].ends_with('\\'));
                prop_assert!(!unescaped, "{}", written);
            }
            prop_assert!(written.is_empty() == text.to_plain().trim().is_empty());
        }
    }
}
