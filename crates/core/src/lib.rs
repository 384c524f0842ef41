//! Tenants, jobs, forms and placements: their rules and their storage.
//!
//! No web server or client and no WASM here. Callers begin with [`Store`]; pages, the API and commands reach everything
//! a tenant owns through its [`TenantScope`].

mod actor;
mod audit;
pub mod board;
pub mod clock;
pub mod delivery;
mod email_key;
mod entity;
pub mod error;
pub mod form;
pub mod import;
pub mod job;
pub mod keyring;
mod merge_patch;
pub mod notice;
pub mod page;
pub mod search;
mod slug;
pub mod store;
pub mod text;
mod totp;
mod wire;

pub use actor::{Actor, ActorKind, Role};
pub use audit::{AuditAction, SubjectKind};
pub use clock::{Clock, SystemClock};
pub use email_key::EmailKey;
pub use error::{Conflict, Error, Result};
pub use job::{JobAction, JobContent, JobState, Posting};
pub use keyring::Keyring;
pub use page::Page;
pub use slug::{MAX_SLUG, Slug};
pub use store::{Job, JobQuery, Secrets, Store, StoreOptions, Tenant, TenantScope};
pub use wire::UnknownValue;
