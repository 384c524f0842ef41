//! Which board a request is for, by its path or by its exact host.

mod directory;
mod entrance;
mod hosts;
mod path;
mod unknown;

pub use directory::TenantDirectory;
pub(crate) use entrance::typed_address;
pub use entrance::{Entrance, route_by_host};
pub use hosts::is_base;
pub(crate) use path::TenantInPath;
pub use path::{CurrentTenant, find_tenant};
