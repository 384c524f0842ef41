//! Headers that show exactly the typed text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::header::{HeaderName, HeaderValue};

/// The most bytes in one encoded word: so a line stays below 76 characters (RFC 2047, 2) after every header's name.
const WORD: usize = 36;

/// A header whose reader sees exactly `text`. `lettre` sends ASCII unchanged, so a mail program would decode a title
/// like `=?utf-8?q?Boss?=`: such a text is encoded as a whole.
pub(super) fn literal(name: &'static str, text: String) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    if !text.contains("=?") {
        return HeaderValue::new(name, text);
    }
    let encoded = encoded_words(&text);
    HeaderValue::dangerous_new_pre_encoded(name, text, encoded)
}

/// The text as encoded words, one a line. Mail programs drop white space between encoded words.
fn encoded_words(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for character in text.chars() {
        if word.len() + character.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(character);
    }
    words.push(word);
    let words: Vec<String> = words.iter().map(|word| format!("=?utf-8?b?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_split_between_characters() {
        let text = format!("=?{}", "ñ".repeat(60));
        let encoded = encoded_words(&text);
        assert!(encoded.split("\r\n").all(|line| line.len() <= 66), "{encoded}");
        let decode = |word: &str| {
            let word = word.trim().trim_start_matches("=?utf-8?b?").trim_end_matches("?=");
            String::from_utf8(STANDARD.decode(word).expect("base64")).expect("whole characters")
        };
        assert_eq!(encoded.split("\r\n").map(decode).collect::<String>(), text);
    }
}
