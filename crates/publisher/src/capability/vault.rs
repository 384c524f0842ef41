//! The secrets of one call, and where each may go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use tablon_core::Secrets;
use zeroize::Zeroizing;

use super::scrub::Scrubber;
use crate::grant::Grant;
use crate::manifest::{Manifest, SecretRule};
use crate::origin::{HostRule, Origin};

/// The shortest secret the host uses. Shorter ones can't be scrubbed without turning answers into
/// noise, and are no secrets.
const SHORTEST_SECRET: usize = 4;

/// What a call may use: resolved once, at its start.
pub(crate) struct Vault {
    secrets: Secrets,
    /// Those that the operator doesn't let the plugin use.
    withheld: BTreeSet<String>,
    manifest: Arc<Manifest>,
    /// Where requests may go at all.
    hosts: Vec<Origin>,
    /// Where requests that carry this secret may go.
    bound: BTreeMap<String, Vec<Origin>>,
    pub(crate) scrubber: Scrubber,
}

impl Vault {
    pub(crate) fn open(manifest: Arc<Manifest>, grant: &Grant, settings: &Value, secrets: &Secrets) -> Self {
        let resolve = |rules: &[HostRule]| -> Vec<Origin> {
            rules.iter().filter(|rule| grant.allows(rule)).filter_map(|r| r.resolve(settings, secrets)).collect()
        };
        let hosts = resolve(&manifest.hosts);
        let bound = manifest.secrets.iter().map(|(name, rule)| (name.clone(), resolve(&rule.origins))).collect();
        let withheld = manifest.secrets.keys().filter(|name| !grant.allows_secret(name)).cloned().collect();
        let scrubber = Scrubber::new(secrets.names().filter_map(|name| secrets.get(name)));
        Self { secrets: secrets.clone(), withheld, manifest, hosts, bound, scrubber }
    }

    /// A vault of a plugin that may use nothing.
    pub(crate) fn empty(manifest: Arc<Manifest>) -> Self {
        Self {
            secrets: Secrets::default(),
            withheld: BTreeSet::new(),
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
        if self.withheld.contains(name) {
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

    /// The same, for a secret that needn't be set.
    ///
    /// # Errors
    /// When it is set and can't be used.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&str>, String> {
        match self.secrets.get(name) {
            None | Some("") => Ok(None),
            Some(_) => self.secret(name).map(Some),
        }
    }

    /// The key that the secret holds, for a signature.
    ///
    /// # Errors
    /// As [`secret`](Self::secret).
    pub(crate) fn hmac_key(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        let secret = self.secret(name)?;
        let rule = self.manifest.secrets.get(name);
        let key = rule.and_then(|rule| rule.hmac_key.of(secret));
        key.ok_or_else(|| format!("the secret {name} doesn't hold a key to sign with"))
    }

    /// Whether a secret has the form it must have.
    pub(crate) fn accepts(rule: &SecretRule, secret: &str) -> bool {
        secret.len() >= SHORTEST_SECRET
            && !secret.chars().any(char::is_control)
            && rule.pattern.is_match(secret)
            && rule.hmac_key.of(secret).is_some()
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
