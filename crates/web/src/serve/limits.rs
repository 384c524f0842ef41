//! The system's limit of open files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::ConnectionLimits;

/// File descriptors that are reserved for the database, plugins and files.
const DESCRIPTORS_FOR_THE_REST: u64 = 128;

/// The same limits, with `total` lowered to what the system allows. The soft limit of file descriptors (commonly 1,024)
/// is first raised to the hard one: it is low only for programs that use `select`.
pub(super) fn within_the_system(limits: ConnectionLimits) -> ConnectionLimits {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let allowed = match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::debug!(%error, "the limit of file descriptors stays as it is");
            current
        }
    };
    let left = allowed.map(|allowed| allowed.saturating_sub(DESCRIPTORS_FOR_THE_REST).max(1));
    let left = left.and_then(|left| usize::try_from(left).ok()).unwrap_or(usize::MAX);
    ConnectionLimits { total: limits.total.min(left), ..limits }
}
