//! What the operator lets a plugin have, of what its manifest asks for.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::manifest::{Audience, Manifest};
use crate::origin::HostRule;

/// What the operator lets a plugin have. A plugin has what its manifest names and its grant allows, whichever is less.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Grant {
    /// Everything in the manifest, hosts typed by tenants (`setting:`, `secret:`) included.
    #[default]
    AsAsked,
    /// Only this.
    Only(Granted),
}

/// A grant entry by entry. As JSON: `{"hosts":["api.example.org"],"secrets":["token"],"mail":["setting:to"]}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Granted {
    /// Where requests may go.
    pub hosts: Vec<HostRule>,
    /// The secrets that may be used.
    pub secrets: Vec<String>,
    /// Whom it may mail.
    pub mail: Vec<Audience>,
}

impl Grant {
    /// Whether requests may go there.
    pub(crate) fn allows(&self, rule: &HostRule) -> bool {
        match self {
            Self::AsAsked => true,
            Self::Only(granted) => granted.hosts.contains(rule),
        }
    }

    /// Whether the secret may be used.
    pub(crate) fn allows_secret(&self, name: &str) -> bool {
        match self {
            Self::AsAsked => true,
            Self::Only(granted) => granted.secrets.iter().any(|granted| granted == name),
        }
    }

    /// Whether this audience may be mailed.
    pub fn allows_mail(&self, audience: &Audience) -> bool {
        match self {
            Self::AsAsked => true,
            Self::Only(granted) => granted.mail.contains(audience),
        }
    }

    /// What a plugin with this manifest has under this grant.
    pub fn of(&self, manifest: &Manifest) -> Granted {
        let asked = Granted::asked_by(manifest);
        match self {
            Self::AsAsked => asked,
            Self::Only(granted) => asked.within(granted),
        }
    }
}

impl Granted {
    /// Everything that a manifest asks for.
    pub fn asked_by(manifest: &Manifest) -> Self {
        Self {
            hosts: manifest.hosts.clone(),
            secrets: manifest.secrets.keys().cloned().collect(),
            mail: manifest.mail.audiences.clone(),
        }
    }

    /// What is in both.
    pub fn within(mut self, other: &Self) -> Self {
        self.hosts.retain(|host| other.hosts.contains(host));
        self.secrets.retain(|secret| other.secrets.contains(secret));
        self.mail.retain(|audience| other.mail.contains(audience));
        self
    }

    /// What is here and not in the other.
    pub fn beyond(mut self, other: &Self) -> Self {
        self.hosts.retain(|host| !other.hosts.contains(host));
        self.secrets.retain(|secret| !other.secrets.contains(secret));
        self.mail.retain(|audience| !other.mail.contains(audience));
        self
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.secrets.is_empty() && self.mail.is_empty()
    }
}

macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(HostRule);
as_text!(Audience);

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(json: &str) -> Granted {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_grant_reads_back_as_it_was_written() {
        let text =
            r#"{"hosts":["api.example.org","a.example:8443","setting:url"],"secrets":["token"],"mail":["setting:to"]}"#;
        assert_eq!(serde_json::to_string(&granted(text)).unwrap(), text);
        assert!(serde_json::from_str::<Granted>(r#"{"hosts":["http://plain.example"]}"#).is_err());
    }

    #[test]
    fn a_plugin_that_asks_for_more_gets_what_was_granted_before() {
        let before = granted(r#"{"hosts":["a.example"],"secrets":["token"]}"#);
        let asked = granted(r#"{"hosts":["a.example","b.example"],"mail":["setting:to"]}"#);
        assert_eq!(asked.clone().within(&before), granted(r#"{"hosts":["a.example"]}"#));
        assert_eq!(asked.beyond(&before), granted(r#"{"hosts":["b.example"],"mail":["setting:to"]}"#));
    }
}
