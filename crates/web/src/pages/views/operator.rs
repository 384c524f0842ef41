//! Pages for whoever runs the instance.

use serde::Serialize;

use super::Frame;

#[derive(Debug, Serialize)]
pub(crate) struct Plugins {
    #[serde(flatten)]
    pub(crate) frame: Frame,
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
}

/// A file that can't be used.
#[derive(Debug, Serialize)]
pub(crate) struct PluginProblem {
    pub(crate) source: String,
    pub(crate) message: String,
}
