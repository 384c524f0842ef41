//! Why a description isn't taken.

/// Why a description is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Longer than any input that is read.
    TooLong,
    /// Nested more than [`MAX_DEPTH`](super::MAX_DEPTH) levels.
    TooDeep,
}
