//! Compares recorded requests with a machine-readable description of the Bot API.
//!
//! The description isn't part of this project: `TABLON_TELEGRAM_SPEC` names the file, or it is
//! `shared/specs/telegram-bot-api.json` beside the workspace's folder. Without it there is nothing to compare with, and
//! [`Spec::find`] returns `None`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::telegram::{BodyKind, Request, Violation, html_len, utf16_len};

/// The methods and types of a version of the Bot API.
#[derive(Debug, Deserialize)]
pub struct Spec {
    /// For example `Bot API 10.1`.
    pub version: String,
    methods: HashMap<String, Shape>,
    types: HashMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
struct Shape {
    #[serde(default)]
    fields: Vec<Field>,
    /// The types of a union.
    #[serde(default)]
    subtypes: Vec<String>,
    /// The type of a method's result.
    #[serde(default)]
    returns: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    types: Vec<String>,
    required: bool,
    #[serde(default)]
    description: String,
}

impl Spec {
    /// The description on this machine, or `None` if there is none.
    ///
    /// Fails if the file does not parse, or if the variable names a file that is not there.
    pub fn find() -> Result<Option<Self>> {
        let path = match std::env::var_os("TABLON_TELEGRAM_SPEC") {
            Some(path) => PathBuf::from(path),
            None => {
                let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/telegram-bot-api.json");
                if !beside.is_file() {
                    return Ok(None);
                }
                beside
            }
        };
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        Self::from_json(&text).map(Some).with_context(|| format!("in {}", path.display()))
    }

    /// Reads `{"version", "methods": {name: {fields, …}}, "types": {name: {fields, …}}}`.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("this is no description of the Bot API")
    }

    /// Everything in these requests that isn't in the Bot API's description.
    #[must_use]
    pub fn check_all(&self, requests: &[Request]) -> Vec<Violation> {
        requests.iter().flat_map(|request| self.check(request)).collect()
    }

    /// Everything in this request that isn't in the Bot API's description.
    #[must_use]
    pub fn check(&self, request: &Request) -> Vec<Violation> {
        let mut found = Vec::new();
        match self.methods.get(&request.method) {
            None => found.push(format!("there is no method {:?}", request.method)),
            Some(method) => self.check_params(request, method, &mut found),
        }
        if request.body_kind == BodyKind::Other {
            found.push("the body is neither JSON nor a form".into());
        }
        found
            .into_iter()
            .map(|message| Violation { request: request.number, method: request.method.clone(), message })
            .collect()
    }

    /// How an answer of this method differs from the description; empty if it doesn't.
    ///
    /// Used to test the fake itself.
    #[must_use]
    pub fn check_result(&self, method: &str, result: &Value) -> Vec<String> {
        let Some(shape) = self.methods.get(method) else {
            return vec![format!("there is no method {method:?}")];
        };
        self.misfit("result", &shape.returns, result).into_iter().collect()
    }

    fn check_params(&self, request: &Request, method: &Shape, found: &mut Vec<String>) {
        for (name, value) in &request.params {
            let Some(field) = method.fields.iter().find(|field| field.name == *name) else {
                found.push(format!("{} has no parameter {name:?}", request.method));
                continue;
            };
            // Forms only have text; objects are serialised in them.
            let value = match (request.body_kind, value) {
                (BodyKind::Json, value) => value.clone(),
                (_, Value::String(text)) if !field.types.iter().any(|kind| kind == "String") => {
                    serde_json::from_str(text).unwrap_or_else(|_| value.clone())
                }
                (_, value) => value.clone(),
            };
            found.extend(self.misfit(name, &field.types, &value));
            found.extend(length_problem(field, &value, request));
        }
        for field in method.fields.iter().filter(|field| field.required) {
            if request.params.get(&field.name).is_none_or(Value::is_null) {
                found.push(format!("the required parameter {:?} is missing", field.name));
            }
        }
    }

    /// Why a value has none of these types.
    fn misfit(&self, place: &str, types: &[String], value: &Value) -> Option<String> {
        let mut reasons: Vec<String> = Vec::new();
        for name in types {
            match self.misfit_of_one(place, name, value) {
                None => return None,
                Some(reason) => reasons.push(reason),
            }
        }
        (!reasons.is_empty()).then(|| reasons.join("; or "))
    }

    fn misfit_of_one(&self, place: &str, name: &str, value: &Value) -> Option<String> {
        if let Some(inner) = name.strip_prefix("Array of ") {
            let Some(items) = value.as_array() else {
                return Some(format!("{place} is no array"));
            };
            let inner = [inner.to_owned()];
            return items.iter().enumerate().find_map(|(i, item)| self.misfit(&format!("{place}[{i}]"), &inner, item));
        }
        let fits = match name {
            "Integer" => value.is_i64() || value.is_u64(),
            "Float" => value.is_number(),
            "String" => value.is_string(),
            "Boolean" => value.is_boolean(),
            "True" => *value == Value::Bool(true),
            _ => return self.object_misfit(place, name, value),
        };
        (!fits).then(|| format!("{place} is no {name}: {value}"))
    }

    fn object_misfit(&self, place: &str, name: &str, value: &Value) -> Option<String> {
        let Some(shape) = self.types.get(name) else {
            // An upload or another type without fields: nothing to compare.
            return None;
        };
        if !shape.subtypes.is_empty() {
            return self.misfit(place, &shape.subtypes, value);
        }
        let Some(object) = value.as_object() else {
            return Some(format!("{place} is no {name}: {value}"));
        };
        if let Some(missing) = shape.fields.iter().find(|field| field.required && !object.contains_key(&field.name)) {
            return Some(format!("{place} lacks {:?} of {name}", missing.name));
        }
        object.iter().find_map(|(key, inner)| match shape.fields.iter().find(|field| field.name == *key) {
            None => Some(format!("{name} has no field {key:?} ({place})")),
            Some(field) => self.misfit(&format!("{place}.{key}"), &field.types, inner),
        })
    }
}

/// A limit such as "1-4096 characters after entities parsing", which is only in the descriptions' text.
fn length_problem(field: &Field, value: &Value, request: &Request) -> Option<String> {
    let text = value.as_str()?;
    let (least, most) = limits(&field.description)?;
    let parsed =
        request.params.get("parse_mode").and_then(Value::as_str).is_some_and(|mode| mode.eq_ignore_ascii_case("html"));
    let length = if parsed && field.description.contains("pars") {
        match html_len(text) {
            Ok(length) => length,
            Err(problem) => return Some(format!("{} is broken HTML: {problem}", field.name)),
        }
    } else {
        utf16_len(text)
    };
    (!(least..=most).contains(&length))
        .then(|| format!("{} has {length} characters; {least} to {most} are allowed", field.name))
}

/// Finds "A-B characters" or "A-B bytes" in a sentence.
fn limits(description: &str) -> Option<(usize, usize)> {
    let words: Vec<&str> = description.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        if !(pair[1].starts_with("characters") || pair[1].starts_with("bytes")) {
            return None;
        }
        let (least, most) = pair[0].split_once('-')?;
        Some((least.parse().ok()?, most.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telegram::Call;
    use chrono::DateTime;
    use serde_json::json;

    fn spec() -> Spec {
        Spec::from_json(
            r#"{
              "version": "test",
              "methods": {"sendMessage": {"returns": ["Message"], "fields": [
                {"name": "chat_id", "types": ["Integer", "String"], "required": true, "description": ""},
                {"name": "text", "types": ["String"], "required": true, "description": "Text, 1-10 characters after entities parsing"},
                {"name": "parse_mode", "types": ["String"], "required": false, "description": ""},
                {"name": "disable_notification", "types": ["Boolean"], "required": false, "description": ""},
                {"name": "reply_markup", "types": ["Keyboard"], "required": false, "description": ""}]}},
              "types": {
                "Keyboard": {"fields": [{"name": "rows", "types": ["Array of Array of Button"], "required": true}]},
                "Button": {"fields": [{"name": "text", "types": ["String"], "required": true}]},
                "Message": {"fields": [{"name": "message_id", "types": ["Integer"], "required": true}]}}
            }"#,
        )
        .unwrap()
    }

    fn problems(method: &str, body_kind: BodyKind, params: Value) -> Vec<String> {
        let Value::Object(params) = params else { panic!("parameters are an object") };
        let request = Request {
            number: 1,
            at: DateTime::UNIX_EPOCH,
            http_method: "POST".into(),
            path: String::new(),
            headers: vec![],
            body: vec![],
            details: Call { method: method.into(), bot_id: None, body_kind, params },
            status: None,
            refusal: None,
            acted: false,
        };
        spec().check(&request).into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn a_request_as_described_has_no_violations() {
        let params = json!({"chat_id": "@x", "text": "<b>0123456789</b>", "parse_mode": "HTML", "disable_notification": true, "reply_markup": {"rows": [[{"text": "a"}]]}});
        assert_eq!(problems("sendMessage", BodyKind::Json, params), Vec::<String>::new());
        let form =
            json!({"chat_id": "-100", "text": "12", "disable_notification": "true", "reply_markup": "{\"rows\":[]}"});
        assert_eq!(problems("sendMessage", BodyKind::Form, form), Vec::<String>::new());
    }

    #[test]
    fn what_is_unknown_missing_or_of_another_type_is_named() {
        assert_eq!(problems("sendMesage", BodyKind::Json, json!({})), ["there is no method \"sendMesage\""]);
        assert_eq!(
            problems(
                "sendMessage",
                BodyKind::Json,
                json!({"text": "x", "disable_notification": "yes", "disable_web_page_preview": true})
            ),
            [
                "disable_notification is no Boolean: \"yes\"",
                "sendMessage has no parameter \"disable_web_page_preview\"",
                "the required parameter \"chat_id\" is missing",
            ]
        );
        assert_eq!(
            problems(
                "sendMessage",
                BodyKind::Json,
                json!({"chat_id": 1, "text": "x", "reply_markup": {"rows": [[{"txt": "a"}]]}})
            ),
            ["reply_markup.rows[0][0] lacks \"text\" of Button"]
        );
    }

    #[test]
    fn a_text_is_measured_after_parsing() {
        assert_eq!(
            problems("sendMessage", BodyKind::Json, json!({"chat_id": 1, "text": "01234567890"})),
            ["text has 11 characters; 1 to 10 are allowed"]
        );
        let broken = json!({"chat_id": 1, "text": "<b>x", "parse_mode": "HTML"});
        assert_eq!(
            problems("sendMessage", BodyKind::Json, broken),
            ["text is broken HTML: Can't find end tag corresponding to start tag \"b\""]
        );
    }

    #[test]
    fn an_answer_is_compared_too() {
        assert!(spec().check_result("sendMessage", &json!({"message_id": 1})).is_empty());
        assert_eq!(spec().check_result("sendMessage", &json!({"id": 1})), ["result lacks \"message_id\" of Message"]);
    }
}
