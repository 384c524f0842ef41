//! The capabilities of a plugin, one per module.

pub(crate) mod egress;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod pacing;
pub(crate) mod request;
pub(crate) mod scrub;
pub(crate) mod vault;
pub(crate) mod wasi;
