//! Why a file as a whole can't be read.

use thiserror::Error;

/// The file as a whole can't be read.
#[derive(Debug, Error)]
pub enum ImportError {
    /// Not JSON; says where.
    #[error("this is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Not a table; says where.
    #[error("this is not a valid CSV table: {0}")]
    Csv(#[from] ::csv::Error),
    /// It couldn't be read to its end.
    #[error("it can't be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// A table without any column that we know.
    #[error(
        "no column of the first row is known; a table needs at least the columns title, organization and description"
    )]
    NoKnownColumn,
    /// Valid, but there is no job in it.
    #[error("there is no job in this file; JSON needs objects of the type JobPosting, or jobs as the API takes them")]
    NoJob,
}
