//! A job: its content, its states, and its frozen form for channels.

mod content;
mod markup;
mod pay;
mod posting;
mod state;

pub use crate::form::Period;
pub use crate::text::plain_summary;
pub use content::{
    EmploymentType, JobContent, Location, MAX_TITLE, Organization, Salary, Strictness, Workplace, job_form,
};
pub(crate) use content::{MAX_LOCATIONS, MAX_TAGS};
pub use markup::MarkupGap;
pub use posting::Posting;
pub(crate) use posting::PostingContext;
pub use state::{EndedBy, JobAction, JobState, WrongState};
