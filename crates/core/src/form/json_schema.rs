//! A form as a JSON Schema (2020-12), for API clients and plugin authors.

use serde_json::{Value, json};

use super::{Field, FieldKind, Form};

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
    let mut schema = match &field.kind {
        FieldKind::Text { min, max, pattern } => {
            let mut schema = json!({ "type": "string", "maxLength": max.unwrap_or(super::scalars::MAX_TEXT) });
            if let Some(min) = min {
                schema["minLength"] = json!(min);
            }
            if let Some(pattern) = pattern {
                schema["pattern"] = json!(pattern);
            }
            schema
        }
        FieldKind::Markdown { max } => {
            json!({ "type": "string", "maxLength": max.unwrap_or(super::scalars::MAX_MARKDOWN), "contentMediaType": "text/markdown" })
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
                "min": { "type": ["string", "null"] }, "max": { "type": ["string", "null"] },
                "currency": { "type": "string", "pattern": "^[A-Z]{3}$" },
                "period": { "enum": crate::job::Period::ALL.map(|p| p.as_str()) },
            },
            "required": ["currency"],
        }),
        FieldKind::Select { options } => json!({ "enum": values(options) }),
        FieldKind::MultiSelect { options } => json!({ "type": "array", "items": { "enum": values(options) } }),
        FieldKind::Tags { max_items } => {
            json!({ "type": "array", "items": { "type": "string" }, "maxItems": max_items })
        }
        FieldKind::Date { .. } => json!({ "type": "string", "format": "date" }),
        FieldKind::Url | FieldKind::Image => json!({ "type": "string", "format": "uri" }),
        FieldKind::Email => json!({ "type": "string", "format": "email" }),
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Secret { pattern } => {
            let mut schema = json!({ "type": "string", "writeOnly": true });
            if let Some(pattern) = pattern {
                schema["pattern"] = json!(pattern);
            }
            schema
        }
        FieldKind::Locations { max_items } => json!({
            "type": "array", "maxItems": max_items,
            "items": { "type": "object", "properties": {
                "city": { "type": ["string", "null"] }, "region": { "type": ["string", "null"] },
                "country": { "type": ["string", "null"], "pattern": "^[A-Z]{2}$" } } },
        }),
        FieldKind::Countries => json!({ "type": "array", "items": { "type": "string", "pattern": "^[A-Z]{2}$" } }),
        FieldKind::Language => json!({ "type": "string" }),
    };
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

fn values(options: &[super::Choice]) -> Vec<&str> {
    options.iter().map(|o| o.value.as_str()).collect()
}
