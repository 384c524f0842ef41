//! Elements to Markdown.

use std::sync::LazyLock;

use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, Options};

use super::elements::{Part, Piece};
use super::names::{Role, converted};
use super::tags::Tag;

static CONVERTER: LazyLock<HtmlToMarkdown> = LazyLock::new(|| {
    let options = Options {
        bullet_list_marker: BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        ..Options::default()
    };
    HtmlToMarkdown::builder().options(options).build()
});

/// A hard line break.
const BREAK: &str = "  \n";

/// The text with its elements as Markdown, blocks separated from the text around them by empty lines.
pub(super) fn joined(text: &str, pieces: &[Piece<'_>]) -> String {
    let mut output = String::with_capacity(text.len());
    let mut after_block = false;
    let mut after_break = false;
    for piece in pieces {
        match piece {
            Piece::Nothing => {}
            Piece::Text(range) => {
                let mut words = &text[range.clone()];
                if after_break {
                    // `<br>` at the end of a line is one break, not two.
                    let trimmed = words.trim_start_matches([' ', '\t']);
                    words = trimmed.strip_prefix('\n').unwrap_or(trimmed);
                }
                if after_block {
                    words = words.trim_start();
                    if words.is_empty() {
                        continue;
                    }
                    part(&mut output);
                }
                output.push_str(words);
                (after_block, after_break) = (false, false);
            }
            Piece::Break if after_block => {}
            // A row of a table is one line.
            Piece::Break if output.rsplit('\n').next().is_some_and(|line| line.starts_with('|')) => output.push(' '),
            Piece::Break => {
                output.truncate(output.trim_end_matches([' ', '\t']).len());
                output.push_str(BREAK);
                after_break = true;
            }
            Piece::Element { parts, is_block } => {
                let (lead, markdown, trail) = markdown(text, parts, *is_block);
                if *is_block || after_block {
                    part(&mut output);
                } else {
                    output.push_str(lead);
                }
                output.push_str(&markdown);
                if !is_block {
                    output.push_str(trail);
                }
                after_block = *is_block;
                after_break = false;
            }
        }
    }
    output
}

/// Begins a new paragraph.
fn part(output: &mut String) {
    output.truncate(output.trim_end().len());
    if !output.is_empty() {
        output.push_str("\n\n");
    }
}

/// An element as Markdown, with the white space that separates it from its neighbours.
fn markdown(text: &str, parts: &[Part<'_>], is_block: bool) -> (&'static str, String, &'static str) {
    let html = written(text, parts, is_block);
    let inside = parts.iter().filter_map(|part| match part {
        Part::Text(range) => Some(&text[range.clone()]),
        _ => None,
    });
    let mut texts = inside.filter(|text| !text.is_empty());
    let first = texts.next();
    let last = texts.next_back().or(first);
    let space = |there: bool| if there { " " } else { "" };
    let lead = space(first.is_some_and(|text| text.starts_with(char::is_whitespace)));
    let trail = space(last.is_some_and(|text| text.ends_with(char::is_whitespace)));
    // The converter's only error is that of its in-memory reader; plain text is better than nothing.
    let markdown = CONVERTER.convert(&html).unwrap_or_else(|_| text.to_owned());
    (lead, markdown.trim().to_owned(), trail)
}

/// Well-formed HTML of few elements, made from the person's: balanced, without attributes that have no effect here, and
/// with every `<` that isn't a tag escaped.
fn written(text: &str, parts: &[Part<'_>], is_block: bool) -> String {
    let mut html = String::new();
    for part in parts {
        match part {
            Part::Text(range) => {
                for c in text[range.clone()].chars() {
                    match c {
                        '<' => html.push_str("&lt;"),
                        '>' => html.push_str("&gt;"),
                        // A line break within a line of words was typed; between blocks it has no meaning.
                        '\n' if !is_block => html.push_str("<br>"),
                        c => html.push(c),
                    }
                }
            }
            Part::Start(tag) => start(&mut html, tag),
            Part::End(name, _) if converted(name) == "del" => html.push_str("~~"),
            Part::End(name, at) => {
                let outside = if is_emphasis(name) { punctuation_before(&html, &text[*at..]) } else { 0 };
                let outside = html.split_off(html.len() - outside);
                html.push_str("</");
                html.push_str(converted(name));
                html.push('>');
                html.push_str(&outside);
            }
        }
    }
    html
}

fn is_emphasis(name: &str) -> bool {
    matches!(name, "b" | "strong" | "i" | "em")
}

/// How much punctuation must move behind the end of emphasis: in Markdown, emphasis can't end between a punctuation
/// mark and a letter (`<b>Note:</b>read` would become `**Note:**read`).
fn punctuation_before(html: &str, after: &str) -> usize {
    let kept = html.trim_end_matches(['.', ',', ':', '!', '?', ')']);
    let movable = after.starts_with(char::is_alphanumeric) && kept.ends_with(char::is_alphanumeric);
    if movable { html.len() - kept.len() } else { 0 }
}

fn start(html: &mut String, tag: &Tag<'_>) {
    match tag.role {
        Role::Break => html.push_str("<br>"),
        Role::Rule => html.push_str("<hr>"),
        Role::Picture => {
            html.push_str("<img");
            attribute(html, tag, "src");
            attribute(html, tag, "alt");
            html.push('>');
        }
        _ if converted(tag.name) == "del" => html.push_str("~~"),
        _ => {
            html.push('<');
            html.push_str(converted(tag.name));
            match tag.name {
                "a" => attribute(html, tag, "href"),
                "ol" => attribute(html, tag, "start"),
                _ => {}
            }
            html.push('>');
        }
    }
}

fn attribute(html: &mut String, tag: &Tag<'_>, name: &str) {
    if let Some(value) = tag.attribute(name) {
        html.push(' ');
        html.push_str(name);
        html.push_str("=\"");
        html.push_str(&value.replace('"', "&quot;").replace('<', "&lt;"));
        html.push('"');
    }
}
