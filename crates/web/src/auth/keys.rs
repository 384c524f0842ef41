//! The keys for signing and sealing, derived from the instance's one secret.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tablon_core::Keyring;

/// The signing keys, each derived for one purpose.
pub struct AuthKeys {
    pub(super) api_token: [u8; 32],
    form: [u8; 32],
    keyring: Keyring,
}

impl AuthKeys {
    /// The keys derived from the instance's secret.
    pub fn derive(keyring: &Keyring) -> Self {
        Self { api_token: keyring.derive("api-token"), form: keyring.derive("form-token"), keyring: keyring.clone() }
    }

    /// The key for the names of lanes.
    pub(crate) fn lanes(&self) -> [u8; 32] {
        lane_key(&self.keyring)
    }

    /// Seals and opens secrets in the database.
    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The MAC that ties forms to a binding: a session or a visitor's nonce.
    pub(super) fn form_mac(&self, binding: &str) -> [u8; 32] {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.form);
        let mut mac = mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(binding.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// The key for the names of lanes, so that a name doesn't reveal the secret behind it. The reconciler needs the same
/// key, for channels that move.
pub fn lane_key(keyring: &Keyring) -> [u8; 32] {
    keyring.derive("lanes")
}

impl std::fmt::Debug for AuthKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthKeys(…)")
    }
}
