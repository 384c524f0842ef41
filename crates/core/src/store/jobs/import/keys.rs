//! What is kept of an imported job's source: hashes, because values may name people.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::import::{Identity, PreparedJob, fingerprint};
use crate::job::JobContent;
use crate::search::fold;

/// The entry among the fields' hashes that holds the host of the job's page.
const HOST: &str = "@host";

/// The keys by which a job is recognised, strongest first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Keys {
    /// By the source's own name for it.
    pub(super) identifier: Option<String>,
    /// Whether that name says whose it is.
    pub(super) has_namespace: bool,
    /// By its page, its title and its place.
    pub(super) place: Option<String>,
    /// By all that the source says.
    pub(super) content: String,
    /// What the source says, field by field.
    pub(super) fields: FieldHashes,
}

impl Keys {
    pub(super) fn of(tenant: Uuid, job: &PreparedJob) -> Self {
        let key = |kind: &str, value: Value| fingerprint(&json!([tenant, kind, value]));
        let Identity { identifier, namespace, url, fingerprint } = &job.identity;
        let content = &job.content;
        let place = url.as_ref().map(|url| {
            key(
                "place",
                json!([url, fold(&content.title), content.locations, content.workplace, content.remote_countries]),
            )
        });
        let mut fields = FieldHashes::of(tenant, content);
        let host = url.as_deref().and_then(|url| Some(url::Url::parse(url).ok()?.host_str()?.to_owned()));
        fields.0.extend(host.map(|host| (HOST.to_owned(), key("host", json!(host)))));
        Self {
            identifier: identifier
                .as_ref()
                .map(|name| key("identifier", json!([namespace.as_deref().map(fold), name]))),
            has_namespace: namespace.is_some(),
            place,
            content: key("content", json!(fingerprint)),
            fields,
        }
    }
}

/// A hash for each field of a job, by its dotted name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FieldHashes(BTreeMap<String, String>);

impl FieldHashes {
    pub(super) fn of(tenant: Uuid, content: &JobContent) -> Self {
        let hash = |(name, value): (String, Value)| {
            let hash = fingerprint(&json!([tenant, name, value]));
            (name, hash)
        };
        Self(fields(content).into_iter().map(hash).collect())
    }

    pub(super) fn read(value: &Value) -> Self {
        Self(serde_json::from_value(value.clone()).unwrap_or_default())
    }

    pub(super) fn to_value(&self) -> Value {
        json!(self.0)
    }

    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Whether both can be the same job of the same company: names like "17" are given by many.
    pub(super) fn resembles(&self, other: &Self) -> bool {
        ["organization.name", "title", HOST]
            .iter()
            .any(|name| self.get(name).is_some() && self.get(name) == other.get(name))
    }

    /// The fields, without the host.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| *name != HOST)
    }
}

/// Every field by its dotted name; those of the organisation and the board's own ones one by one.
fn fields(content: &JobContent) -> Vec<(String, Value)> {
    let Value::Object(members) = content.to_value() else { return Vec::new() };
    let mut fields = Vec::new();
    for (name, value) in members {
        match value {
            Value::Object(parts) if is_group(&name) => {
                fields.extend(parts.into_iter().map(|(part, value)| (format!("{name}.{part}"), value)));
            }
            value => fields.push((name, value)),
        }
    }
    fields
}

fn is_group(name: &str) -> bool {
    matches!(name, "organization" | "fields")
}

/// Puts one field of `from` into `into`.
pub(super) fn copy_field(field: &str, from: &Value, into: &mut Value) {
    let (group, part) = match field.split_once('.') {
        Some((group, part)) if is_group(group) => (Some(group), part),
        _ => (None, field),
    };
    let holder = |value: &Value| group.map_or(Some(value), |group| value.get(group)).and_then(|v| v.get(part)).cloned();
    let value = holder(from).unwrap_or(Value::Null);
    let Some(members) = into.as_object_mut() else { return };
    let target = match group {
        Some(group) => members.entry(group.to_owned()).or_insert_with(|| Value::Object(Map::new())).as_object_mut(),
        None => Some(members),
    };
    if let Some(target) = target {
        target.insert(part.to_owned(), value);
    }
}
