//! The key of a signature, stored in a secret.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use zeroize::Zeroizing;

/// Keys from people and from generators differ in their padding and mean the same.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How a manifest says that a secret holds the key of `sign-hmac`: the prefix before it, and the encoding of its bytes.
/// Empty (`hmac_key = {}`), the key is the secret's text; without `hmac_key`, the secret signs nothing.
///
/// Standard Webhooks writes `whsec_` and base64: `hmac_key = { prefix = "whsec_", encoding = "base64" }`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HmacKey {
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    encoding: Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    Text,
    Base64,
    Hex,
}

impl HmacKey {
    /// The key in this secret, if there is one.
    pub(crate) fn of(&self, secret: &str) -> Option<Zeroizing<Vec<u8>>> {
        let written = secret.strip_prefix(&self.prefix)?;
        let key = match self.encoding {
            Encoding::Text => written.as_bytes().to_vec(),
            Encoding::Base64 => BASE64.decode(written).ok()?,
            Encoding::Hex => hex::decode(written).ok()?,
        };
        (!key.is_empty()).then(|| Zeroizing::new(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(prefix: &str, encoding: Encoding, secret: &str) -> Option<Vec<u8>> {
        HmacKey { prefix: prefix.into(), encoding }.of(secret).map(|key| key.to_vec())
    }

    #[test]
    fn a_key_is_read_as_the_manifest_says_it_is_written() {
        assert_eq!(key("whsec_", Encoding::Base64, "whsec_AAEC/w=="), Some(vec![0, 1, 2, 255]));
        assert_eq!(key("whsec_", Encoding::Base64, "whsec_AAEC/w"), Some(vec![0, 1, 2, 255]));
        assert_eq!(key("", Encoding::Hex, "00ff"), Some(vec![0, 255]));
        assert_eq!(key("", Encoding::Text, "whsec_AAEC"), Some(b"whsec_AAEC".to_vec()));
    }

    #[test]
    fn a_secret_without_a_key_has_none() {
        for secret in ["AAEC/w==", "whsec_", "whsec_not base64", "whsec_AAEC_w"] {
            assert_eq!(key("whsec_", Encoding::Base64, secret), None, "{secret}");
        }
    }
}
