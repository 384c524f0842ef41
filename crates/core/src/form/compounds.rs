//! Answers made of parts: lists and places.

use serde_json::{Value, json};

use super::scalars::{country, length, line, text};
use super::{FieldErrors, FieldProblem};

/// The most characters of a tag.
pub(super) const MAX_TAG: usize = 40;
/// The most characters of a city or a region.
pub(super) const MAX_PLACE: usize = 100;

/// A tag: lower case, one dash for white space, no `#` in front; `Null` when nothing is left.
pub(super) fn tag(item: &Value) -> Result<Value, FieldProblem> {
    let text = text(item)?;
    let words: Vec<String> = text.trim_start_matches('#').split_whitespace().map(str::to_lowercase).collect();
    let tag = words.join("-");
    length(&tag, 0, MAX_TAG)?;
    Ok(if tag.is_empty() { Value::Null } else { json!(tag) })
}

/// A list may be this many times longer than its limit before its empty and repeated entries are left out.
const FORGIVEN: usize = 4;

/// A list whose entries `check` normalises; `Null` entries and repeated ones are left out. A list far longer than `max`
/// is refused without reading it, so that its length costs nothing.
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
    if items.len() > max.saturating_mul(FORGIVEN) {
        errors.push(pointer, FieldProblem::TooMany { max });
        return Value::Null;
    }
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
            "city" | "region" => line(value, None, MAX_PLACE, None),
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
