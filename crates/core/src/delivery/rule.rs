//! Which jobs a channel gets.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::MAX_VALUES;
use crate::form::{FieldErrors, FieldProblem, Form};
use crate::job::JobContent;

/// The built-in fields that a rule can ask for; the tenant's own are named `fields.NAME`.
pub const RULE_FIELDS: [&str; 7] =
    ["tags", "workplace", "employment_types", "language", "organization", "country", "remote_countries"];

/// One condition on a field of the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRule {
    /// The field's name: `tags`, `workplace`, `country`, … or `fields.NAME` for one of the board's own.
    #[schema(
        example = "tags",
        pattern = "^(tags|workplace|employment_types|language|organization|country|remote_countries|fields\\..+)$"
    )]
    pub field: String,
    /// How its values are compared.
    #[serde(rename = "match")]
    pub matching: RuleMatch,
    /// What they are compared with; capital letters don't matter.
    #[schema(example = json!(["rust"]), min_items = 1, max_items = 100)]
    pub values: Vec<String>,
}

/// How a rule compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleMatch {
    /// One of the job's values is among the rule's.
    AnyOf,
    /// None of them is.
    NoneOf,
}

impl DeliveryRule {
    pub(super) fn check(&self, form: &Form, pointer: &str, errors: &mut FieldErrors) {
        let own = self.field.strip_prefix("fields.");
        let known = match own {
            Some(name) => form.fields.iter().any(|field| field.name == name),
            None => RULE_FIELDS.contains(&self.field.as_str()),
        };
        if !known {
            let own = form.fields.iter().map(|field| format!("fields.{}", field.name));
            let options: Vec<String> = RULE_FIELDS.into_iter().map(str::to_owned).chain(own).collect();
            errors.push(format!("{pointer}/field"), FieldProblem::NotOption { options: options.join(", ") });
        }
        if self.values.is_empty() || self.values.iter().all(|value| value.trim().is_empty()) {
            errors.push(format!("{pointer}/values"), FieldProblem::Required);
        } else if self.values.len() > MAX_VALUES {
            errors.push(format!("{pointer}/values"), FieldProblem::TooMany { max: MAX_VALUES });
        }
    }

    pub(super) fn holds(&self, content: &JobContent) -> bool {
        let wanted: Vec<String> = self.values.iter().map(|value| comparable(value)).collect();
        let found = values_of(content, &self.field).iter().any(|value| wanted.contains(&comparable(value)));
        match self.matching {
            RuleMatch::AnyOf => found,
            RuleMatch::NoneOf => !found,
        }
    }
}

fn comparable(text: &str) -> String {
    text.trim().to_lowercase()
}

fn values_of(content: &JobContent, field: &str) -> Vec<String> {
    match field {
        "tags" => content.tags.clone(),
        "workplace" => vec![content.workplace.as_str().to_owned()],
        "employment_types" => content.employment_types.iter().map(|kind| kind.as_str().to_owned()).collect(),
        "language" => content.language.iter().cloned().collect(),
        "organization" => vec![content.organization.name.clone()],
        "country" => content.locations.iter().filter_map(|place| place.country.clone()).collect(),
        "remote_countries" => content.remote_countries.clone(),
        own => own.strip_prefix("fields.").and_then(|name| content.fields.get(name)).map(texts).unwrap_or_default(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(each) => each.iter().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job() -> JobContent {
        serde_json::from_value(json!({
            "title": "Rust engineer", "organization": { "name": "Acme" }, "description": "We hire.",
            "workplace": "remote", "tags": ["Rust", "wasm"], "locations": [{ "country": "ES" }],
            "fields": { "seniority": "senior", "stack": ["axum", "tokio"], "visa": true },
        }))
        .unwrap()
    }

    fn holds(field: &str, matching: RuleMatch, values: &[&str]) -> bool {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        DeliveryRule { field: field.to_owned(), matching, values }.holds(&job())
    }

    #[test]
    fn a_rule_looks_at_every_value_of_its_field() {
        assert!(holds("tags", RuleMatch::AnyOf, &["python", " rust "]));
        assert!(!holds("tags", RuleMatch::NoneOf, &["WASM"]));
        assert!(holds("workplace", RuleMatch::AnyOf, &["remote"]));
        assert!(!holds("workplace", RuleMatch::AnyOf, &["hybrid"]));
        assert!(holds("country", RuleMatch::AnyOf, &["es"]));
    }

    #[test]
    fn the_boards_own_fields_can_be_asked_for() {
        assert!(holds("fields.seniority", RuleMatch::AnyOf, &["Senior"]));
        assert!(holds("fields.stack", RuleMatch::AnyOf, &["tokio"]));
        assert!(holds("fields.visa", RuleMatch::AnyOf, &["true"]));
    }

    #[test]
    fn a_field_without_a_value_is_among_nothing() {
        assert!(!holds("language", RuleMatch::AnyOf, &["en"]));
        assert!(holds("language", RuleMatch::NoneOf, &["en"]));
        assert!(!holds("fields.absent", RuleMatch::AnyOf, &["x"]));
    }
}
