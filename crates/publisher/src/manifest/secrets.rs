//! The secrets that a plugin works with.

use regex::Regex;

use super::document::SecretSection;
use crate::hmac_key::HmacKey;
use crate::origin::HostRule;

/// Limits the program that a hostile pattern compiles to, in bytes. "Any but a few characters, 255 times" takes half a
/// megabyte, because it includes letters of every script.
const MAX_PATTERN_PROGRAM: usize = 2 * 1024 * 1024;

/// What the host requires of a secret, and what it is used for.
#[derive(Debug, Clone)]
pub struct SecretRule {
    /// The whole secret must match.
    pub pattern: Regex,
    /// The only places it is sent to.
    pub origins: Vec<HostRule>,
    /// How the key of a signature is stored in it; without this it signs nothing.
    pub hmac_key: Option<HmacKey>,
}

/// The rule of the secret `name`, which may only go to some of `hosts`.
pub(super) fn secret_rule(name: &str, section: SecretSection, hosts: &[HostRule]) -> Result<SecretRule, String> {
    let word = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if name.is_empty() || name.len() > 63 || !word {
        return Err(format!("“{name}” can't be a secret's name: lower-case letters, digits and _ only"));
    }
    // The host anchors the pattern: a pattern that matched only a part would allow anything in the rest.
    let pattern = regex::RegexBuilder::new(&format!(r"\A(?:{})\z", section.pattern))
        .size_limit(MAX_PATTERN_PROGRAM)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => format!("the pattern of the secret {name} is too large"),
            _ => format!("the pattern of the secret {name} is no regular expression"),
        })?;
    let mut origins = Vec::new();
    for origin in &section.origins {
        let rule = HostRule::parse(origin)?;
        if !hosts.contains(&rule) {
            return Err(format!("the secret {name} is bound to {origin}, which isn't among http.hosts"));
        }
        origins.push(rule);
    }
    Ok(SecretRule { pattern, origins, hmac_key: section.hmac_key })
}
