//! Copies of jobs on channels.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tablon_core::store::{Desired, Operation, PlacementState, Presence};

use super::{ChannelProblem, Frame, StaffView, Trouble};

/// One copy of a job on a channel.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PlacementView {
    pub(crate) id: String,
    pub(crate) channel: String,
    /// Where the channel is seen on its platform.
    pub(crate) channel_url: Option<String>,
    /// Where copies of several jobs stand in one list.
    pub(crate) job_title: Option<String>,
    pub(crate) job_url: Option<String>,
    pub(crate) state: PlacementState,
    /// The sentence about how it stands: the last part of its message's key.
    pub(crate) text: &'static str,
    /// What somebody did to the copy on the platform: it was altered, or is absent.
    pub(crate) drift: Option<Presence>,
    pub(crate) url: Option<String>,
    pub(crate) problem: Option<String>,
    /// What is wrong with the link that was just given for it.
    pub(crate) link_error: Option<String>,
    pub(crate) link_typed: String,
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) published_at: Option<DateTime<Utc>>,
    pub(crate) checked_at: Option<DateTime<Utc>>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) attempts: Vec<AttemptView>,
    pub(crate) may: PlacementMay,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct PlacementMay {
    /// Answer whether the copy is there.
    pub(crate) answer: bool,
    /// Say that it is there after all, with its link.
    pub(crate) adopt: bool,
    /// Send something now; the last part of the message on the button.
    pub(crate) retry: Option<&'static str>,
    pub(crate) retract: bool,
    /// Ask the platform whether the copy is still as it was sent.
    pub(crate) check: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct AttemptView {
    pub(crate) at: DateTime<Utc>,
    pub(crate) operation: Operation,
    /// In the reader's language.
    pub(crate) outcome: String,
    /// Whether it came to what it was made for.
    pub(crate) went_well: bool,
    pub(crate) status: Option<u16>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) message: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Placements {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) tabs: Vec<PlacementTab>,
    /// What the list is narrowed to besides.
    pub(crate) state: &'static str,
    pub(crate) channels: Vec<ChannelChoice>,
    /// Without a state: what needs a person, by what it needs.
    pub(crate) overview: bool,
    pub(crate) groups: Vec<PlacementGroup>,
    pub(crate) placements: Vec<PlacementView>,
    pub(crate) next_url: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PlacementTab {
    /// The whole message's key.
    pub(crate) label: String,
    pub(crate) url: String,
    pub(crate) count: Option<u64>,
    pub(crate) current: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct ChannelChoice {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) chosen: bool,
}

/// Copies that need the same thing of a person.
#[derive(Debug, Serialize)]
pub(crate) struct PlacementGroup {
    /// `unverified`, `failed`, `drifted` or `blocked`.
    pub(crate) kind: &'static str,
    pub(crate) count: u64,
    pub(crate) placements: Vec<PlacementView>,
    /// Where the others are, if not all are here.
    pub(crate) more_url: Option<String>,
    /// Of blocked ones: the channels to mend.
    pub(crate) channels: Vec<StoppedChannel>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StoppedChannel {
    pub(crate) name: String,
    /// Where it is mended; for those who may.
    pub(crate) url: Option<String>,
    pub(crate) problem: Option<ChannelProblem>,
    pub(crate) count: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct PlacementPage {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    /// Why what was just sent wasn't done.
    pub(crate) problem: Option<Trouble>,
    pub(crate) copy: PlacementView,
    pub(crate) plugin_name: String,
    /// What should be there.
    pub(crate) desired: Desired,
    /// Where its channel is set up; for those who may.
    pub(crate) channel_page: Option<String>,
    pub(crate) timeline: Vec<Moment>,
}

/// A call to the platform, or what somebody did about it.
#[derive(Debug, Serialize)]
pub(crate) struct Moment {
    pub(crate) at: DateTime<Utc>,
    pub(crate) attempt: Option<AttemptView>,
    /// The audit event's name with a dash for the dot: `placement-retry`.
    pub(crate) what: Option<String>,
    pub(crate) who: Option<String>,
}
