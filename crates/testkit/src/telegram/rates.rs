//! Telegram's unpublished speed limits, as far as they are known.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How many messages a bot may send before it must wait.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Rates {
    /// To one chat within a second.
    pub per_chat_second: usize,
    /// To one group or channel within a minute.
    pub per_chat_minute: usize,
    /// To all chats within a second.
    pub per_bot_second: usize,
}

impl Default for Rates {
    /// The figures of Telegram's FAQ for bots: 1 a second and 20 a minute in a chat, 30 a second in all.
    fn default() -> Self {
        Self { per_chat_second: 1, per_chat_minute: 20, per_bot_second: 30 }
    }
}

/// The bots' messages of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    times: HashMap<i64, Vec<(DateTime<Utc>, i64)>>,
}

impl Sent {
    /// Counts a message, or returns the seconds to wait.
    pub(crate) fn admit(&mut self, rates: Rates, bot: i64, chat: i64, now: DateTime<Utc>) -> Result<(), u64> {
        let times = self.times.entry(bot).or_default();
        times.retain(|(at, _)| now - *at < TimeDelta::seconds(60));
        let limits = [
            (rates.per_chat_second, 1, Some(chat)),
            (rates.per_chat_minute, 60, Some(chat)),
            (rates.per_bot_second, 1, None),
        ];
        let mut wait = 0;
        for (most, seconds, only) in limits {
            let window = TimeDelta::seconds(seconds);
            let within: Vec<_> =
                times.iter().filter(|(at, to)| now - *at < window && only.is_none_or(|chat| chat == *to)).collect();
            if within.len() >= most {
                // Free again when the oldest of the last `most` messages leaves the window.
                let free = within[within.len() - most].0 + window;
                let left = (free - now).num_milliseconds().max(0).cast_unsigned().div_ceil(1000);
                wait = wait.max(left.max(1));
            }
        }
        if wait > 0 {
            return Err(wait);
        }
        times.push((now, chat));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_message_within_a_second_is_told_to_wait_one() {
        let (mut sent, now) = (Sent::default(), DateTime::UNIX_EPOCH);
        assert_eq!(sent.admit(Rates::default(), 1, 7, now), Ok(()));
        assert_eq!(sent.admit(Rates::default(), 1, 7, now), Err(1));
        assert_eq!(sent.admit(Rates::default(), 1, 8, now), Ok(()));
        assert_eq!(sent.admit(Rates::default(), 1, 7, now + TimeDelta::seconds(1)), Ok(()));
    }

    #[test]
    fn the_twenty_first_message_of_a_minute_waits_for_the_first_to_age() {
        let (mut sent, start) = (Sent::default(), DateTime::UNIX_EPOCH);
        for n in 0..20 {
            assert_eq!(sent.admit(Rates::default(), 1, 7, start + TimeDelta::seconds(n)), Ok(()));
        }
        assert_eq!(sent.admit(Rates::default(), 1, 7, start + TimeDelta::seconds(20)), Err(40));
        assert_eq!(sent.admit(Rates::default(), 1, 7, start + TimeDelta::seconds(60)), Ok(()));
    }
}
