//! Addresses, as people type them and platforms write them.

use crate::Board;

/// An address that a setting may change: without white space and a slash at the end; `otherwise`, where it is empty.
///
/// ```
/// use tablon_plugin::address_or;
/// assert_eq!(address_or(" https://matrix.example/ ", "https://matrix.org"), "https://matrix.example");
/// assert_eq!(address_or("", "https://matrix.org"), "https://matrix.org");
/// ```
pub fn address_or<'a>(setting: &'a str, otherwise: &'a str) -> &'a str {
    match setting.trim().trim_end_matches('/') {
        "" => otherwise,
        address => address,
    }
}

/// Whether two addresses of the web are one: platforms give some back in another spelling than they were sent in.
///
/// ```
/// use tablon_plugin::same_address;
/// assert!(same_address("https://Board.Example:443/a|b", "https://board.example/a%7cb"));
/// assert!(!same_address("https://board.example/a", "https://board.example/b"));
/// ```
pub fn same_address(a: &str, b: &str) -> bool {
    spelled_out(a) == spelled_out(b)
}

/// Scheme and host in lower case, no port that goes without saying, a path, and nothing encoded.
fn spelled_out(url: &str) -> Option<(String, String, Vec<u8>)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(port).unwrap_or(host).to_lowercase();
    let mut plain = Vec::from(if path.starts_with('/') { "" } else { "/" });
    let mut bytes = path.as_bytes();
    while let [first, rest @ ..] = bytes {
        let encoded = rest.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match encoded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                bytes = &rest[2..];
            }
            None => {
                plain.push(*first);
                bytes = rest;
            }
        }
    }
    Some((scheme, host, plain))
}

impl Board {
    /// Its accent colour as a number, red first: `#0f766e` is `0x0f766e`. None where the board has another idea of
    /// colours.
    pub fn rgb(&self) -> Option<u32> {
        let digits = self.color.trim().strip_prefix('#').filter(|digits| digits.len() == 6)?;
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::target;

    #[test]
    fn an_address_is_known_again_however_it_is_written() {
        for (ours, theirs) in [
            ("https://Board.Example/jobs/1", "https://board.example/jobs/1"),
            ("https://board.example", "https://board.example/"),
            ("http://board.example:80?a=1#b", "http://board.example/?a=1#b"),
            ("https://board.example/ingeniería?q=ñ|%7c", "https://board.example/ingenier%C3%ADa?q=%c3%B1%7C|"),
        ] {
            assert!(same_address(ours, theirs), "{ours} {theirs}");
        }
        for (ours, theirs) in [
            ("https://e.org", "http://e.org"),
            ("https://e.org/a", "https://e.org/A"),
            ("https://e.org:80", "https://e.org"),
        ] {
            assert!(!same_address(ours, theirs), "{ours} {theirs}");
        }
    }

    #[test]
    fn a_colour_is_six_digits() {
        let rgb = |color: &str| Board { color: color.into(), ..target(serde_json::json!({})).board }.rgb();
        assert_eq!((rgb(" #0f766e"), rgb("#fff"), rgb("teal"), rgb("#00000g")), (Some(0x000f_766e), None, None, None));
    }
}
