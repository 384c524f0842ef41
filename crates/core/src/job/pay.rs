//! Pay as text in the board's language.

use iso_currency::Currency;

use super::content::Salary;
use crate::form::Period;

impl Salary {
    /// The range as one reads it: `42.000–52.000 €/año` in Spanish, `€42,000–52,000/year` in English,
    /// `€ 42.000–52.000/ano` in Brazilian Portuguese.
    pub fn display(&self, locale: &str) -> String {
        let language = locale.split('-').next().unwrap_or(locale);
        let group = if language == "en" { ',' } else { '.' };
        let amounts = match (&self.min, &self.max) {
            (Some(min), Some(max)) if min != max => format!("{}–{}", grouped(min, group), grouped(max, group)),
            (Some(amount), None) => format!("{} {}", from_word(language), grouped(amount, group)),
            (None, Some(amount)) => format!("{} {}", up_to_word(language), grouped(amount, group)),
            (Some(amount), Some(_)) => grouped(amount, group),
            (None, None) => return String::new(),
        };
        let symbol = symbol(&self.currency);
        let per = period_word(self.period, language);
        match (language, symbol.chars().all(char::is_alphabetic)) {
            // In English a sign has no space before its amount; letters always have one.
            ("en", false) => match amounts.split_once(' ') {
                Some((word, amount)) => format!("{word} {symbol}{amount}/{per}"),
                None => format!("{symbol}{amounts}/{per}"),
            },
            ("en", true) => format!("{amounts} {symbol}/{per}"),
            // In Portugal the currency stands behind the amount.
            ("pt", _) if locale != "pt-PT" => match amounts.rsplit_once(' ') {
                Some((word, amount)) => format!("{word} {symbol} {amount}/{per}"),
                None => format!("{symbol} {amounts}/{per}"),
            },
            _ => format!("{amounts} {symbol}/{per}"),
        }
    }
}

/// The currency's sign if it is unambiguous, else its code (there are twenty dollars).
fn symbol(code: &str) -> String {
    match code {
        "EUR" => "€".to_owned(),
        "GBP" => "£".to_owned(),
        "BRL" => "R$".to_owned(),
        "USD" => "US$".to_owned(),
        "JPY" => "¥".to_owned(),
        other => Currency::from_code(other).map_or_else(|| other.to_owned(), |c| c.code().to_owned()),
    }
}

fn grouped(decimal: &str, group: char) -> String {
    let (major, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let mut text = String::new();
    for (i, digit) in major.chars().enumerate() {
        if i > 0 && (major.len() - i) % 3 == 0 {
            text.push(group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(if group == ',' { '.' } else { ',' });
        text.push_str(fraction);
    }
    text
}

fn from_word(language: &str) -> &'static str {
    match language {
        "es" => "desde",
        "pt" => "a partir de",
        _ => "from",
    }
}

fn up_to_word(language: &str) -> &'static str {
    match language {
        "es" => "hasta",
        "pt" => "até",
        // One word, so that the currency's sign can still be put before the amount.
        _ => "to",
    }
}

fn period_word(period: Period, language: &str) -> &'static str {
    match (language, period) {
        ("es", Period::Hour) | ("pt", Period::Hour) => "hora",
        ("es", Period::Day) => "día",
        ("es", Period::Week) | ("pt", Period::Week) => "semana",
        ("es", Period::Month) => "mes",
        ("es", Period::Year) => "año",
        ("pt", Period::Day) => "dia",
        ("pt", Period::Month) => "mês",
        ("pt", Period::Year) => "ano",
        (_, Period::Hour) => "hour",
        (_, Period::Day) => "day",
        (_, Period::Week) => "week",
        (_, Period::Month) => "month",
        (_, Period::Year) => "year",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salary(min: Option<&str>, max: Option<&str>, currency: &str) -> Salary {
        let own = |t: Option<&str>| t.map(str::to_owned);
        Salary { min: own(min), max: own(max), currency: currency.to_owned(), period: Period::Year }
    }

    #[test]
    fn pay_reads_as_people_of_each_language_write_it() {
        let range = salary(Some("42000"), Some("52000"), "EUR");
        assert_eq!(range.display("es"), "42.000–52.000 €/año");
        assert_eq!(range.display("en"), "€42,000–52,000/year");
        assert_eq!(range.display("pt-BR"), "€ 42.000–52.000/ano");
        assert_eq!(range.display("pt-PT"), "42.000–52.000 €/ano");
        assert_eq!(salary(Some("9000"), None, "BRL").display("pt-BR"), "a partir de R$ 9.000/ano");
        assert_eq!(salary(None, Some("9000"), "CHF").display("pt-BR"), "até CHF 9.000/ano");
        assert_eq!(salary(Some("1500.50"), None, "CHF").display("en"), "from 1,500.50 CHF/year");
        assert_eq!(salary(None, Some("900"), "USD").display("en"), "to US$900/year");
    }
}
