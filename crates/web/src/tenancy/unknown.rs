//! Unknown hosts, logged for the operator.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::config::WebConfig;

/// The most hosts that are logged: somebody who scans the internet names a new one with each request.
const TOLD: usize = 32;
/// The longest host name (RFC 1035). A longer one is no operator's mistake.
const MAX_HOST: usize = 253;

/// The unknown hosts that were asked for, each logged once.
#[derive(Debug, Default)]
pub(super) struct UnknownHosts(Mutex<BTreeSet<String>>);

impl UnknownHosts {
    /// Logs that no board has `host`.
    pub(super) fn note(&self, host: &str, config: &WebConfig) {
        if host.len() > MAX_HOST || !self.is_new(host) {
            return;
        }
        tracing::warn!(
            host,
            base_url = %config.base_url,
            "no board answers at this host: if people type it to reach this server, set TABLON_BASE_URL to it or add it \
             to a board's hosts; behind a reverse proxy, let the proxy pass the Host header on (`tablon doctor` says how)"
        );
    }

    fn is_new(&self, host: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < TOLD && told.insert(host.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_is_told_once_and_a_scanner_fills_nothing() {
        let hosts = UnknownHosts::default();
        assert!(hosts.is_new("jobs.example"));
        assert!(!hosts.is_new("jobs.example"));
        for n in 0..10 * TOLD {
            hosts.is_new(&format!("host{n}.example"));
        }
        assert_eq!(hosts.0.lock().expect("not poisoned").len(), TOLD);
    }
}
