//! A plugin's manifest: `plugin.toml`, carried in the component's custom section [`crate::package::MANIFEST_SECTION`].

mod document;
mod lanes;
mod mail;
mod secrets;

use std::collections::BTreeMap;

use document::{Document, OneOrMore};
use lanes::checked_limits;
use secrets::secret_rule;

pub use lanes::{CredentialLane, DestinationLane, Limit, ServerLane};
pub use mail::{Audience, MailRule, RecipientKind};
pub use secrets::SecretRule;

use crate::origin::HostRule;

/// The version of the contract this host speaks, as manifests name it.
pub const CONTRACT: &str = "1.0";

/// The largest manifest, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// A manifest that was read and checked.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The name that channels refer to: lower-case letters, digits and dashes.
    pub id: String,
    /// For people.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// The version of the contract it was built for.
    pub contract: String,
    /// One sentence for people.
    pub description: Option<String>,
    /// SPDX expression.
    pub license: Option<String>,
    /// The author's web site.
    pub homepage: Option<String>,
    /// The hosts it may send requests to.
    pub hosts: Vec<HostRule>,
    /// The secrets it works with, by name.
    pub secrets: BTreeMap<String, SecretRule>,
    /// The audiences it may mail.
    pub mail: MailRule,
    /// The lane of one credential.
    pub credential_lane: Option<CredentialLane>,
    /// The lane of one destination.
    pub destination_lane: Option<DestinationLane>,
    /// For platforms that count or block everything from one IP address.
    pub server_lane: Option<ServerLane>,
    /// Name and description in other languages, by language (BCP 47).
    pub translations: BTreeMap<String, Translation>,
    /// The test section for `tablon plugin test`; the host ignores it.
    pub test: Option<toml::Table>,
}

/// What people read of a manifest, in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Translation {
    /// For people.
    pub name: Option<String>,
    /// One sentence for people.
    pub description: Option<String>,
}

/// Why a manifest can't be used; the sentence is for the operator and the plugin's author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is made for another version of the contract.
    #[error("the manifest is wrong: it is made for contract {0}; this host speaks {CONTRACT}")]
    Contract(String),
    /// Anything else.
    #[error("the manifest is wrong: {0}")]
    Wrong(String),
}

impl From<String> for ManifestError {
    fn from(words: String) -> Self {
        Self::Wrong(words)
    }
}

impl Manifest {
    /// Reads and checks a `plugin.toml`.
    ///
    /// # Errors
    /// The first error.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        if text.len() > MAX_BYTES {
            return Err(format!("it is longer than {MAX_BYTES} bytes").into());
        }
        let document: Document = toml::from_str(text).map_err(|e| e.to_string())?;
        check_id(&document.id)?;
        check_line("name", &document.name, 80)?;
        check_version(&document.version)?;
        for (key, line) in [("description", &document.description), ("license", &document.license)] {
            line.as_ref().map_or(Ok(()), |line| check_line(key, line, 300))?;
        }
        for (locale, words) in &document.translations {
            for (key, line, max) in [("name", &words.name, 80), ("description", &words.description, 300)] {
                let key = format!("translations.{locale}.{key}");
                line.as_ref().map_or(Ok(()), |line| check_line(&key, line, max))?;
            }
        }
        if let Some(homepage) = &document.homepage
            && !homepage.starts_with("https://")
        {
            return Err("homepage must begin with https://".to_owned().into());
        }
        if document.contract != CONTRACT {
            return Err(ManifestError::Contract(document.contract));
        }
        let hosts = document.http.hosts.iter().map(|h| HostRule::parse(h)).collect::<Result<Vec<_>, _>>()?;
        let mut secrets = BTreeMap::new();
        for (name, section) in document.secrets {
            secrets.insert(name.clone(), secret_rule(&name, section, &hosts)?);
        }
        for host in &hosts {
            if let HostRule::Secret(name) = host
                && !secrets.contains_key(name)
            {
                return Err(format!("http.hosts names the secret {name}, which isn't declared").into());
            }
        }
        let audiences = document.mail.audiences.iter().map(|a| Audience::parse(a)).collect::<Result<Vec<_>, _>>()?;
        if let Some(name) = &document.mail.smtp_secret
            && !secrets.contains_key(name)
        {
            return Err(format!("mail.smtp_secret names the secret {name}, which isn't declared").into());
        }
        let credential_lane = document.lanes.credential.map(|section| {
            let names = match section.secret {
                OneOrMore::One(name) => vec![name],
                OneOrMore::More(names) => names,
            };
            if let Some(name) = names.iter().find(|name| !secrets.contains_key(*name)) {
                return Err(format!("lanes.credential names the secret {name}, which isn't declared"));
            }
            let limits = checked_limits("lanes.credential", section.limits)?;
            Ok(CredentialLane { secrets: names, limits })
        });
        let destination_lane = document.lanes.destination.map(|section| {
            let limits = checked_limits("lanes.destination", section.limits)?;
            Ok::<_, String>(DestinationLane { settings: section.settings, limits })
        });
        let server_lane = document.lanes.server.map(|section| match section.limits {
            limits if limits.is_empty() => Ok(ServerLane { limits }),
            limits => checked_limits("lanes.server", limits).map(|limits| ServerLane { limits }),
        });
        Ok(Self {
            id: document.id,
            name: document.name,
            version: document.version,
            contract: document.contract,
            description: document.description,
            license: document.license,
            homepage: document.homepage,
            hosts,
            secrets,
            mail: MailRule {
                audiences,
                smtp_secret: document.mail.smtp_secret,
                recipient_setting: document.mail.recipient_setting,
            },
            credential_lane: credential_lane.transpose()?,
            destination_lane: destination_lane.transpose()?,
            server_lane: server_lane.transpose()?,
            translations: document
                .translations
                .into_iter()
                .map(|(locale, words)| (locale, Translation { name: words.name, description: words.description }))
                .collect(),
            test: document.test,
        })
    }

    /// The settings it refers to: each must be in the plugin's settings schema.
    pub(crate) fn settings_named(&self) -> impl Iterator<Item = &str> {
        let rules = self.hosts.iter().chain(self.secrets.values().flat_map(|s| &s.origins));
        let hosts = rules.filter_map(|rule| match rule {
            HostRule::Setting(name) => Some(name.as_str()),
            _ => None,
        });
        let audiences = self.mail.audiences.iter().map(|Audience::Setting(name)| name.as_str());
        hosts
            .chain(audiences)
            .chain(self.mail.recipient_setting.as_deref())
            .chain(self.destination_lane.iter().flat_map(|lane| lane.settings.iter().map(String::as_str)))
    }
}

fn check_id(id: &str) -> Result<(), String> {
    let fits = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits || id.len() > 63 || !id.starts_with(|c: char| c.is_ascii_lowercase()) || id.ends_with('-') {
        return Err("id must be lower-case letters, digits and dashes, beginning with a letter, at most 63".into());
    }
    Ok(())
}

fn check_version(version: &str) -> Result<(), String> {
    let fits = version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    if version.is_empty() || version.len() > 64 || !fits {
        return Err("version must be letters, digits, dots, dashes and plus signs, at most 64".into());
    }
    Ok(())
}

fn check_line(key: &str, line: &str, max: usize) -> Result<(), String> {
    if line.trim().is_empty() || line.chars().count() > max || line.chars().any(char::is_control) {
        return Err(format!("{key} must be one line of at most {max} characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        id = "example"
        name = "Example"
        version = "1.2.0"
        contract = "1.0"
        [http]
        hosts = ["setting:base_url", "api.example.org"]
        [secrets.token]
        pattern = "[a-z]{8}"
        origins = ["setting:base_url"]
        [mail]
        audiences = ["setting:to"]
        [lanes.credential]
        secret = "token"
        limits = [{ count = 30, per_ms = 1000 }]
        [lanes.destination]
        settings = ["room"]
        limits = [{ count = 1, per_ms = 1000 }]
    "#;

    fn error(change: (&str, &str)) -> String {
        assert!(GOOD.contains(change.0), "{}", change.0);
        Manifest::parse(&GOOD.replace(change.0, change.1)).unwrap_err().to_string()
    }

    #[test]
    fn a_sound_manifest_is_read() {
        let manifest = Manifest::parse(GOOD).unwrap();
        assert_eq!(manifest.hosts.len(), 2);
        assert_eq!(manifest.settings_named().collect::<Vec<_>>(), ["base_url", "base_url", "to", "room"]);
    }

    #[test]
    fn a_secrets_pattern_always_covers_the_whole_secret() {
        let manifest = Manifest::parse(GOOD).unwrap();
        let pattern = &manifest.secrets["token"].pattern;
        assert!(pattern.is_match("abcdefgh"));
        assert!(!pattern.is_match("abcdefgh@evil.example/"));
        assert!(!pattern.is_match("abcdefgh\n"));
    }

    #[test]
    fn a_manifest_that_contradicts_itself_is_refused() {
        assert!(error((r#"origins = ["setting:base_url"]"#, r#"origins = ["evil.example"]"#)).contains("http.hosts"));
        assert!(error((r#"secret = "token""#, r#"secret = "other""#)).contains("isn't declared"));
        assert!(error((r#"contract = "1.0""#, r#"contract = "9.0""#)).contains("speaks 1.0"));
        assert!(error(("count = 30", "count = 0")).contains("above zero"));
        assert!(error((r#"id = "example""#, r#"id = "../etc""#)).contains("id must be"));
        assert!(error(("[a-z]{8}", "(")).contains("no regular expression"));
        assert!(error(("[a-z]{8}", r"\\w{1000}{1000}")).contains("too large"));
        assert!(error(("setting:to", "everybody")).contains("no audience"));
        assert!(error(("[mail]", "[mail]\nsmtp_secret = \"url\"")).contains("isn't declared"));
        assert!(error(("[http]", "[filesystem]\n[http]")).contains("filesystem"));
    }
}
