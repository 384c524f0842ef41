//! What stands behind the question mark.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::page::MAX_LIMIT;

use crate::problem::Problem;

/// The query's pairs, each read by name. Unknown names are ignored: links carry all sorts of tails.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    errors: FieldErrors,
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Ok(Self { pairs, errors: FieldErrors::default() })
    }
}

impl Query {
    /// The first value that isn't blank.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let values = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim());
        values.into_iter().find(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Every value, repeated or separated by commas, of those that `options` lists.
    pub(crate) fn choices<T: FromStr>(&mut self, name: &str, options: &[&str]) -> Vec<T> {
        let mut chosen = Vec::new();
        for (key, values) in &self.pairs {
            if key != name {
                continue;
            }
            for value in values.split(',').map(str::trim).filter(|value| !value.is_empty()) {
                match Some(value).filter(|value| options.contains(value)).and_then(|value| value.parse().ok()) {
                    Some(value) => chosen.push(value),
                    None => {
                        self.errors.push(format!("/{name}"), FieldProblem::NotOption { options: options.join(", ") });
                    }
                }
            }
        }
        chosen
    }

    /// A value of those that `options` lists.
    pub(crate) fn choice<T: FromStr>(&mut self, name: &str, options: &[&str]) -> Option<T> {
        self.choices(name, options).into_iter().next()
    }

    /// How many items are wanted.
    pub(crate) fn limit(&mut self) -> Option<u64> {
        let text = self.text("limit")?;
        let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        if limit.is_none() {
            let range = FieldProblem::NumberRange { min: "1".into(), max: MAX_LIMIT.to_string() };
            self.errors.push("/limit", range);
        }
        limit
    }

    /// Nothing was wrong.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        Ok(self.errors.into_result()?)
    }
}
