//! Values that every format writes as text: employment types and pay.

use chrono::NaiveDate;
use iso_currency::Currency;
use serde_json::{Value, json};

use crate::form::{FieldErrors, Pay, read_pay, written_pay};
use crate::job::Period;

/// schema.org's word for a kind of employment, in any spelling.
pub(super) fn employment_type(name: &str) -> Option<&'static str> {
    let plain: String = name.to_uppercase().chars().filter(|character| character.is_alphabetic()).collect();
    Some(match &*plain {
        "FULLTIME" | "PERMANENT" => "FULL_TIME",
        "PARTTIME" => "PART_TIME",
        "CONTRACTOR" | "CONTRACT" | "FREELANCE" | "FREELANCER" => "CONTRACTOR",
        "TEMPORARY" | "TEMP" => "TEMPORARY",
        "INTERN" | "INTERNSHIP" => "INTERN",
        "VOLUNTEER" => "VOLUNTEER",
        "PERDIEM" => "PER_DIEM",
        "OTHER" => "OTHER",
        _ => return None,
    })
}

/// A salary as the file has it.
#[derive(Debug, Default)]
pub(super) struct Salary {
    pub(super) min: Option<String>,
    pub(super) max: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) period: Option<String>,
}

/// Less than this can't be a year's pay; it is in thousands, or for an hour.
const LEAST_OF_A_YEAR: i64 = 1_000;
/// From this amount on, pay without a period is for a year in the currencies below: no month is paid as much.
const SURELY_A_YEAR: i64 = 15_000;
const SURELY_A_YEAR_IN: [Currency; 8] = [
    Currency::EUR,
    Currency::USD,
    Currency::GBP,
    Currency::CHF,
    Currency::CAD,
    Currency::AUD,
    Currency::NZD,
    Currency::SGD,
];

/// Pay that was understood.
#[derive(Debug, PartialEq)]
pub(super) struct Understood {
    /// The wire form.
    pub(super) wire: Value,
    /// Whether the file names no period, so that a year is assumed.
    pub(super) year_stands_in: bool,
}

impl Salary {
    /// `None` if the file names no amount; `Err` with the file's words if the amount, its currency or its period is
    /// unclear.
    pub(super) fn understand(self) -> Result<Option<Understood>, String> {
        if self.min.is_none() && self.max.is_none() {
            return Ok(None);
        }
        let mut said: Vec<&str> = Vec::new();
        for words in [&self.min, &self.max, &self.currency, &self.period].into_iter().flatten() {
            if said.last() != Some(&words.as_str()) {
                said.push(words);
            }
        }
        let words = said.join(" ");
        self.read().ok_or(words).map(Some)
    }

    fn read(&self) -> Option<Understood> {
        let currency = match &self.currency {
            Some(name) => Some(written_pay::currency(&name.trim().to_lowercase())?.only()?),
            None => None,
        };
        let period = match &self.period {
            Some(name) => Some(period(name)?),
            None => None,
        };
        let wire = json!({
            "min": self.min, "max": self.max, "currency": currency.map(|currency| currency.code()), "period": period,
        });
        let pay = read_pay(&wire, "", &mut FieldErrors::default())?;
        let ambiguous = |text: &Option<String>| {
            text.as_deref().is_some_and(|text| written_pay::could_be_thousands(text, pay.currency))
        };
        if ambiguous(&self.min) || ambiguous(&self.max) {
            return None;
        }
        let least = pay.major().filter(|amount| *amount > 0).min().unwrap_or(0);
        let year_stands_in = pay.period.is_none();
        let is_known = !year_stands_in || (SURELY_A_YEAR_IN.contains(&pay.currency) && least >= SURELY_A_YEAR);
        let is_a_year = pay.period.unwrap_or(Period::Year) == Period::Year;
        if !is_known || (is_a_year && (1..LEAST_OF_A_YEAR).contains(&least)) {
            return None;
        }
        Some(Understood { wire: Pay::to_wire(pay), year_stands_in })
    }
}

fn period(name: &str) -> Option<&'static str> {
    // UN/CEFACT codes are accepted beside the words that schema.org shows.
    Some(match &*name.trim().to_uppercase() {
        "HOUR" | "HUR" | "HOURLY" | "HORA" | "STUNDE" | "H" => "HOUR",
        "DAY" | "DAILY" | "DÍA" | "DIA" | "TAG" => "DAY",
        "WEEK" | "WEE" | "WEEKLY" | "SEMANA" | "WOCHE" => "WEEK",
        "MONTH" | "MON" | "MONTHLY" | "MES" | "MÊS" | "MONAT" => "MONTH",
        "YEAR" | "ANN" | "YEARLY" | "ANNUAL" | "ANNUALLY" | "AÑO" | "ANO" | "JAHR" => "YEAR",
        _ => return None,
    })
}

/// A day in a spelling with only one meaning: `31.12.2026`, `31/12/2026`, `12/31/2026`.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    let (mark, parts) = ['.', '/', '-'].into_iter().find_map(|mark| {
        let parts: Vec<u32> = date.split(mark).map(str::parse).collect::<Result<_, _>>().ok()?;
        (parts.len() == 3).then_some((mark, parts))
    })?;
    let (first, second, year) = (parts[0], parts[1], i32::try_from(parts[2]).ok()?);
    let (day, month) = match mark {
        '.' => (first, second),
        _ if first > 12 || first == second => (first, second),
        _ if second > 12 => (second, first),
        _ => return None,
    };
    (year >= 1000).then(|| NaiveDate::from_ymd_opt(year, month, day)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salary(min: &str, max: &str, currency: &str, period: &str) -> Result<Option<Understood>, String> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Salary { min: some(min), max: some(max), currency: some(currency), period: some(period) }.understand()
    }

    fn range(min: &str, max: &str, currency: &str, period: &str) -> Option<(Value, Value)> {
        let wire = salary(min, max, currency, period).ok()??.wire;
        Some((wire["min"].clone(), wire["max"].clone()))
    }

    #[test]
    fn two_columns_make_a_range_however_the_amounts_are_written() {
        for (min, max) in [
            ("42000", "52000"),
            ("42.000", "52.000"),
            ("42.000,00", "52.000,00"),
            ("42’000", "52’000"),
            ("42k", "52k"),
            ("42,000.00", "52 000"),
            ("42k-52k", ""),
            ("42.000 €", "52.000 €"),
        ] {
            assert_eq!(range(min, max, "eur", "year"), Some((json!("42000"), json!("52000"))), "{min} {max}");
        }
        assert_eq!(range("42,5", "", "EUR", "hour"), Some((json!("42.50"), Value::Null)));
        assert_eq!(range("42k–52k €/year", "", "", ""), Some((json!("42000"), json!("52000"))));
    }

    #[test]
    fn an_amount_that_could_mean_two_things_is_left_out() {
        for (min, currency, period) in [
            ("competitive", "EUR", "YEAR"),
            ("-3", "EUR", "YEAR"),
            ("42", "EUR", "YEAR"),
            ("42.0", "EUR", "YEAR"),
            ("12.500", "KWD", "YEAR"),
            ("2500", "EUR", ""),
            ("300000", "JPY", ""),
            ("42000", "", "YEAR"),
            ("$42000", "", "YEAR"),
            ("42000 USD", "EUR", "YEAR"),
            ("42000", "EUR", "fortnight"),
        ] {
            assert!(salary(min, "", currency, period).is_err(), "{min} {currency} {period}");
        }
        assert_eq!(salary("42000", "", "EUR", "fortnight"), Err("42000 EUR fortnight".to_owned()));
    }

    #[test]
    fn a_year_stands_in_where_nothing_else_can_be_meant() {
        let pay = salary("42.000", "52.000", "EUR", "").ok().flatten().expect("pay");
        assert!(pay.year_stands_in);
        assert_eq!(pay.wire, json!({"min": "42000", "max": "52000", "currency": "EUR", "period": "YEAR"}));
    }

    #[test]
    fn a_day_is_read_where_its_parts_can_not_be_mistaken() {
        let expected = NaiveDate::from_ymd_opt(2026, 12, 31);
        for text in ["31.12.2026", "31/12/2026", "12/31/2026", "31-12-2026", "12/31/2026 23:59"] {
            assert_eq!(day(text), expected, "{text}");
        }
        for text in ["03/04/2026", "31/12/26", "soon", "1/2", "32.12.2026"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
