//! An authenticator app: the codes of RFC 6238, made by other code than that of the program under test.

use ring::hmac;

/// The code that an app with this key shows at a time, in seconds since 1970.
///
/// # Panics
/// If the key isn't base32.
pub fn code(key: &str, seconds: i64) -> String {
    let (mut secret, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in key.chars().filter(|letter| !letter.is_whitespace()) {
        let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap_or_else(|| panic!("{letter} isn't base32"));
        buffer = (buffer << 5) | u32::try_from(value).unwrap_or_default();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            secret.push((buffer >> bits) as u8);
        }
    }
    let mac = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret),
        &seconds.div_euclid(30).to_be_bytes(),
    );
    let digest = mac.as_ref();
    let at = usize::from(digest[digest.len() - 1] & 15);
    let number = digest[at..at + 4].iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
