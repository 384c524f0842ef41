//! The destinations of requests: hosts as manifests name them, origins as requests have them.

use std::fmt;

use serde_json::Value;
use tablon_core::Secrets;
use url::{Host, Url};

/// Scheme, host and port of an address, as the URL parser understood them: `http://2130706433/` has
/// the host `127.0.0.1` here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Whether the connection is encrypted.
    pub(crate) secure: bool,
    /// The name or address, normalised.
    pub(crate) host: Host,
    /// The port, also if it is the scheme's default.
    pub(crate) port: u16,
}

impl Origin {
    /// The origin of an `http` or `https` URL; none for other schemes and for URLs with a user name or password.
    pub fn of(url: &Url) -> Option<Self> {
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let host = url.host()?.to_owned();
        Some(Self { secure, host, port: url.port_or_known_default()? })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => write!(f, "{scheme}://{}", self.host),
            (_, port) => write!(f, "{scheme}://{}:{port}", self.host),
        }
    }
}

/// A host in a manifest: `api.example.org`, `setting:api_base_url` or `secret:webhook_url`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HostRule {
    /// The same host for everybody, over TLS.
    Fixed(Origin),
    /// The origin of the URL that a tenant typed into this setting.
    Setting(String),
    /// The origin of the URL in this secret.
    Secret(String),
}

impl HostRule {
    /// Parses an entry of a manifest.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("setting:") {
            return Ok(Self::Setting(name.to_owned()));
        }
        if let Some(name) = text.strip_prefix("secret:") {
            return Ok(Self::Secret(name.to_owned()));
        }
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let wrong = || format!("“{text}” is neither a host, nor setting:NAME, nor secret:NAME");
        let url = Url::parse(&full).map_err(|_| wrong())?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(format!("“{text}” must be a host alone, without a path"));
        }
        let origin = Origin::of(&url).ok_or_else(wrong)?;
        if !origin.secure {
            return Err(format!("“{text}” must be reached over https"));
        }
        Ok(Self::Fixed(origin))
    }

    /// Whether a tenant decides the host, and not the plugin's author.
    pub fn is_typed_by_tenants(&self) -> bool {
        !matches!(self, Self::Fixed(_))
    }

    /// The origin in one channel; none if the setting or secret isn't set or isn't a URL.
    pub(crate) fn resolve(&self, settings: &Value, secrets: &Secrets) -> Option<Origin> {
        let typed = match self {
            Self::Fixed(origin) => return Some(origin.clone()),
            Self::Setting(name) => settings.pointer(&format!("/{}", name.replace('.', "/")))?.as_str()?,
            Self::Secret(name) => secrets.get(name)?,
        };
        Origin::of(&Url::parse(typed).ok()?)
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(origin) => f.write_str(origin.to_string().trim_start_matches("https://")),
            Self::Setting(name) => write!(f, "setting:{name}"),
            Self::Secret(name) => write!(f, "secret:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Option<String> {
        Origin::of(&Url::parse(text).unwrap()).map(|o| o.to_string())
    }

    #[test]
    fn an_origin_is_what_the_connection_will_go_to() {
        assert_eq!(origin("HTTPS://API.Example.org:443/x").as_deref(), Some("https://api.example.org"));
        assert_eq!(origin("http://2130706433/").as_deref(), Some("http://127.0.0.1"));
        assert_eq!(origin("http://0x7f.1:8080/").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(origin("https://api.example.org@evil.example/"), None);
        assert_eq!(origin("ftp://example.org/"), None);
    }

    #[test]
    fn a_rule_is_a_bare_host_or_the_name_of_a_field() {
        assert!(matches!(HostRule::parse("api.example.org"), Ok(HostRule::Fixed(_))));
        assert_eq!(HostRule::parse("setting:base").unwrap(), HostRule::Setting("base".into()));
        for wrong in ["http://api.example.org", "api.example.org/v1", "", "a b", "user@host"] {
            assert!(HostRule::parse(wrong).is_err(), "{wrong}");
        }
    }
}
