//! Answers made of parts: lists, places, ranges of money.

use iso_currency::Currency;
use serde_json::{Value, json};

use super::scalars::{country, length, line, one_of, text};
use super::{FieldErrors, FieldProblem, money};
use crate::job::Period;

/// The most characters of a tag.
const MAX_TAG: usize = 40;

/// A tag: lower case, one dash for white space, no `#` in front; `Null` when nothing is left.
pub(super) fn tag(item: &Value) -> Result<Value, FieldProblem> {
    let text = text(item)?;
    let words: Vec<String> = text.trim_start_matches('#').split_whitespace().map(str::to_lowercase).collect();
    let tag = words.join("-");
    length(&tag, 0, MAX_TAG)?;
    Ok(if tag.is_empty() { Value::Null } else { json!(tag) })
}

/// A list whose entries `check` brings into shape; `Null` entries and repeated ones are left out.
pub(super) fn list(
    answer: &Value,
    pointer: &str,
    max: usize,
    errors: &mut FieldErrors,
    check: impl Fn(&Value, &str, &mut FieldErrors) -> Result<Value, FieldProblem>,
) -> Value {
    let Some(items) = answer.as_array() else {
        errors.push(pointer, FieldProblem::NotList);
        return Value::Null;
    };
    let mut output: Vec<Value> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let pointer = format!("{pointer}/{i}");
        match check(item, &pointer, errors) {
            Ok(Value::Null) => {}
            Ok(value) if output.contains(&value) => {}
            Ok(value) => output.push(value),
            Err(problem) => errors.push(pointer, problem),
        }
    }
    if output.len() > max {
        errors.push(pointer, FieldProblem::TooMany { max });
    }
    Value::Array(output)
}

pub(super) fn location(item: &Value, pointer: &str, errors: &mut FieldErrors) -> Result<Value, FieldProblem> {
    let Some(members) = item.as_object() else { return Err(FieldProblem::NotObject) };
    let mut output = json!({ "city": null, "region": null, "country": null });
    for (name, value) in members {
        let checked = match name.as_str() {
            _ if value.is_null() => continue,
            "city" | "region" => line(value, None, 100, None),
            "country" => text(value).and_then(|t| if t.is_empty() { Ok(Value::Null) } else { country(&t) }),
            _ => Err(FieldProblem::UnknownField),
        };
        match checked {
            Ok(value) => output[name.as_str()] = value,
            Err(problem) => errors.push(format!("{pointer}/{name}"), problem),
        }
    }
    let nothing = ["city", "region", "country"].iter().all(|n| output[n].is_null());
    Ok(if nothing { Value::Null } else { output })
}

pub(super) fn money_range(answer: &Value, pointer: &str, errors: &mut FieldErrors) -> Value {
    let Some(members) = answer.as_object() else {
        errors.push(pointer, FieldProblem::NotObject);
        return Value::Null;
    };
    let part = |name: &str| members.get(name).filter(|v| !v.is_null() && v.as_str() != Some(""));
    for name in members.keys().filter(|n| !["min", "max", "currency", "period"].contains(&n.as_str())) {
        errors.push(format!("{pointer}/{name}"), FieldProblem::UnknownField);
    }
    if part("min").is_none() && part("max").is_none() {
        // A form sends its preselected currency with an empty range: nothing was answered.
        return Value::Null;
    }
    let currency = match part("currency").map(text) {
        None => Err(FieldProblem::Required),
        Some(Err(problem)) => Err(problem),
        Some(Ok(code)) => Currency::from_code(&code.to_ascii_uppercase()).ok_or(FieldProblem::NotCurrency),
    };
    let currency = currency.map_err(|p| errors.push(format!("{pointer}/currency"), p)).ok();
    let period = match part("period") {
        None => json!(Period::Year),
        Some(value) => {
            text(value).and_then(|p| one_of(&p, Period::ALL.iter().map(|p| p.as_str()))).unwrap_or_else(|problem| {
                errors.push(format!("{pointer}/period"), problem);
                Value::Null
            })
        }
    };
    let mut amounts = [None, None];
    for (amount, name) in amounts.iter_mut().zip(["min", "max"]) {
        let Some(value) = part(name) else { continue };
        // Amounts are texts: a JSON number may have lost digits before it came here.
        match text(value).map_err(|_| FieldProblem::NotAmount).and_then(|t| {
            let currency = currency.unwrap_or(Currency::EUR);
            money::to_minor(&t, currency).map(|minor| (minor, money::to_decimal(minor, currency)))
        }) {
            Ok(parsed) => *amount = Some(parsed),
            Err(problem) => errors.push(format!("{pointer}/{name}"), problem),
        }
    }
    if let [Some((min, _)), Some((max, _))] = &amounts
        && min > max
    {
        errors.push(format!("{pointer}/min"), FieldProblem::MinOverMax);
    }
    let [min, max] = amounts.map(|a| a.map(|(_, decimal)| decimal));
    json!({ "min": min, "max": max, "currency": currency.map(|c| c.code()), "period": period })
}
