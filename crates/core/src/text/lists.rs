//! Lists as people type and paste them: lines that begin with a bullet of any kind.

use std::borrow::Cow;

/// Deeper lists stay at this depth.
const DEEPEST: usize = 6;

/// An open item of a list: the column of its marker, and the column of its text in the output.
struct Item {
    indent: usize,
    content: usize,
}

/// Makes every line that begins with a bullet a Markdown list item, and replaces tabs at the beginning of lines with
/// spaces. Fenced code stays as it is.
pub(super) fn markdown_lists(text: &str) -> Cow<'_, str> {
    let begins = |c: char| begins_bullet(c) || c.is_ascii_digit() || matches!(c, '-' | '*' | '+');
    if !text.lines().any(|line| line.trim_start().starts_with(begins) || line.starts_with(char::is_whitespace)) {
        return Cow::Borrowed(text);
    }
    let mut output = String::with_capacity(text.len() + 16);
    let mut items: Vec<Item> = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut after_blank = true;
    for line in text.split_inclusive('\n') {
        let (indent, rest) = indentation(line);
        if let Some((sign, length)) = fence {
            let run = rest.chars().take_while(|c| *c == sign).count();
            if run >= length && rest[run..].trim().is_empty() {
                fence = None;
            }
            output.push_str(line);
            continue;
        }
        if rest.trim().is_empty() {
            output.push_str(line);
            after_blank = true;
            continue;
        }
        if let Some(item) = bullet(rest) {
            while items.last().is_some_and(|open| open.indent >= indent) || items.len() >= DEEPEST {
                items.pop();
            }
            let base = items.last().map_or(0, |open| open.content);
            output.extend(std::iter::repeat_n(' ', base));
            output.push_str("- ");
            output.push_str(item);
            items.push(Item { indent, content: base + 2 });
        } else {
            let marker = marker_width(rest);
            if !after_blank && items.first().is_some_and(|first| indent <= first.indent) && begins_anew(rest) {
                output.push('\n');
                items.clear();
            }
            if marker.is_some() || after_blank {
                while items.last().is_some_and(|open| open.indent >= indent) {
                    items.pop();
                }
            }
            let base = items.last().map_or(0, |open| open.content);
            if let Some(width) = marker.filter(|_| indent < base + 4 && items.len() < DEEPEST) {
                items.push(Item { indent, content: indent + width });
            }
            fence = opens_fence(rest).filter(|_| indent < base + 4);
            output.extend(std::iter::repeat_n(' ', indent));
            output.push_str(rest);
        }
        after_blank = false;
    }
    if output == text { Cow::Borrowed(text) } else { Cow::Owned(output) }
}

/// A line's indentation, in columns with tabs at every fourth, and its rest.
fn indentation(line: &str) -> (usize, &str) {
    let mut column = 0;
    for (at, c) in line.char_indices() {
        match c {
            ' ' | '\u{a0}' | '\u{2003}' | '\u{2002}' => column += 1,
            '\t' => column += 4 - column % 4,
            _ => return (column, &line[at..]),
        }
    }
    (column, "")
}

fn begins_bullet(c: char) -> bool {
    is_sure_bullet(c) || matches!(c, '–' | '—' | '―' | '−' | 'o')
}

/// Bullets without another meaning, whatever follows; the last ones are those of Word's symbol fonts.
fn is_sure_bullet(c: char) -> bool {
    matches!(
        c,
        '•' | '·'
            | '∙'
            | '⋅'
            | '●'
            | '○'
            | '◦'
            | '▪'
            | '▫'
            | '■'
            | '□'
            | '◆'
            | '◇'
            | '‣'
            | '⁃'
            | '➢'
            | '⦁'
            | '\u{f0b7}'
            | '\u{f0a7}'
            | '\u{f0d8}'
            | '\u{f076}'
            | '\u{f0fc}'
    )
}

/// Whether a line after a list item, indented no more than the list, more likely begins something new than continues
/// the item, as Markdown would read it.
fn begins_anew(rest: &str) -> bool {
    rest.starts_with(char::is_uppercase) || rest.starts_with(char::is_alphabetic) && rest.trim_end().ends_with(':')
}

/// The text after the bullet that `rest` begins with.
fn bullet(rest: &str) -> Option<&str> {
    let mut characters = rest.chars();
    let sign = characters.next()?;
    let item = characters.as_str();
    let text = item.trim_start_matches([' ', '\t', '\u{a0}', '\u{2003}', '\u{2002}']);
    let is_parted = text.len() < item.len();
    let is_bullet = match sign {
        '–' | '—' | '―' | '−' => is_parted,
        // The round bullet of Word's second level is an `o` before a tab.
        'o' => item.starts_with('\t'),
        // Several in a row are an ornament, and a number after one may be a product's.
        _ => is_sure_bullet(sign) && !text.starts_with(is_sure_bullet),
    };
    (is_bullet && !text.trim().is_empty()).then_some(text)
}

/// The columns up to the text of an item that is Markdown already: `- text`, `1. text`.
fn marker_width(rest: &str) -> Option<usize> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match rest.as_bytes().get(digits)? {
        b'-' | b'+' | b'*' if digits == 0 => 1,
        b'.' | b')' if (1..=9).contains(&digits) => digits + 1,
        _ => return None,
    };
    let (spaces, text) = indentation(&rest[marker..]);
    ((1..=4).contains(&spaces) && !text.trim().is_empty()).then_some(marker + spaces)
}

fn opens_fence(rest: &str) -> Option<(char, usize)> {
    let sign = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = rest.chars().take_while(|c| *c == sign).count();
    (length >= 3 && !(sign == '`' && rest[length..].contains('`'))).then_some((sign, length))
}
