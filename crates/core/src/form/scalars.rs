//! Single values: a line, a text, a number, a date, an address, a code.

use std::str::FromStr;

use chrono::NaiveDate;
use serde_json::{Value, json};
use url::Url;

use super::FieldProblem;
use super::links::{mail_address, with_scheme};
use super::patterns::matches_whole;
use crate::text::characters::{one_line, turns_direction};
use crate::text::{self, Unreadable};

/// The most characters of a line if its field names no limit.
pub(super) const MAX_TEXT: usize = 500;
/// The most characters of a markdown text if its field names no limit.
pub(crate) const MAX_MARKDOWN: usize = 30_000;
/// The most characters of an address (the common limit of browsers and servers).
pub(super) const MAX_URL: usize = 2_000;

/// Text on one line, with invisible characters replaced.
pub(super) fn text(answer: &Value) -> Result<String, FieldProblem> {
    answer.as_str().map(one_line).ok_or(FieldProblem::NotText)
}

/// One line within its limits; an empty one counts as none.
pub(super) fn line(
    answer: &Value,
    min: Option<usize>,
    max: usize,
    pattern: Option<&str>,
) -> Result<Value, FieldProblem> {
    limited(text(answer)?, min, max, pattern)
}

/// A secret: unchanged, but for white space around it. It must be one line of visible characters.
pub(super) fn secret(answer: &Value, max: usize, pattern: Option<&str>) -> Result<Value, FieldProblem> {
    let secret = answer.as_str().ok_or(FieldProblem::NotText)?.trim();
    if secret.chars().any(|c| c.is_control() || turns_direction(c)) {
        return Err(FieldProblem::ControlCharacter);
    }
    limited(secret.to_owned(), None, max, pattern)
}

fn limited(text: String, min: Option<usize>, max: usize, pattern: Option<&str>) -> Result<Value, FieldProblem> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    length(&text, min.unwrap_or(0), max)?;
    if let Some(pattern) = pattern
        && !matches_whole(pattern, &text)
    {
        return Err(FieldProblem::Pattern);
    }
    Ok(json!(text))
}

/// The source of a description: see [`crate::text`].
pub(super) fn markdown(answer: &Value, max: usize) -> Result<Value, FieldProblem> {
    let typed = answer.as_str().ok_or(FieldProblem::NotText)?;
    let source = text::source(typed, max).map_err(|unreadable| match unreadable {
        Unreadable::TooLong => FieldProblem::TooLong { max },
        Unreadable::TooDeep => FieldProblem::TooDeep { max: text::MAX_DEPTH },
    })?;
    length(&source, 0, max)?;
    Ok(if source.is_empty() { Value::Null } else { json!(source) })
}

pub(super) fn length(text: &str, min: usize, max: usize) -> Result<(), FieldProblem> {
    let length = text.chars().count();
    if length > max {
        Err(FieldProblem::TooLong { max })
    } else if length < min {
        Err(FieldProblem::TooShort { min })
    } else {
        Ok(())
    }
}

pub(super) fn number(answer: &Value, min: Option<f64>, max: Option<f64>, integer: bool) -> Result<Value, FieldProblem> {
    let Some(value) = answer.as_f64().filter(|v| !integer || v.fract() == 0.0) else {
        return Err(FieldProblem::NotNumber);
    };
    if min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max) {
        let bound = |b: Option<f64>, none: &str| b.map_or_else(|| none.to_owned(), |b| b.to_string());
        return Err(FieldProblem::NumberRange { min: bound(min, "-∞"), max: bound(max, "∞") });
    }
    Ok(if integer { json!(value as i64) } else { json!(value) })
}

pub(super) fn one_of<'a>(chosen: &str, options: impl Iterator<Item = &'a str> + Clone) -> Result<Value, FieldProblem> {
    if options.clone().any(|option| option == chosen) {
        Ok(json!(chosen))
    } else {
        Err(FieldProblem::NotOption { options: options.collect::<Vec<_>>().join(", ") })
    }
}

pub(super) fn date(text: &str, future: bool, today: NaiveDate) -> Result<Value, FieldProblem> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let date = day(text).ok_or(FieldProblem::NotDate)?;
    if future && date < today {
        return Err(FieldProblem::PastDate);
    }
    Ok(json!(date))
}

/// A day in wire format: `2026-12-31`.
pub fn day(text: &str) -> Option<NaiveDate> {
    // chrono takes "2026-1-5" and "+002026-01-05" too.
    Some(text).filter(|text| text.len() == 10).and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
}

/// An address; a missing `https://` is added.
pub(super) fn optional_url(text: &str, schemes: &[&str]) -> Result<Value, FieldProblem> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    length(text, 0, MAX_URL)?;
    let text = with_scheme(text);
    check_url(&text, schemes).map(|()| json!(text))
}

/// The schemes of links that a browser may open.
pub const WEB_SCHEMES: [&str; 2] = ["https", "http"];

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
    // "https:example.org" parses too, but programs that don't follow the WHATWG read it as a path.
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

/// What a field for an e-mail address takes, as far as JSON Schema can say it: a local part without quotes, and a domain
/// of two labels or more. Of characters beyond ASCII it says nothing.
pub const MAIL_PATTERN: &str = concat!(
    r#"^[^\s\u0000-\u001f\u007f-\u009f"<>(),;:\[\]\\?&#%/@.]{1,64}(\.[^\s\u0000-\u001f\u007f-\u009f"<>(),;:\[\]\\?&#%/@.]{1,64})*@"#,
    r#"[^\s\u0000-/:-@\[-`{-\u00a0]([^\s\u0000-,./:-@\[-`{-\u00a0]{0,61}[^\s\u0000-/:-@\[-`{-\u00a0])?"#,
    r#"(\.[^\s\u0000-/:-@\[-`{-\u00a0]([^\s\u0000-,./:-@\[-`{-\u00a0]{0,61}[^\s\u0000-/:-@\[-`{-\u00a0])?)+$"#,
);

pub(super) fn email(text: &str) -> Result<Value, FieldProblem> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    length(text, 0, MAX_URL)?;
    let text = &*mail_address(text);
    let address = email_address::EmailAddress::from_str(text).map_err(|_| FieldProblem::NotEmail)?;
    // Plain `local@host.tld` only: quoted local parts and bare host names are typing errors on a job board, and
    // characters with a meaning in a `mailto:` address aren't allowed.
    let plain = address.as_str() == text
        && !text.contains(['"', ' ', '<', '>', '(', ')', ',', ';', '[', '?', '&', '#', '%', '/']);
    if plain && address.domain().contains('.') { Ok(json!(text)) } else { Err(FieldProblem::NotEmail) }
}

/// What a field for a language takes, as JSON Schema says it.
pub const LANGUAGE_PATTERN: &str = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$";

pub(crate) fn language(text: &str) -> Result<Value, FieldProblem> {
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

pub(super) fn country(text: &str) -> Result<Value, FieldProblem> {
    let code = text.to_ascii_uppercase();
    match celes::Country::from_alpha2(&code) {
        Ok(country) => Ok(json!(country.alpha2)),
        Err(_) => Err(FieldProblem::NotCountry),
    }
}
