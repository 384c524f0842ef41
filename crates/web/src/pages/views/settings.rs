//! The settings of a board.

use serde::Serialize;

use super::{FormView, Frame, StaffView};

#[derive(Debug, Serialize)]
pub(crate) struct Settings {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    /// The board's address.
    pub(crate) address: String,
    /// The short names that it had before and that lead to it.
    pub(crate) former: Vec<String>,
    /// The version that the form was made from.
    pub(crate) version: u64,
    /// What somebody else has saved meanwhile, if that is why nothing was saved.
    pub(crate) meanwhile: Option<Vec<SettingNow>>,
    pub(crate) form: FormView,
}

/// A setting that somebody else has changed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SettingNow {
    pub(crate) label: String,
    /// What it is now; empty for nothing.
    pub(crate) value: String,
}

/// A first step of a new board.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FirstStep {
    /// The last part of its messages' names: `first-step-<name>`.
    pub(crate) name: &'static str,
    pub(crate) done: bool,
    pub(crate) url: String,
}
