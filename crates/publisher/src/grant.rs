//! The permissions that the operator grants a plugin, of those that its manifest asks for.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::manifest::{Audience, Manifest};
use crate::origin::HostRule;

/// The operator's grant. A plugin may do what both its manifest names and its grant allows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Grant {
    /// Everything in the manifest, hosts typed by tenants (`setting:`, `secret:`) included.
    #[default]
    AsAsked,
    /// Only this.
    Only(Granted),
}

/// A grant entry by entry. As JSON: `{"hosts":["api.example.org"],"secrets":{"token":{"origins":["api.example.org"],
/// "sign":false,"smtp":false}},"mail":["setting:to"]}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Granted {
    /// Where requests may go.
    pub hosts: Vec<HostRule>,
    /// What may be done with each secret, by its name.
    pub secrets: BTreeMap<String, SecretGrant>,
    /// Whom it may mail.
    pub mail: Vec<Audience>,
}

/// The permissions of one secret. They name the secret, so that another version can't use it for something else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SecretGrant {
    /// Where requests that contain it may go, in their URL or in a header.
    pub origins: Vec<HostRule>,
    /// Whether bytes may be signed with it.
    pub sign: bool,
    /// Whether it may be the URL of a channel's own mail server.
    pub smtp: bool,
}

/// One permission. Displayed, it continues a sentence after "may": `send the secret token to api.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Requests may go there.
    Reach(HostRule),
    /// Requests there may carry the secret.
    Send {
        /// Its name.
        secret: String,
        /// Where.
        to: HostRule,
    },
    /// Bytes may be signed with this secret.
    Sign(String),
    /// Mail may be sent through the server of this secret.
    Smtp(String),
    /// This audience may be mailed.
    Mail(Audience),
}

impl Grant {
    /// Whether this audience may be mailed.
    pub fn allows_mail(&self, audience: &Audience) -> bool {
        match self {
            Self::AsAsked => true,
            Self::Only(granted) => granted.mail.contains(audience),
        }
    }

    /// The permissions of a plugin with this manifest under this grant.
    pub fn of(&self, manifest: &Manifest) -> Granted {
        let asked = Granted::asked_by(manifest);
        match self {
            Self::AsAsked => asked,
            Self::Only(granted) => asked.within(granted),
        }
    }

    /// The permissions in both.
    pub(crate) fn within(self, other: &Self) -> Self {
        match (self, other) {
            (own, Self::AsAsked) => own,
            (Self::AsAsked, Self::Only(_)) => other.clone(),
            (Self::Only(own), Self::Only(granted)) => Self::Only(own.within(granted)),
        }
    }
}

impl Granted {
    /// All permissions that a manifest asks for.
    pub fn asked_by(manifest: &Manifest) -> Self {
        let smtp = manifest.mail.smtp_secret.as_ref();
        let secret = |(name, rule): (&String, &crate::manifest::SecretRule)| {
            let uses =
                SecretGrant { origins: rule.origins.clone(), sign: rule.hmac_key.is_some(), smtp: smtp == Some(name) };
            (name.clone(), uses)
        };
        Self {
            hosts: manifest.hosts.clone(),
            secrets: manifest.secrets.iter().map(secret).collect(),
            mail: manifest.mail.audiences.clone(),
        }
    }

    /// Reads the stored form. A grant that can't be read allows nothing: the operator then sees denied requests, and no
    /// plugin gets more rights.
    pub fn stored(json: &Value) -> Self {
        Self::deserialize(json).unwrap_or_default()
    }

    /// The permissions in both.
    #[must_use]
    pub fn within(mut self, other: &Self) -> Self {
        self.hosts.retain(|host| other.hosts.contains(host));
        self.mail.retain(|audience| other.mail.contains(audience));
        self.secrets.retain(|name, _| other.secrets.contains_key(name));
        for (name, uses) in &mut self.secrets {
            let Some(others) = other.secrets.get(name) else { continue };
            uses.origins.retain(|origin| others.origins.contains(origin));
            uses.sign &= others.sign;
            uses.smtp &= others.smtp;
        }
        self
    }

    /// The permissions that are here and not in the other; a secret with none left keeps its name.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        self.hosts.retain(|host| !other.hosts.contains(host));
        self.mail.retain(|audience| !other.mail.contains(audience));
        for (name, uses) in &mut self.secrets {
            let Some(others) = other.secrets.get(name) else { continue };
            uses.origins.retain(|origin| !others.origins.contains(origin));
            uses.sign &= !others.sign;
            uses.smtp &= !others.smtp;
        }
        self
    }

    /// The permissions that `allowed` lets through. A secret goes to no host that isn't among them.
    #[must_use]
    pub fn only(mut self, allowed: impl Fn(&Permission) -> bool) -> Self {
        self.hosts.retain(|host| allowed(&Permission::Reach(host.clone())));
        self.mail.retain(|audience| allowed(&Permission::Mail(audience.clone())));
        for (name, uses) in &mut self.secrets {
            uses.origins.retain(|to| allowed(&Permission::Send { secret: name.clone(), to: to.clone() }));
            uses.sign &= allowed(&Permission::Sign(name.clone()));
            uses.smtp &= allowed(&Permission::Smtp(name.clone()));
        }
        self.bind_secrets();
        self
    }

    /// Takes away the sending of secrets to hosts that aren't granted: they shall get none either when somebody grants
    /// them for something else.
    pub fn bind_secrets(&mut self) {
        for uses in self.secrets.values_mut() {
            uses.origins.retain(|origin| self.hosts.contains(origin));
        }
    }

    /// The permissions that are here and not in the other, without empty secrets.
    #[must_use]
    pub fn beyond(self, other: &Self) -> Self {
        let mut beyond = self.without(other);
        beyond.secrets.retain(|_, uses| *uses != SecretGrant::default());
        beyond
    }

    /// Its permissions, one by one.
    pub fn permissions(&self) -> Vec<Permission> {
        let mut all: Vec<_> = self.hosts.iter().cloned().map(Permission::Reach).collect();
        for (name, uses) in &self.secrets {
            all.extend(uses.origins.iter().map(|to| Permission::Send { secret: name.clone(), to: to.clone() }));
            all.extend(uses.sign.then(|| Permission::Sign(name.clone())));
            all.extend(uses.smtp.then(|| Permission::Smtp(name.clone())));
        }
        all.extend(self.mail.iter().cloned().map(Permission::Mail));
        all
    }

    /// Whether it has this permission.
    pub fn allows(&self, permission: &Permission) -> bool {
        let uses = |secret: &String| self.secrets.get(secret);
        match permission {
            Permission::Reach(host) => self.hosts.contains(host),
            Permission::Send { secret, to } => uses(secret).is_some_and(|uses| uses.origins.contains(to)),
            Permission::Sign(secret) => uses(secret).is_some_and(|uses| uses.sign),
            Permission::Smtp(secret) => uses(secret).is_some_and(|uses| uses.smtp),
            Permission::Mail(audience) => self.mail.contains(audience),
        }
    }

    /// Whether it has no permission.
    pub fn is_empty(&self) -> bool {
        self.permissions().is_empty()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |to: &HostRule| match to {
            HostRule::Fixed(_) => to.to_string(),
            HostRule::Setting(name) => format!("the address in the setting {name} ({to})"),
            HostRule::Secret(name) => format!("the address in the secret {name} ({to})"),
        };
        match self {
            Self::Reach(host @ HostRule::Fixed(_)) => write!(f, "send requests to {host}"),
            Self::Reach(host @ (HostRule::Setting(field) | HostRule::Secret(field))) => {
                write!(f, "send requests to any public address that a board's admins type into {field} ({host})")
            }
            Self::Send { secret, to } => write!(f, "send the secret {secret} to {}", place(to)),
            Self::Sign(secret) => write!(f, "sign with the secret {secret}"),
            Self::Smtp(secret) => write!(f, "send mail through the server in the secret {secret}"),
            Self::Mail(audience) => write!(f, "send mail to {audience}"),
        }
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
    use serde_json::json;

    use super::*;

    fn granted(json: Value) -> Granted {
        serde_json::from_value(json).unwrap()
    }

    /// A secret that goes to these places.
    fn to(origins: &[&str]) -> Value {
        json!({ "origins": origins, "sign": false, "smtp": false })
    }

    #[test]
    fn a_grant_reads_back_as_it_was_written() {
        let written = json!({
            "hosts": ["api.example.org", "a.example:8443", "setting:url"],
            "secrets": { "token": { "origins": ["api.example.org"], "sign": true, "smtp": false } },
            "mail": ["setting:to"],
        });
        assert_eq!(serde_json::to_value(granted(written.clone())).unwrap(), written);
    }

    #[test]
    fn what_can_not_be_read_grants_nothing() {
        for unreadable in [json!({ "hosts": ["http://plain.example"] }), json!({ "secrets": ["token"] }), json!(null)] {
            assert!(Granted::stored(&unreadable).is_empty(), "{unreadable}");
        }
    }

    #[test]
    fn a_plugin_that_asks_for_more_gets_what_was_granted_before() {
        let before = granted(json!({ "hosts": ["a.example"], "secrets": { "token": to(&["a.example"]) } }));
        let asked = granted(json!({ "hosts": ["a.example", "b.example"], "mail": ["setting:to"] }));
        assert_eq!(asked.clone().within(&before), granted(json!({ "hosts": ["a.example"] })));
        assert_eq!(asked.beyond(&before), granted(json!({ "hosts": ["b.example"], "mail": ["setting:to"] })));
    }

    #[test]
    fn a_secret_that_is_to_go_to_another_granted_host_is_more_than_before() {
        let hosts = ["a.example", "b.example"];
        let before = granted(json!({ "hosts": hosts, "secrets": { "token": to(&["a.example"]) } }));
        let asked = granted(json!({ "hosts": hosts, "secrets": { "token": to(&hosts) } }));
        assert_eq!(asked.clone().within(&before), before);
        let more = asked.beyond(&before);
        assert_eq!(more, granted(json!({ "secrets": { "token": to(&["b.example"]) } })));
        assert_eq!(more.permissions()[0].to_string(), "send the secret token to b.example");
        assert!(before.clone().beyond(&before).is_empty());
    }

    #[test]
    fn a_secret_that_is_to_be_used_in_another_way_is_more_than_before() {
        let before = granted(json!({ "hosts": ["a.example"], "secrets": { "token": to(&["a.example"]) } }));
        for (key, says) in
            [("sign", "sign with the secret token"), ("smtp", "send mail through the server in the secret token")]
        {
            let mut asked = serde_json::to_value(&before).unwrap();
            asked["secrets"]["token"][key] = json!(true);
            let asked = granted(asked);
            assert_eq!(asked.clone().within(&before), before);
            let more: Vec<_> = asked.beyond(&before).permissions().iter().map(ToString::to_string).collect();
            assert_eq!(more, [says]);
        }
    }

    #[test]
    fn whatever_a_grant_allows_is_either_in_another_or_beyond_it() {
        let all = granted(json!({
            "hosts": ["a.example", "setting:url"],
            "secrets": { "token": { "origins": ["a.example", "setting:url"], "sign": true, "smtp": true } },
            "mail": ["setting:to"],
        }));
        let some = granted(json!({
            "hosts": ["setting:url"],
            "secrets": { "token": { "origins": ["a.example"], "sign": true, "smtp": false } },
        }));
        let (within, beyond) = (all.clone().within(&some), all.clone().beyond(&some));
        for permission in all.permissions() {
            assert_ne!(within.allows(&permission), beyond.allows(&permission), "{permission}");
            assert_eq!(within.allows(&permission), some.allows(&permission), "{permission}");
        }
    }
}
