//! The answer to a question about pay: `{"min","max","currency","period"}`.

use iso_currency::Currency;
use serde_json::{Value, json};

use super::scalars::{one_of, text};
use super::written_pay::{self, Reach, WrittenPay};
use super::{FieldErrors, FieldProblem, money};
use crate::wire::wire_enum;

wire_enum! {
    /// What an amount is paid for (schema.org's `unitText`).
    Period {
        /// An hour.
        Hour = "HOUR",
        /// A day.
        Day = "DAY",
        /// A week.
        Week = "WEEK",
        /// A month.
        Month = "MONTH",
        /// A year.
        Year = "YEAR",
    }
}

/// Pay after parsing: amounts in minor units of the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pay {
    /// The least.
    pub(crate) min: Option<i64>,
    /// The most.
    pub(crate) max: Option<i64>,
    /// The currency.
    pub(crate) currency: Currency,
    /// The period, if one was named.
    pub(crate) period: Option<Period>,
}

impl Pay {
    /// The wire form: amounts as plain decimal texts. Pay without a period is a year's.
    pub(crate) fn to_wire(self) -> Value {
        let [min, max] = [self.min, self.max].map(|a| a.map(|minor| money::to_decimal(minor, self.currency)));
        let period = self.period.unwrap_or(Period::Year);
        json!({ "min": min, "max": max, "currency": self.currency.code(), "period": period })
    }

    /// The amounts in major units, rounded down.
    pub(crate) fn major(self) -> impl Iterator<Item = i64> {
        let unit = 10_i64.pow(u32::from(self.currency.exponent().unwrap_or(0)));
        [self.min, self.max].into_iter().flatten().map(move |minor| minor / unit)
    }
}

/// Normalises pay. Both amounts may be written as people write them, and one of them may hold a whole range.
pub(super) fn money_range(answer: &Value, pointer: &str, errors: &mut FieldErrors) -> Value {
    read(answer, pointer, errors).map_or(Value::Null, Pay::to_wire)
}

/// Reads pay; `None` if nothing was answered or there are errors.
pub(crate) fn read(answer: &Value, pointer: &str, errors: &mut FieldErrors) -> Option<Pay> {
    let Some(members) = answer.as_object() else {
        errors.push(pointer, FieldProblem::NotObject);
        return None;
    };
    let part = |name: &str| members.get(name).filter(|v| !v.is_null() && v.as_str() != Some(""));
    for name in members.keys().filter(|n| !["min", "max", "currency", "period"].contains(&n.as_str())) {
        errors.push(format!("{pointer}/{name}"), FieldProblem::UnknownField);
    }
    if part("min").is_none() && part("max").is_none() {
        // A form sends its preselected currency with an empty range: nothing was answered.
        return None;
    }
    let chosen = match part("currency").map(text) {
        None => Ok(None),
        Some(Err(problem)) => Err(problem),
        Some(Ok(code)) => Currency::from_code(&code.to_ascii_uppercase()).map(Some).ok_or(FieldProblem::NotCurrency),
    };
    let chosen = chosen.unwrap_or_else(|problem| {
        errors.push(format!("{pointer}/currency"), problem);
        // The currency's error was added; the amounts are checked all the same.
        Some(Currency::EUR)
    });
    let mut written = Written { min: None, max: None, currency: chosen, period: None };
    if let Some(value) = part("period") {
        match text(value).and_then(|p| one_of(&p, Period::ALL.iter().map(|p| p.as_str())).map(|_| p)) {
            Ok(period) => written.period = Period::ALL.into_iter().find(|p| p.as_str() == period),
            Err(problem) => errors.push(format!("{pointer}/period"), problem),
        }
    }
    let mut wrong = false;
    for end in [End::Min, End::Max] {
        let Some(value) = part(end.name()) else { continue };
        // Amounts are texts: a JSON number may have lost digits before it came here.
        let read = text(value).ok().and_then(|t| written_pay::read(&t, written.currency));
        let taken = read.ok_or(FieldProblem::NotAmount).and_then(|pay| written.take(pay, end));
        if let Err(problem) = taken {
            errors.push(format!("{pointer}/{}", end.name()), problem);
            wrong = true;
        }
    }
    let Some(currency) = written.currency else {
        errors.push(format!("{pointer}/currency"), FieldProblem::Required);
        return None;
    };
    if wrong {
        return None;
    }
    let mut amounts = [None, None];
    for ((amount, written), end) in amounts.iter_mut().zip([&written.min, &written.max]).zip([End::Min, End::Max]) {
        let Some(text) = written else { continue };
        match money::to_minor(text, currency) {
            Ok(minor) => *amount = Some(minor),
            Err(problem) => {
                errors.push(format!("{pointer}/{}", end.name()), problem);
                return None;
            }
        }
    }
    if let [Some(min), Some(max)] = amounts
        && min > max
    {
        errors.push(format!("{pointer}/min"), FieldProblem::MinOverMax);
        return None;
    }
    let [min, max] = amounts;
    Some(Pay { min, max, currency, period: written.period })
}

#[derive(Clone, Copy)]
enum End {
    Min,
    Max,
}

impl End {
    const fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// The result of both texts and the fields beside them.
struct Written {
    min: Option<String>,
    max: Option<String>,
    currency: Option<Currency>,
    period: Option<Period>,
}

impl Written {
    fn take(&mut self, pay: WrittenPay, end: End) -> Result<(), FieldProblem> {
        match (self.currency, &pay.currency) {
            (Some(chosen), Some(mark)) if !mark.fits(chosen) => return Err(FieldProblem::PayContradicts),
            (None, Some(mark)) => self.currency = mark.only(),
            _ => {}
        }
        match (self.period, pay.period) {
            (Some(chosen), Some(named)) if chosen != named => return Err(FieldProblem::PayContradicts),
            (None, named) => self.period = named,
            _ => {}
        }
        let (min, max) = match (pay.reach, end) {
            (Reach::Exactly(amount), End::Min) => (Some(amount), None),
            (Reach::Exactly(amount), End::Max) => (None, Some(amount)),
            (Reach::From(amount), _) => (Some(amount), None),
            (Reach::UpTo(amount), _) => (None, Some(amount)),
            (Reach::Range(least, most), _) => (Some(least), Some(most)),
        };
        for (known, new) in [(&mut self.min, min), (&mut self.max, max)] {
            match (known.as_ref(), new) {
                (Some(known), Some(new)) if *known != new => return Err(FieldProblem::PayContradicts),
                (_, Some(new)) => *known = Some(new),
                (_, None) => {}
            }
        }
        Ok(())
    }
}
