//! The words and signs around amounts, in the languages that boards are written in.

use iso_currency::Currency;

use super::number::{Number, Power};
use crate::form::Period;

/// A part of a text about pay.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    Number(Number),
    /// A word between two amounts, or before the only one: `to`, `bis`.
    Join,
    Dash,
    AtLeast,
    AtMost,
    Currency(CurrencyMark),
    Period(Period),
    /// A word that changes nothing: `per`, `gross`.
    Filler,
}

/// A currency as a text names it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CurrencyMark {
    /// By its code, its name, or a sign that only it has.
    One(Currency),
    /// By a sign that several currencies have.
    Sign(char),
}

impl CurrencyMark {
    /// The currency, if only one is possible.
    pub(crate) fn only(&self) -> Option<Currency> {
        match self {
            Self::One(currency) => Some(*currency),
            Self::Sign('£') => Some(Currency::GBP),
            Self::Sign(_) => None,
        }
    }

    /// The common meaning of it and another one beside it; `None` if they contradict each other.
    pub(super) fn with(self, other: Self) -> Option<Self> {
        match (&self, &other) {
            (Self::One(one), Self::Sign(_)) => other.fits(*one).then_some(self),
            (Self::Sign(_), Self::One(one)) => self.fits(*one).then_some(other),
            _ => (self == other).then_some(self),
        }
    }

    /// Whether it can mean `currency`.
    pub(crate) fn fits(&self, currency: Currency) -> bool {
        match self {
            Self::One(one) => *one == currency,
            Self::Sign('¥') => matches!(currency, Currency::JPY | Currency::CNY),
            Self::Sign(sign) => currency == Currency::USD || currency.symbol().symbol.contains(*sign),
        }
    }
}

/// The parts of a text; `None` if one of them is unknown.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let text: String = text.trim().to_lowercase().chars().map(usual).collect();
    let text = text.replace("p.a.", " year ").replace("p. a.", " year ").replace("bis zu", "max");
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    // After `/` or `per`, a letter is a period: `€/h`, `par an`.
    let mut per = false;
    while let Some(&c) = chars.get(at) {
        if c.is_ascii_digit() {
            let (number, end) = number(&chars, at);
            at = end;
            let (power, end) = power(&chars, at);
            at = end;
            tokens.push(Token::Number(Number { digits: number, power }));
        } else if c.is_alphabetic() {
            let end = chars[at..].iter().position(|c| !c.is_alphabetic()).map_or(chars.len(), |n| at + n);
            let mut word: String = chars[at..end].iter().collect();
            let start = at;
            at = end;
            if chars.get(at) == Some(&'$') {
                word.push('$');
                at += 1;
            } else if chars.get(at) == Some(&'.') && chars.get(at + 1).is_none_or(|c| !c.is_ascii_digit()) {
                at += 1;
            }
            let period = if per { short_period(&word).map(Token::Period) } else { None };
            let mut token = period.or_else(|| known(&word))?;
            if token == Token::Join {
                let attached = chars[..start].last().is_some_and(char::is_ascii_digit);
                let more = chars[at..].iter().any(char::is_ascii_digit);
                match (attached, more, &*word) {
                    // `1e3`
                    (true, ..) => return None,
                    // `20 a day`
                    (false, false, "a") => token = Token::Filler,
                    _ => {}
                }
            }
            tokens.push(token);
            per = matches!(&*word, "per" | "par" | "pro");
            continue;
        } else {
            at += 1;
            match c {
                ' ' => continue,
                '/' => {
                    per = true;
                    continue;
                }
                '-' => tokens.push(Token::Dash),
                '+' | '>' | '≥' => tokens.push(Token::AtLeast),
                '<' | '≤' => tokens.push(Token::AtMost),
                _ => tokens.push(Token::Currency(currency(&c.to_string())?)),
            }
        }
        per = false;
    }
    Some(tokens)
}

/// One character for all that look alike: spaces, dashes, apostrophes.
fn usual(c: char) -> char {
    match c {
        _ if c.is_whitespace() => ' ',
        '–' | '—' | '−' | '‐' | '‑' | '‒' => '-',
        '’' | '‘' | 'ʼ' | '´' | '`' | '′' => '\'',
        other => other,
    }
}

/// The number that begins at `at`, and where it ends. A space belongs to it only between groups of three.
fn number(chars: &[char], at: usize) -> (String, usize) {
    let digit = |n: usize| chars.get(n).is_some_and(char::is_ascii_digit);
    let mut raw = String::new();
    let mut end = at;
    loop {
        match chars.get(end) {
            Some(c) if c.is_ascii_digit() => raw.push(*c),
            Some(c @ ('.' | ',' | '\'')) if digit(end + 1) => raw.push(*c),
            Some(' ')
                if (1..=3).all(|n| digit(end + n))
                    && !digit(end + 4)
                    && !raw.contains(['.', ',', '\''])
                    && raw.rsplit(' ').next().is_some_and(|group| group.len() <= 3) =>
            {
                raw.push(' ');
            }
            _ => break,
        }
        end += 1;
    }
    // `55’000.–`, `42.000,-`: no cents.
    if matches!(chars.get(end), Some('.' | ',')) && chars.get(end + 1) == Some(&'-') {
        end += 1;
        while chars.get(end) == Some(&'-') {
            end += 1;
        }
    }
    (raw, end)
}

/// The factor of the number that ends at `at` (`k`, `mil`, `Tsd.`), and where that ends.
fn power(chars: &[char], at: usize) -> (Option<Power>, usize) {
    let spaced = chars.get(at) == Some(&' ');
    let start = at + usize::from(spaced);
    let end = chars[start.min(chars.len())..].iter().position(|c| !c.is_alphabetic());
    let end = end.map_or(chars.len(), |n| start + n);
    let word: String = chars.get(start..end).unwrap_or_default().iter().collect();
    let power = match &*word {
        "k" | "tsd" | "mil" | "thousand" | "tausend" => 3,
        // After a space it could be a month.
        "m" if !spaced => 6,
        "mio" | "mn" | "million" | "millions" => 6,
        "lakh" | "lakhs" => 5,
        // `50 TEUR`, `50 kEUR`: the currency stays.
        "teur" | "keur" | "kusd" | "kchf" | "kgbp" => return (Some(3), start + 1),
        _ => return (None, at),
    };
    let dot = usize::from(word == "tsd" && chars.get(end) == Some(&'.'));
    (Some(power), end + dot)
}

fn short_period(word: &str) -> Option<Period> {
    Some(match word {
        "h" | "hr" | "std" => Period::Hour,
        "d" => Period::Day,
        "w" | "wk" => Period::Week,
        "m" | "mo" | "mth" => Period::Month,
        "y" | "a" | "an" | "yr" => Period::Year,
        _ => return None,
    })
}

fn known(word: &str) -> Option<Token> {
    Some(match word {
        "to" | "bis" | "and" | "und" | "y" | "e" | "et" | "a" | "à" => Token::Join,
        "from" | "ab" | "von" | "desde" | "min" | "minimum" | "mínimo" | "least" | "mindestens" | "starting" => {
            Token::AtLeast
        }
        "up" | "hasta" | "até" | "max" | "maximum" | "máximo" | "maximal" => Token::AtMost,
        "per" | "pro" | "por" | "par" | "al" | "ao" | "the" | "an" | "de" | "at" | "between" | "entre" | "zwischen"
        | "gross" | "brutto" | "bruto" | "brutos" | "bruta" | "brut" => Token::Filler,
        "hour" | "hours" | "hr" | "hourly" | "stunde" | "std" | "hora" | "heure" => Token::Period(Period::Hour),
        "day" | "daily" | "tag" | "día" | "dia" | "jour" => Token::Period(Period::Day),
        "week" | "weekly" | "woche" | "semana" | "semaine" => Token::Period(Period::Week),
        "month" | "monthly" | "monat" | "monatlich" | "mes" | "mês" | "mensual" | "mensuales" | "mensal" | "mois" => {
            Token::Period(Period::Month)
        }
        "year" | "yearly" | "yr" | "annum" | "annual" | "annually" | "jahr" | "jährlich" | "año" | "ano" | "anual"
        | "anuales" | "anuais" | "annuel" => Token::Period(Period::Year),
        _ => Token::Currency(currency(word)?),
    })
}

/// A currency by its code, name or sign, in small letters.
pub(crate) fn currency(word: &str) -> Option<CurrencyMark> {
    let one = match word {
        "€" => Currency::EUR,
        "₹" => Currency::INR,
        "$" => return Some(CurrencyMark::Sign('$')),
        "£" => return Some(CurrencyMark::Sign('£')),
        "¥" => return Some(CurrencyMark::Sign('¥')),
        "euro" | "euros" => Currency::EUR,
        "r$" | "real" | "reais" => Currency::BRL,
        "us$" => Currency::USD,
        "a$" => Currency::AUD,
        "c$" => Currency::CAD,
        "mx$" => Currency::MXN,
        "zł" | "zl" => Currency::PLN,
        "fr" | "sfr" => Currency::CHF,
        "kč" => Currency::CZK,
        "dollar" | "dollars" => return Some(CurrencyMark::Sign('$')),
        "pound" | "pounds" => return Some(CurrencyMark::Sign('£')),
        _ => Currency::from_code(&word.to_uppercase())?,
    };
    Some(CurrencyMark::One(one))
}
