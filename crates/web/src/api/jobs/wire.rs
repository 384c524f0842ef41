//! A job as it goes over the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use tablon_core::job::EndedBy;
use tablon_core::{Job, JobContent, JobState};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

/// An offer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobOut {
    id: Uuid,
    /// Its name in addresses.
    slug: String,
    /// Its page.
    url: String,
    /// Where it stands.
    state: JobState,
    /// The revision that is shown.
    revision: u64,
    /// A poster's edit of the live offer that waits for a moderator.
    pending_revision: Option<u64>,
    /// When it went on the board.
    published_at: Option<DateTime<Utc>>,
    /// When it leaves the board.
    expires_at: Option<DateTime<Utc>>,
    /// What staff know beside.
    #[serde(flatten)]
    #[schema(value_type = StaffOnly)]
    staff: Option<StaffOnly>,
    /// What it says. `contact_email` comes with a token only.
    #[serde(flatten)]
    #[schema(value_type = JobContent)]
    content: Map<String, Value>,
}

/// What comes with a token only.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobForStaff)]
struct StaffOnly {
    /// When it was submitted.
    #[schema(required = false)]
    submitted_at: DateTime<Utc>,
    /// When it shall go on the board.
    publish_at: Option<DateTime<Utc>>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
    /// Who ended it.
    ended_by: Option<EndedBy>,
    /// What a moderator told the poster.
    reason: Option<String>,
}

impl JobOut {
    /// With everything.
    pub(crate) fn for_staff(job: Job) -> Self {
        let staff = StaffOnly {
            submitted_at: job.submitted_at,
            publish_at: job.publish_at,
            ended_at: job.ended_at,
            ended_by: job.ended_by,
            reason: job.reason.clone(),
        };
        let contact = job.content.contact_email.clone().map_or(Value::Null, Value::String);
        let mut shown = Self::for_anybody(job);
        shown.staff = Some(staff);
        shown.content.insert("contact_email".to_owned(), contact);
        shown
    }

    /// Without what is private.
    pub(crate) fn for_anybody(job: Job) -> Self {
        let pending_revision = job.pending_revision;
        Self {
            id: job.id,
            slug: job.slug,
            url: job.url,
            state: job.state,
            revision: job.revision,
            pending_revision,
            published_at: job.published_at,
            expires_at: job.expires_at,
            staff: None,
            content: public_content(&job.content),
        }
    }
}

/// What an offer says, without the contact address.
pub(super) fn public_content(content: &JobContent) -> Map<String, Value> {
    let mut members = match content.to_value() {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.remove("contact_email");
    members
}

/// The offer as it is now.
#[derive(IntoResponses)]
#[response(
    status = 200,
    headers(("ETag" = String, description = "Its revision, for `If-Match`.")),
)]
#[expect(dead_code, reason = "describes an answer; the answer itself is made by `answered`")]
pub(crate) struct JobNow(JobOut);

/// What the poster gets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Submitted)]
pub(crate) struct SubmittedOut {
    pub(crate) id: Uuid,
    /// `submitted`.
    pub(crate) state: JobState,
    /// The poster's private page: to view, edit, fill and close the offer. Shown this once.
    pub(crate) edit_url: String,
}
