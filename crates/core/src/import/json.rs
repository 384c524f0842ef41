//! JSON in the shapes that exports have: one object, an array, a graph, a list, one object a line.

use chrono::NaiveDate;
use serde_json::{Deserializer, Value};

use super::{Draft, Import, ImportError, ImportedJob, Warning, job_posting};

pub(super) fn read(text: &str, today: NaiveDate) -> Result<Import, ImportError> {
    let mut import = Import::default();
    // A stream takes one document as well as one a line.
    for document in Deserializer::from_str(text).into_iter::<Value>() {
        collect(document?, today, &mut import);
    }
    Ok(import)
}

fn collect(value: Value, today: NaiveDate, into: &mut Import) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| collect(value, today, into)),
        Value::Object(object) if job_posting::is_one(&object) => {
            into.jobs.push(job_posting::read(&object, today));
        }
        Value::Object(mut object) => {
            // A page's graph, an ItemList and its ListItems, or a list as the API prints it.
            let nested = ["@graph", "itemListElement", "item", "items", "jobs"];
            if let Some(inner) = nested.into_iter().find_map(|name| object.remove(name)) {
                collect(inner, today, into);
            } else if !object.contains_key("@type") && object.contains_key("title") {
                into.jobs.push(as_the_api_takes_it(Value::Object(object), today));
            } else {
                let kind = object.get("@type").map_or_else(|| "unknown".to_owned(), Value::to_string);
                into.warnings.push(Warning::Unused(format!("an object of the type {kind}")));
            }
        }
        other => into.warnings.push(Warning::Unused(format!("the value {other}"))),
    }
}

/// A job that was exported from a board: what the server added goes, the rest stays.
fn as_the_api_takes_it(value: Value, today: NaiveDate) -> ImportedJob {
    const ADDED_BY_THE_SERVER: [&str; 12] = [
        "id",
        "slug",
        "url",
        "state",
        "revision",
        "pending_revision",
        "published_at",
        "expires_at",
        "submitted_at",
        "ended_at",
        "reason",
        "edit_url",
    ];
    let mut draft = Draft::new(today);
    if let Value::Object(object) = value {
        draft.job = object.into_iter().filter(|(_, value)| !value.is_null()).collect();
    }
    for name in ADDED_BY_THE_SERVER {
        draft.job.remove(name);
    }
    if let Some(Value::String(date)) = draft.job.remove("valid_through") {
        draft.set_valid_through(&date);
    }
    draft.finish()
}
