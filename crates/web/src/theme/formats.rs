//! Numbers, dates and ages in each language's format.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;

/// A whole number with thousands separators.
pub(super) fn number(value: i64, locale: &str) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    // Spanish leaves four digits together (Ortografía de la lengua española, 2010).
    if locale.starts_with("es") && digits.len() <= 4 {
        return format!("{sign}{digits}");
    }
    let separator = if locale.starts_with("en") { ',' } else { '.' };
    let mut text = String::from(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A time or a day, as a view serialises it.
pub(super) enum When {
    Day(NaiveDate),
    Moment(DateTime<Utc>),
}

impl When {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Some(Self::Day(day));
        }
        text.parse::<DateTime<Utc>>().ok().map(Self::Moment)
    }

    /// Its calendar day in `zone`.
    pub(super) fn day(&self, zone: Tz) -> NaiveDate {
        match self {
            Self::Day(day) => *day,
            Self::Moment(at) => at.with_timezone(&zone).date_naive(),
        }
    }

    /// Hours and minutes in `zone`; a day has none.
    pub(super) fn clock(&self, zone: Tz) -> Option<String> {
        match self {
            Self::Day(_) => None,
            Self::Moment(at) => {
                let local = at.with_timezone(&zone);
                Some(format!("{:02}:{:02}", local.hour(), local.minute()))
            }
        }
    }
}

/// `20 Nov 2026`, with the month's short name in the language.
pub(super) fn day(date: NaiveDate, month: &str) -> String {
    format!("{} {month} {}", date.day(), date.year())
}

/// How long ago something was: the message's name and its number.
pub(super) fn age(then: DateTime<Utc>, now: DateTime<Utc>) -> (&'static str, i64) {
    let gone = (now - then).max(chrono::Duration::zero());
    match (gone.num_minutes(), gone.num_hours(), gone.num_days()) {
        (0, ..) => ("age-now", 0),
        (minutes, 0, _) => ("age-minutes", minutes),
        (_, hours, 0) => ("age-hours", hours),
        (_, _, days @ 1..=13) => ("age-days", days),
        (_, _, days @ 14..=59) => ("age-weeks", days / 7),
        (_, _, days @ 60..=364) => ("age-months", days / 30),
        (_, _, days) => ("age-years", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart_as_each_language_does() {
        assert_eq!(number(1234, "en"), "1,234");
        assert_eq!(number(1234, "es"), "1234");
        assert_eq!(number(12345, "es"), "12.345");
        assert_eq!(number(-1_234_567, "pt-BR"), "-1.234.567");
        assert_eq!(number(7, "en"), "7");
    }

    #[test]
    fn an_age_uses_the_largest_unit_that_says_something() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        let ago = |hours| age(now - chrono::Duration::hours(hours), now);
        assert_eq!(ago(0), ("age-now", 0));
        assert_eq!(ago(5), ("age-hours", 5));
        assert_eq!(ago(24), ("age-days", 1));
        assert_eq!(ago(24 * 13), ("age-days", 13));
        assert_eq!(ago(24 * 20), ("age-weeks", 2));
        assert_eq!(ago(24 * 90), ("age-months", 3));
        assert_eq!(ago(24 * 800), ("age-years", 2));
        assert_eq!(ago(-5), ("age-now", 0), "clocks of two machines may differ");
    }

    #[test]
    fn a_moment_falls_on_the_day_of_the_boards_time_zone() {
        let when = When::parse("2026-11-20T23:30:00Z").expect("a moment");
        assert_eq!(when.day(chrono_tz::Europe::Madrid).to_string(), "2026-11-21");
        assert_eq!(when.clock(chrono_tz::America::Sao_Paulo).as_deref(), Some("20:30"));
        assert!(When::parse("soon").is_none());
    }
}
