//! What a tenant, a job, a form and a placement is and may do, and how it is stored.
//!
//! No HTTP and no WASM here. The way in is [`Store`]; everything a tenant owns is reached through
//! its [`TenantScope`] and in no other way.

pub mod clock;
pub mod error;
pub mod form;
pub mod job;
pub mod keyring;
pub mod page;
mod slug;

pub use error::{Conflict, Error, Result};
pub use job::Posting;
pub use keyring::Keyring;
pub use page::Page;
pub use slug::{MAX_SLUG, Slug};
