//! The plugin host, and the reconciler that keeps every copy of a job up to date.
//!
//! A plugin is a WebAssembly component in one file. For every call the host gives it fresh memory, requests to the
//! hosts of its manifest, secrets by name only, and a deadline. The host decides the outcome of a call ([`outcome`])
//! from its own record of the traffic.
//!
//! ```text
//! host ─ discover, chain, load, cache ─► plugin ─ call ─► sandbox ─ capability/{http,mail,log,wasi}
//!                                      └── outcome ◄── convert ◄── traffic
//! ```

mod bindings;
mod cache;
mod call;
mod capability;
mod chain;
mod check;
pub mod compile;
mod convert;
mod description;
mod discover;
mod file_fault;
mod grant;
mod hmac_key;
mod host;
pub mod install;
mod lanes;
mod limits;
mod load;
pub mod mail;
mod manifest;
mod origin;
pub mod outcome;
pub mod package;
mod plugin;
pub mod reconcile;
mod sandbox;
mod source;
mod target;
mod ticker;
mod traffic;

pub use capability::egress::EgressError;
pub use check::{CHECK_TIME, Checked};
pub use description::{Description, Features, Repeat, TemplateVariable};
pub use discover::{Problem, bundled_manifest};
pub use file_fault::{FileError, FileFault};
pub use grant::{Grant, Granted, Permission, SecretGrant};
pub use hmac_key::HmacKey;
pub use host::{HostError, HostOptions, PluginHost};
pub use lanes::{LaneKeys, LaneLimits};
pub use limits::Limits;
pub use manifest::{
    Audience, CONTRACT, CredentialLane, DestinationLane, Limit, MailRule, Manifest, ManifestError, RecipientKind,
    SecretRule, ServerLane, Translation,
};
pub use origin::{HostRule, Origin};
pub use outcome::{
    Account, Call, CallError, Ending, Fault, FaultKind, Located, Presence, Preview, Receipt, RetractMode, SettingError,
    Verified,
};
pub use plugin::{Plugin, Source};
pub use source::{Installation, InstalledFile, PluginSource, StoredPlugins};
pub use target::{AttemptContext, Board, Outbox, Target};
