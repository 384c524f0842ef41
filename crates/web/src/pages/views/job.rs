//! One job: on the list, on its page, on its poster's page, and its copies.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;

use super::{FormView, Frame, PlacementView, TagLink};

/// A job in a list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct JobCard {
    pub(crate) title: String,
    pub(crate) organization: String,
    pub(crate) url: String,
    pub(crate) workplace: &'static str,
    pub(crate) locations: Vec<Place>,
    pub(crate) remote_countries: Vec<String>,
    pub(crate) pay: Option<String>,
    pub(crate) published_at: Option<DateTime<Utc>>,
    pub(crate) submitted_at: Option<DateTime<Utc>>,
    /// What lists for staff are ordered by.
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) state: &'static str,
    /// Its poster wants to change it while it is live.
    pub(crate) has_pending: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Place {
    pub(crate) city: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) country: Option<String>,
}

/// All that a job says.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct JobBody {
    pub(crate) title: String,
    pub(crate) organization: String,
    pub(crate) organization_url: Option<String>,
    pub(crate) description: String,
    pub(crate) workplace: &'static str,
    pub(crate) locations: Vec<Place>,
    pub(crate) remote_countries: Vec<String>,
    pub(crate) employment_types: Vec<&'static str>,
    pub(crate) pay: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) apply_url: Option<String>,
    pub(crate) apply_email: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) valid_through: Option<NaiveDate>,
    pub(crate) custom: Vec<CustomField>,
    /// Only for staff and the poster.
    pub(crate) contact_email: Option<String>,
    /// What search engines miss, as the message `markup-gap-<name>` says.
    pub(crate) markup_gap: Option<&'static str>,
}

/// An answer to one of the board's own questions.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CustomField {
    pub(crate) label: String,
    pub(crate) value: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct JobPage {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) job: JobBody,
    pub(crate) job_state: &'static str,
    pub(crate) ended: bool,
    pub(crate) url: String,
    pub(crate) summary: String,
    /// The employer's logo, for where the page is shared.
    pub(crate) image: Option<String>,
    pub(crate) apply_host: String,
    pub(crate) published_at: Option<DateTime<Utc>>,
    pub(crate) tags: Vec<TagLink>,
    pub(crate) json_ld: Option<Value>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Submit {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    /// Tells a form that is sent twice from two forms.
    pub(crate) submission: String,
    pub(crate) form: FormView,
    pub(crate) preview: Option<JobBody>,
    /// The field that nobody sees was filled in.
    pub(crate) once_more: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Submitted {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) title: String,
    pub(crate) edit_url: String,
    /// Its page, if a rule of the board has published it at once.
    pub(crate) public_url: Option<String>,
}

/// What the person looking may do now.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct May {
    pub(crate) approve: bool,
    pub(crate) request_changes: bool,
    pub(crate) reject: bool,
    pub(crate) spam: bool,
    pub(crate) edit: bool,
    pub(crate) fill: bool,
    pub(crate) close: bool,
    pub(crate) withdraw: bool,
    pub(crate) reopen: bool,
    pub(crate) renew: bool,
    /// Publish a scheduled one now, or at another time.
    pub(crate) reschedule: bool,
}

/// How the form for another last day is filled in.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RenewalForm {
    /// The first day that it takes.
    pub(crate) today: NaiveDate,
    /// The day it offers, or what was typed.
    pub(crate) day: String,
    /// What is wrong with what was typed.
    pub(crate) error: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct MyJob {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) done: Option<&'static str>,
    /// What was sent and wasn't done.
    pub(crate) problem: Option<String>,
    pub(crate) job: JobBody,
    pub(crate) job_state: &'static str,
    /// Whether the poster ended it.
    pub(crate) ended_it: bool,
    pub(crate) reason: Option<String>,
    pub(crate) has_pending: bool,
    pub(crate) my_url: String,
    pub(crate) public_url: Option<String>,
    pub(crate) may: May,
    pub(crate) renewal: RenewalForm,
    /// The private link that was just made.
    pub(crate) new_link: Option<String>,
    pub(crate) placements: Vec<PlacementView>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LinkEnded {
    #[serde(flatten)]
    pub(crate) frame: Frame,
}

#[derive(Debug, Serialize)]
pub(crate) struct MyEdit {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) my_url: String,
    pub(crate) is_live: bool,
    pub(crate) reason: Option<String>,
    /// Why what was sent wasn't taken.
    pub(crate) problem: Option<String>,
    pub(crate) form: FormView,
    pub(crate) preview: Option<JobBody>,
}
