//! The normalised e-mail address by which a person is looked up and counted.

use std::fmt;

use url::Host;

use crate::slug::printable;

/// An e-mail address as `users.email` has it: without control characters and spaces around it, in lower case.
///
/// Code that looks a person up by address, or counts attempts on their account, takes this type. So two spellings of
/// one account's address share one count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailKey(String);

impl EmailKey {
    /// The longest address (RFC 5321), in characters.
    pub const MAX: usize = 254;

    /// The key of a typed address. It may be malformed: then it belongs to no account.
    pub fn of(typed: &str) -> Self {
        Self(printable(typed).to_lowercase())
    }

    /// The mailbox that it leads to at most providers: without what follows a plus sign before the `@`, with the domain in
    /// ASCII (punycode), and at Gmail, which ignores them, without dots. Mails to one mailbox are counted by it, however the
    /// address was spelled; it isn't an address to send to.
    pub fn mailbox(&self) -> String {
        let Some((local, domain)) = self.0.rsplit_once('@') else { return self.0.clone() };
        let local = local.split_once('+').map_or(local, |(before, _)| before);
        let domain = ascii_domain(domain.trim_end_matches('.'));
        match domain.as_str() {
            "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
            _ => format!("{local}@{domain}"),
        }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A domain in the form in which all its spellings are the same; what is none stays as it is.
fn ascii_domain(domain: &str) -> String {
    // Longer ones are none (253 ASCII characters; Unicode takes up to four bytes for each).
    match (domain.len() <= 1_024).then(|| Host::parse(domain)) {
        Some(Ok(Host::Domain(ascii))) => ascii.trim_end_matches('.').to_ascii_lowercase(),
        _ => domain.to_owned(),
    }
}

impl fmt::Display for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_account_have_one_key() {
        let key = EmailKey::of("mod@example.org");
        for spelling in
            [" MOD@example.org ", "mod\u{1}@example.org", "\u{85}mod@exam\u{7f}ple.org\0", "mod@example.org\r\n"]
        {
            assert_eq!(EmailKey::of(spelling), key, "{spelling:?}");
            assert_eq!(EmailKey::of(EmailKey::of(spelling).as_str()), key, "the key of a key is itself");
        }
        assert_ne!(EmailKey::of("mods@example.org"), key);
    }

    #[test]
    fn spellings_that_reach_one_mailbox_are_counted_together() {
        for spelling in ["me@example.org", "Me@EXAMPLE.org", "me+jobs@example.org", "me+a+b@example.org."] {
            assert_eq!(EmailKey::of(spelling).mailbox(), "me@example.org", "{spelling}");
        }
        for spelling in ["me@bücher.example", "me@XN--BCHER-KVA.example", "Me+x@BÜCHER.example.", "me@bücher。example"]
        {
            assert_eq!(EmailKey::of(spelling).mailbox(), "me@xn--bcher-kva.example", "{spelling}");
        }
        for spelling in ["jane.doe@gmail.com", "J.a.n.e.Doe+jobs@googlemail.com", "janedoe@GMail.com."] {
            assert_eq!(EmailKey::of(spelling).mailbox(), "janedoe@gmail.com", "{spelling}");
        }
        assert_eq!(EmailKey::of("jane.doe@example.org").mailbox(), "jane.doe@example.org", "dots count elsewhere");
        assert_eq!(EmailKey::of("me@[192.0.2.1]").mailbox(), "me@[192.0.2.1]");
        assert_ne!(EmailKey::of("you@example.org").mailbox(), "me@example.org");
        assert_eq!(EmailKey::of("nobody").mailbox(), "nobody");
    }
}
