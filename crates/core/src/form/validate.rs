//! Checks answers against a form and normalises them.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::compounds::{list, location, tag};
use super::pay::money_range;
use super::scalars::{
    MAX_MARKDOWN, MAX_TEXT, MAX_URL, country, date, email, language, line, markdown, number, one_of, optional_url,
    secret, text,
};
use super::{Field, FieldErrors, FieldKind, FieldProblem, Form};

/// The most entries in a list of countries: there are 249.
pub(super) const MAX_COUNTRIES: usize = 249;

impl Form {
    /// Checks `input`, an object, field by field. Returns the normalised answers (trimmed, defaults filled in, every
    /// field present, absent ones `null` or an empty list) or all errors.
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
                // The parent is no object: `refuse_unknown` reports it once.
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
        FieldKind::Secret { pattern } => secret(answer, MAX_URL, pattern.as_deref()),
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

impl Form {
    /// The fields that hold secrets, and those that don't.
    pub fn split_secrets(&self) -> (Form, Form) {
        let (secret, plain): (Vec<Field>, Vec<Field>) = self.fields.iter().cloned().partition(Field::is_secret);
        (Form { fields: secret }, Form { fields: plain })
    }
}
