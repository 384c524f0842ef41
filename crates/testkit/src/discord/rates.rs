//! Discord's rate limits: a bucket per route and top-level resource, and one over all of a bot's calls.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::fault::Scope;
use super::refusal::Wait;

/// The number of calls in a window that begins with the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Calls.
    pub limit: u32,
    /// Milliseconds.
    pub per_ms: i64,
}

/// The limits; Discord doesn't publish the real ones, and they differ from route to route.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// For one route on one channel or webhook.
    pub per_route: Window,
    /// For a bot over all routes; not for webhooks.
    pub global: Window,
}

impl Default for Rates {
    /// The limits that webhooks and channels are commonly seen to have, 5 in 2 seconds, and the documented 50 a second.
    fn default() -> Self {
        Self { per_route: Window { limit: 5, per_ms: 2000 }, global: Window { limit: 50, per_ms: 1000 } }
    }
}

/// The values for an answer's headers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) resets_at: DateTime<Utc>,
    pub(crate) reset_after: f64,
    pub(crate) bucket: String,
}

/// The current windows.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    windows: HashMap<String, (DateTime<Utc>, u32)>,
}

impl Buckets {
    /// Counts a call, or says how long to wait.
    pub(crate) fn admit(
        &mut self,
        rates: Rates,
        route: &str,
        resource: u64,
        bot: Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<Standing, (Wait, Standing)> {
        let standing = self.standing(rates.per_route, &format!("{route} {resource}"), route, now);
        if let Some(bot) = bot {
            let global = self.standing(rates.global, &format!("bot {bot}"), route, now);
            if global.remaining == 0 {
                return Err((Wait { seconds: global.reset_after, scope: Scope::Global }, standing));
            }
        }
        if standing.remaining == 0 {
            return Err((Wait { seconds: standing.reset_after, scope: Scope::User }, standing));
        }
        if let Some(bot) = bot {
            self.count(rates.global, format!("bot {bot}"), now);
        }
        self.count(rates.per_route, format!("{route} {resource}"), now);
        Ok(Standing { remaining: standing.remaining - 1, ..standing })
    }

    fn standing(&self, window: Window, key: &str, route: &str, now: DateTime<Utc>) -> Standing {
        let length = TimeDelta::milliseconds(window.per_ms);
        let (begun, used) = match self.windows.get(key) {
            Some((begun, used)) if now < *begun + length => (*begun, *used),
            _ => (now, 0),
        };
        let left = (begun + length - now).num_milliseconds().max(1);
        Standing {
            limit: window.limit,
            remaining: window.limit.saturating_sub(used),
            resets_at: begun + length,
            reset_after: seconds(left),
            bucket: bucket(route),
        }
    }

    fn count(&mut self, window: Window, key: String, now: DateTime<Utc>) {
        let length = TimeDelta::milliseconds(window.per_ms);
        let entry = self.windows.entry(key).or_insert((now, 0));
        if now >= entry.0 + length {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[expect(clippy::cast_precision_loss, reason = "some thousand milliseconds")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// An opaque name, the same for every resource of a route, as Discord's are.
fn bucket(route: &str) -> String {
    let hash = route
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_has_its_calls_back_when_its_window_ends() {
        let (mut buckets, now) = (Buckets::default(), DateTime::UNIX_EPOCH);
        for left in (0..5).rev() {
            assert_eq!(buckets.admit(Rates::default(), "post", 1, None, now).unwrap().remaining, left);
        }
        let later = now + TimeDelta::milliseconds(500);
        let (wait, _) = buckets.admit(Rates::default(), "post", 1, None, later).unwrap_err();
        assert_eq!(wait, Wait { seconds: 1.5, scope: Scope::User });
        assert!(buckets.admit(Rates::default(), "post", 2, None, later).is_ok());
        assert!(buckets.admit(Rates::default(), "post", 1, None, now + TimeDelta::seconds(2)).is_ok());
    }

    #[test]
    fn a_bot_has_a_limit_over_all_routes_and_a_webhook_has_none() {
        let rates = Rates { global: Window { limit: 2, per_ms: 1000 }, ..Rates::default() };
        let (mut buckets, now) = (Buckets::default(), DateTime::UNIX_EPOCH);
        for resource in 1..=2 {
            assert!(buckets.admit(rates, "post", resource, Some(7), now).is_ok());
        }
        let (wait, _) = buckets.admit(rates, "get", 3, Some(7), now).unwrap_err();
        assert_eq!(wait, Wait { seconds: 1.0, scope: Scope::Global });
        assert!(buckets.admit(rates, "get", 3, None, now).is_ok());
    }
}
