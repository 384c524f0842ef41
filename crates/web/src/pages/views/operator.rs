//! Pages for whoever runs the instance.

use serde::Serialize;

use super::Frame;

#[derive(Debug, Serialize)]
pub(crate) struct Plugins {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) done: Option<&'static str>,
    /// What is wrong with the file that was just uploaded.
    pub(crate) upload_problem: Option<UploadProblem>,
    /// The largest file, in megabytes.
    pub(crate) max_mb: usize,
    pub(crate) plugins: Vec<PluginView>,
    pub(crate) disabled: Vec<DisabledPlugin>,
    pub(crate) problems: Vec<PluginProblem>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PluginView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) contract: String,
    pub(crate) description: Option<String>,
    /// An `https` address.
    pub(crate) homepage: Option<String>,
    pub(crate) license: Option<String>,
    /// `bundled`, `installed` or `file`.
    pub(crate) source: &'static str,
    /// The file, if it comes from one.
    pub(crate) path: Option<String>,
    pub(crate) sha256: String,
    /// What it asks for, and whether it has it.
    pub(crate) grants: Vec<GrantView>,
    /// How many channels of all boards use it.
    pub(crate) channels: u64,
    /// Whether it was installed, and can be removed.
    pub(crate) installed: bool,
    /// The version before, which can be put back.
    pub(crate) rollback: Option<RollbackView>,
}

/// The way back to the version before.
#[derive(Debug, Serialize)]
pub(crate) struct RollbackView {
    pub(crate) version: String,
    /// What it was granted beyond what the one in use is.
    pub(crate) lost: Vec<GrantView>,
}

/// Why an uploaded file is no plugin.
#[derive(Debug, Serialize)]
pub(crate) struct UploadProblem {
    pub(crate) file_name: String,
    /// The last part of the message `plugins-fault-…`. None: no file was chosen.
    pub(crate) fault: Option<&'static str>,
    /// The details, in English.
    pub(crate) words: Option<String>,
}

/// An uploaded plugin, before anything is granted.
#[derive(Debug, Serialize)]
pub(crate) struct PluginReview {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) csrf: String,
    pub(crate) id: String,
    pub(crate) file_name: String,
    pub(crate) name: String,
    pub(crate) plugin: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) homepage: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) sha256: String,
    /// In kilobytes.
    pub(crate) size: usize,
    /// The version in whose place it comes.
    pub(crate) replaces: Option<String>,
    /// Whether it comes in the place of a plugin of the program, with its channels and their secrets.
    pub(crate) replaces_bundled: bool,
    pub(crate) channels: u64,
    pub(crate) asks: Vec<AskView>,
}

/// One permission that a plugin asks for.
#[derive(Debug, Serialize)]
pub(crate) struct AskView {
    /// Its place in the list.
    pub(crate) index: usize,
    #[serde(flatten)]
    pub(crate) grant: GrantView,
    /// Whether the version before didn't have it.
    pub(crate) is_new: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct GrantView {
    /// `host`, `send` (a secret), `sign` and `smtp` (with a secret) or `mail`.
    pub(crate) kind: &'static str,
    /// The manifest's entry: `api.example.org`, `setting:base_url`, …; the name of a secret.
    pub(crate) rule: String,
    /// Of `send`: where to.
    pub(crate) to: Option<String>,
    pub(crate) granted: bool,
}

/// Installed, and switched off.
#[derive(Debug, Serialize)]
pub(crate) struct DisabledPlugin {
    pub(crate) id: String,
    pub(crate) version: Option<String>,
    pub(crate) channels: u64,
}

/// A file that can't be used.
#[derive(Debug, Serialize)]
pub(crate) struct PluginProblem {
    /// Its path or its id, if there is one.
    pub(crate) name: Option<String>,
    /// `bundled`, `installed` or `file`.
    pub(crate) source: &'static str,
    /// The last part of the message `plugins-fault-…`.
    pub(crate) fault: &'static str,
    /// The details, in English.
    pub(crate) message: String,
}
