//! The received events, and the resulting state of each job.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::Serialize;
use serde_json::Value;

/// One recorded request.
pub type Delivery = crate::record::Request<Event>;

/// A delivery as the receiver reads it.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// The `webhook-id`, if it is valid.
    pub id: Option<String>,
    /// The event's `type`.
    pub event: Option<String>,
    /// Whether the id was known: then nothing was done.
    pub duplicate: bool,
}

impl crate::record::Details for Event {
    fn call(&self) -> &str {
        self.event.as_deref().unwrap_or_default()
    }
}

/// A job as the events so far describe it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// The `data` of the last event about it.
    pub data: Value,
    /// `published`, `closed` or `removed`.
    pub state: String,
    /// The number of different events.
    pub events: u64,
}

/// Checks an event and applies it. `Ok` may contain a sentence about a mistake that no receiver would refuse.
pub(super) fn apply(jobs: &mut BTreeMap<String, Job>, event: &Value) -> Result<Option<String>, String> {
    let kind = event["type"].as_str().ok_or("the payload has no type")?;
    let well_formed =
        kind.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    if !well_formed {
        return Err(format!("“{kind}” is no event type"));
    }
    let timestamp = event["timestamp"].as_str().ok_or("the payload has no timestamp")?;
    DateTime::parse_from_rfc3339(timestamp).map_err(|_| format!("“{timestamp}” is no ISO 8601 time"))?;
    let data = event["data"].as_object().ok_or("the payload has no data")?;
    let id = data.get("job").and_then(|job| job["id"].as_str()).ok_or("the data names no job")?;
    let known = jobs.get(id).map(|job| job.state.clone());
    let (state, wrong) = match (kind, known.as_deref()) {
        ("job.published", Some("published")) => ("published", Some("a job was published twice")),
        ("job.published", _) => ("published", None),
        ("job.updated", Some("published" | "closed")) => ("published", None),
        ("job.updated", _) => ("published", Some("a job was updated that isn't there")),
        ("job.closed", Some("published" | "closed")) => ("closed", None),
        ("job.closed", _) => ("closed", Some("a job was closed that isn't there")),
        ("job.removed", Some("published" | "closed")) => ("removed", None),
        ("job.removed", _) => ("removed", Some("a job was removed that isn't there")),
        // A receiver ignores types that it doesn't know.
        _ => return Ok(None),
    };
    let events = jobs.get(id).map_or(0, |job| job.events) + 1;
    jobs.insert(id.to_owned(), Job { data: event["data"].clone(), state: state.to_owned(), events });
    Ok(wrong.map(|wrong| format!("{wrong}: {id}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str) -> Value {
        json!({ "type": kind, "timestamp": "2026-03-01T09:30:00Z", "data": { "job": { "id": "1" } } })
    }

    #[test]
    fn events_are_a_jobs_life() {
        let mut jobs = BTreeMap::new();
        for (kind, state) in [
            ("job.published", "published"),
            ("job.updated", "published"),
            ("job.closed", "closed"),
            ("job.removed", "removed"),
        ] {
            assert_eq!(apply(&mut jobs, &event(kind)), Ok(None));
            assert_eq!(jobs["1"].state, state);
        }
        assert_eq!(jobs["1"].events, 4);
        assert_eq!(apply(&mut jobs, &event("invoice.paid")), Ok(None));
    }

    #[test]
    fn what_should_not_happen_is_noticed() {
        let mut jobs = BTreeMap::new();
        assert!(apply(&mut jobs, &event("job.closed")).is_ok_and(|wrong| wrong.is_some()));
        apply(&mut jobs, &event("job.published")).unwrap();
        let twice = apply(&mut jobs, &event("job.published")).unwrap();
        assert!(twice.is_some_and(|wrong| wrong.contains("twice")));
    }

    #[test]
    fn a_payload_that_is_none_is_refused() {
        let mut jobs = BTreeMap::new();
        for (place, value) in [
            ("/type", json!("job published")),
            ("/type", json!(null)),
            ("/timestamp", json!("yesterday")),
            ("/data", json!([])),
            ("/data/job/id", json!(7)),
        ] {
            let mut event = event("job.published");
            *event.pointer_mut(place).unwrap() = value;
            assert!(apply(&mut jobs, &event).is_err(), "{event}");
        }
        assert!(jobs.is_empty());
    }
}
