//! Invisible characters, replaced by what they stand for.

/// The characters of Windows-1252 at 0x80 to 0x9f. Text that was read as Latin-1 has control characters there. A space
/// where Windows-1252 has none.
const WINDOWS_1252: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

/// Unicode's "next line", and the ellipsis of Windows-1252.
const NEXT_LINE: char = '\u{85}';

/// A text with `\n` as its only line break, `\t` as its only control character, and no invisible characters, except
/// those that change how the letters beside them look.
pub fn lines(text: &str) -> String {
    let right_to_left = text.chars().any(is_right_to_left);
    let mut output = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let before = output.chars().next_back();
        let next = characters.peek().copied();
        match c {
            '\n' | '\t' => output.push(c),
            // A Windows line break is one break, not two.
            '\r' if next == Some('\n') => {}
            // Word's break within a paragraph and its page break; the line separators of Unicode and ASCII.
            '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1d}' | '\u{2028}' | '\u{2029}' => output.push('\n'),
            // Before a letter it separates two lines; at a line's end or before a space it is an ellipsis.
            NEXT_LINE if next.is_some_and(char::is_alphanumeric) => output.push('\n'),
            '\u{80}'..='\u{9f}' => output.push(WINDOWS_1252[c as usize - 0x80]),
            // Word's non-breaking hyphen; anywhere but between letters it separates records.
            '\u{1e}' if before.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric) => {
                output.push('-');
            }
            '\u{1e}' => output.push('\n'),
            // The end of a table cell in Word; the blank pattern of Braille.
            '\u{7}' | '\u{2800}' => output.push(' '),
            '\u{200c}' | '\u{200d}' => {
                if before.is_some_and(joins) && next.is_some_and(joins) {
                    output.push(c);
                }
            }
            '\u{200e}' | '\u{200f}' | '\u{61c}' => {
                if right_to_left {
                    output.push(c);
                }
            }
            // The flags of England, Scotland and Wales are written with these.
            '\u{e0020}'..='\u{e007f}' => {
                if before.is_some_and(|b| matches!(b, '\u{1f3f4}' | '\u{e0020}'..='\u{e007f}')) {
                    output.push(c);
                }
            }
            _ if is_invisible(c) => {}
            _ => output.push(c),
        }
    }
    output
}

/// A text on one line: as [`lines`], with spaces for breaks, tabs and spaces of other widths, trimmed.
pub fn one_line(text: &str) -> String {
    let line: String = lines(text).chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    line.trim().to_owned()
}

/// Whether a character changes the reading direction of all text after it (UAX #9's embeddings, overrides and
/// isolates). Letters have their own direction without it.
pub fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text with anything to see in it, for JSON Schema: what [`is_visible`] says of characters up to U+FFFF.
pub const VISIBLE_PATTERN: &str = r"[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff]";

/// Whether the text has a visible character.
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_invisible(c) && !matches!(c, '\u{200c}'..='\u{200f}' | '\u{2800}'))
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || turns_direction(c)
        || matches!(c,
            '\u{ad}' // soft hyphen
            | '\u{34f}' // combining grapheme joiner
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers of Hangul
            | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether joiners beside this character change how it looks: in scripts from Arabic on, and in emoji.
fn joins(c: char) -> bool {
    c >= '\u{600}' && !matches!(c, '\u{2000}'..='\u{206f}') && !is_invisible(c)
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_break_is_a_line_break() {
        for sign in ["\n", "\r\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{1c}", "\u{2028}", "\u{2029}"] {
            assert_eq!(lines(&format!("one{sign}two")), "one\ntwo", "{sign:?}");
            assert_eq!(one_line(&format!("one{sign}two{sign}")).trim_end_matches('…'), "one two", "{sign:?}");
        }
    }

    #[test]
    fn text_of_windows_that_was_read_as_latin_1_is_read_as_what_it_was() {
        assert_eq!(lines("30\u{96}40 \u{80} \u{93}soon\u{85}\u{94}"), "30–40 € “soon…”");
        assert_eq!(lines("and so on\u{85} and on"), "and so on… and on");
    }

    #[test]
    fn what_nobody_sees_is_gone_and_what_shapes_letters_stays() {
        assert_eq!(lines("ba\u{200b}ker\u{feff}\u{ad}\u{2060}\u{0}\u{1b} \u{202e}x"), "baker x");
        assert_eq!(lines("a\u{200d}b"), "ab");
        for kept in
            ["👩\u{200d}💻", "می\u{200c}خواهم", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "❤\u{fe0f}"]
        {
            assert_eq!(lines(kept), kept);
        }
        assert!(!is_visible(" \u{a0}\u{200b}\u{2800}\u{3164}\u{200d}") && is_visible("\u{200b}a"));
    }

    #[test]
    fn the_pattern_of_a_schema_agrees_about_what_can_be_seen() {
        let pattern = regex::Regex::new(VISIBLE_PATTERN).expect("a pattern");
        for c in (0_u32..0x1_0000).filter_map(char::from_u32) {
            let text = c.to_string();
            // A letter mark is gone without letters of its script beside it.
            let visible = is_visible(&text) && c != '\u{61c}';
            assert_eq!(pattern.is_match(&text), visible, "{c:?}");
        }
    }

    #[test]
    fn mending_twice_changes_nothing() {
        let all: String = (1_u32..0x3100).chain(0xe000..0x1_0000).filter_map(char::from_u32).collect();
        let once = lines(&all);
        assert_eq!(lines(&once), once);
    }
}
