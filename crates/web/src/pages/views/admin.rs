//! Pages for staff.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    ChannelProblem, FailedNotice, FirstStep, FormError, FormView, Frame, JobBody, JobCard, May, PlacementView,
    PreviewView, RenewalForm, StaffView,
};

#[derive(Debug, Serialize)]
pub(crate) struct Queue {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) attention: Vec<Attention>,
    /// Of a new board; none when they are done or put away.
    pub(crate) first_steps: Vec<FirstStep>,
    pub(crate) jobs: Vec<JobCard>,
    pub(crate) next_url: Option<String>,
    pub(crate) has_channels: bool,
    pub(crate) submit_url: String,
}

/// Something that waits for a person.
#[derive(Debug, Serialize)]
pub(crate) struct Attention {
    /// `paused`, `digests`, `unverified`, `failed` or `drifted`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) count: u64,
    /// Why a channel is paused.
    pub(crate) problem: Option<ChannelProblem>,
    pub(crate) url: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct AdminJobs {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) q: String,
    /// Why it can't be searched for.
    pub(crate) q_error: Option<String>,
    pub(crate) current: Option<&'static str>,
    pub(crate) states: Vec<StateTab>,
    pub(crate) jobs: Vec<JobCard>,
    pub(crate) next_url: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StateTab {
    pub(crate) name: &'static str,
    pub(crate) count: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct AdminJob {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    /// Why what was just sent wasn't done.
    pub(crate) problem: Option<Trouble>,
    pub(crate) job: JobBody,
    pub(crate) job_url: String,
    pub(crate) public_url: Option<String>,
    pub(crate) job_state: &'static str,
    pub(crate) revision: u64,
    pub(crate) submitted_at: Option<DateTime<Utc>>,
    /// When an approved job goes on the board.
    pub(crate) publish_at: Option<DateTime<Utc>>,
    pub(crate) reason: Option<String>,
    /// The newest mail to the poster that didn't arrive.
    pub(crate) failed_notice: Option<FailedNotice>,
    pub(crate) may: May,
    pub(crate) renewal: RenewalForm,
    /// The poster's private link that was just made.
    pub(crate) new_link: Option<String>,
    /// How many channels get it.
    pub(crate) channels: u64,
    /// Whether one of them waits for its time.
    pub(crate) scheduled: bool,
    /// Whether the board has any at all.
    pub(crate) has_channels: bool,
    pub(crate) live_copies: u64,
    pub(crate) pending: Option<Pending>,
    /// The board's rules that it breaks, or that its pending change would break.
    pub(crate) broken_rules: Vec<FormError>,
    /// Whether its poster agreed to the board's consent text.
    pub(crate) agreed: bool,
    /// Whether its poster says that they are the employer.
    pub(crate) is_employer: bool,
    pub(crate) placements: Vec<PlacementView>,
    pub(crate) show_previews: bool,
    pub(crate) previews: Vec<PreviewView>,
    pub(crate) history: Vec<Event>,
}

/// Something that staff sent and that wasn't done.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Trouble {
    /// The form: the last part of its address.
    pub(crate) what: &'static str,
    pub(crate) message: String,
    /// What was typed into it.
    pub(crate) typed: String,
    /// Whether what was typed is wrong; else the job isn't as the page showed it.
    pub(crate) invalid: bool,
    /// The id of the field with what was typed, if the page still has it.
    pub(crate) target: Option<String>,
}

/// A poster's change of a live job.
#[derive(Debug, Serialize)]
pub(crate) struct Pending {
    pub(crate) revision: u64,
    pub(crate) changes: Vec<FieldDifference>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FieldDifference {
    pub(crate) label: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Event {
    pub(crate) at: DateTime<Utc>,
    /// The audit event's name with a dash for the dot: `job-approve`.
    pub(crate) what: String,
    pub(crate) who: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct AdminJobEdit {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) title: String,
    pub(crate) job_url: String,
    pub(crate) revision: u64,
    pub(crate) is_live: bool,
    pub(crate) live_copies: u64,
    /// Somebody else saved meanwhile.
    pub(crate) stale: bool,
    pub(crate) form: FormView,
    pub(crate) preview: Option<JobBody>,
}
