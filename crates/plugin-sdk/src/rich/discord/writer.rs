//! Runs one after the other: which marks open and close between them.

use super::super::{RichText, Style};
use super::{DiscordMarkdown, NOTHING, escape_label, target};
use crate::Markup;
use crate::telegram_html::is_linkable;

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
