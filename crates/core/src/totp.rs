//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, a new one every 30 seconds, as every authenticator app
//! makes them.

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The bytes of a secret: as many as SHA-1 gives (RFC 4226, section 4).
pub(crate) const SECRET_BYTES: usize = 20;
/// The seconds of one step.
const STEP: i64 = 30;
/// How many steps a clock may be off, either way.
const DRIFT: i64 = 1;

const LABEL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// A secret that an authenticator app shares with this instance.
pub(crate) struct TotpSecret(pub(crate) Zeroizing<Vec<u8>>);

impl TotpSecret {
    /// In base32, as people type it.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// The address that the app reads from the QR code: `otpauth://totp/…`.
    pub(crate) fn address(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let [issuer, account] = [issuer, account].map(|part| utf8_percent_encode(part, LABEL).to_string());
        let secret = self.text();
        Zeroizing::new(format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", *secret))
    }

    /// The step whose code this is: now's, or one beside it. The latest, when two steps have the same code.
    pub(crate) fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let current = now.timestamp().div_euclid(STEP);
        // All are compared, so that the time tells nothing.
        let fits = |step: i64| bool::from(self.code(step).as_bytes().ct_eq(code.as_bytes()));
        (current - DRIFT..=current + DRIFT).fold(None, |found, step| if fits(step) { Some(step) } else { found })
    }

    /// The code of a step.
    fn code(&self, step: i64) -> String {
        let mac = <Hmac<Sha1> as KeyInit>::new_from_slice(&self.0);
        let mut mac = mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        // RFC 4226, section 5.3: the last four bits say where the 31 bits stand.
        let at = usize::from(digest[19] & 0xf);
        let bits = u32::from_be_bytes([digest[at] & 0x7f, digest[at + 1], digest[at + 2], digest[at + 3]]);
        format!("{:06}", bits % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    /// RFC 6238, appendix B; the codes there have eight digits, of which these are the last six.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().step_of(code, at(seconds)), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off_and_no_more() {
        for off in [-30, 0, 30] {
            assert_eq!(secret().step_of("050471", at(1_111_111_111 + off)), Some(37_037_037), "{off}");
        }
        for off in [-61, 60] {
            assert_eq!(secret().step_of("050471", at(1_111_111_111 + off)), None, "{off}");
        }
        for wrong in ["", "50471", "0050471", "050472", "٠٥٠٤٧١"] {
            assert_eq!(secret().step_of(wrong, at(1_111_111_111)), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_reads_the_secret_from_the_address() {
        let address = secret().address("Tablón jobs.example.org", "ana@example.org");
        assert_eq!(
            *address,
            "otpauth://totp/Tabl%C3%B3n%20jobs.example.org:ana%40example.org?\
             secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tabl%C3%B3n%20jobs.example.org"
        );
    }
}
