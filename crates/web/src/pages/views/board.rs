//! Pages of the whole instance, the list of jobs, and errors.

use serde::Serialize;

use super::{FormView, Frame, JobCard};

#[derive(Debug, Serialize)]
pub(crate) struct Boards {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    /// The page's own address.
    pub(crate) url: String,
    pub(crate) boards: Vec<BoardCard>,
    pub(crate) signed_in: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct BoardCard {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) jobs: u64,
    /// For staff: where the board is managed.
    pub(crate) admin: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) q: String,
    /// Why it can't be searched for.
    pub(crate) q_error: Option<String>,
    pub(crate) tag: String,
    pub(crate) workplace: String,
    pub(crate) cursor: bool,
    /// Whether anything narrows the list.
    pub(crate) filtered: bool,
    pub(crate) total: u64,
    pub(crate) tags: Vec<TagLink>,
    pub(crate) jobs: Vec<JobCard>,
    pub(crate) newest_url: Option<String>,
    pub(crate) next_url: Option<String>,
    /// The same jobs as feeds.
    pub(crate) feeds: Vec<FeedLink>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct FeedLink {
    pub(crate) media_type: &'static str,
    pub(crate) name: &'static str,
    pub(crate) url: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct TagLink {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) current: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorPage {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) key: &'static str,
    pub(crate) status: u16,
    pub(crate) errors: Vec<ErrorItem>,
    /// To a member of the board who may not do it: what those are called who can give them the role.
    pub(crate) helpers: Vec<String>,
    /// Where to go on.
    pub(crate) back: String,
    /// The message that says so.
    pub(crate) back_label: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorItem {
    pub(crate) label: String,
    pub(crate) message: String,
}

/// A form that wasn't taken, to be sent once more.
#[derive(Debug, Serialize)]
pub(crate) struct Resend {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    /// Why: the error's key, or `signed-in`.
    pub(crate) key: &'static str,
    pub(crate) errors: Vec<ErrorItem>,
    /// Where the form goes.
    pub(crate) action: String,
    /// Its fields.
    pub(crate) pairs: Vec<(String, String)>,
    /// Whether a secret was typed, which isn't among the fields.
    pub(crate) had_secret: bool,
    /// Whether the form can be shown again, filled in.
    pub(crate) has_page: bool,
    /// What was typed, to be read.
    pub(crate) typed: Vec<ErrorItem>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Login {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) done: Option<&'static str>,
    pub(crate) next: String,
    /// The fields of another form, which is sent after the log-in.
    pub(crate) kept: Vec<(String, String)>,
    pub(crate) form: FormView,
}

#[derive(Debug, Serialize)]
pub(crate) struct Setup {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) action: String,
    pub(crate) form: FormView,
    /// Whether a script may put better proposals into its fields.
    pub(crate) fresh: bool,
}
