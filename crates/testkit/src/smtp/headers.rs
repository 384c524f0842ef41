//! The headers of a mail, read strictly (RFC 5322) and decoded (RFC 2047).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::mail::unquote;

/// A header as received: its name, and its value with every fold.
pub(super) type Raw = (String, String);

/// Headers that may occur only once (RFC 5322, 3.6).
const ONCE: [&str; 10] =
    ["from", "to", "cc", "subject", "date", "message-id", "reply-to", "sender", "list-unsubscribe", "list-id"];
/// Required headers.
const NEEDED: [&str; 3] = ["from", "date", "message-id"];

/// Splits a mail into its headers and the rest.
///
/// # Errors
/// Its error, in the words of a mail filter.
pub(super) fn read(mail: &str) -> Result<(Vec<Raw>, &str), String> {
    let (head, body) = mail.split_once("\r\n\r\n").ok_or("no empty line after the headers")?;
    let mut headers: Vec<Raw> = Vec::new();
    for line in head.split("\r\n") {
        if line.len() > 998 {
            return Err("a header line is longer than 998 characters".into());
        }
        if !line.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t') {
            return Err(format!("a header holds a character that isn't printable ASCII: {line:?}"));
        }
        if line.starts_with([' ', '\t']) {
            let (_, value) = headers.last_mut().ok_or("the first line is folded")?;
            if line.trim().is_empty() {
                return Err("a folded line holds nothing but spaces".into());
            }
            value.push_str("\r\n");
            value.push_str(line);
            continue;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| format!("no header: {line:?}"))?;
        if name.is_empty() || !name.bytes().all(|b| (b'!'..=b'~').contains(&b)) {
            return Err(format!("no name of a header: {name:?}"));
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    Ok((headers, body))
}

/// Checks the required and single headers.
pub(super) fn check(headers: &[Raw]) -> Result<(), String> {
    let count = |wanted: &str| headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).count();
    if let Some(twice) = ONCE.iter().find(|name| count(name) > 1) {
        return Err(format!("{twice} stands more than once"));
    }
    if let Some(missing) = NEEDED.iter().find(|name| count(name) == 0) {
        return Err(format!("{missing} is missing"));
    }
    let value = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| unfold(value)).unwrap_or_default()
    };
    if chrono::DateTime::parse_from_rfc2822(&value("date")).is_err() {
        return Err(format!("Date is no date: {}", value("date")));
    }
    let id = value("message-id");
    let inner = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    if !inner.is_some_and(|id| id.matches('@').count() == 1 && !id.contains([' ', '<', '>'])) {
        return Err(format!("Message-ID is none: {id}"));
    }
    Ok(())
}

/// A value in one line.
pub(super) fn unfold(value: &str) -> String {
    value.replace("\r\n", "").trim().to_owned()
}

/// A value as a reader sees it: encoded words decoded.
pub(super) fn decode(value: &str) -> String {
    let text = unfold(value);
    let mut shown = String::new();
    let mut rest = text.as_str();
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        let Some((word, tail)) = encoded_word(from) else {
            shown.push_str(before);
            shown.push_str("=?");
            rest = &from[2..];
            after_word = false;
            continue;
        };
        // Spaces between two encoded words belong to neither.
        if !(after_word && before.trim().is_empty()) {
            shown.push_str(before);
        }
        shown.push_str(&word);
        (rest, after_word) = (tail, true);
    }
    shown.push_str(rest);
    shown
}

/// `=?utf-8?b?…?=` at the beginning of a text, and what follows it.
fn encoded_word(text: &str) -> Option<(String, &str)> {
    let mut fields = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let (content, tail) = rest.split_once("?=")?;
    if !charset.eq_ignore_ascii_case("utf-8") || content.contains(' ') || text.len() - tail.len() > 75 {
        return None;
    }
    let bytes = match encoding {
        "b" | "B" => STANDARD.decode(content).ok()?,
        "q" | "Q" => unquote(&content.replace('_', " ")).ok()?,
        _ => return None,
    };
    Some((String::from_utf8(bytes).ok()?, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_was_smuggled_in_is_seen() {
        let smuggled = "From: a@b\r\nSubject: Hi\r\nBcc: x@y\r\n\r\nbody";
        assert_eq!(read(smuggled).unwrap().0.len(), 3);
        assert!(read("From: a\nb: c\r\n\r\n").is_err());
        assert!(read("Sub ject: x\r\n\r\n").is_err());
        assert!(read("Subject: café\r\n\r\n").is_err());
    }

    #[test]
    fn encoded_words_are_read_as_a_mail_program_reads_them() {
        assert_eq!(decode(" =?utf-8?b?w6k=?=\r\n =?utf-8?q?_caf=C3=A9?= x"), "é café x");
        assert_eq!(decode("a =?utf-8?b?!!?= b"), "a =?utf-8?b?!!?= b");
    }

    #[test]
    fn what_a_mail_must_have_is_asked_for() {
        let headers = |text: &str| read(&format!("{text}\r\n\r\n")).unwrap().0;
        let good = "From: a@b\r\nDate: Mon, 15 Jun 2026 10:00:00 +0000\r\nMessage-ID: <1@b>";
        assert_eq!(check(&headers(good)), Ok(()));
        assert!(check(&headers("From: a@b\r\nMessage-ID: <1@b>")).unwrap_err().contains("date"));
        assert!(check(&headers(&format!("{good}\r\nFrom: c@d"))).unwrap_err().contains("more than once"));
        assert!(check(&headers(&good.replace("<1@b>", "1"))).unwrap_err().contains("Message-ID"));
    }
}
