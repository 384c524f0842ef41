//! The errors of a theme.

use std::path::PathBuf;

/// Why a theme can't be loaded or a page can't be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// A file of the operator's directory can't be read.
    #[error("can't read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file that must be text isn't UTF-8.
    #[error("{0} is not UTF-8")]
    NotText(String),
    /// A `.ftl` file with mistakes.
    #[error("{file} can't be read: {message}")]
    Messages {
        /// The file.
        file: String,
        /// What is wrong in it.
        message: String,
    },
    /// A file that the engine itself needs is missing.
    #[error("{0} is missing")]
    Missing(String),
    /// A template with mistakes, or one that uses a value that the view doesn't have.
    #[error("{0:#}")]
    Template(#[from] minijinja::Error),
    /// The theme has no languages.
    #[error("the theme has no languages")]
    NoLocale,
}
