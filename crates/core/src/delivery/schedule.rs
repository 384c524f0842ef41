//! When copies may be made on a channel, in the board's time zone.

use std::fmt;

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::form::{FieldErrors, FieldProblem};

/// The most copies a day that a schedule may allow.
const MAX_PER_DAY: u32 = 1_000;

/// When copies may be made. Everything that is absent doesn't matter; the empty schedule is "at once".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// What has gone on the board since yesterday's goes out together, at this time of the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<TimeOfDay>,
    /// Posting hours begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<TimeOfDay>,
    /// Posting hours are over; later than `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<TimeOfDay>,
    /// The days on which copies are made; all if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// The most copies in one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub per_day: Option<u32>,
}

/// A time of the day to the minute: `09:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, example = "09:30", pattern = "^([01]?[0-9]|2[0-3]):[0-5]?[0-9]$")]
pub struct TimeOfDay(NaiveTime);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "their names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// Monday first.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    fn of(day: NaiveDate) -> Self {
        Self::ALL[day.weekday().num_days_from_monday() as usize]
    }
}

impl TimeOfDay {
    /// Reads `09:30`.
    pub fn parse(text: &str) -> Option<Self> {
        NaiveTime::parse_from_str(text, "%H:%M").ok().map(Self)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%H:%M"))
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("\"{text}\" is no time such as 09:30")))
    }
}

impl Schedule {
    /// Whether copies are made at once.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn check(&self, pointer: &str, errors: &mut FieldErrors) {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to <= from
        {
            errors.push(format!("{pointer}/to"), FieldProblem::Said(format!("must be later than {from}")));
        }
        if self.per_day.is_some_and(|most| most == 0 || most > MAX_PER_DAY) {
            let problem = FieldProblem::NumberRange { min: "1".to_owned(), max: MAX_PER_DAY.to_string() };
            errors.push(format!("{pointer}/per_day"), problem);
        }
    }

    /// When a copy that was asked for at `asked` may be made, after `made_today` others today: `now`, or later.
    pub fn release(&self, zone: Tz, asked: DateTime<Utc>, now: DateTime<Utc>, made_today: u64) -> DateTime<Utc> {
        let mut earliest = now;
        if let Some(at) = self.at {
            earliest = earliest.max(next_at(zone, asked, at));
        }
        let today = now.with_timezone(&zone).date_naive();
        let tomorrow = instant(zone, next_day(today), NaiveTime::MIN);
        if self.per_day.is_some_and(|most| made_today >= u64::from(most)) && earliest < tomorrow {
            earliest = tomorrow;
        }
        self.within_hours(zone, earliest, today)
    }

    /// The first time within the posting hours that isn't before `earliest`. A copy that is moved to a later day waits
    /// for the schedule's time on that day.
    fn within_hours(&self, zone: Tz, earliest: DateTime<Utc>, today: NaiveDate) -> DateTime<Utc> {
        let mut day = earliest.with_timezone(&zone).date_naive();
        // A week and a day: today's hours may be over.
        for _ in 0..8 {
            let at = self.at.filter(|_| day > today);
            let opens = instant(zone, day, self.from.max(at).map_or(NaiveTime::MIN, |time| time.0));
            let closes =
                self.to.map_or_else(|| instant(zone, next_day(day), NaiveTime::MIN), |time| instant(zone, day, time.0));
            let at = earliest.max(opens);
            if (self.days.is_empty() || self.days.contains(&Weekday::of(day))) && at < closes {
                return at;
            }
            day = next_day(day);
        }
        earliest
    }
}

/// The beginning of the day of `now` in the board's time zone.
pub(crate) fn day_begins(zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    instant(zone, now.with_timezone(&zone).date_naive(), NaiveTime::MIN)
}

/// The first time it is `at` o'clock, `from` or later.
fn next_at(zone: Tz, from: DateTime<Utc>, at: TimeOfDay) -> DateTime<Utc> {
    let day = from.with_timezone(&zone).date_naive();
    let today = instant(zone, day, at.0);
    if today >= from { today } else { instant(zone, next_day(day), at.0) }
}

fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

/// A local time as UTC. An hour that daylight saving skips moves forward.
fn instant(zone: Tz, day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = day.and_time(time);
    (0..6)
        .find_map(|hour| zone.from_local_datetime(&(local + Duration::hours(hour))).earliest())
        .map_or_else(|| local.and_utc(), |moment| moment.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADRID: Tz = Tz::Europe__Madrid;

    fn schedule(json: serde_json::Value) -> Schedule {
        serde_json::from_value(json).unwrap()
    }

    /// A Saturday in summer, UTC+2.
    fn at(hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 7, 4, hour, minute, 0).unwrap()
    }

    fn release(schedule: &Schedule, now: DateTime<Utc>, made_today: u64) -> String {
        schedule.release(MADRID, now, now, made_today).with_timezone(&MADRID).format("%a %H:%M").to_string()
    }

    #[test]
    fn the_empty_schedule_is_at_once() {
        assert_eq!(Schedule::default().release(MADRID, at(3, 0), at(3, 0), 1_000), at(3, 0));
    }

    #[test]
    fn outside_the_posting_hours_it_waits_for_the_next_that_come() {
        let office = schedule(serde_json::json!({
            "from": "09:00", "to": "18:00", "days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        }));
        assert_eq!(release(&office, at(8, 0), 0), "Mon 09:00");
        let daily = schedule(serde_json::json!({ "from": "09:00", "to": "18:00" }));
        assert_eq!(release(&daily, at(6, 59), 0), "Sat 09:00");
        assert_eq!(release(&daily, at(7, 0), 0), "Sat 09:00");
        assert_eq!(release(&daily, at(10, 30), 0), "Sat 12:30");
        assert_eq!(release(&daily, at(16, 0), 0), "Sun 09:00");
    }

    #[test]
    fn what_was_asked_for_before_the_time_goes_out_at_the_time_and_not_a_day_later() {
        let noon = schedule(serde_json::json!({ "at": "12:00" }));
        assert_eq!(release(&noon, at(9, 0), 0), "Sat 12:00");
        assert_eq!(release(&noon, at(10, 1), 0), "Sun 12:00");
        assert_eq!(release(&noon, at(10, 0), 0), "Sat 12:00", "asked for just in time");
        // Asked for in the morning, and the batch takes a while.
        assert_eq!(noon.release(MADRID, at(9, 0), at(10, 5), 0), at(10, 5));
    }

    #[test]
    fn what_is_carried_to_another_day_goes_out_at_that_days_time() {
        let monday = schedule(serde_json::json!({ "at": "12:00", "days": ["monday"] }));
        assert_eq!(release(&monday, at(11, 0), 0), "Mon 12:00");
        let two = schedule(serde_json::json!({ "at": "12:00", "per_day": 2 }));
        assert_eq!(two.release(MADRID, at(9, 0), at(10, 5), 2), at(10, 0) + Duration::days(1));
    }

    #[test]
    fn when_the_days_number_is_used_up_the_rest_waits_for_tomorrow() {
        let five = schedule(serde_json::json!({ "from": "09:00", "per_day": 5 }));
        assert_eq!(release(&five, at(10, 0), 4), "Sat 12:00");
        assert_eq!(release(&five, at(10, 0), 5), "Sun 09:00");
    }

    #[test]
    fn an_hour_that_daylight_saving_skips_moves_forward() {
        let now = Utc.with_ymd_and_hms(2026, 3, 28, 23, 30, 0).unwrap();
        let early = schedule(serde_json::json!({ "at": "02:30" }));
        assert_eq!(release(&early, now, 0), "Sun 03:30");
    }
}
