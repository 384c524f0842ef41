//! Rate limits against guessing and flooding, kept in memory.
//!
//! Each replica counts separately: an attacker who reaches all of *n* replicas gets *n* times the allowance, which is
//! still far too little to guess a password that Argon2 checks.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

/// The rate limits of the web side.
#[derive(Debug)]
pub struct Throttles {
    /// Log-in attempts for one account, from any address: ten at once, then one a minute. So somebody who knows an
    /// address can delay its owner's log-in; a signed-in person stays signed in, and without this limit a botnet could
    /// guess.
    pub login_by_account: Throttle,
    /// Log-in attempts from one address: thirty at once, then one in ten seconds.
    pub login_by_address: Throttle,
    /// Codes of an authenticator app for one account, and other questions that a signed-in browser is asked again: five at
    /// once, then one in two minutes. Only who knows the password comes so far, and a code is guessed in a year then.
    pub code_by_account: Throttle,
    /// Recovery codes for one account: three at once, then one in ten minutes.
    pub recovery_by_account: Throttle,
    /// Accounts made with one invitation's link: ten tries at once, then one an hour. Each refusal may tell that an
    /// address has an account already.
    pub join_by_link: Throttle,
    /// Accounts made with a board's invitations that are for no address: twenty refusals at once, then one in half an hour.
    /// Whoever can make invitations could otherwise try as many addresses as they like. Accounts that were made aren't
    /// counted.
    pub join_by_board: Throttle,
    /// Mails that prove an address, asked for by one account: five at once, then one in ten minutes.
    pub address_by_account: Throttle,
    /// Invitations accepted from one address, reset links asked for, and registrations: twenty at once, then one in half a minute.
    pub accounts_by_address: Throttle,
    /// Anonymous submissions from one address: sixty at once, then one in ten seconds. A company's whole staff may
    /// share an address, and a moderator reads each submission anyway.
    pub submission_by_address: Throttle,
    /// Changes of one job through its private link: twenty at once, then one in half a minute. Each makes a stored
    /// revision, or messages on every channel.
    pub change_by_poster: Throttle,
    /// Forms of visitors who aren't signed in, from one address, previews among them: sixty at once, then one a second.
    /// They are counted before they are parsed.
    pub forms_by_address: Throttle,
    /// Unsubscriptions from one address: three hundred at once, then one a second. A mail provider clicks for all its users
    /// from a handful of addresses.
    pub unsubscribe_by_address: Throttle,
    /// Test mails of one board: five at once, then one a minute.
    pub test_mail_by_board: Throttle,
    /// Checks of one board's own mail server: ten at once, then one in half a minute. Each connects to an address that an
    /// admin typed.
    pub mail_server_by_board: Throttle,
    /// Test messages of one channel: three at once, then one a minute. Its readers may see each for a moment.
    pub test_by_channel: Throttle,
}

impl Default for Throttles {
    fn default() -> Self {
        Self {
            login_by_account: Throttle::new(10, Duration::from_secs(60)),
            login_by_address: Throttle::new(30, Duration::from_secs(10)),
            code_by_account: Throttle::new(5, Duration::from_secs(120)),
            recovery_by_account: Throttle::new(3, Duration::from_secs(600)),
            join_by_link: Throttle::new(10, Duration::from_secs(3_600)),
            join_by_board: Throttle::new(20, Duration::from_secs(1_800)),
            address_by_account: Throttle::new(5, Duration::from_secs(600)),
            accounts_by_address: Throttle::new(20, Duration::from_secs(30)),
            submission_by_address: Throttle::new(60, Duration::from_secs(10)),
            change_by_poster: Throttle::new(20, Duration::from_secs(30)),
            forms_by_address: Throttle::new(60, Duration::from_secs(1)),
            unsubscribe_by_address: Throttle::new(300, Duration::from_secs(1)),
            test_mail_by_board: Throttle::new(5, Duration::from_secs(60)),
            mail_server_by_board: Throttle::new(10, Duration::from_secs(30)),
            test_by_channel: Throttle::new(3, Duration::from_secs(60)),
        }
    }
}

/// The most keys of one throttle; about 1 MB.
const CAPACITY: usize = 10_000;

/// The stored form of a key: of the same size, however long a stranger's key is.
type KeyHash = [u8; 32];

fn hash(key: &str) -> KeyHash {
    Sha256::digest(key).into()
}

/// A generic cell rate algorithm for each key: a burst, then one each interval. It stores one time for each key.
#[derive(Debug)]
pub struct Throttle {
    burst: u32,
    interval: Duration,
    /// The theoretical arrival time: when the key's allowance will be complete again.
    whole_again: Mutex<HashMap<KeyHash, DateTime<Utc>>>,
}

impl Throttle {
    /// Allows `burst` at once, then one each `interval`.
    pub fn new(burst: u32, interval: Duration) -> Self {
        Self { burst, interval, whole_again: Mutex::default() }
    }

    /// Counts one try of `key`; `Err` has the time to wait.
    pub fn admit(&self, key: &str, now: DateTime<Utc>) -> Result<(), Duration> {
        let key = hash(key);
        let mut whole_again = self.lock();
        let tat = whole_again.get(&key).copied().unwrap_or(now).max(now);
        let next = tat + self.interval;
        let allowance = self.interval * self.burst;
        let ahead = (next - now).to_std().unwrap_or_default();
        if ahead > allowance {
            return Err(ahead - allowance);
        }
        if whole_again.len() >= CAPACITY && !whole_again.contains_key(&key) {
            make_room(&mut whole_again, now);
        }
        whole_again.insert(key, next);
        Ok(())
    }

    /// Takes one try of `key` back: it was none.
    pub fn give_back(&self, key: &str) {
        if let Some(tat) = self.lock().get_mut(&hash(key)) {
            *tat -= self.interval;
        }
    }

    /// Gives `key` its whole allowance back.
    pub fn forgive(&self, key: &str) {
        self.lock().remove(&hash(key));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<KeyHash, DateTime<Utc>>> {
        self.whole_again.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Drops keys with a complete allowance; if there are none, the half that is nearest to it, so that a flood of new keys
/// doesn't free the keys that are being limited.
fn make_room(whole_again: &mut HashMap<KeyHash, DateTime<Utc>>, now: DateTime<Utc>) {
    whole_again.retain(|_, tat| *tat > now);
    if whole_again.len() < CAPACITY {
        return;
    }
    let mut times: Vec<_> = whole_again.values().copied().collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    whole_again.retain(|_, tat| *tat > median);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("a time")
    }

    #[test]
    fn a_burst_passes_then_one_each_interval() {
        let throttle = Throttle::new(3, Duration::from_secs(10));
        for _ in 0..3 {
            assert_eq!(throttle.admit("a", noon()), Ok(()));
        }
        assert_eq!(throttle.admit("a", noon()), Err(Duration::from_secs(10)));
        assert_eq!(throttle.admit("b", noon()), Ok(()), "others are not concerned");
        assert!(throttle.admit("a", noon() + Duration::from_secs(9)).is_err());
        assert_eq!(throttle.admit("a", noon() + Duration::from_secs(10)), Ok(()));
        assert!(throttle.admit("a", noon() + Duration::from_secs(10)).is_err());
    }

    #[test]
    fn a_try_that_was_none_is_not_counted() {
        let throttle = Throttle::new(1, Duration::from_secs(10));
        for _ in 0..5 {
            assert_eq!(throttle.admit("a", noon()), Ok(()));
            throttle.give_back("a");
        }
        throttle.give_back("b");
        assert_eq!(throttle.admit("a", noon()), Ok(()));
        assert!(throttle.admit("a", noon()).is_err());
    }

    #[test]
    fn being_refused_does_not_prolong_the_wait() {
        let throttle = Throttle::new(1, Duration::from_secs(10));
        assert!(throttle.admit("a", noon()).is_ok());
        for second in 0..10 {
            assert!(throttle.admit("a", noon() + Duration::from_secs(second)).is_err());
        }
        assert!(throttle.admit("a", noon() + Duration::from_secs(10)).is_ok());
    }

    #[test]
    fn a_flood_of_keys_neither_grows_the_map_nor_frees_the_one_held_back() {
        let throttle = Throttle::new(2, Duration::from_secs(60));
        assert!(throttle.admit("held", noon()).is_ok());
        assert!(throttle.admit("held", noon()).is_ok());
        for n in 0..3 * CAPACITY {
            throttle.admit(&n.to_string(), noon()).expect("a new key");
        }
        assert!(throttle.lock().len() <= CAPACITY);
        assert!(throttle.admit("held", noon()).is_err());
    }
}
