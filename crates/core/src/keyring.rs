//! The instance's one secret key, and the keys derived from it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand::Rng as _;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The fewest bytes of a secret key.
pub const MIN_KEY_BYTES: usize = 32;
/// The first byte of a sealed record: its format.
const FORMAT: u8 = 1;
/// The bytes of a record's key id.
const KEY_ID: usize = 4;
/// The bytes of XChaCha20's nonce.
const NONCE: usize = 24;

/// Derives purpose-bound keys from the secret key, and seals secrets with one of them.
#[derive(Clone)]
pub struct Keyring {
    secret: Zeroizing<Vec<u8>>,
}

impl Keyring {
    /// From `TABLON_SECRET_KEY` or the key file: at least 32 characters.
    pub fn from_secret(secret: &[u8]) -> Result<Self> {
        if secret.len() < MIN_KEY_BYTES {
            return Err(Error::Internal(format!("the secret key must be at least {MIN_KEY_BYTES} characters long")));
        }
        Ok(Self { secret: Zeroizing::new(secret.to_vec()) })
    }

    /// A new random key, as text for a key file.
    pub fn generate() -> Zeroizing<String> {
        let bytes: [u8; 32] = random_bytes();
        Zeroizing::new(STANDARD_NO_PAD.encode(bytes))
    }

    /// A key for `purpose` only (HKDF-SHA256).
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        // HKDF-SHA256 can return up to 255 * 32 bytes, so 32 never fail.
        if Hkdf::<Sha256>::new(Some(b"tablon"), &self.secret).expand(purpose.as_bytes(), &mut key).is_err() {
            unreachable!("HKDF gives 32 bytes");
        }
        key
    }

    /// The secret part of a link to the thing with this id: 32 bytes, base64url. Nobody can guess it, and whoever has the
    /// secret key can make it again, so that no link has to be stored.
    pub(crate) fn link_token(&self, purpose: &str, id: uuid::Uuid) -> String {
        let key = self.derive(&format!("link:{purpose}:{id}"));
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key)
    }

    /// Seals `plain`; `context` (tenant, channel, field) must be the same when it is opened, so that a record that was
    /// moved to another place can't be opened there.
    pub fn seal(&self, plain: &[u8], context: &str) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE] = random_bytes();
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: context.as_bytes() })
            .map_err(|_| Error::Internal("a secret couldn't be sealed".to_owned()))?;
        let mut record = vec![FORMAT];
        record.extend(self.key_id());
        record.extend(nonce);
        record.extend(sealed);
        Ok(record)
    }

    /// Opens a record of [`seal`](Self::seal).
    pub fn open(&self, record: &[u8], context: &str) -> Result<Zeroizing<Vec<u8>>> {
        let unreadable = |why: &str| Error::Internal(format!("a sealed secret can't be opened: {why}"));
        let (format, rest) = record.split_first().ok_or_else(|| unreadable("it is empty"))?;
        if *format != FORMAT || rest.len() < KEY_ID + NONCE {
            return Err(unreadable("its format is unknown"));
        }
        let (key_id, rest) = rest.split_at(KEY_ID);
        if key_id != self.key_id() {
            return Err(unreadable("it was sealed with another TABLON_SECRET_KEY"));
        }
        let (nonce, sealed) = rest.split_at(NONCE);
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| unreadable("its nonce is cut"))?;
        self.cipher()
            .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: context.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| unreadable("it was altered or moved"))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.derive("seal").into())
    }

    fn key_id(&self) -> [u8; KEY_ID] {
        let digest = Sha256::digest(self.derive("seal-key-id"));
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

/// Random bytes from the operating system. Panics if it gives none: nothing would be safe then.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

/// A random value for a link, a session or a cookie: 32 bytes, base64url.
pub(crate) fn random_token() -> String {
    let bytes: [u8; 32] = random_bytes();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The stored form of such a value: it can't be guessed, so a plain hash hides it well enough.
pub(crate) fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> Keyring {
        Keyring::from_secret(&[7; 32]).expect("long enough")
    }

    #[test]
    fn a_sealed_secret_opens_in_its_own_place_only() {
        let record = keyring().seal(b"110201543:AAH", "acme/channel/bot_token").expect("seals");
        assert!(!record.windows(3).any(|w| w == b"AAH"));
        assert_eq!(*keyring().open(&record, "acme/channel/bot_token").expect("opens"), b"110201543:AAH");
        assert!(keyring().open(&record, "other/channel/bot_token").is_err());
        let other = Keyring::from_secret(&[8; 32]).expect("long enough");
        assert!(
            other.open(&record, "acme/channel/bot_token").expect_err("another key").to_string().contains("another")
        );
    }

    #[test]
    fn a_flipped_byte_is_noticed() {
        let mut record = keyring().seal(b"secret", "x").expect("seals");
        let last = record.len() - 1;
        record[last] ^= 1;
        assert!(keyring().open(&record, "x").is_err());
    }

    #[test]
    fn a_short_key_is_refused() {
        assert!(Keyring::from_secret(b"hunter2").is_err());
    }
}
