//! HTML entities decoded: `R&amp;D`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::decode::windows_1252;

/// The longest name of an entity, with `&` and `;`.
const LONGEST: usize = 34;
/// Some exports escape text that was already escaped.
const ROUNDS: usize = 2;

static NAMED: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    entities::ENTITIES.iter().filter(|e| e.entity.ends_with(';')).map(|e| (e.entity, e.characters)).collect()
});

/// One line of text: entities decoded, every run of white space one space.
pub(super) fn line(text: &str) -> String {
    let text = unescape(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text with its entities decoded; those without a `;` stay, because addresses are full of `&copy=1`.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        if !text.contains('&') {
            break;
        }
        text = Cow::Owned(once(&text));
    }
    text
}

fn once(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        output.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
        match end.and_then(|end| Some((character(&rest[..=end])?, end))) {
            Some((decoded, end)) => {
                output.push_str(&decoded);
                rest = &rest[end + 1..];
            }
            None => {
                output.push('&');
                rest = &rest[1..];
            }
        }
    }
    output.push_str(rest);
    output
}

fn character(entity: &str) -> Option<Cow<'static, str>> {
    let Some(number) = entity.strip_prefix("&#").and_then(|number| number.strip_suffix(';')) else {
        return NAMED.get(entity).map(|characters| Cow::Borrowed(*characters));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let decoded = match u8::try_from(code) {
        // HTML reads these as Windows-1252.
        Ok(byte) if (0x80..0xa0).contains(&byte) => windows_1252(byte),
        _ => char::from_u32(code).filter(|c| *c != '\0')?,
    };
    Some(Cow::Owned(decoded.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_become_what_they_stand_for() {
        for (text, read) in [
            ("R&amp;D", "R&D"),
            ("R&amp;amp;D", "R&D"),
            ("Jos&eacute; &#8211; Caf&#xe9;", "José – Café"),
            ("It&#39;s&nbsp;here", "It's here"),
            ("&#150;", "–"),
            ("https://a.example/?a=1&amp;b=2&copy=3", "https://a.example/?a=1&b=2&copy=3"),
            ("AT&T; & so &unknown; on &", "AT&T; & so &unknown; on &"),
            ("&#0;&#xffffffff;", "&#0;&#xffffffff;"),
        ] {
            assert_eq!(line(text), read, "{text}");
        }
    }
}
