//! The short name of a tenant in addresses.

use std::fmt;
use std::str::FromStr;

use crate::form::FieldProblem;
use crate::search::fold;

/// The most characters a slug may have: a DNS label's 63.
pub const MAX_SLUG: usize = 63;

/// Slugs that have another meaning at the base address or would mislead.
const RESERVED: &[&str] = &["admin", "api", "www", "t", "login", "logout", "setup", "assets", "static"];

/// A tenant's short name: lower-case letters, digits and inner dashes, fit for a DNS label.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    /// The slug that a board's name suggests; `None` if nothing of the name fits into an address.
    pub fn proposed(name: &str) -> Option<Self> {
        slugify(name, MAX_SLUG).parse().ok()
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = FieldProblem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = !text.is_empty()
            && text.len() <= MAX_SLUG
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if !well_formed {
            return Err(FieldProblem::NotSlug);
        }
        if RESERVED.contains(&text) {
            return Err(FieldProblem::Taken);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text in the form of an address: ASCII letters and digits in lower case, dashes between, at most `max` long.
pub(crate) fn slugify(text: &str, max: usize) -> String {
    let mut slug = String::new();
    for c in fold(text).chars() {
        if slug.len() >= max {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Text without control characters and without white space around it: PostgreSQL refuses a NUL in any text.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_dns_label() {
        for good in ["acme", "a", "acme-devs", "2026"] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "Acme", "-acme", "acme-", "a_b", "a.b", "ñ", &"a".repeat(64)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_proposes_a_slug() {
        let proposed = |name| Slug::proposed(name).map(|slug| slug.to_string());
        assert_eq!(proposed("Rust Sevilla — ¡Ñandú!").as_deref(), Some("rust-sevilla-nandu"));
        assert_eq!((proposed("日本"), proposed("Admin")), (None, None));
        assert_eq!(proposed(&"a ".repeat(80)).map(|slug| slug.len()), Some(63));
    }

    #[test]
    fn a_title_becomes_readable_in_an_address() {
        assert_eq!(slugify("¿Programador/a Señor de C++ en Málaga?", 60), "programador-a-senor-de-c-en-malaga");
        assert_eq!(
            slugify("Spedytor ds. Łodzi – full-time, Straßenbau", 60),
            "spedytor-ds-lodzi-full-time-strassenbau"
        );
        assert_eq!(slugify("日本語", 60), "");
    }
}
