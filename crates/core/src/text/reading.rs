//! What a reader meets in a description: its words without marks, and the addresses behind its links.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::common_mark::common_mark;
use super::markdown::options;

/// The words and the links of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Its text: a line for each block.
    pub(crate) text: String,
    /// The addresses of its links and pictures.
    pub(crate) links: Vec<String>,
}

impl Reading {
    /// Reads the source of a description.
    pub(crate) fn of(source: &str) -> Self {
        let (mut text, mut links) = (String::new(), Vec::new());
        for event in Parser::new_ext(&common_mark(source), options()) {
            match event {
                Event::Text(words) | Event::Code(words) => text.push_str(&words),
                Event::SoftBreak | Event::HardBreak | Event::Rule => text.push('\n'),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    links.push(dest_url.into_string())
                }
                Event::End(
                    TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image,
                ) => {}
                Event::End(_) => text.push('\n'),
                _ => {}
            }
        }
        Self { text, links }
    }

    /// How many characters the text has; a run of white space counts as one.
    pub(crate) fn characters(&self) -> usize {
        let words = self.text.split_whitespace();
        words.map(|word| word.chars().count() + 1).sum::<usize>().saturating_sub(1)
    }
}
