//! CommonMark to styled runs.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::plain::is_unwanted;
use super::{RichText, Style};

/// Deeper lists are shown at this depth: a phone has no room for more.
const DEEPEST_INDENT: usize = 4;

/// Reads CommonMark with tables and strike-through. Images become their description; raw HTML, of
/// which a posting should have none, is shown as the text it is.
pub fn from_markdown(markdown: &str) -> RichText {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, options) {
        writer.event(event);
    }
    let mut text = writer.text;
    text.trim_end_matches(char::is_whitespace);
    text
}

/// What must stand between the text so far and the text to come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Gap {
    #[default]
    None,
    Line,
    Paragraph,
}

#[derive(Default)]
struct Writer {
    text: RichText,
    gap: Gap,
    /// Open lists: the number of the next item, none for bullets.
    lists: Vec<Option<u64>>,
    quotes: usize,
    bold: usize,
    italic: usize,
    strike: usize,
    links: Vec<String>,
    pre: Option<String>,
    /// A cell that isn't the first of its row waits for its separator.
    in_row: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.write(&text),
            Event::Code(text) => {
                let quote = self.quotes > 0;
                self.write_styled(&text, &Style { quote, code: true, ..Style::default() });
            }
            // A host ends every line that a person ended with a hard break; one that doesn't means the same.
            Event::SoftBreak | Event::HardBreak => self.write("\n"),
            Event::Rule => self.part(Gap::Paragraph),
            Event::TaskListMarker(done) => self.write(if done { "☑ " } else { "☐ " }),
            Event::FootnoteReference(name) => self.write(&name),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.write(&text),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.part(Gap::Paragraph);
                self.bold += 1;
            }
            Tag::BlockQuote(_) => {
                self.part(Gap::Paragraph);
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                self.part(Gap::Paragraph);
                self.pre = Some(match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default().to_owned(),
                    CodeBlockKind::Indented => String::new(),
                });
            }
            Tag::List(first) => {
                self.part(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Line });
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::Emphasis => self.italic += 1,
            Tag::Strong => self.bold += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            Tag::TableHead => {
                self.part(Gap::Paragraph);
                self.bold += 1;
                self.in_row = false;
            }
            Tag::TableRow => {
                self.part(Gap::Line);
                self.in_row = false;
            }
            Tag::TableCell => {
                if self.in_row {
                    self.write(" · ");
                }
                self.in_row = true;
            }
            // A paragraph in an item starts on the item's line; the gap after it parts the rest.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => {
                self.part(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Line });
            }
            TagEnd::HtmlBlock => self.part(Gap::Paragraph),
            TagEnd::Heading(_) | TagEnd::TableHead => {
                self.bold = self.bold.saturating_sub(1);
                self.part(if tag == TagEnd::TableHead { Gap::Line } else { Gap::Paragraph });
            }
            TagEnd::BlockQuote(_) => {
                self.quotes = self.quotes.saturating_sub(1);
                self.part(Gap::Paragraph);
            }
            TagEnd::CodeBlock => {
                self.pre = None;
                self.text.trim_end_matches(|c| c == '\n');
                self.part(Gap::Paragraph);
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.part(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Line });
            }
            TagEnd::Item | TagEnd::TableRow => self.part(Gap::Line),
            TagEnd::Table => self.part(Gap::Paragraph),
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::Link => {
                self.links.pop();
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        self.part(Gap::Line);
        let depth = self.lists.len().saturating_sub(1).min(DEEPEST_INDENT);
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            _ => "• ".to_owned(),
        };
        // No-break spaces: platforms trim ordinary ones at the start of a line.
        let indent = "\u{a0}\u{a0}".repeat(depth);
        let style = Style { quote: self.quotes > 0, ..Style::default() };
        self.write_styled(&format!("{indent}{marker}"), &style);
    }

    fn part(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn write(&mut self, text: &str) {
        let quote = self.quotes > 0;
        let style = match &self.pre {
            Some(language) => Style { quote, pre: Some(language.clone()), ..Style::default() },
            None => Style {
                quote,
                link: self.links.last().cloned(),
                bold: self.bold > 0,
                italic: self.italic > 0,
                strike: self.strike > 0,
                ..Style::default()
            },
        };
        self.write_styled(text, &style);
    }

    fn write_styled(&mut self, text: &str, style: &Style) {
        let text: String = text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !is_unwanted(*c)).collect();
        if text.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            let gap = match self.gap {
                Gap::None => "",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            };
            // Two paragraphs of one quotation stay one quotation.
            let within = self.text.runs.last().is_some_and(|last| last.style.quote) && style.quote;
            self.text.push(gap, &Style { quote: within, ..Style::default() });
        }
        self.gap = Gap::None;
        let text = if self.text.is_empty() { text.trim_start() } else { &text };
        self.text.push(text, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(markdown: &str) -> String {
        from_markdown(markdown).to_plain()
    }

    #[test]
    fn blocks_are_parted_by_an_empty_line() {
        assert_eq!(plain("# Head\n\nOne\ntwo.\n\n---\n\nThree."), "Head\n\nOne\ntwo.\n\nThree.");
    }

    #[test]
    fn lists_keep_their_bullets_numbers_and_depth() {
        let shown = plain("Do:\n\n- a\n- b\n  1. c\n  2. d\n\nEnd.");
        assert_eq!(shown, "Do:\n\n• a\n• b\n\u{a0}\u{a0}1. c\n\u{a0}\u{a0}2. d\n\nEnd.");
    }

    #[test]
    fn loose_lists_are_as_tight_as_the_others() {
        assert_eq!(plain("- a\n\n- b\n"), "• a\n• b");
    }

    #[test]
    fn a_table_is_read_row_by_row() {
        assert_eq!(plain("| a | b |\n|---|---|\n| 1 | 2 |\n"), "a · b\n1 · 2");
    }

    #[test]
    fn code_keeps_its_lines_and_its_language() {
        let text = from_markdown("Run:\n\n```rust x\nfn a() {\n}\n```\n");
        assert_eq!(text.to_plain(), "Run:\n\nfn a() {\n}");
        assert_eq!(text.runs().last().and_then(|r| r.style.pre.as_deref()), Some("rust"));
    }

    #[test]
    fn raw_html_is_text_and_images_are_their_description() {
        assert_eq!(plain("<b>x</b> ![the office](https://e.org/a.png)"), "<b>x</b> the office");
    }

    #[test]
    fn channels_show_the_same_as_the_page() {
        // The page's renderer and core are held to the same list.
        let cases: serde_json::Value =
            serde_json::from_str(include_str!("../../../core/tests/descriptions.json")).expect("a list");
        for case in cases.as_array().expect("a list") {
            let common_mark = case["common_mark"].as_str().expect("CommonMark");
            assert_eq!(plain(common_mark), case["text"].as_str().expect("text"), "{}", case["name"]);
        }
    }

    #[test]
    fn characters_that_turn_the_reading_direction_are_dropped() {
        assert_eq!(plain("pay \u{202e}000,1\u{202c} now\u{0}"), "pay 000,1 now");
    }
}
