//! Reading what a program sends: JSON, field by field, with every mistake told at once.

mod member;
mod schema;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::text::characters::is_visible;

use crate::problem::Problem;
use crate::state::AppState;

pub(crate) use member::{
    DeliveryPatch, Demanded, Given, MailAddress, Member, Text, Whole, choice_member, request_body,
};
pub(crate) use schema::{documented, formed_text, nullable, one_of, patched, with_example};

/// A JSON body: 400 when it is missing or malformed, 415 when it claims to be something else.
#[derive(Debug)]
pub(crate) struct Body(pub(crate) Value);

/// A JSON body that may be left out or `null`: an empty object then.
#[derive(Debug)]
pub(crate) struct OptionalBody(pub(crate) Value);

impl FromRequest<AppState> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (headers, bytes) = read(request, state).await?;
        if bytes.is_empty() {
            return Err(Problem::bad_request("The body is empty; send a JSON object."));
        }
        parse(&headers, &bytes).map(Self)
    }
}

impl FromRequest<AppState> for OptionalBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (headers, bytes) = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(Value::Object(Map::new())));
        }
        let body = parse(&headers, &bytes)?;
        Ok(Self(if body.is_null() { Value::Object(Map::new()) } else { body }))
    }
}

async fn read(request: Request, state: &AppState) -> Result<(HeaderMap, Bytes), Problem> {
    let headers = request.headers().clone();
    Ok((headers, Bytes::from_request(request, state).await?))
}

fn parse(headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Problem> {
    if !headers.get(CONTENT_TYPE).is_none_or(|value| value.to_str().is_ok_and(is_json)) {
        return Err(Problem::unsupported_media_type("application/json"));
    }
    serde_json::from_slice(bytes).map_err(|error| Problem::bad_request(format!("This is not valid JSON: {error}.")))
}

/// `application/json`, `application/merge-patch+json` and other types with that suffix.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The members of a JSON object, each taken once; what is left over is a mistake as well.
#[derive(Debug)]
pub(crate) struct Fields {
    members: Map<String, Value>,
    errors: FieldErrors,
}

impl Fields {
    /// The members of `body`, which must be an object.
    pub(crate) fn of(body: Value) -> Result<Self, Problem> {
        match body {
            Value::Object(members) => Ok(Self { members, errors: FieldErrors::default() }),
            _ => Err(Problem::field("", FieldProblem::NotObject)),
        }
    }

    /// Whether the member is there, `null` included.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Whether the member is absent or `null`.
    pub(crate) fn is_absent(&self, name: &str) -> bool {
        self.members.get(name).is_none_or(Value::is_null)
    }

    /// Whether the member is a text of at most `longest` characters with nothing to see in it.
    pub(crate) fn is_blank(&self, name: &str, longest: usize) -> bool {
        let text = self.members.get(name).and_then(Value::as_str);
        text.is_some_and(|text| !is_visible(text) && text.chars().count() <= longest)
    }

    /// A text that may be absent, `null` or blank.
    pub(crate) fn optional_text(&mut self, name: &str, max: usize) -> Option<String> {
        match self.members.remove(name)? {
            Value::Null => None,
            Value::String(text) => {
                let typed = text.chars().count();
                let text = text.trim().to_owned();
                if text.chars().count() > max || (typed > max && !is_visible(&text)) {
                    self.wrong(name, FieldProblem::TooLong { max });
                }
                Some(text).filter(|text| !text.is_empty())
            }
            _ => {
                self.wrong(name, FieldProblem::NotText);
                None
            }
        }
    }

    /// A text that must be one of `options`, if it is there.
    pub(crate) fn optional_choice<T: std::str::FromStr>(&mut self, name: &str, options: &[&str]) -> Option<T> {
        let text = self.optional_text(name, 200)?;
        let choice = Some(&*text).filter(|text| options.contains(text)).and_then(|text| text.parse().ok());
        if choice.is_none() {
            self.wrong(name, FieldProblem::NotOption { options: options.join(", ") });
        }
        choice
    }

    /// Notes that the member is missing, unless something else is wrong with it already.
    pub(crate) fn required_too(&mut self, name: &str) {
        if !self.errors.0.iter().any(|error| error.pointer == pointer(name)) {
            self.wrong(name, FieldProblem::Required);
        }
    }

    /// An object that may be absent: empty then.
    pub(crate) fn object(&mut self, name: &str) -> Map<String, Value> {
        match self.members.remove(name) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(members)) => members,
            Some(_) => {
                self.wrong(name, FieldProblem::NotObject);
                Map::new()
            }
        }
    }

    /// Anything.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    /// Notes a mistake.
    pub(crate) fn wrong(&mut self, name: &str, problem: FieldProblem) {
        self.errors.push(pointer(name), problem);
    }

    /// Notes a mistake in words of its own.
    pub(crate) fn said(&mut self, name: &str, words: String) {
        self.wrong(name, FieldProblem::Said(words));
    }

    /// Notes mistakes that were found elsewhere.
    pub(crate) fn wrong_too(&mut self, errors: FieldErrors) {
        self.errors.0.extend(errors.0);
    }

    /// Nothing was wrong, and nothing is left.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for name in self.members.keys() {
            self.errors.push(pointer(name), FieldProblem::UnknownField);
        }
        Ok(self.errors.into_result()?)
    }
}

/// The JSON pointer of a member (RFC 6901).
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tablon_core::text::characters::VISIBLE_PATTERN;

    request_body! {
        /// A sample.
        struct Sample as "Sample" {
            /// Why.
            reason: Text<10>,
            missing: Text<10>,
            name: Text<10>,
            note: Given<Option<Text<5>>>,
        }
    }

    #[test]
    fn the_description_says_what_the_reader_demands() {
        let schema = serde_json::to_value(<Sample as utoipa::PartialSchema>::schema()).expect("JSON");
        assert_eq!(schema["required"], json!(["reason", "missing", "name"]));
        assert_eq!(schema["additionalProperties"], json!(false));
        let reason = json!({"type": "string", "description": "Why.", "minLength": 1, "maxLength": 10, "pattern": VISIBLE_PATTERN});
        assert_eq!(schema["properties"]["reason"], reason);
        assert_eq!(schema["properties"]["note"], json!({"type": ["string", "null"], "maxLength": 5}));
        let body = json!({"reason": "a", "missing": "b", "name": " c ", "note": " "});
        let Sample { reason, missing, name, note } = Sample::read(body).expect("a good body");
        assert_eq!((&*reason, &*missing, &*name, note), ("a", "b", "c", Given::Value(None)));
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_although_nothing_of_it_can_be_seen() {
        for note in ["\u{14}".repeat(6), " ".repeat(6)] {
            let body = json!({"reason": "a", "missing": "b", "name": "c", "note": note});
            let problem = Sample::read(body).expect_err("too long");
            let problem = serde_json::to_value(problem).expect("JSON");
            assert_eq!(problem["errors"][0]["pointer"], "/note", "{problem}");
            assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{problem}");
        }
    }

    #[test]
    fn every_json_type_is_taken_and_nothing_else() {
        for yes in ["application/json", "application/merge-patch+json", "Application/JSON; charset=utf-8"] {
            assert!(is_json(yes), "{yes}");
        }
        for no in ["text/plain", "application/x-www-form-urlencoded", "", "text/json+json"] {
            assert!(!is_json(no), "{no}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let body = json!({"reason": 5, "extra/field": 1, "name": "x"});
        let problem = Sample::read(body).expect_err("three mistakes");
        let problem = serde_json::to_value(problem).expect("JSON");
        let pointers: Vec<_> = problem["errors"].as_array().expect("a list").iter().map(|e| &e["pointer"]).collect();
        assert_eq!(pointers, ["/reason", "/missing", "/extra~1field"]);
    }
}
