//! The time of the next digest.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

/// The next time it is `hour` o'clock (on that day of the week) in the zone, after `now`.
pub(crate) fn next(now: DateTime<Utc>, zone: Tz, weekday: Option<Weekday>, hour: u8) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    (0..=8)
        .filter_map(|days| today.checked_add_days(Days::new(days)))
        .filter(|day| weekday.is_none_or(|wanted| day.weekday() == wanted))
        .map(|day| at(zone, day, hour))
        .find(|time| *time > now)
        // Within eight days, every weekday has this hour once in the future.
        .unwrap_or(now)
}

/// That hour of that day; an hour that daylight saving skips moves forward.
fn at(zone: Tz, day: NaiveDate, hour: u8) -> DateTime<Utc> {
    let wanted = day.and_time(chrono::NaiveTime::MIN) + chrono::Duration::hours(i64::from(hour.min(23)));
    (0..6)
        .find_map(|more| zone.from_local_datetime(&(wanted + chrono::Duration::hours(more))).earliest())
        .map_or_else(|| wanted.and_utc(), |local| local.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_daily_digest_goes_out_at_its_hour_where_the_board_is() {
        let madrid = chrono_tz::Europe::Madrid;
        assert_eq!(next(time("2026-06-15T05:59:59Z"), madrid, None, 8), time("2026-06-15T06:00:00Z"));
        assert_eq!(next(time("2026-06-15T06:00:00Z"), madrid, None, 8), time("2026-06-16T06:00:00Z"));
        // In winter the same local hour is another UTC hour.
        assert_eq!(next(time("2026-12-15T06:30:00Z"), madrid, None, 8), time("2026-12-15T07:00:00Z"));
    }

    #[test]
    fn a_weekly_digest_waits_for_its_day() {
        let zone = chrono_tz::America::Sao_Paulo;
        // A Monday, shortly after its hour.
        assert_eq!(next(time("2026-06-15T12:00:01Z"), zone, Some(Weekday::Mon), 9), time("2026-06-22T12:00:00Z"));
        assert_eq!(next(time("2026-06-15T12:00:01Z"), zone, Some(Weekday::Tue), 9), time("2026-06-16T12:00:00Z"));
    }

    #[test]
    fn an_hour_that_daylight_saving_skips_moves_forward() {
        let madrid = chrono_tz::Europe::Madrid;
        assert_eq!(next(time("2026-03-28T12:00:00Z"), madrid, None, 2), time("2026-03-29T01:00:00Z"));
    }
}
