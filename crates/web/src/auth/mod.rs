//! Who may do what: sessions for people, bearer tokens for programs, private links for posters,
//! and the tokens that tie a form to the visitor it was shown to.

mod bearer;
mod csrf;
mod poster;
mod role;
mod session;
mod sign_in;
mod staff;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tablon_core::Keyring;

pub use bearer::{Actor, Bearer, Caller, mint_api_token};
pub use csrf::{CsrfForm, CsrfToken, carry_token};
pub use poster::{Poster, poster_cookie};
pub use role::{AsAdmin, AsMember, AsModerator, AsOwner, AtLeast};
pub use session::{end_session, session_cookie, session_secret};
pub use sign_in::{SignInError, sign_in};
pub use staff::{Operator, SignedIn, Staff};

/// The keys that sign, each derived for one purpose alone.
pub struct AuthKeys {
    api_token: [u8; 32],
    form: [u8; 32],
    keyring: Keyring,
}

impl AuthKeys {
    /// The keys that follow from the instance's secret.
    pub fn derive(keyring: &Keyring) -> Self {
        Self { api_token: keyring.derive("api-token"), form: keyring.derive("form-token"), keyring: keyring.clone() }
    }

    /// Makes the keys of lanes.
    pub(crate) fn lanes(&self) -> [u8; 32] {
        crate::channel_setup::lane_key(&self.keyring)
    }

    /// Seals and opens what must not be read from the database.
    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Ties forms to a binding: a session or a visitor's nonce.
    fn form_mac(&self, binding: &str) -> [u8; 32] {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.form);
        let mut mac = mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(binding.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for AuthKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthKeys(…)")
    }
}
