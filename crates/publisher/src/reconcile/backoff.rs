//! How long to wait after a failure.

use std::time::Duration;

use uuid::Uuid;

/// The first wait.
const FIRST: Duration = Duration::from_secs(2);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// After this many failures in a row, some three hours, a person has to look.
pub(super) const GIVE_UP_AFTER: u32 = 20;

/// Doubles with each failure in a row. Each placement adds up to a quarter, always the same, so that placements that
/// failed together aren't tried again together.
pub(super) fn wait(failures: u32, placement: Uuid) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.min(16)).min(LONGEST);
    // The last bytes of a UUIDv7 are random.
    let bytes = placement.as_bytes();
    let mixed = bytes[15].wrapping_add(bytes[14].wrapping_mul(failures as u8 | 1));
    let wait = doubled + doubled.mul_f64(f64::from(mixed) / 1024.0);
    // Times are kept to the millisecond.
    Duration::from_millis(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_quarter_of_an_hour_and_differ() {
        let one = Uuid::from_u128(0x0123_4567_89ab);
        let other = Uuid::from_u128(0xfedc_ba98_7654);
        let waits: Vec<Duration> = (0..GIVE_UP_AFTER).map(|n| wait(n, one)).collect();
        assert!(waits[0] >= FIRST && waits[0] < FIRST * 2, "{waits:?}");
        assert!(waits[1] > waits[0] && waits[4] > waits[1]);
        assert!(waits.iter().all(|w| *w <= LONGEST.mul_f64(1.25)));
        assert_ne!(wait(3, one), wait(3, other));
    }
}
