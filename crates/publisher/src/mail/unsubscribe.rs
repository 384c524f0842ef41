//! The link that unsubscribes a recipient from a channel's mail (RFC 8058).
//!
//! Its token is a keyed MAC over the tenant, the channel and the address, and allows nothing else. It contains no
//! address, and it doesn't expire: mail is read years later, and unsubscribing must work then.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tablon_core::store::RecipientMark;
use uuid::Uuid;

/// The bytes of the MAC that are used: 128 bits can't be guessed.
const TAG: usize = 16;

/// Signs and checks links. The key is derived from the keyring, only for this purpose.
#[derive(Clone)]
pub struct UnsubscribeKey([u8; 32]);

/// The content of a link's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe {
    /// The channel.
    pub channel_id: Uuid,
    /// The recipient's mark.
    pub recipient: RecipientMark,
}

impl Unsubscribe {
    /// Whether the link was in mail to this address.
    pub fn is_of(&self, address: &str) -> bool {
        self.recipient == RecipientMark::of(address)
    }
}

impl UnsubscribeKey {
    /// The purpose for deriving the key.
    pub const PURPOSE: &str = "mail-unsubscribe";

    /// A key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The token for mail of a tenant's channel to an address.
    pub fn token(&self, tenant_id: Uuid, channel_id: Uuid, address: &str) -> String {
        let mut bytes = channel_id.as_bytes().to_vec();
        bytes.extend(RecipientMark::of(address).bytes());
        let tag = self.tag(tenant_id, &bytes).finalize().into_bytes();
        bytes.extend(&tag[..TAG]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The content of a token of this tenant; `None` if we didn't sign it.
    pub fn check(&self, tenant_id: Uuid, token: &str) -> Option<Unsubscribe> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, tag) = bytes.split_at_checked(16 + RecipientMark::LEN)?;
        if tag.len() != TAG {
            return None;
        }
        self.tag(tenant_id, said).verify_truncated_left(tag).ok()?;
        let (channel, recipient) = said.split_at(16);
        let recipient: [u8; RecipientMark::LEN] = recipient.try_into().ok()?;
        Some(Unsubscribe { channel_id: Uuid::from_slice(channel).ok()?, recipient: recipient.into() })
    }

    fn tag(&self, tenant_id: Uuid, said: &[u8]) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0);
        let mut mac = mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(tenant_id.as_bytes());
        mac.update(said);
        mac
    }
}

impl std::fmt::Debug for UnsubscribeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnsubscribeKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_its_own_channel_in_its_own_tenant() {
        let key = UnsubscribeKey::new([1; 32]);
        let (tenant, channel) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let token = key.token(tenant, channel, "Ana@example.org");
        assert_eq!(key.check(tenant, &token).unwrap().channel_id, channel);
        assert_eq!(token, key.token(tenant, channel, "ana@example.org"));
        assert_eq!(key.check(Uuid::from_u128(3), &token), None);
        assert_eq!(UnsubscribeKey::new([2; 32]).check(tenant, &token), None);
    }

    #[test]
    fn a_changed_link_is_good_for_nothing() {
        let key = UnsubscribeKey::new([1; 32]);
        let token = key.token(Uuid::from_u128(1), Uuid::from_u128(2), "ana@example.org");
        let tokens = (0..token.len()).map(|at| {
            let other = if token.as_bytes()[at] == b'A' { 'B' } else { 'A' };
            format!("{}{other}{}", &token[..at], &token[at + 1..])
        });
        let shortened = [token[..token.len() - 4].to_owned(), String::new(), "!".to_owned()];
        for changed in tokens.chain(shortened) {
            assert_eq!(key.check(Uuid::from_u128(1), &changed), None, "{changed}");
        }
    }
}
