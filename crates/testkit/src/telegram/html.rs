//! `parse_mode=HTML`, as strict as Telegram and with its error messages.
//!
//! It is not HTML: a dozen tags, four named entities, no attribute without a value, and one
//! mistake refuses the whole message. Offsets in errors count bytes of UTF-8.

use super::entities::{Entity, EntityKind, FormattedText, checked_link, utf16_len};

const TAGS: [&str; 16] = [
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// Text and entities of a message in HTML, or Telegram's error message.
pub fn parse_html(source: &str) -> Result<FormattedText, String> {
    let mut parser =
        Parser { bytes: source.as_bytes(), source, at: 0, out: FormattedText::default(), written: 0, open: Vec::new() };
    parser.run()?;
    Ok(parser.out)
}

struct Parser<'a> {
    bytes: &'a [u8],
    source: &'a str,
    at: usize,
    out: FormattedText,
    /// UTF-16 code units in `out.text`.
    written: usize,
    open: Vec<OpenTag>,
}

struct OpenTag {
    name: String,
    argument: String,
    /// Where it began, in UTF-16 and in bytes of the text so far.
    offset: usize,
    byte: usize,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x0b)
}

impl Parser<'_> {
    /// The byte here, or 0 after the end: Telegram's parser reads a terminated string.
    fn byte(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn ended(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while !self.ended() && wanted(self.byte()) {
            self.at += 1;
        }
    }

    fn put(&mut self, character: char) {
        self.out.text.push(character);
        self.written += character.len_utf16();
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(character) = self.source[self.at..].chars().next() {
            match character {
                '&' => {
                    let (decoded, length) = decode_entity(&self.source[self.at..])?.unwrap_or(('&', 1));
                    self.put(decoded);
                    self.at += length;
                }
                '<' if self.bytes.get(self.at + 1) == Some(&b'/') => self.end_tag()?,
                '<' => self.start_tag()?,
                other => {
                    self.put(other);
                    self.at += other.len_utf8();
                }
            }
        }
        match self.open.last() {
            Some(tag) => Err(format!("Can't find end tag corresponding to start tag \"{}\"", tag.name)),
            None => Ok(()),
        }
    }

    fn start_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        self.at += 1;
        let name_begin = self.at;
        self.skip_while(|byte| !is_space(byte) && byte != b'>');
        if self.ended() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        let name = self.source[name_begin..self.at].to_lowercase();
        if !TAGS.contains(&name.as_str()) {
            return Err(format!("Unsupported start tag \"{name}\" at byte offset {begin}"));
        }
        let mut argument = String::new();
        while self.byte() != b'>' {
            self.skip_while(is_space);
            if self.byte() == b'>' {
                break;
            }
            self.attribute(begin, &name, &mut argument)?;
            if self.ended() {
                return Err(format!("Unclosed start tag at byte offset {begin}"));
            }
        }
        if name == "span" && argument != "tg-spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        self.at += 1;
        self.open.push(OpenTag { name, argument, offset: self.written, byte: self.out.text.len() });
        Ok(())
    }

    fn attribute(&mut self, begin: usize, tag: &str, argument: &mut String) -> Result<(), String> {
        let name_begin = self.at;
        self.skip_while(|byte| !is_space(byte) && byte != b'=' && !(tag == "blockquote" && byte == b'>'));
        let name = self.source[name_begin..self.at].to_lowercase();
        if name.is_empty() {
            return Err(format!("Empty attribute name in the tag \"{tag}\" at byte offset {begin}"));
        }
        self.skip_while(is_space);
        // The only attribute that needs no value.
        if tag == "blockquote" && name == "expandable" && self.byte() != b'=' {
            "expandable".clone_into(argument);
            return Ok(());
        }
        if self.byte() != b'=' {
            return Err(format!(
                "Expected equal sign in declaration of an attribute of the tag \"{tag}\" at byte offset {begin}"
            ));
        }
        self.at += 1;
        self.skip_while(is_space);
        if self.ended() {
            return Err(format!("Unclosed start tag \"{tag}\" at byte offset {begin}"));
        }
        let value = self.attribute_value(begin)?;
        match (tag, name.as_str()) {
            ("a", "href") | ("span", "class") | ("tg-emoji", "emoji-id") => *argument = value,
            ("code", "class") => {
                if let Some(language) = value.strip_prefix("language-") {
                    language.clone_into(argument);
                }
            }
            ("blockquote", "expandable") => "expandable".clone_into(argument),
            _ => {}
        }
        Ok(())
    }

    fn attribute_value(&mut self, begin: usize) -> Result<String, String> {
        let quote = self.byte();
        if quote != b'"' && quote != b'\'' {
            let token = self.at;
            self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
            if !is_space(self.byte()) && self.byte() != b'>' {
                return Err(format!("Unexpected end of name token at byte offset {token}"));
            }
            return Ok(self.source[token..self.at].to_lowercase());
        }
        self.at += 1;
        let mut value = String::new();
        while let Some(character) = self.source[self.at..].chars().next() {
            if character == char::from(quote) {
                self.at += 1;
                return Ok(value);
            }
            let (decoded, length) = match character {
                '&' => decode_entity(&self.source[self.at..])?.unwrap_or(('&', 1)),
                other => (other, other.len_utf8()),
            };
            value.push(decoded);
            self.at += length;
        }
        Err(format!("Unclosed start tag at byte offset {begin}"))
    }

    fn end_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        let Some(tag) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        self.at += 2;
        let name_begin = self.at;
        self.skip_while(|byte| !is_space(byte) && byte != b'>');
        let name = self.source[name_begin..self.at].to_lowercase();
        self.skip_while(is_space);
        if self.byte() != b'>' {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        // `</>` closes any open tag.
        if !name.is_empty() && name != tag.name {
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{}>\", found \"</{name}>\"",
                tag.name
            ));
        }
        self.at += 1;
        self.close(&tag);
        Ok(())
    }

    fn close(&mut self, tag: &OpenTag) {
        let length = self.written - tag.offset;
        if length == 0 {
            return;
        }
        let kind = match tag.name.as_str() {
            "b" | "strong" => EntityKind::Bold,
            "i" | "em" => EntityKind::Italic,
            "u" | "ins" => EntityKind::Underline,
            "s" | "strike" | "del" => EntityKind::Strikethrough,
            "span" | "tg-spoiler" => EntityKind::Spoiler,
            "blockquote" if tag.argument.is_empty() => EntityKind::Blockquote,
            "blockquote" => EntityKind::ExpandableBlockquote,
            "tg-emoji" => EntityKind::CustomEmoji { id: tag.argument.clone() },
            "code" | "pre" => return self.close_code(tag, length),
            "a" => {
                let inner = &self.out.text[tag.byte..];
                let address = if tag.argument.is_empty() { inner } else { &tag.argument };
                match checked_link(address) {
                    Some(url) => EntityKind::TextLink { url },
                    None => {
                        self.out
                            .ignored
                            .push(format!("the link to {address:?}, which Telegram does not accept as an address"));
                        return;
                    }
                }
            }
            _ => return,
        };
        self.out.entities.push(Entity { kind, offset: tag.offset, length });
    }

    /// `<pre><code class="language-x">` over the same text is one block with a language.
    fn close_code(&mut self, tag: &OpenTag, length: usize) {
        let language = (!tag.argument.is_empty()).then(|| tag.argument.clone());
        let same = self.out.entities.iter_mut().find(|inner| inner.offset == tag.offset && inner.length == length);
        if let Some(inner) = same
            && tag.name == "pre"
            && matches!(&inner.kind, EntityKind::Pre { language: Some(_) })
        {
            return;
        }
        let kind = match (tag.name.as_str(), &language) {
            ("pre", _) => EntityKind::Pre { language: None },
            // A block only if a `pre` is directly around it.
            (_, Some(_)) if self.open.last().is_some_and(|outer| outer.name == "pre" && outer.offset == tag.offset) => {
                EntityKind::Pre { language }
            }
            _ => EntityKind::Code,
        };
        self.out.entities.push(Entity { kind, offset: tag.offset, length });
    }
}

/// The character that an entity at the start of this text stands for and the bytes it takes.
///
/// `None` if Telegram doesn't know the entity: then the ampersand is text.
fn decode_entity(text: &str) -> Result<Option<(char, usize)>, String> {
    let rest = &text[1..];
    let semicolon = |length: usize| if rest[length..].starts_with(';') { length + 2 } else { length + 1 };
    if let Some(number) = rest.strip_prefix('#') {
        let (digits, radix, prefix) = match number.strip_prefix('x') {
            Some(hexadecimal) => (hexadecimal, 16, 2),
            None => (number, 10, 1),
        };
        let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
        let code = u32::from_str_radix(&digits[..length], radix).unwrap_or(0);
        if code == 0 || code >= 0x10_ffff {
            return Ok(None);
        }
        return match char::from_u32(code) {
            Some(character) => Ok(Some((character, semicolon(prefix + length)))),
            None => Err("Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units".into()),
        };
    }
    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let character = match &rest[..length] {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        _ => return Ok(None),
    };
    Ok(Some((character, semicolon(length))))
}

/// The length of a message in HTML by Telegram's count, in UTF-16 code units.
pub fn html_len(source: &str) -> Result<usize, String> {
    parse_html(source).map(|parsed| utf16_len(&parsed.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(source: &str) -> String {
        parse_html(source).unwrap_err()
    }

    fn entities(source: &str) -> (String, Vec<(&'static str, usize, usize)>) {
        let parsed = parse_html(source).unwrap();
        (parsed.text, parsed.entities.iter().map(|e| (e.kind.name(), e.offset, e.length)).collect())
    }

    #[test]
    fn a_tag_that_telegram_does_not_know_is_refused_with_its_place_in_bytes() {
        assert_eq!(refusal("12345<x>"), "Unsupported start tag \"x\" at byte offset 5");
        assert_eq!(refusal("año <P>"), "Unsupported start tag \"p\" at byte offset 5");
        assert_eq!(refusal("<br/>"), "Unsupported start tag \"br/\" at byte offset 0");
        assert_eq!(refusal("a < b >"), "Unsupported start tag \"\" at byte offset 2");
    }

    #[test]
    fn a_tag_that_is_never_closed_is_refused() {
        assert_eq!(refusal("<b>x"), "Can't find end tag corresponding to start tag \"b\"");
        assert_eq!(refusal("1 < 2"), "Unsupported start tag \"\" at byte offset 2");
        assert_eq!(refusal("x <b"), "Unclosed start tag at byte offset 2");
        assert_eq!(refusal("<a href=\"x>y</a>"), "Unclosed start tag at byte offset 0");
        assert_eq!(refusal("<a href= "), "Unclosed start tag \"a\" at byte offset 0");
    }

    #[test]
    fn an_end_tag_without_its_start_or_in_the_wrong_order_is_refused() {
        assert_eq!(refusal("x</b>"), "Unexpected end tag at byte offset 1");
        assert_eq!(refusal("<b>x</i>"), "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\"");
        assert_eq!(refusal("<i>a</i   "), "Unclosed end tag at byte offset 4");
        assert_eq!(entities("<i>a</>").1, [("italic", 0, 1)]);
    }

    #[test]
    fn attributes_are_as_strict_as_telegrams() {
        assert_eq!(refusal("<i   =aba>"), "Empty attribute name in the tag \"i\" at byte offset 0");
        assert_eq!(
            refusal("<i   aba>"),
            "Expected equal sign in declaration of an attribute of the tag \"i\" at byte offset 0"
        );
        assert_eq!(refusal("<i aba = 19a.,>"), "Unexpected end of name token at byte offset 9");
        assert_eq!(refusal("<span>x</span>"), "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0");
        assert_eq!(entities("<span class=\"tg-spoiler\">x</span>").1, [("spoiler", 0, 1)]);
        assert_eq!(entities("<blockquote expandable>x</blockquote>").1, [("expandable_blockquote", 0, 1)]);
        assert_eq!(entities("<blockquote>x</blockquote>").1, [("blockquote", 0, 1)]);
    }

    #[test]
    fn only_four_named_entities_and_numbers_are_decoded() {
        assert_eq!(entities("&lt;&gt;&amp;&quot;&laquo;&nbsp;&#39;&#x1F980;&lt").0, "<>&\"&laquo;&nbsp;'🦀<");
        assert!(refusal("&#57311;").starts_with("Text contains invalid Unicode characters"));
    }

    #[test]
    fn entities_count_utf16_code_units() {
        assert_eq!(
            entities("🏟 🏟<i>🏟 &gt;<b>&lt🏟</b></i>"),
            ("🏟 🏟🏟 ><🏟".into(), vec![("bold", 9, 3), ("italic", 5, 7)])
        );
        assert_eq!(html_len("<b>🦀</b>&amp;").unwrap(), 3);
    }

    #[test]
    fn a_link_keeps_its_address_and_a_wrong_one_vanishes() {
        let parsed = parse_html("<a href=\"https://a.example/?x=1&amp;y=2\">go</a>").unwrap();
        assert_eq!(parsed.entities[0].kind, EntityKind::TextLink { url: "https://a.example/?x=1&y=2".into() });
        let parsed = parse_html("<a href=\"mailto:hr@a.example\">write</a>").unwrap();
        assert!(parsed.entities.is_empty());
        assert_eq!(parsed.ignored.len(), 1);
    }

    #[test]
    fn a_block_of_code_has_a_language_and_nothing_else_in_it() {
        let parsed = parse_html("<pre><code class=\"language-rust\">let <b>x</b></code></pre>").unwrap().cleaned();
        assert_eq!(parsed.text, "let x");
        assert_eq!(
            parsed.entities,
            [Entity { kind: EntityKind::Pre { language: Some("rust".into()) }, offset: 0, length: 5 }]
        );
    }
}
