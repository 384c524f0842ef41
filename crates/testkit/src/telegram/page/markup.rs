//! Text and entities as our own HTML; nothing of the sender's text becomes HTML.

use super::super::entities::{Entity, EntityKind, FormattedText, utf16_len};

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

fn is_block(entity: &Entity) -> bool {
    matches!(entity.kind, EntityKind::Blockquote | EntityKind::ExpandableBlockquote | EntityKind::Pre { .. })
}

/// A message's content.
pub(super) fn render(content: &FormattedText) -> String {
    let total = utf16_len(&content.text);
    let blocks: Vec<&Entity> = content.entities.iter().filter(|entity| is_block(entity)).collect();
    let mut out = String::new();
    let mut at = 0;
    for block in blocks {
        // A block in a block is shown as the outer one.
        if block.offset < at {
            continue;
        }
        out.push_str(inline(content, at, block.offset).trim_end_matches('\n'));
        let inner = inline(content, block.offset, block.end());
        out.push_str(&match &block.kind {
            EntityKind::Pre { .. } => format!("<pre>{inner}</pre>"),
            EntityKind::ExpandableBlockquote => format!("<blockquote class=\"long\">{inner}</blockquote>"),
            _ => format!("<blockquote>{inner}</blockquote>"),
        });
        at = block.end();
        // The line break after a block belongs to the block.
        if slice(&content.text, at, at + 1) == "\n" {
            at += 1;
        }
    }
    out.push_str(&inline(content, at, total));
    out
}

/// The text between two borders of entities is wrapped separately, so that entities may cross each other.
fn inline(content: &FormattedText, from: usize, to: usize) -> String {
    if from >= to {
        return String::new();
    }
    let within: Vec<&Entity> = content
        .entities
        .iter()
        .filter(|entity| !is_block(entity) && entity.offset < to && from < entity.end())
        .collect();
    let mut borders = vec![from, to];
    borders.extend(
        within.iter().flat_map(|entity| [entity.offset, entity.end()]).filter(|border| (from..to).contains(border)),
    );
    borders.sort_unstable();
    borders.dedup();
    let mut out = String::new();
    for pair in borders.windows(2) {
        let text = slice(&content.text, pair[0], pair[1]);
        let mut wrapped = escape(text);
        for entity in within.iter().rev().filter(|entity| entity.offset <= pair[0] && pair[1] <= entity.end()) {
            wrapped = wrap(entity, content, &wrapped);
        }
        out.push_str(&wrapped);
    }
    out
}

fn wrap(entity: &Entity, content: &FormattedText, inner: &str) -> String {
    let link = |address: &str| {
        format!("<a href=\"{}\" rel=\"noreferrer nofollow\" target=\"_blank\">{inner}</a>", escape(address))
    };
    match &entity.kind {
        EntityKind::Bold => format!("<b>{inner}</b>"),
        EntityKind::Italic => format!("<i>{inner}</i>"),
        EntityKind::Underline => format!("<u>{inner}</u>"),
        EntityKind::Strikethrough => format!("<s>{inner}</s>"),
        EntityKind::Spoiler => format!("<span class=\"spoiler\" tabindex=\"0\">{inner}</span>"),
        EntityKind::Code => format!("<code>{inner}</code>"),
        // A demo only opens web links.
        EntityKind::TextLink { url } if url.starts_with("http://") || url.starts_with("https://") => link(url),
        EntityKind::Url => link(slice(&content.text, entity.offset, entity.end())),
        EntityKind::TextLink { .. } | EntityKind::Email | EntityKind::Hashtag | EntityKind::Mention => {
            format!("<span class=\"link\">{inner}</span>")
        }
        EntityKind::CustomEmoji { .. }
        | EntityKind::Blockquote
        | EntityKind::ExpandableBlockquote
        | EntityKind::Pre { .. } => inner.to_owned(),
    }
}

/// The part between two offsets in UTF-16 code units.
fn slice(text: &str, from: usize, to: usize) -> &str {
    let byte_at = |wanted: usize| {
        let mut units = 0;
        text.char_indices()
            .find(|(_, character)| {
                let here = units >= wanted;
                units += character.len_utf16();
                here
            })
            .map_or(text.len(), |(byte, _)| byte)
    };
    &text[byte_at(from)..byte_at(to)]
}

#[cfg(test)]
mod tests {
    use super::super::super::html::parse_html;
    use super::*;

    fn shown(source: &str) -> String {
        render(&parse_html(source).unwrap().cleaned())
    }

    #[test]
    fn styles_become_tags_and_everything_else_becomes_text() {
        assert_eq!(shown("<b>🦀 &lt;script&gt;</b> &amp; <i>co</i>"), "<b>🦀 &lt;script&gt;</b> &amp; <i>co</i>");
        assert_eq!(shown("#rust"), "<span class=\"link\">#rust</span>");
    }

    #[test]
    fn links_lead_to_the_web_only() {
        let link = shown("<a href=\"https://a.example/?a=1&amp;b=%22\">x</a>");
        assert!(link.starts_with("<a href=\"https://a.example/?a=1&amp;b=%22\" rel="), "{link}");
        assert_eq!(shown("<a href=\"tg://user?id=1\">x</a>"), "<span class=\"link\">x</span>");
    }

    #[test]
    fn a_quote_takes_the_line_breaks_around_it() {
        assert_eq!(shown("a\n<blockquote>b</blockquote>\nc"), "a<blockquote>b</blockquote>c");
        assert_eq!(shown("<b>x<i>y</i></b>"), "<b>x</b><b><i>y</i></b>");
    }
}
