//! Why a description isn't taken.

/// Why a description isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Longer than anything that could be kept.
    TooLong,
    /// Nested more than [`MAX_DEPTH`](super::MAX_DEPTH) levels.
    TooDeep,
}
