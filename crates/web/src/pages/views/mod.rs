//! What templates are given. Plain values only: what a template can't reach, it can't leak.

mod admin;
mod board;
mod form;
mod frame;
mod job;
#[cfg(test)]
pub(crate) mod samples;

pub(crate) use admin::{
    AdminJob, AdminJobEdit, AdminJobs, Attention, ChannelCard, ChannelEdit, ChannelNew, ChannelPage, Channels, Event,
    FieldDifference, Pending, PlacementTab, Placements, PluginCard, Queue, StateTab, Trouble, Verified,
};
pub(crate) use board::{BoardCard, Boards, ErrorItem, ErrorPage, Listing, Login, Setup, TagLink};
pub(crate) use form::{FieldView, FormError, FormView, Group, MoneyView, OptionView, PlaceRow};
pub(crate) use frame::{BoardView, Frame, StaffView};
pub(crate) use job::{
    AttemptView, CustomField, JobBody, JobCard, JobPage, May, MyEdit, MyJob, Place, PlacementMay, PlacementView,
    PreviewMessage, PreviewView, Submit, Submitted,
};
