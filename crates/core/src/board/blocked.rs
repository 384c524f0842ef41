//! Blocked words and domains: how they are written down, and where they occur.

use url::{Host, Url};

use crate::form::FieldProblem;
use crate::search::fold;
use crate::slug::printable;

/// The most characters of a blocked word or phrase.
const MAX_WORD: usize = 60;
/// Longer pieces of a text are no host names (253 ASCII characters; Unicode takes up to four bytes for each).
const MAX_HOST_BYTES: usize = 1_024;

/// A word or phrase as it was typed; `None` if nothing of it would be compared.
pub(super) fn word(typed: &str) -> Result<Option<String>, FieldProblem> {
    let word = printable(typed);
    if word.chars().count() > MAX_WORD {
        return Err(FieldProblem::TooLong { max: MAX_WORD });
    }
    Ok(Some(word).filter(|word| !fold(word).is_empty()))
}

/// A domain, also out of an address that was pasted: in ASCII, lower case, without `www.`; `None` for nothing.
pub(super) fn domain(typed: &str) -> Result<Option<String>, FieldProblem> {
    let typed = printable(typed);
    if typed.is_empty() {
        return Ok(None);
    }
    let name = typed.strip_prefix("*.").or_else(|| typed.strip_prefix('@')).unwrap_or(&typed);
    let host = if name.contains("://") {
        Url::parse(name).ok().and_then(|url| url.host_str().and_then(canonical))
    } else {
        name.split(['/', '?', '#', ':']).next().and_then(canonical)
    };
    let wrong = || FieldProblem::NotDomain { entry: typed.chars().take(MAX_WORD).collect() };
    let host = host.filter(|host| host.contains('.')).ok_or_else(wrong)?;
    let bare = host.strip_prefix("www.").filter(|rest| rest.contains('.'));
    Ok(Some(bare.map_or(host.clone(), str::to_owned)))
}

/// A domain name in the form in which two spellings of it are the same; `None` for an IP address and for no name.
fn canonical(host: &str) -> Option<String> {
    if host.len() > MAX_HOST_BYTES {
        return None;
    }
    match Host::parse(host) {
        Ok(Host::Domain(domain)) => {
            let domain = domain.trim_end_matches('.').to_ascii_lowercase();
            (!domain.is_empty() && !domain.contains(char::is_whitespace)).then_some(domain)
        }
        _ => None,
    }
}

/// Which of the blocked domains a text names, in a link or without one, with everything below them.
pub(super) fn domains_in<'a>(text: &str, blocked: &'a [String]) -> Vec<&'a str> {
    let mut found = Vec::new();
    let in_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '%' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}');
    // Invisible characters are left out of a host name by IDNA, so they don't end one here.
    let ends_host = |c: char| !in_host(c) && !matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}');
    for piece in text.split(ends_host) {
        let piece = piece.trim_matches(['.', '-']);
        if !piece.contains(['.', '%', '\u{3002}', '\u{FF0E}', '\u{FF61}']) {
            continue;
        }
        let Some(host) = canonical(piece) else { continue };
        for domain in blocked {
            let is_it = host.strip_suffix(domain.as_str()).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
            if is_it && !found.contains(&domain.as_str()) {
                found.push(domain);
            }
        }
    }
    found
}

/// Which of the blocked words occur in a text, as whole words.
pub(super) fn words_in<'a>(text: &str, blocked: &'a [String]) -> Vec<&'a str> {
    if blocked.is_empty() {
        return Vec::new();
    }
    let text = fold(text);
    blocked.iter().map(String::as_str).filter(|word| has_word(&text, &fold(word))).collect()
}

fn has_word(text: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text[from..].find(word).map(|at| from + at) {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        // A sign such as that of "c++" ends its word itself.
        let is_end = |inside: Option<char>, outside: Option<char>| {
            !(inside.is_some_and(char::is_alphanumeric) && outside.is_some_and(char::is_alphanumeric))
        };
        if is_end(word.chars().next(), before) && is_end(word.chars().next_back(), after) {
            return true;
        }
        // The next occurrence begins another word, so a run of letters is looked at once.
        let rest = &text[at..];
        let run = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        from = at + if run > 0 { run } else { rest.chars().next().map_or(1, char::len_utf8) };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    #[test]
    fn words_are_found_whole_whatever_their_capitals_accents_and_dashes() {
        let words = blocked(&["Crypto", "pirámide", "get rich quick", "C++", "b b"]);
        for (text, found) in [
            ("We do CRYPTO.", vec!["Crypto"]),
            ("cryptography and bcrypto", vec![]),
            ("Una PIRAMIDE de ventas", vec!["pirámide"]),
            ("Get-rich  quick!", vec!["get rich quick"]),
            ("get rich quickly", vec![]),
            ("We use C++17 and c++, not C", vec!["C++"]),
            ("ab b b", vec!["b b"]),
            ("b bb b b", vec!["b b"]),
            ("c++c++ c++", vec!["C++"]),
            ("", vec![]),
        ] {
            assert_eq!(words_in(text, &words), found, "{text}");
        }
    }

    #[test]
    fn a_domain_is_stored_in_one_spelling() {
        for (typed, stored) in [
            ("Bit.LY", "bit.ly"),
            ("https://www.evil.example/path?x", "evil.example"),
            ("*.evil.example.", "evil.example"),
            ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
            ("evil.example:8443/x", "evil.example"),
            ("www.com", "www.com"),
        ] {
            assert_eq!(domain(typed), Ok(Some(stored.to_owned())), "{typed}");
        }
        assert_eq!(domain("  "), Ok(None));
        for wrong in ["evil", "10.0.0.1", "not a domain.example", "https://", "."] {
            assert!(domain(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_domain_is_found_in_every_spelling_that_a_browser_follows() {
        let domains = blocked(&["evil.example", "xn--mnchen-3ya.example"]);
        for text in [
            "https://evil.example/x",
            "see EVIL.example.",
            "http://www.Evil.Example.:80/",
            "mail hr@jobs.evil.example",
            "https://evil%2Eexample/",
            "https://evil。example/",
            "https://ｅｖｉｌ.example/",
            "https://ev\u{ad}il.ex\u{200b}ample/",
            "https://user@evil.example",
            "(evil.example)",
        ] {
            assert_eq!(domains_in(text, &domains), ["evil.example"], "{text}");
        }
        assert_eq!(domains_in("http://jobs.münchen.example", &domains), ["xn--mnchen-3ya.example"]);
        for text in ["https://notevil.example", "evil.example.org", "evil example", "e.g. this", "https://10.0.0.1/"] {
            assert!(domains_in(text, &domains).is_empty(), "{text}");
        }
    }
}
