//! Whom a plugin may mail.

use std::fmt;

/// What a plugin may do with mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailRule {
    /// Whom a plugin may address; it never learns the addresses.
    pub audiences: Vec<Audience>,
    /// The secret that, where a channel has it, is the URL of the SMTP server that is used instead of the operator's.
    pub smtp_secret: Option<String>,
}

/// Whom a plugin may mail, as the manifest and the plugin name them: `setting:to`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The address or addresses that stand in this setting of the channel.
    Setting(String),
}

impl Audience {
    /// Parses an entry of a manifest.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("setting:") {
            Some(name) if !name.is_empty() => Ok(Self::Setting(name.to_owned())),
            _ => Err(format!("“{text}” is no audience: it must be setting:NAME")),
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(name) => write!(f, "setting:{name}"),
        }
    }
}
