//! The secrets of one call, and where each may be sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tablon_core::Secrets;
use zeroize::Zeroizing;

use super::scrub::Scrubber;
use crate::grant::{Grant, SecretGrant};
use crate::manifest::{Manifest, SecretRule};
use crate::origin::{HostRule, Origin};

/// The shortest secret the host uses. Shorter ones can't be scrubbed without destroying answers, and aren't secret.
const SHORTEST_SECRET: usize = 4;

/// The secrets and hosts that a call may use, resolved once, at its start.
pub(crate) struct Vault {
    secrets: Secrets,
    /// The secrets that the operator lets the plugin use, and how.
    granted: BTreeMap<String, SecretGrant>,
    manifest: Arc<Manifest>,
    /// Where requests may go.
    hosts: Vec<Origin>,
    /// Where requests that carry this secret may go.
    bound: BTreeMap<String, Vec<Origin>>,
    pub(crate) scrubber: Scrubber,
}

impl Vault {
    pub(crate) fn open(manifest: Arc<Manifest>, grant: &Grant, settings: &Value, secrets: &Secrets) -> Self {
        let granted = grant.of(&manifest);
        let resolve = |rules: &[HostRule]| -> Vec<Origin> {
            let reached = rules.iter().filter(|rule| granted.hosts.contains(rule));
            reached.filter_map(|rule| rule.resolve(settings, secrets)).collect()
        };
        let hosts = resolve(&granted.hosts);
        let bound = granted.secrets.iter().map(|(name, uses)| (name.clone(), resolve(&uses.origins))).collect();
        let scrubber = Scrubber::new(secrets.names().filter_map(|name| secrets.get(name)));
        Self { secrets: secrets.clone(), granted: granted.secrets, manifest, hosts, bound, scrubber }
    }

    /// The vault of a plugin that may use nothing.
    pub(crate) fn empty(manifest: Arc<Manifest>) -> Self {
        Self {
            secrets: Secrets::default(),
            granted: BTreeMap::new(),
            manifest,
            hosts: Vec::new(),
            bound: BTreeMap::new(),
            scrubber: Scrubber::default(),
        }
    }

    /// The secret's bytes, checked against the manifest's pattern.
    ///
    /// # Errors
    /// A sentence that names the secret and doesn't show it.
    pub(crate) fn secret(&self, name: &str) -> Result<&str, String> {
        let Some(rule) = self.manifest.secrets.get(name) else {
            return Err(format!("the manifest declares no secret named {}", self.scrubber.sentence(name, 63)));
        };
        if !self.granted.contains_key(name) {
            return Err(format!("this plugin wasn't granted the secret {name}"));
        }
        let Some(secret) = self.secrets.get(name) else {
            return Err(format!("the secret {name} isn't set"));
        };
        if !Self::accepts(rule, secret) {
            return Err(format!("the secret {name} doesn't have the form it must have"));
        }
        Ok(secret)
    }

    /// The URL of the channel's own mail server, if this secret is set.
    ///
    /// # Errors
    /// If it is set and can't be used.
    pub(crate) fn mail_server(&self, name: &str) -> Result<Option<&str>, String> {
        let url = match self.secrets.get(name) {
            None | Some("") => return Ok(None),
            Some(_) => self.secret(name)?,
        };
        if !self.granted.get(name).is_some_and(|uses| uses.smtp) {
            return Err(format!("this plugin wasn't granted a mail server by the secret {name}"));
        }
        Ok(Some(url))
    }

    /// The key that the secret holds, for a signature.
    ///
    /// # Errors
    /// As [`secret`](Self::secret); also if the manifest has no `hmac_key` for it, or the operator doesn't grant
    /// signing.
    pub(crate) fn hmac_key(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        let secret = self.secret(name)?;
        let Some(written) = self.manifest.secrets.get(name).and_then(|rule| rule.hmac_key.as_ref()) else {
            return Err(format!("the manifest doesn't say that the secret {name} signs (hmac_key)"));
        };
        if !self.granted.get(name).is_some_and(|uses| uses.sign) {
            return Err(format!("this plugin wasn't granted signing with the secret {name}"));
        }
        written.of(secret).ok_or_else(|| format!("the secret {name} doesn't hold a key to sign with"))
    }

    /// Whether a secret has the form it must have.
    pub(crate) fn accepts(rule: &SecretRule, secret: &str) -> bool {
        secret.len() >= SHORTEST_SECRET
            && !secret.chars().any(char::is_control)
            && rule.pattern.is_match(secret)
            && rule.hmac_key.as_ref().is_none_or(|key| key.of(secret).is_some())
    }

    /// Where requests that carry the secret may go.
    pub(crate) fn origins_of(&self, name: &str) -> &[Origin] {
        self.bound.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a request to `origin` that carries the secrets `carried` may leave.
    ///
    /// # Errors
    /// A sentence about what forbids it.
    pub(crate) fn permit(&self, origin: &Origin, carried: &[String]) -> Result<(), String> {
        if !self.hosts.contains(origin) {
            return Err(format!("{origin} is not among the hosts this plugin may reach"));
        }
        for name in carried {
            if !self.origins_of(name).contains(origin) {
                return Err(format!("the secret {name} may not be sent to {origin}"));
            }
        }
        Ok(())
    }
}
