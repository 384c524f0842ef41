//! Between the password and the code: who has given the right password, and which, as the second page's form carries it.
//! A change of the password ends it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use tablon_core::Keyring;
use tablon_core::store::PasswordMark;
use uuid::Uuid;

/// The minutes in which the code must follow.
const MINUTES: i64 = 5;
/// What it is sealed for.
const CONTEXT: &str = "log-in/code";

/// Who has given which password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogInStep {
    pub(crate) user_id: Uuid,
    pub(crate) given: PasswordMark,
}

/// Seals who gave the right password at `now`. It is worth nothing without a code.
pub(crate) fn seal_step(keyring: &Keyring, step: &LogInStep, now: DateTime<Utc>) -> tablon_core::Result<String> {
    let ends = (now + Duration::minutes(MINUTES)).timestamp();
    let plain = [step.user_id.as_bytes().as_slice(), &step.given.0, &ends.to_be_bytes()].concat();
    Ok(URL_SAFE_NO_PAD.encode(keyring.seal(&plain, CONTEXT)?))
}

/// Who it was, unless it was made elsewhere or too long ago. Whether the password is still that is asked by the log-in.
pub(crate) fn open_step(keyring: &Keyring, step: &str, now: DateTime<Utc>) -> Option<LogInStep> {
    let plain = keyring.open(&URL_SAFE_NO_PAD.decode(step).ok()?, CONTEXT).ok()?;
    let (user_id, rest) = plain.split_first_chunk::<16>()?;
    let (given, ends) = rest.split_first_chunk::<32>()?;
    let ends = i64::from_be_bytes(ends.try_into().ok()?);
    let step = LogInStep { user_id: Uuid::from_bytes(*user_id), given: PasswordMark(*given) };
    (ends > now.timestamp()).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_good_for_a_few_minutes_and_on_this_instance() {
        let keyring = Keyring::from_secret(&[7; 32]).expect("a key");
        let noon: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        let who = LogInStep { user_id: Uuid::now_v7(), given: PasswordMark([3; 32]) };
        let step = seal_step(&keyring, &who, noon).expect("seals");
        assert_eq!(open_step(&keyring, &step, noon + Duration::minutes(4)), Some(who));
        assert_eq!(open_step(&keyring, &step, noon + Duration::minutes(5)), None);
        let other = Keyring::from_secret(&[8; 32]).expect("a key");
        assert_eq!(open_step(&other, &step, noon), None);
        assert_eq!(open_step(&keyring, "x", noon), None);
    }
}
