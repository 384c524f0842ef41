//! Compares recorded requests and answers with Discord's OpenAPI description.
//!
//! The description isn't part of this project: `TABLON_DISCORD_SPEC` names the file, or it is
//! `shared/specs/discord-openapi.json` beside the workspace's folder. Without it there is nothing to compare with, and
//! [`Spec::find`] returns `None`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::form::utf16_len;
use super::record::{Request, Violation};

/// Paths and schemas of a version of the API.
#[derive(Debug)]
pub struct Spec {
    document: Value,
}

impl Spec {
    /// The description on this machine, or `None` if there is none.
    ///
    /// Fails if the file does not parse, or if the variable names a file that is not there.
    pub fn find() -> Result<Option<Self>> {
        let path = match std::env::var_os("TABLON_DISCORD_SPEC") {
            Some(path) => PathBuf::from(path),
            None => {
                let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/discord-openapi.json");
                if !beside.is_file() {
                    return Ok(None);
                }
                beside
            }
        };
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        Self::from_json(&text).map(Some).with_context(|| format!("in {}", path.display()))
    }

    /// Reads an OpenAPI 3.1 document.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: Value = serde_json::from_str(text).context("this is no JSON")?;
        anyhow::ensure!(document["paths"].is_object(), "this is no OpenAPI document");
        Ok(Self { document })
    }

    /// Everything in these requests that isn't in the API's description.
    #[must_use]
    pub fn check_all(&self, requests: &[Request]) -> Vec<Violation> {
        requests.iter().flat_map(|request| self.check(request)).collect()
    }

    /// Everything in this request that isn't in the API's description.
    #[must_use]
    pub fn check(&self, request: &Request) -> Vec<Violation> {
        let mut found = Vec::new();
        match self.operation(&request.operation) {
            None => found.push(format!("there is no {} {}", request.http_method, request.path)),
            Some(operation) => self.check_parts(request, operation, &mut found),
        }
        let violation = |message| Violation { request: request.number, operation: request.operation.clone(), message };
        found.into_iter().map(violation).collect()
    }

    fn check_parts(&self, request: &Request, operation: &Value, found: &mut Vec<String>) {
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (name, text) in &request.query {
            let described =
                parameters.iter().find(|parameter| parameter["in"] == "query" && parameter["name"] == *name);
            let Some(parameter) = described else {
                found.push(format!("{} has no parameter {name:?}", request.operation));
                continue;
            };
            // In a URL every value is text.
            let text_value = Value::from(text.as_str());
            let value = serde_json::from_str(text).unwrap_or_else(|_| text_value.clone());
            let fits = |value: &Value| self.misfit(name, &parameter["schema"], value).is_none();
            if !fits(&value) && !fits(&text_value) {
                found.extend(self.misfit(name, &parameter["schema"], &text_value));
            }
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        match (&request.json, schema.is_object()) {
            (Some(body), true) => found.extend(self.misfit("body", schema, body)),
            (None, true) => found.push("the body is missing or no JSON".to_owned()),
            (Some(_), false) => found.push(format!("{} takes no body", request.operation)),
            (None, false) => {}
        }
    }

    /// How an answer with this status differs from the description; empty if it doesn't.
    ///
    /// Used to test the fake itself.
    #[must_use]
    pub fn check_answer(&self, operation: &str, status: u16, body: &Value) -> Vec<String> {
        let Some(operation) = self.operation(operation) else {
            return vec![format!("there is no operation {operation:?}")];
        };
        let exact = &operation["responses"][status.to_string()];
        let wanted = if exact.is_object() { exact } else { &operation["responses"][format!("{}XX", status / 100)] };
        let wanted = self.resolve(wanted);
        if !wanted.is_object() {
            return vec![format!("a status {status} is not described")];
        }
        self.misfit("answer", &wanted["content"]["application/json"]["schema"], body).into_iter().collect()
    }

    fn operation(&self, name: &str) -> Option<&Value> {
        let paths = self.document["paths"].as_object()?;
        paths.values().filter_map(Value::as_object).flat_map(|path| path.values()).find(|o| o["operationId"] == name)
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).unwrap_or(&Value::Null),
            None => schema,
        }
    }

    /// Why a value doesn't match this schema. A property that the schema doesn't have is a misfit: Discord would drop
    /// it silently.
    fn misfit(&self, place: &str, schema: &Value, value: &Value) -> Option<String> {
        let schema = self.resolve(schema);
        for choice in ["oneOf", "anyOf"] {
            let Some(options) = schema[choice].as_array() else { continue };
            let reasons: Option<Vec<String>> = options.iter().map(|option| self.misfit(place, option, value)).collect();
            // The last option is the fullest description in Discord's unions with null.
            if let Some(reasons) = reasons {
                return reasons.into_iter().next_back();
            }
        }
        if let Some(parts) = schema["allOf"].as_array()
            && let [only] = parts.as_slice()
            && let Some(reason) = self.misfit(place, only, value)
        {
            return Some(reason);
        }
        if let Some(wanted) = schema.get("const")
            && wanted != value
        {
            return Some(format!("{place} is not {wanted}: {value}"));
        }
        if let Some(choices) = schema["enum"].as_array()
            && !choices.contains(value)
        {
            return Some(format!("{place} is none of the choices: {value}"));
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(name) => vec![name],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => return None,
        };
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) if !types.contains(&"integer") => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !types.contains(&kind) {
            return Some(format!("{place} is no {}: {value}", types.join(" or ")));
        }
        self.misfit_inside(place, schema, value)
    }

    fn misfit_inside(&self, place: &str, schema: &Value, value: &Value) -> Option<String> {
        let limit = |name: &str| schema[name].as_u64().and_then(|limit| usize::try_from(limit).ok());
        match value {
            Value::String(text) => {
                let length = utf16_len(text);
                let (least, most) = (limit("minLength").unwrap_or(0), limit("maxLength").unwrap_or(usize::MAX));
                if !(least..=most).contains(&length) {
                    return Some(format!("{place} has {length} characters; {least} to {most} are allowed"));
                }
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                (schema["format"] == "snowflake" && !digits).then(|| format!("{place} is no snowflake: {text}"))
            }
            Value::Number(number) => {
                let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
                let number = number.as_f64().unwrap_or_default();
                let within = least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most);
                (!within).then(|| format!("{place} is out of bounds: {number}"))
            }
            Value::Array(items) => {
                if items.len() > limit("maxItems").unwrap_or(usize::MAX) {
                    return Some(format!("{place} has {} items", items.len()));
                }
                let item = |(i, item)| self.misfit(&format!("{place}[{i}]"), &schema["items"], item);
                items.iter().enumerate().find_map(item)
            }
            Value::Object(object) => {
                let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
                let missing = required.iter().filter_map(Value::as_str).find(|name| !object.contains_key(*name));
                if let Some(missing) = missing {
                    return Some(format!("{place} lacks {missing:?}"));
                }
                let properties = schema["properties"].as_object()?;
                object.iter().find_map(|(name, inner)| match properties.get(name) {
                    None => Some(format!("{place} has no property {name:?}")),
                    Some(schema) => self.misfit(&format!("{place}.{name}"), schema, inner),
                })
            }
            Value::Null | Value::Bool(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn misfit(value: Value) -> Option<String> {
        let spec = Spec::from_json(
            r##"{"paths": {}, "components": {"schemas": {
              "Message": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string", "format": "snowflake"},
                "text": {"type": ["string", "null"], "maxLength": 3},
                "embeds": {"type": "array", "maxItems": 1, "items": {"$ref": "#/components/schemas/Embed"}},
                "color": {"type": "integer", "minimum": 0, "maximum": 9}}},
              "Embed": {"type": "object", "properties": {"inner": {"oneOf": [{"type": "null"}, {"type": "boolean"}]}}}}}}"##,
        )
        .unwrap();
        spec.misfit("body", &json!({"$ref": "#/components/schemas/Message"}), &value)
    }

    #[test]
    fn a_value_as_described_has_no_misfit() {
        assert_eq!(misfit(json!({"id": "1", "text": null, "embeds": [{"inner": null}], "color": 9})), None);
    }

    #[test]
    fn what_is_unknown_missing_too_long_or_of_another_type_is_named() {
        assert_eq!(misfit(json!({})).as_deref(), Some("body lacks \"id\""));
        assert_eq!(misfit(json!({"id": "x"})).as_deref(), Some("body.id is no snowflake: x"));
        assert_eq!(misfit(json!({"id": "1", "title": 1})).as_deref(), Some("body has no property \"title\""));
        let long = misfit(json!({"id": "1", "text": "1234"}));
        assert_eq!(long.as_deref(), Some("body.text has 4 characters; 0 to 3 are allowed"));
        assert_eq!(misfit(json!({"id": "1", "color": 10})).as_deref(), Some("body.color is out of bounds: 10"));
        let inner = misfit(json!({"id": "1", "embeds": [{"inner": "yes"}]}));
        assert_eq!(inner.as_deref(), Some("body.embeds[0].inner is no boolean: \"yes\""));
    }
}
