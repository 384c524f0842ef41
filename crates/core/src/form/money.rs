//! Amounts of money as people write them, kept in minor units.

use iso_currency::Currency;

use super::FieldProblem;

/// The most an amount may be, in major units: no salary is a million million.
const MAX_MAJOR: i64 = 1_000_000_000_000;

/// A decimal string as minor units of `currency`: `"42000.5"` in EUR is 4,200,050.
pub(crate) fn to_minor(text: &str, currency: Currency) -> Result<i64, FieldProblem> {
    let exponent = usize::from(currency.exponent().unwrap_or(0));
    let (major, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if major.is_empty() || !digits(major) || !digits(fraction) || text.ends_with('.') {
        return Err(FieldProblem::NotAmount);
    }
    // Zeros after the currency's last place say nothing; other digits would be lost.
    if fraction.len() > exponent && fraction.bytes().skip(exponent).any(|b| b != b'0') {
        return Err(FieldProblem::NotAmount);
    }
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(exponent).collect();
    let major: i64 = major.parse().ok().filter(|m| *m <= MAX_MAJOR).ok_or(FieldProblem::NotAmount)?;
    let fraction: i64 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| FieldProblem::NotAmount)? };
    Ok(major * 10_i64.pow(exponent as u32) + fraction)
}

/// Minor units as a decimal string, without a fraction that is zero.
pub(crate) fn to_decimal(minor: i64, currency: Currency) -> String {
    let exponent = u32::from(currency.exponent().unwrap_or(0));
    let unit = 10_i64.pow(exponent);
    match (minor / unit, minor % unit) {
        (major, 0) => major.to_string(),
        (major, fraction) => format!("{major}.{fraction:0width$}", width = exponent as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_survives_the_way_to_minor_units_and_back() {
        for (text, currency, minor, back) in [
            ("42000", Currency::EUR, 4_200_000, "42000"),
            ("42000.50", Currency::EUR, 4_200_050, "42000.50"),
            ("42000.5", Currency::EUR, 4_200_050, "42000.50"),
            ("42000.000", Currency::EUR, 4_200_000, "42000"),
            ("500000", Currency::JPY, 500_000, "500000"),
            ("1.234", Currency::KWD, 1_234, "1.234"),
            ("0.05", Currency::USD, 5, "0.05"),
        ] {
            assert_eq!(to_minor(text, currency), Ok(minor), "{text}");
            assert_eq!(to_decimal(minor, currency), back);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "-1", "1,000", "1e3", "1.", ".5", "1.005", "12 000", "١٢", "99999999999999999999"] {
            assert_eq!(to_minor(text, Currency::EUR), Err(FieldProblem::NotAmount), "{text}");
        }
    }
}
