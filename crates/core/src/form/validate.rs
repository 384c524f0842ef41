//! Checks answers against a form and brings them into their normal shape.

use std::str::FromStr;

use chrono::NaiveDate;
use iso_currency::Currency;
use regex::Regex;
use serde_json::{Map, Value, json};
use url::Url;

use super::{Field, FieldErrors, FieldKind, FieldProblem, Form, money};
use crate::job::Period;

/// The most characters of a line whose field names no limit.
pub(super) const MAX_TEXT: usize = 500;
/// The most characters of a markdown text whose field names no limit.
pub(super) const MAX_MARKDOWN: usize = 30_000;
/// The most characters of an address (the common limit of browsers and servers).
const MAX_URL: usize = 2_000;
/// The most characters of a tag.
const MAX_TAG: usize = 40;
/// The most entries in a list of countries: there are 249.
const MAX_COUNTRIES: usize = 249;

impl Form {
    /// Checks `input`, an object, field by field. Returns the answers in their normal shape (trimmed, defaults
    /// filled in, every field present, absent ones `null` or an empty list) or everything that is wrong.
    ///
    /// `today` is the tenant's present day, for dates that mustn't lie in the past.
    pub fn validate(&self, input: &Value, today: NaiveDate) -> Result<Value, FieldErrors> {
        let mut errors = FieldErrors::default();
        if !input.is_object() {
            return Err(FieldErrors::one("", FieldProblem::NotObject));
        }
        self.refuse_unknown(input, "", "", &mut errors);
        let mut output = Value::Object(Map::new());
        for field in &self.fields {
            let pointer = field.pointer();
            let answer = match answer(input, &field.name) {
                Ok(answer) => answer.or(field.default.as_ref()),
                // The parent is no object: told once, by `refuse_unknown`.
                Err(()) => continue,
            };
            let value = match answer {
                None => absent(&field.kind),
                Some(answer) => {
                    let before = errors.0.len();
                    let value = check(&field.kind, answer, &pointer, today, &mut errors);
                    if errors.0.len() > before {
                        continue;
                    }
                    value
                }
            };
            if field.required && is_empty(&value) {
                errors.push(pointer, FieldProblem::Required);
            } else {
                put(&mut output, &field.name, value);
            }
        }
        errors.into_result().map(|()| output)
    }

    fn refuse_unknown(&self, node: &Value, path: &str, pointer: &str, errors: &mut FieldErrors) {
        let Some(members) = node.as_object() else { return };
        for (name, value) in members {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            if self.fields.iter().any(|f| f.name == path) {
                continue;
            }
            if !self.fields.iter().any(|f| f.name.starts_with(&format!("{path}."))) {
                errors.push(pointer, FieldProblem::UnknownField);
            } else if value.is_object() {
                self.refuse_unknown(value, &path, &pointer, errors);
            } else if !value.is_null() {
                errors.push(pointer, FieldProblem::NotObject);
            }
        }
    }
}

/// The answer at a dotted name; `Err` when a parent is something other than an object.
fn answer<'a>(input: &'a Value, name: &str) -> Result<Option<&'a Value>, ()> {
    let mut node = input;
    for part in name.split('.') {
        match node {
            Value::Object(members) => match members.get(part) {
                Some(next) if !next.is_null() => node = next,
                _ => return Ok(None),
            },
            _ => return Err(()),
        }
    }
    Ok(Some(node))
}

fn put(output: &mut Value, name: &str, value: Value) {
    let mut node = output;
    for part in name.split('.') {
        node = &mut node[part];
    }
    *node = value;
}

fn absent(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::MultiSelect { .. } | FieldKind::Tags { .. } | FieldKind::Locations { .. } | FieldKind::Countries => {
            json!([])
        }
        FieldKind::Boolean => json!(false),
        _ => Value::Null,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn check(kind: &FieldKind, answer: &Value, pointer: &str, today: NaiveDate, errors: &mut FieldErrors) -> Value {
    let result = match kind {
        FieldKind::Text { min, max, pattern } => line(answer, *min, max.unwrap_or(MAX_TEXT), pattern.as_deref()),
        FieldKind::Markdown { max } => markdown(answer, max.unwrap_or(MAX_MARKDOWN)),
        FieldKind::Number { min, max, integer } => number(answer, *min, *max, *integer),
        FieldKind::Select { options } => text(answer).and_then(|chosen| {
            if chosen.is_empty() { Ok(Value::Null) } else { one_of(&chosen, options.iter().map(|o| o.value.as_str())) }
        }),
        FieldKind::Date { future } => text(answer).and_then(|text| date(&text, *future, today)),
        FieldKind::Url => text(answer).and_then(|text| optional_url(&text, &["https", "http"])),
        FieldKind::Image => text(answer).and_then(|text| optional_url(&text, &["https", "http"])),
        FieldKind::Email => text(answer).and_then(|text| email(&text)),
        FieldKind::Boolean => match answer {
            Value::Bool(_) => Ok(answer.clone()),
            _ => Err(FieldProblem::NotBoolean),
        },
        FieldKind::Secret { pattern } => line(answer, None, MAX_URL, pattern.as_deref()),
        FieldKind::Language => text(answer).and_then(|text| language(&text)),
        FieldKind::MoneyRange => return money_range(answer, pointer, errors),
        FieldKind::MultiSelect { options } => {
            return list(answer, pointer, options.len(), errors, |item, _, _| {
                text(item).and_then(|t| one_of(&t, options.iter().map(|o| o.value.as_str())))
            });
        }
        FieldKind::Tags { max_items } => return list(answer, pointer, *max_items, errors, |item, _, _| tag(item)),
        FieldKind::Countries => {
            return list(answer, pointer, MAX_COUNTRIES, errors, |item, _, _| text(item).and_then(|t| country(&t)));
        }
        FieldKind::Locations { max_items } => return list(answer, pointer, *max_items, errors, location),
    };
    result.unwrap_or_else(|problem| {
        errors.push(pointer, problem);
        Value::Null
    })
}

fn text(answer: &Value) -> Result<String, FieldProblem> {
    answer.as_str().map(|t| t.trim().to_owned()).ok_or(FieldProblem::NotText)
}

/// One line: trimmed, without control characters; an empty one counts as none.
fn line(answer: &Value, min: Option<usize>, max: usize, pattern: Option<&str>) -> Result<Value, FieldProblem> {
    let text = one_line(&text(answer)?);
    if text.is_empty() {
        return Ok(Value::Null);
    }
    if text.chars().any(char::is_control) {
        return Err(FieldProblem::ControlCharacter);
    }
    length(&text, min.unwrap_or(0), max)?;
    if let Some(pattern) = pattern {
        // A pattern that doesn't compile came from a manifest or a schema that was checked when it was loaded.
        let whole = Regex::new(&format!("^(?:{pattern})$")).map_err(|_| FieldProblem::Pattern)?;
        if !whole.is_match(&text) {
            return Err(FieldProblem::Pattern);
        }
    }
    Ok(json!(text))
}

/// Pasted text as one line: breaks and tabs become spaces, and the invisible characters that turn the reading
/// direction around for all that follows are left out.
fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .filter(|c| !turns_direction(*c))
        .map(|c| if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    spaced.trim().to_owned()
}

/// Unicode's bidirectional embeddings, overrides and isolates (UAX #9); letters keep their own direction without.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn markdown(answer: &Value, max: usize) -> Result<Value, FieldProblem> {
    let text =
        answer.as_str().ok_or(FieldProblem::NotText)?.replace("\r\n", "\n").replace(['\u{2028}', '\u{2029}'], "\n");
    let text: String = text.chars().filter(|c| !turns_direction(*c)).collect();
    let text = text.trim_end().trim_start_matches('\n');
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(FieldProblem::ControlCharacter);
    }
    length(text, 0, max)?;
    Ok(json!(text))
}

fn length(text: &str, min: usize, max: usize) -> Result<(), FieldProblem> {
    let length = text.chars().count();
    if length > max {
        Err(FieldProblem::TooLong { max })
    } else if length < min {
        Err(FieldProblem::TooShort { min })
    } else {
        Ok(())
    }
}

fn number(answer: &Value, min: Option<f64>, max: Option<f64>, integer: bool) -> Result<Value, FieldProblem> {
    let Some(value) = answer.as_f64().filter(|v| !integer || v.fract() == 0.0) else {
        return Err(FieldProblem::NotNumber);
    };
    if min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max) {
        let bound = |b: Option<f64>, none: &str| b.map_or_else(|| none.to_owned(), |b| b.to_string());
        return Err(FieldProblem::NumberRange { min: bound(min, "-∞"), max: bound(max, "∞") });
    }
    Ok(if integer { json!(value as i64) } else { json!(value) })
}

fn one_of<'a>(chosen: &str, options: impl Iterator<Item = &'a str> + Clone) -> Result<Value, FieldProblem> {
    if options.clone().any(|option| option == chosen) {
        Ok(json!(chosen))
    } else {
        Err(FieldProblem::NotOption { options: options.collect::<Vec<_>>().join(", ") })
    }
}

fn date(text: &str, future: bool, today: NaiveDate) -> Result<Value, FieldProblem> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    // chrono takes "2026-1-5" and "+002026-01-05" too; what comes out is always ten characters.
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| FieldProblem::NotDate)?;
    if text.len() != 10 {
        return Err(FieldProblem::NotDate);
    }
    if future && date < today {
        return Err(FieldProblem::PastDate);
    }
    Ok(json!(date))
}

fn optional_url(text: &str, schemes: &[&str]) -> Result<Value, FieldProblem> {
    if text.is_empty() { Ok(Value::Null) } else { check_url(text, schemes).map(|()| json!(text)) }
}

/// Whether `text` is an address with one of `schemes`, a host, and no user name or password in it.
pub fn check_url(text: &str, schemes: &[&str]) -> Result<(), FieldProblem> {
    length(text, 0, MAX_URL)?;
    if text.chars().any(|c| c.is_control() || turns_direction(c) || c.is_whitespace()) {
        return Err(FieldProblem::NotUrl);
    }
    let url = Url::parse(text).map_err(|_| FieldProblem::NotUrl)?;
    if !schemes.contains(&url.scheme()) {
        return Err(FieldProblem::UrlScheme);
    }
    // "https:example.org" parses too, and means a path to whoever doesn't follow the WHATWG.
    let has_slashes = text.get(url.scheme().len()..).is_some_and(|rest| rest.starts_with("://"));
    if !has_slashes
        || url.host_str().is_none_or(str::is_empty)
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(FieldProblem::NotUrl);
    }
    Ok(())
}

fn email(text: &str) -> Result<Value, FieldProblem> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let address = email_address::EmailAddress::from_str(text).map_err(|_| FieldProblem::NotEmail)?;
    // Plain `local@host.tld` only: quoted local parts and bare host names are typing errors on a job board.
    let plain = address.as_str() == text && !text.contains(['"', ' ', '<', '>', '(', ')', ',', ';', '[']);
    if plain && address.domain().contains('.') { Ok(json!(text)) } else { Err(FieldProblem::NotEmail) }
}

fn language(text: &str) -> Result<Value, FieldProblem> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let mut parts = text.split('-');
    let alpha = |s: &str, range: std::ops::RangeInclusive<usize>| {
        range.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let primary = parts.next().is_some_and(|p| alpha(p, 2..=3));
    let rest = parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    if primary && rest && text.len() <= 35 { Ok(json!(text)) } else { Err(FieldProblem::NotLanguage) }
}

fn country(text: &str) -> Result<Value, FieldProblem> {
    let code = text.to_ascii_uppercase();
    match celes::Country::from_alpha2(&code) {
        Ok(country) => Ok(json!(country.alpha2)),
        Err(_) => Err(FieldProblem::NotCountry),
    }
}

/// A tag: lower case, one dash for white space, no `#` in front; `Null` when nothing is left.
fn tag(item: &Value) -> Result<Value, FieldProblem> {
    let text = one_line(&text(item)?);
    if text.chars().any(char::is_control) {
        return Err(FieldProblem::ControlCharacter);
    }
    let words: Vec<String> = text.trim_start_matches('#').split_whitespace().map(str::to_lowercase).collect();
    let tag = words.join("-");
    length(&tag, 0, MAX_TAG)?;
    Ok(if tag.is_empty() { Value::Null } else { json!(tag) })
}

/// A list whose entries `check` brings into shape; `Null` entries and repeated ones are left out.
fn list(
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

fn location(item: &Value, pointer: &str, errors: &mut FieldErrors) -> Result<Value, FieldProblem> {
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

fn money_range(answer: &Value, pointer: &str, errors: &mut FieldErrors) -> Value {
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

impl Form {
    /// The fields that hold secrets, and those that don't.
    pub fn split_secrets(&self) -> (Form, Form) {
        let (secret, plain): (Vec<Field>, Vec<Field>) = self.fields.iter().cloned().partition(Field::is_secret);
        (Form { fields: secret }, Form { fields: plain })
    }
}
