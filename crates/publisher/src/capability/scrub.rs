//! Removes secrets from everything that goes back to a plugin, an admin or the log.
//!
//! Platforms send requests back: the URL in an error page, a header in a debug answer. A secret may come back
//! unchanged, percent-encoded, JSON-escaped or with a character reference, wholly or in parts; so the comparison
//! decodes the text and doesn't list spellings. In base64, a secret may follow other bytes, such as a user's name:
//! there the search is for the characters that depend on the secret alone.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use url::Url;
use zeroize::Zeroizing;

/// Replaces a secret.
const MARK: &[u8] = b"[secret]";

/// The longest spelling of one byte that is recognised: `\u00XX`.
const LONGEST_SPELLING: usize = 6;

/// The shortest part of a secret URL that is searched for by itself: a webhook's token is longer; ids and words of a
/// path are shorter or only digits.
const SHORTEST_PART: usize = 20;

/// The secrets of one call.
#[derive(Default)]
pub(crate) struct Scrubber(Vec<Zeroizing<Vec<u8>>>);

impl Scrubber {
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let needle = |text: &str| Zeroizing::new(text.as_bytes().to_vec());
        let mut needles: Vec<_> = Vec::new();
        for secret in secrets.filter(|s| !s.is_empty()) {
            needles.push(needle(secret));
            // A platform may return only the secret part of a URL: Discord does so with a webhook's token.
            if let Ok(address) = Url::parse(secret) {
                needles.extend(address.path_segments().into_iter().flatten().filter(|p| is_telling(p)).map(needle));
                needles.extend(address.password().filter(|p| is_telling(p)).map(needle));
            }
        }
        needles.extend(needles.clone().iter().flat_map(|secret| in_base64(secret)));
        // Longest first: a secret may contain another.
        needles.sort_by_key(|n| std::cmp::Reverse(n.len()));
        Self(needles)
    }

    /// How many bytes beyond a cut must be read, so that a secret across the cut is found.
    pub(crate) fn margin(&self) -> usize {
        self.0.first().map_or(0, |longest| longest.len() * LONGEST_SPELLING)
    }

    /// The bytes with secrets replaced.
    pub(crate) fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let mut output: Option<Vec<u8>> = None;
        let (mut at, mut copied) = (0, 0);
        while at < bytes.len() {
            match self.0.iter().find_map(|needle| spelled(needle, &bytes[at..])) {
                Some(length) => {
                    let output = output.get_or_insert_with(Vec::new);
                    output.extend_from_slice(&bytes[copied..at]);
                    output.extend_from_slice(MARK);
                    at += length;
                    copied = at;
                }
                None => at += 1,
            }
        }
        match output {
            None => Cow::Borrowed(bytes),
            Some(mut output) => {
                output.extend_from_slice(&bytes[copied..]);
                Cow::Owned(output)
            }
        }
    }

    /// The text with secrets replaced.
    pub(crate) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    /// A text for people, from a plugin or a platform: without secrets and control characters, and at
    /// most `max` characters long.
    pub(crate) fn sentence(&self, text: &str, max: usize) -> String {
        let clean = self.text(text);
        let mut line: String = clean.chars().map(|c| if c.is_control() { ' ' } else { c }).take(max + 1).collect();
        if line.chars().count() > max {
            line = line.chars().take(max - 1).collect();
            line.push('…');
        }
        line
    }
}

/// The part of a secret's base64, also in its URL form, that is the same after any other bytes; there are three, by the
/// number of those bytes modulo three.
fn in_base64(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let shown = |before: usize, alphabet: &GeneralPurpose| {
        let whole = Zeroizing::new([&[0; 2][..before], secret].concat());
        let encoded = Zeroizing::new(alphabet.encode(&whole).into_bytes());
        // A character has six bits; those at both ends are shared with the bytes beside the secret.
        Zeroizing::new(encoded[(before * 8).div_ceil(6)..whole.len() * 8 / 6].to_vec())
    };
    let mut all: Vec<_> =
        (0..3).flat_map(|before| [shown(before, &STANDARD_NO_PAD), shown(before, &URL_SAFE_NO_PAD)]).collect();
    all.dedup();
    all
}

fn is_telling(part: &str) -> bool {
    part.len() >= SHORTEST_PART && !part.bytes().all(|b| b.is_ascii_digit())
}

/// The number of bytes of `needle`, in any spelling, at the beginning of `text`; the largest, if several readings are
/// possible (`&amp;` is five bytes for `&`, or one and something else).
fn spelled(needle: &[u8], text: &[u8]) -> Option<usize> {
    // Nearly every position ends here, without an allocation.
    let first = *needle.first()?;
    if plain(first, text).is_none() && escaped(first, text).is_none() {
        return None;
    }
    let mut ends = vec![0];
    for byte in needle {
        let mut next: Vec<usize> = ends
            .iter()
            .filter_map(|end| Some((*end, text.get(*end..)?)))
            .flat_map(|(end, rest)| {
                [plain(*byte, rest), escaped(*byte, rest)].into_iter().flatten().map(move |n| end + n)
            })
            .collect();
        if next.is_empty() {
            return None;
        }
        next.sort_unstable();
        next.dedup();
        ends = next;
    }
    ends.pop()
}

fn plain(byte: u8, text: &[u8]) -> Option<usize> {
    (text.first() == Some(&byte)).then_some(1)
}

fn escaped(byte: u8, text: &[u8]) -> Option<usize> {
    let hex = |digits: Option<&[u8]>| {
        let digits = std::str::from_utf8(digits?).ok()?;
        u8::from_str_radix(digits, 16).ok().filter(|value| *value == byte)
    };
    match *text.first()? {
        b'%' => hex(text.get(1..3)).map(|_| 3),
        b'\\' if text.get(1) == Some(&byte) => Some(2),
        b'\\' if text.get(1..4) == Some(b"u00") => hex(text.get(4..6)).map(|_| 6),
        b'&' => {
            let end = text.iter().take(LONGEST_SPELLING).position(|b| *b == b';')?;
            let decoded = match std::str::from_utf8(text.get(1..end)?).ok()? {
                "amp" => b'&',
                "lt" => b'<',
                "gt" => b'>',
                "quot" => b'"',
                "apos" => b'\'',
                number => {
                    let number = number.strip_prefix('#')?;
                    match number.strip_prefix(['x', 'X']) {
                        Some(digits) => u8::from_str_radix(digits, 16).ok()?,
                        None => number.parse().ok()?,
                    }
                }
            };
            (decoded == byte).then_some(end + 1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_spelling_a_platform_may_echo() {
        let scrubber = Scrubber::new(["12:a/b&c"].into_iter());
        for spelling in
            ["12:a/b&c", "12%3Aa%2fb%26c", "12:a\\/b&c", "12\\u003aa/b\\u0026c", "12:a/b&amp;c", "12&#58;a/b&#x26;c"]
        {
            assert_eq!(scrubber.text(&format!("<{spelling}>")), "<[secret]>", "{spelling}");
        }
    }

    #[test]
    fn a_secret_of_escape_characters_is_found_without_trying_every_reading() {
        let secret = "\\".repeat(100);
        let scrubber = Scrubber::new([secret.as_str()].into_iter());
        assert_eq!(scrubber.text(&"\\".repeat(200)), "[secret]");
        assert_eq!(scrubber.text(&format!("{}x", "\\".repeat(99))), format!("{}x", "\\".repeat(99)));
    }

    #[test]
    fn other_text_stays_as_it_is() {
        let scrubber = Scrubber::new(["secret-token"].into_iter());
        for text in ["", "secret-toke", "50 % \\ & é", "secret-secret-toke"] {
            assert_eq!(scrubber.text(text), text);
        }
        assert_eq!(scrubber.text("secret-secret-token!"), "secret-[secret]!");
    }

    #[test]
    fn of_two_secrets_the_longer_is_hidden_wholly() {
        let scrubber = Scrubber::new(["abcd", "abcdefgh"].into_iter());
        assert_eq!(scrubber.text("abcdefgh abcd"), "[secret] [secret]");
    }

    #[test]
    fn of_a_secret_address_the_part_that_makes_it_secret_is_hidden_too() {
        let secret = "https://discord.com/api/webhooks/1100000000000000006/kJ4fR7wQ2mZ9xT1vB6nL8pD3hG5s";
        let scrubber = Scrubber::new([secret].into_iter());
        let told = r#"{"id":"1100000000000000006","token":"kJ4fR7wQ2mZ9xT1vB6nL8pD3hG5s"}"#;
        assert_eq!(scrubber.text(told), r#"{"id":"1100000000000000006","token":"[secret]"}"#);
        assert_eq!(scrubber.text(&format!("<{secret}>")), "<[secret]>");
        assert_eq!(scrubber.text("https://discord.com/api/webhooks"), "https://discord.com/api/webhooks");
    }

    #[test]
    fn a_secret_is_found_in_base64_behind_anything() {
        let scrubber = Scrubber::new(["s3cr>t-p?ss~"].into_iter());
        for user in ["", "a", "me", "bot", "someone"] {
            for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let shown = scrubber.text(&format!("Basic {}.", alphabet.encode(format!("{user}:s3cr>t-p?ss~!"))));
                assert!(shown.contains("[secret]"), "{shown}");
                let left = shown.split("[secret]").collect::<String>();
                // The remaining text can only be the user's name and the ends.
                assert!(left.len() <= "Basic .".len() + user.len() * 4 / 3 + 8, "{shown}");
            }
        }
        assert_eq!(scrubber.text("Basic bWU6aGVsbG8gd29ybGQ="), "Basic bWU6aGVsbG8gd29ybGQ=");
    }

    #[test]
    fn a_sentence_is_one_short_line() {
        let scrubber = Scrubber::default();
        assert_eq!(scrubber.sentence("a\r\nb", 10), "a  b");
        assert_eq!(scrubber.sentence(&"é".repeat(20), 5), "éééé…");
    }
}
