//! The payloads: documented in the plugin's README, and never changed but by new fields.

use serde::Serialize;
use serde_json::{Map, Value};
use tablon_plugin::{Attempt, Ending, Place, Posting, Salary, Target, Workplace};

/// One event.
#[derive(Debug, Serialize)]
pub(crate) struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: &'a str,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    board: Board<'a>,
    channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending: Option<&'static str>,
    job: Job<'a>,
}

#[derive(Debug, Serialize)]
struct Board<'a> {
    name: &'a str,
    url: &'a str,
}

/// A job that was removed is its id: what it said is nobody's business any more.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Job<'a> {
    Whole(Box<Offer<'a>>),
    Removed { id: &'a str },
}

#[derive(Debug, Serialize)]
struct Offer<'a> {
    id: &'a str,
    revision: u64,
    title: &'a str,
    organization: &'a str,
    description: &'a str,
    summary: &'a str,
    url: &'a str,
    apply_url: &'a str,
    locations: &'a [String],
    workplace: &'static str,
    tags: &'a [String],
    pay: Option<&'a str>,
    language: &'a str,
    published_at: &'a str,
    expires_at: Option<&'a str>,
    updated_at: Option<String>,
    employment_types: Vec<String>,
    remote_countries: Vec<String>,
    places: Vec<Place>,
    salary: Option<Salary>,
    fields: Map<String, Value>,
}

impl<'a> Event<'a> {
    /// The same in the preview: it happened when the job was published.
    /// The time of every other event is that of its first try, so that all tries say the same to the byte.
    pub(crate) fn published(posting: &'a Posting, target: &'a Target) -> Self {
        Self::new("job.published", &posting.published_at, target, offer(posting))
    }

    pub(crate) fn updated(posting: &'a Posting, target: &'a Target, attempt: &'a Attempt) -> Self {
        Self::new("job.updated", &attempt.began, target, offer(posting))
    }

    pub(crate) fn closed(posting: &'a Posting, ending: Ending, target: &'a Target, attempt: &'a Attempt) -> Self {
        let mut event = Self::new("job.closed", &attempt.began, target, offer(posting));
        event.data.ending = Some(match ending {
            Ending::Filled => "filled",
            Ending::Closed => "closed",
            Ending::Expired => "expired",
        });
        event
    }

    pub(crate) fn removed(job: &'a str, target: &'a Target, attempt: &'a Attempt) -> Self {
        Self::new("job.removed", &attempt.began, target, Job::Removed { id: job })
    }

    fn new(kind: &'static str, timestamp: &'a str, target: &'a Target, job: Job<'a>) -> Self {
        let board = Board { name: &target.board.name, url: &target.board.url };
        Self { kind, timestamp, data: Data { board, channel: &target.id, ending: None, job } }
    }

    /// Exactly what is sent and signed.
    pub(crate) fn to_json(&self) -> String {
        // Plain data: there is nothing in it that could fail to become JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn offer(posting: &Posting) -> Job<'_> {
    let value = |json: &str| serde_json::from_str(json).unwrap_or_else(|_| Value::from(json));
    Job::Whole(Box::new(Offer {
        id: &posting.id,
        revision: posting.revision,
        title: &posting.title,
        organization: &posting.organization,
        description: &posting.description,
        summary: &posting.summary,
        url: &posting.url,
        apply_url: &posting.apply_url,
        locations: &posting.locations,
        workplace: match posting.workplace {
            Workplace::OnSite => "on-site",
            Workplace::Hybrid => "hybrid",
            Workplace::Remote => "remote",
        },
        tags: &posting.tags,
        pay: posting.pay.as_deref(),
        language: &posting.language,
        published_at: &posting.published_at,
        expires_at: posting.expires_at.as_deref(),
        updated_at: posting.updated_at(),
        employment_types: posting.employment_types(),
        remote_countries: posting.remote_countries(),
        places: posting.places(),
        salary: posting.salary(),
        fields: posting.fields().map(|(name, json)| (name.to_owned(), value(json))).collect(),
    }))
}
