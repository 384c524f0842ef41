//! Pay as people write it: `42.000 €`, `55’000`, `30k–40k`, `from 1,500.50 per month`.
//!
//! A text is read only if every word of it is known and the numbers have one meaning; everything else is `None`, so
//! that an amount is never read as a thousandth or a thousand times of the meant one.

mod number;
mod words;

use iso_currency::Currency;

use crate::form::Period;
use number::Number;
use words::Token;

pub(crate) use words::{CurrencyMark, currency};

/// The longest text that is read: pay is never longer.
const MAX_LENGTH: usize = 200;
/// In one text, the upper amount is at most this many times the lower one. `30-40.000` means 30.000, so it isn't read.
const MAX_RATIO: f64 = 100.0;

/// What a text says about pay. Amounts are plain decimals in major units: `42000.50`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WrittenPay {
    /// The amounts.
    pub(crate) reach: Reach,
    /// The currency that is named beside them.
    pub(crate) currency: Option<CurrencyMark>,
    /// The period that is named beside them.
    pub(crate) period: Option<Period>,
}

/// The range of the amounts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reach {
    /// One amount.
    Exactly(String),
    /// At least this.
    From(String),
    /// At most this.
    UpTo(String),
    /// Between these two.
    Range(String, String),
}

/// Reads a text. `chosen` is the currency of the separate field: in currencies with three decimals, `1.234` has another
/// meaning.
pub(crate) fn read(text: &str, chosen: Option<Currency>) -> Option<WrittenPay> {
    if text.chars().count() > MAX_LENGTH {
        return None;
    }
    let tokens = words::tokens(text)?;
    let mut numbers: Vec<Number> = Vec::new();
    let mut joined = false;
    let (mut at_least, mut at_most) = (false, false);
    let mut currency: Option<CurrencyMark> = None;
    let mut period: Option<Period> = None;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Number(number) => {
                if numbers.len() == 2 || (numbers.len() == 1 && !joined) {
                    return None;
                }
                numbers.push(number.clone());
            }
            Token::Join => {
                let followed = tokens[at + 1..].iter().any(|token| matches!(token, Token::Number(_)));
                match (numbers.len(), followed) {
                    (1, true) => joined = true,
                    // "to 40,000"
                    (0, true) => at_most = true,
                    _ => return None,
                }
            }
            Token::Dash => {
                if joined || numbers.len() != 1 {
                    return None;
                }
                joined = true;
            }
            Token::AtLeast => at_least = true,
            Token::AtMost => at_most = true,
            Token::Currency(mark) => {
                currency = Some(match currency {
                    Some(known) => known.with(mark.clone())?,
                    None => mark.clone(),
                });
            }
            Token::Period(named) => {
                if period.is_some_and(|known| known != *named) {
                    return None;
                }
                period = Some(*named);
            }
            Token::Filler => {}
        }
    }
    let exponent = chosen.or_else(|| currency.as_ref()?.only()).and_then(|c| c.exponent()).unwrap_or(2);
    let reach = match (numbers.as_slice(), joined) {
        ([one], false) => {
            let amount = one.plain(exponent)?;
            match (at_least, at_most) {
                (true, true) => return None,
                (true, false) => Reach::From(amount),
                (false, true) => Reach::UpTo(amount),
                (false, false) => Reach::Exactly(amount),
            }
        }
        ([least, most], true) => {
            let (least, most) = number::range(least, most, exponent)?;
            let ratio = number::value(&most) / number::value(&least);
            if at_most || (number::value(&least) > 0.0 && ratio > MAX_RATIO) {
                return None;
            }
            Reach::Range(least, most)
        }
        _ => return None,
    };
    Some(WrittenPay { reach, currency, period })
}

/// Whether an amount in this currency could also mean a thousand times as much: `12.500` in a currency with three
/// decimals, from somebody who may not know that.
pub(crate) fn could_be_thousands(text: &str, currency: Currency) -> bool {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let is_decimal =
        |(whole, fraction): (&str, &str)| fraction.len() == 3 && digits(fraction) && whole.len() <= 3 && digits(whole);
    currency.exponent() == Some(3) && text.trim().split_once(['.', ',']).is_some_and(is_decimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(text: &str) -> Option<String> {
        match read(text, Some(Currency::EUR))?.reach {
            Reach::Exactly(amount) => Some(amount),
            _ => None,
        }
    }

    #[test]
    fn an_amount_keeps_its_value_however_it_is_grouped() {
        for (text, expected) in [
            ("42000", "42000"),
            ("42.000", "42000"),
            ("42,000", "42000"),
            ("42.000,00", "42000.00"),
            ("42,000.50", "42000.50"),
            ("1.234.567", "1234567"),
            ("42 000 €", "42000"),
            ("42\u{202f}000,50 €", "42000.50"),
            ("55’000", "55000"),
            ("55'000.50", "55000.50"),
            ("CHF 55’000.–", "55000"),
            ("42.000,- €", "42000"),
            ("12,00,000", "1200000"),
            ("15,50", "15.50"),
            ("15.50", "15.50"),
            ("0.500", "0.500"),
            ("30k", "30000"),
            ("30 K", "30000"),
            ("42,5k €", "42500"),
            ("€42.5k", "42500"),
            ("42000EUR", "42000"),
            ("1.5M", "1500000"),
            ("30 mil", "30000"),
            ("50 TEUR", "50000"),
            ("42000.000", "42000.000"),
            ("42.000 € brutto", "42000"),
        ] {
            assert_eq!(exactly(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_could_mean_two_things_is_not_read() {
        for text in [
            "",
            "-5",
            "4.2.1",
            "1e3",
            "1.",
            ".5",
            "12 00",
            "١٢",
            "a lot",
            "competitive",
            "42.500k",
            "30 40",
            "30-40.000",
            "1.800 net",
            "30k-",
            "10-20-30",
            "4,2,000",
            "42 000 00",
            "€ 30 $",
            "30 per hour per day",
            "16, 17",
        ] {
            assert_eq!(read(text, Some(Currency::EUR)), None, "{text}");
        }
    }

    #[test]
    fn a_range_is_read_whole() {
        for text in [
            "30k-40k",
            "30-40k",
            "30k – 40k €",
            "30.000 - 40.000 €",
            "30.000 bis 40.000 EUR",
            "30,000 to 40,000",
            "de 30.000 a 40.000",
            "between 30k and 40k",
            "30.000,- - 40.000,- €",
            "€30k–€40k",
        ] {
            let reach = read(text, None).map(|pay| pay.reach);
            assert_eq!(reach, Some(Reach::Range("30000".into(), "40000".into())), "{text}");
        }
    }

    #[test]
    fn an_open_end_stays_open() {
        for text in ["from 30k", "30k+", "ab 30.000 €", "desde 30.000", ">30k", "at least 30000"] {
            assert_eq!(read(text, None).map(|pay| pay.reach), Some(Reach::From("30000".into())), "{text}");
        }
        for text in ["up to 40k", "bis zu 40.000 €", "hasta 40.000", "até 40 mil", "max. 40.000"] {
            assert_eq!(read(text, None).map(|pay| pay.reach), Some(Reach::UpTo("40000".into())), "{text}");
        }
    }

    #[test]
    fn the_currency_and_the_period_beside_an_amount_are_read_too() {
        for (text, currency, period) in [
            ("15 €/h", Some(Currency::EUR), Some(Period::Hour)),
            ("$20 USD a day", Some(Currency::USD), Some(Period::Day)),
            ("15€ an hour", Some(Currency::EUR), Some(Period::Hour)),
            ("£40k p.a.", Some(Currency::GBP), Some(Period::Year)),
            ("R$ 8.000 por mês", Some(Currency::BRL), Some(Period::Month)),
            ("USD 120,000 per year", Some(Currency::USD), Some(Period::Year)),
            ("42.000 euros brutos al año", Some(Currency::EUR), Some(Period::Year)),
            ("$120k/yr", None, Some(Period::Year)),
            ("42.000 € brutto/Jahr", Some(Currency::EUR), Some(Period::Year)),
            ("42 k€ par an", Some(Currency::EUR), Some(Period::Year)),
        ] {
            let pay = read(text, None).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((pay.currency.as_ref().and_then(CurrencyMark::only), pay.period), (currency, period), "{text}");
        }
        let dollars = read("$30", None).and_then(|pay| pay.currency).expect("a sign");
        assert!(dollars.fits(Currency::USD) && dollars.fits(Currency::MXN) && !dollars.fits(Currency::EUR));
    }

    #[test]
    fn three_decimals_are_decimals_only_where_the_currency_has_them() {
        let exactly = |text: &str| match read(text, Some(Currency::KWD)) {
            Some(WrittenPay { reach: Reach::Exactly(amount), .. }) => Some(amount),
            _ => None,
        };
        assert_eq!(exactly("1.234").as_deref(), Some("1.234"));
        assert_eq!(exactly("42.000"), None);
        assert_eq!(exactly("42,000"), None);
        assert!(could_be_thousands("12.500", Currency::KWD) && !could_be_thousands("12.500", Currency::EUR));
    }
}
