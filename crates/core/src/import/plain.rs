//! Values that every format writes as text: employment types, amounts, places.

use iso_currency::Currency;
use serde_json::{Map, Value, json};

use super::country;

/// schema.org's word for a kind of employment, however it is written.
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

/// The board's word for where the work is done.
pub(super) fn workplace(name: &str) -> Option<&'static str> {
    let plain: String = name.to_lowercase().chars().filter(|character| character.is_alphabetic()).collect();
    Some(match &*plain {
        "remote" | "telecommute" | "fullyremote" | "yes" | "true" => "remote",
        "hybrid" => "hybrid",
        "onsite" | "office" | "no" | "false" => "on-site",
        _ => return None,
    })
}

/// A salary as a file says it.
#[derive(Debug, Default)]
pub(super) struct Salary {
    pub(super) min: Option<String>,
    pub(super) max: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) period: Option<String>,
}

impl Salary {
    /// The wire form; `None` when the file names no amount, `Err` with the file's words when the amount,
    /// its currency or its period can't be told.
    pub(super) fn into_wire(self) -> Result<Option<Value>, String> {
        if self.min.is_none() && self.max.is_none() {
            return Ok(None);
        }
        let words = || {
            [&self.min, &self.max, &self.currency, &self.period]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let amounts = (amount(self.min.as_deref()), amount(self.max.as_deref()));
        let (Ok(min), Ok(max)) = amounts else {
            return Err(words());
        };
        let currency = self.currency.as_deref().map(|code| code.trim().to_uppercase());
        let currency = currency.as_deref().and_then(Currency::from_code).ok_or_else(words)?;
        let period = self.period.as_deref().and_then(period).ok_or_else(words)?;
        Ok(Some(json!({ "min": min, "max": max, "currency": currency.code(), "period": period })))
    }
}

/// `42000`, `42,000.50`, `42 000`, `40.0` → `42000`, `42000.50`, `42000`, `40`.
fn amount(text: Option<&str>) -> Result<Option<String>, ()> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let mut plain: String = text.chars().filter(|character| !character.is_whitespace() && *character != '\'').collect();
    // A comma before three digits groups them; any other comma is a decimal mark that we can't be sure of.
    if plain.contains(',') {
        let grouped =
            plain.split(',').skip(1).all(|part| part.split('.').next().is_some_and(|digits| digits.len() == 3));
        if !grouped {
            return Err(());
        }
        plain = plain.replace(',', "");
    }
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |part: &str| part.chars().all(|character| character.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(());
    }
    let fraction = if fraction.chars().all(|digit| digit == '0') { "" } else { fraction };
    Ok(Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }))
}

fn period(name: &str) -> Option<&'static str> {
    // UN/CEFACT codes stand beside the words that schema.org shows.
    Some(match &*name.trim().to_uppercase() {
        "HOUR" | "HUR" | "HOURLY" => "HOUR",
        "DAY" | "DAILY" => "DAY",
        "WEEK" | "WEE" | "WEEKLY" => "WEEK",
        "MONTH" | "MON" | "MONTHLY" => "MONTH",
        "YEAR" | "ANN" | "YEARLY" | "ANNUAL" | "ANNUALLY" => "YEAR",
        _ => return None,
    })
}

/// A place as the wire has it. `None` when nothing is known about it.
pub(super) fn location(city: Option<String>, region: Option<String>, country: Option<&str>) -> Option<Value> {
    let mut place = Map::new();
    for (name, value) in [("city", city), ("region", region)] {
        let value =
            value.as_deref().map(|value| value.trim_matches([' ', ',', '\u{a0}'])).filter(|value| !value.is_empty());
        if let Some(value) = value {
            place.insert(name.to_owned(), value.into());
        }
    }
    if let Some(country) = country {
        place.insert("country".to_owned(), country.into());
    }
    (!place.is_empty()).then_some(Value::Object(place))
}

/// `Sevilla, Andalucía, ES`, `Paris, France`, `Poland`, `Lisbon`.
pub(super) fn location_from_words(words: &str) -> Option<Value> {
    let mut parts: Vec<&str> = words.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let country = parts.last().and_then(|last| country::code(last));
    if country.is_some() {
        parts.pop();
    }
    let region = (parts.len() > 1).then(|| parts.split_off(1).join(", "));
    location(parts.first().map(|city| (*city).to_owned()), region, country)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salary(min: &str, currency: &str, period: &str) -> Result<Option<Value>, String> {
        Salary {
            min: Some(min.to_owned()),
            max: None,
            currency: Some(currency.to_owned()),
            period: Some(period.to_owned()),
        }
        .into_wire()
    }

    #[test]
    fn an_amount_keeps_its_value_however_it_is_grouped() {
        for (text, expected) in [("42000", "42000"), ("42,000.50", "42000.50"), ("42 000", "42000"), ("40.0", "40")] {
            assert_eq!(amount(Some(text)), Ok(Some(expected.to_owned())), "{text}");
        }
    }

    #[test]
    fn an_amount_that_could_mean_two_things_is_not_guessed() {
        assert_eq!(amount(Some("42,5")), Err(()));
        assert_eq!(amount(Some("competitive")), Err(()));
        assert_eq!(amount(Some("-3")), Err(()));
    }

    #[test]
    fn a_salary_needs_a_currency_and_a_period() {
        assert_eq!(
            salary("42000", "eur", "year"),
            Ok(Some(json!({"min": "42000", "max": null, "currency": "EUR", "period": "YEAR"})))
        );
        assert_eq!(salary("42000", "EURO", "YEAR"), Err("42000 EURO YEAR".to_owned()));
        assert_eq!(salary("42000", "EUR", "fortnight"), Err("42000 EUR fortnight".to_owned()));
    }

    #[test]
    fn a_place_in_words_is_split_into_city_region_and_country() {
        assert_eq!(
            location_from_words("Sevilla, Andalucía, Spain"),
            Some(json!({"city": "Sevilla", "region": "Andalucía", "country": "ES"}))
        );
        assert_eq!(location_from_words("Paris, France"), Some(json!({"city": "Paris", "country": "FR"})));
        assert_eq!(location_from_words("United-Kingdom"), Some(json!({"country": "GB"})));
        assert_eq!(location_from_words("Lisbon"), Some(json!({"city": "Lisbon"})));
    }
}
