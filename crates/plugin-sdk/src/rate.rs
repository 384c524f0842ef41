//! How long a platform asks to wait: headers of its answers, whatever form they have. A plugin has no clock; times of
//! day are read against the answer's own `date`.

use crate::Answer;

/// The longest wait that a header is believed, in milliseconds: a day.
const LONGEST: u64 = 24 * 60 * 60 * 1000;

impl Answer {
    /// The wait of `retry-after`, in milliseconds: seconds, whole or not, or an HTTP date.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let value = self.header("retry-after")?;
        milliseconds(value).or_else(|| self.until(http_date(value)?))
    }

    /// How long to leave a lane alone after this answer although it was a good one, in milliseconds: the platform says
    /// that nothing remains of what may be sent. Reads `x-ratelimit-*` (Discord, Slack, GitHub, Mastodon, …) and
    /// `ratelimit-*`.
    pub fn exhausted_for_ms(&self) -> Option<u64> {
        ["x-ratelimit-", "x-rate-limit-", "ratelimit-"].iter().find_map(|prefix| {
            let header = |name: &str| self.header(&format!("{prefix}{name}"));
            if header("remaining")?.trim().parse::<f64>().ok()? >= 1.0 {
                return None;
            }
            if let Some(after) = header("reset-after") {
                return milliseconds(after);
            }
            let reset = header("reset")?;
            match reset.trim().parse::<f64>() {
                // A number this large is a time, in seconds since 1970; a smaller one is a wait.
                Ok(seconds) if seconds > 1e9 => self.until(seconds),
                Ok(_) => milliseconds(reset),
                Err(_) => self.until(rfc3339(reset)?),
            }
        })
    }

    /// From the answer's own time to this one, both in seconds since 1970.
    fn until(&self, time: f64) -> Option<u64> {
        let now = http_date(self.header("date")?)?;
        to_ms((time - now).max(0.0))
    }
}

fn milliseconds(seconds: &str) -> Option<u64> {
    to_ms(seconds.trim().parse().ok()?)
}

/// Rounded up: a wait that is a millisecond short is refused again.
fn to_ms(seconds: f64) -> Option<u64> {
    (seconds.is_finite() && seconds >= 0.0).then(|| ((seconds * 1000.0).ceil() as u64).min(LONGEST))
}

/// `Sun, 01 Mar 2026 09:30:00 GMT`, in seconds since 1970.
fn http_date(text: &str) -> Option<f64> {
    let mut parts = text.trim().split_once(", ")?.1.split(' ');
    let day = parts.next()?.parse().ok()?;
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let name = parts.next()?;
    let month = months.iter().position(|month| *month == name)? as i64 + 1;
    let year = parts.next()?.parse().ok()?;
    Some(days_since_1970(year, month, day)? as f64 * 86_400.0 + time_of_day(parts.next()?)?)
}

/// `2026-03-01T09:30:00.000Z`, in seconds since 1970; UTC only.
fn rfc3339(text: &str) -> Option<f64> {
    let (date, time) = text.trim().strip_suffix('Z')?.split_once('T')?;
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let days = days_since_1970(parts.next()??, parts.next()??, parts.next()??)?;
    Some(days as f64 * 86_400.0 + time_of_day(time)?)
}

/// `09:30:00`, in seconds.
fn time_of_day(text: &str) -> Option<f64> {
    let mut parts = text.splitn(3, ':').map(|part| part.parse::<f64>().ok().filter(|n| (0.0..61.0).contains(n)));
    Some(parts.next()?? * 3600.0 + parts.next()?? * 60.0 + parts.next()??)
}

/// Howard Hinnant's `days_from_civil`, for the Gregorian calendar after 1970.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468)
}

/// A time of the contract (`2026-03-01T09:30:00Z`) in whole seconds since 1970: what signatures want.
///
/// ```
/// assert_eq!(tablon_plugin::unix_seconds("2026-03-01T09:30:00Z"), Some(1_772_357_400));
/// ```
pub fn unix_seconds(timestamp: &str) -> Option<i64> {
    rfc3339(timestamp).map(|seconds| seconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Answer {
        let mut answer = Answer::of_json(200, &serde_json::json!({}));
        answer.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        answer
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let wait =
            |value| answer(&[("date", "Sat, 28 Feb 2026 23:59:50 GMT"), ("retry-after", value)]).retry_after_ms();
        assert_eq!(wait("17"), Some(17_000));
        assert_eq!(wait("0.3001"), Some(301));
        assert_eq!(wait("Sun, 01 Mar 2026 00:00:05 GMT"), Some(15_000));
        assert_eq!(wait("Sat, 28 Feb 2026 00:00:05 GMT"), Some(0));
        assert_eq!(wait("99999999"), Some(LONGEST));
        assert_eq!((wait("soon"), wait("-1"), wait("NaN")), (None, None, None));
    }

    #[test]
    fn a_lane_is_exhausted_when_nothing_remains() {
        let date = ("date", "Sun, 01 Mar 2026 09:30:00 GMT");
        let wait = |headers: &[(&str, &str)]| answer(headers).exhausted_for_ms();
        assert_eq!(wait(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "1.25")]), Some(1250));
        assert_eq!(wait(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset-after", "1.25")]), None);
        assert_eq!(wait(&[date, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1772357410")]), Some(10_000));
        let mastodon = ("x-ratelimit-reset", "2026-03-01T09:35:00.000000Z");
        assert_eq!(wait(&[date, ("x-ratelimit-remaining", "0"), mastodon]), Some(300_000));
        assert_eq!(wait(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "30")]), Some(30_000));
        assert_eq!(wait(&[date]), None);
    }
}
