//! Secrets in memory.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

/// Secrets by name. Never printed, wiped from memory when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, Zeroizing<String>>);

impl Secrets {
    /// Sets one.
    pub fn insert(&mut self, name: impl Into<String>, secret: impl Into<String>) {
        self.0.insert(name.into(), Zeroizing::new(secret.into()));
    }

    /// One by name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|s| s.as_str())
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Every name and secret.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), secret.as_str()))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<String>, S: Into<String>> FromIterator<(N, S)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (N, S)>>(pairs: I) -> Self {
        let mut secrets = Self::default();
        for (name, secret) in pairs {
            secrets.insert(name, secret);
        }
        secrets
    }
}
