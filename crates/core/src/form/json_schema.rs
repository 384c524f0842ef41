//! A form as a JSON Schema (2020-12), for API clients and plugin authors.

use std::sync::LazyLock;

use iso_currency::Currency;
use serde_json::{Value, json};

use super::compounds::{MAX_PLACE, MAX_TAG};
use super::scalars::{LANGUAGE_PATTERN, MAIL_PATTERN, MAX_MARKDOWN, MAX_TEXT, MAX_URL};
use super::validate::MAX_COUNTRIES;
use super::{Field, FieldKind, Form};
use crate::form::Period;
use crate::text::characters::VISIBLE_PATTERN;

impl Form {
    /// The schema of the JSON that [`Form::validate`] takes, labelled in `locale`.
    pub fn json_schema(&self, locale: &str) -> Value {
        let mut root = object();
        for field in &self.fields {
            let path: Vec<&str> = field.name.split('.').collect();
            insert(&mut root, &path, field, locale);
        }
        root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        root
    }
}

fn object() -> Value {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

fn insert(node: &mut Value, path: &[&str], field: &Field, locale: &str) {
    let Some((first, rest)) = path.split_first() else { return };
    if field.required
        && let Some(list) = node.as_object_mut().map(|n| n.entry("required").or_insert_with(|| json!([])))
        && let Some(list) = list.as_array_mut()
        && !list.iter().any(|name| name == first)
    {
        list.push(json!(first));
    }
    let Some(properties) = node["properties"].as_object_mut() else { return };
    if rest.is_empty() {
        properties.insert((*first).to_owned(), property(field, locale));
    } else {
        insert(properties.entry(*first).or_insert_with(object), rest, field, locale);
    }
}

fn property(field: &Field, locale: &str) -> Value {
    let taken = taken(&field.kind);
    let mut schema = if field.required { demanded(taken) } else { optional(taken) };
    let mut note = |name: &str, text: &str| {
        if !text.is_empty() {
            schema[name] = json!(text);
        }
    };
    note("title", field.label.get(locale));
    note("description", field.help.as_ref().map_or("", |h| h.get(locale)));
    if let Some(default) = &field.default {
        schema["default"] = default.clone();
    }
    schema
}

/// An answer of this kind.
fn taken(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Text { min, max, pattern } => {
            let mut schema = json!({ "type": "string", "maxLength": max.unwrap_or(MAX_TEXT) });
            if let Some(min) = min {
                schema["minLength"] = json!(min);
            }
            if let Some(pattern) = pattern {
                schema["pattern"] = whole(pattern);
            }
            schema
        }
        FieldKind::Markdown { max } => {
            json!({ "type": "string", "maxLength": max.unwrap_or(MAX_MARKDOWN), "contentMediaType": "text/markdown" })
        }
        FieldKind::Number { min, max, integer } => {
            let mut schema = json!({ "type": if *integer { "integer" } else { "number" } });
            if let Some(min) = min {
                schema["minimum"] = json!(min);
            }
            if let Some(max) = max {
                schema["maximum"] = json!(max);
            }
            schema
        }
        FieldKind::MoneyRange => json!({
            "type": "object",
            "properties": {
                "min": { "type": ["string", "null"], "examples": ["42000"] },
                "max": { "type": ["string", "null"], "examples": ["52000"] },
                "currency": optional(select(&CURRENCIES)),
                "period": optional(select(&Period::ALL.map(Period::as_str))),
            },
            "additionalProperties": false,
        }),
        FieldKind::Select { options } => select(&values(options)),
        FieldKind::MultiSelect { options } => {
            list(&json!({ "type": "string", "enum": values(options) }), options.len())
        }
        FieldKind::Tags { max_items } => list(&json!({ "type": "string", "maxLength": MAX_TAG }), *max_items),
        FieldKind::Date { .. } => json!({ "type": "string", "format": "date" }),
        FieldKind::Url | FieldKind::Image => json!({ "type": "string", "format": "uri", "maxLength": MAX_URL }),
        FieldKind::Email => json!({ "type": "string", "format": "email", "pattern": MAIL_PATTERN }),
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Secret { pattern } => {
            let mut schema = json!({ "type": "string", "maxLength": MAX_URL, "writeOnly": true });
            if let Some(pattern) = pattern {
                schema["pattern"] = whole(pattern);
            }
            schema
        }
        FieldKind::Locations { max_items } => {
            let part = json!({ "type": ["string", "null"], "maxLength": MAX_PLACE });
            let place = json!({
                "type": "object",
                "properties": { "city": part, "region": part, "country": optional(select(&COUNTRIES)) },
                "additionalProperties": false,
            });
            list(&place, *max_items)
        }
        FieldKind::Countries => list(&json!({ "type": "string", "enum": *COUNTRIES }), MAX_COUNTRIES),
        FieldKind::Language => {
            json!({ "type": "string", "maxLength": 35, "pattern": LANGUAGE_PATTERN })
        }
    }
}

fn select(options: &[impl AsRef<str>]) -> Value {
    let options: Vec<&str> = options.iter().map(AsRef::as_ref).collect();
    json!({ "type": "string", "enum": options })
}

fn list(items: &Value, max: usize) -> Value {
    json!({ "type": "array", "items": items, "maxItems": max })
}

/// A plugin's pattern has to match the whole text.
fn whole(pattern: &str) -> Value {
    json!(format!("^(?:{pattern})$"))
}

/// An answer that must be there: a text has something to see in it, a list an entry.
fn demanded(mut schema: Value) -> Value {
    let name = match schema["type"].as_str() {
        Some("string") if ["format", "pattern", "enum"].iter().all(|name| schema.get(name).is_none()) => "pattern",
        Some("array") => "minItems",
        _ => return schema,
    };
    schema[name] = if name == "pattern" { json!(VISIBLE_PATTERN) } else { json!(1) };
    schema
}

/// An answer that may be `null` or, for a text, blank.
fn optional(mut schema: Value) -> Value {
    let is_text = schema["type"] == "string";
    if let Some(options) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        options.extend([json!(""), Value::Null]);
    } else if is_text && ["format", "pattern", "minLength"].iter().any(|name| schema.get(name).is_some()) {
        return json!({ "anyOf": [schema, { "type": ["string", "null"], "maxLength": 0 }] });
    }
    schema["type"] = json!([schema["type"], "null"]);
    schema
}

fn values(options: &[super::Choice]) -> Vec<&str> {
    options.iter().map(|o| o.value.as_str()).collect()
}

/// Every text of so many capital letters that `is_one` takes.
fn codes(letters: usize, is_one: impl Fn(&str) -> bool) -> Vec<String> {
    let longer =
        |codes: Vec<String>| codes.iter().flat_map(|code| ('A'..='Z').map(move |c| format!("{code}{c}"))).collect();
    let all: Vec<String> = (0..letters).fold(vec![String::new()], |codes, _| longer(codes));
    all.into_iter().filter(|code| is_one(code)).collect()
}

static COUNTRIES: LazyLock<Vec<String>> = LazyLock::new(|| codes(2, |code| celes::Country::from_alpha2(code).is_ok()));
static CURRENCIES: LazyLock<Vec<String>> = LazyLock::new(|| codes(3, |code| Currency::from_code(code).is_some()));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Choice;
    use crate::form::scalars::email;

    #[test]
    fn an_optional_answer_may_be_null_or_blank_and_a_demanded_one_shows_something() {
        let text = |min, pattern: Option<&str>| FieldKind::Text { min, max: None, pattern: pattern.map(str::to_owned) };
        let schema = |field: Field| property(&field, "en");
        assert_eq!(
            schema(Field::optional("a", text(None, None))),
            json!({"type": ["string", "null"], "maxLength": 500})
        );
        let demanded = json!({"type": "string", "maxLength": 500, "pattern": VISIBLE_PATTERN});
        assert_eq!(schema(Field::required("a", text(None, None))), demanded);
        let patterned = json!({"type": "string", "maxLength": 500, "pattern": "^(?:a|b)$"});
        assert_eq!(schema(Field::required("a", text(None, Some("a|b")))), patterned);
        let blank = json!({"type": ["string", "null"], "maxLength": 0});
        assert_eq!(schema(Field::optional("a", text(None, Some("a|b")))), json!({"anyOf": [patterned, blank]}));
        let select = FieldKind::Select { options: vec![Choice::new("x")] };
        assert_eq!(
            schema(Field::optional("a", select.clone())),
            json!({"type": ["string", "null"], "enum": ["x", "", null]})
        );
        assert_eq!(schema(Field::required("a", select)), json!({"type": "string", "enum": ["x"]}));
        let tags = FieldKind::Tags { max_items: 3 };
        let items = json!({"type": "string", "maxLength": 40});
        assert_eq!(
            schema(Field::required("a", tags)),
            json!({"type": "array", "items": items, "maxItems": 3, "minItems": 1})
        );
    }

    #[test]
    fn the_pattern_of_mail_addresses_takes_what_the_form_takes() {
        let pattern = regex::Regex::new(MAIL_PATTERN).expect("a pattern");
        for good in
            ["a@b.c", "hr+jobs@acme.example", "x.y-z@xn--mnchen-3ya.example", "ñ@münchen.example", "~|{}@a-b.c1"]
        {
            assert!(email(good).is_ok() && pattern.is_match(good), "{good}");
        }
        let long = format!("a@{}.b", "c".repeat(64));
        for bad in [
            "a",
            "a@b",
            "a@b.",
            "@b.c",
            ".a@b.c",
            "a..b@c.d",
            "\"a\"@b.c",
            "a b@c.d",
            "a@-b.c",
            "a@b-.c",
            "a?@b.c",
            &long,
        ] {
            assert!(email(bad).is_err() && !pattern.is_match(bad), "{bad}");
        }
    }

    #[test]
    fn countries_and_currencies_are_named() {
        // ISO 3166-1's, and Kosovo under its user-assigned code.
        assert_eq!(COUNTRIES.len(), MAX_COUNTRIES + 1);
        assert!(COUNTRIES.contains(&"ES".to_owned()) && CURRENCIES.contains(&"EUR".to_owned()));
    }
}
