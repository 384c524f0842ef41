//! What is wrong with a plugin's file: its kind, which pages tell in the reader's language, and a sentence for whoever
//! has to mend the file.

use crate::manifest::ManifestError;
use crate::package::PackageError;

/// A kind of fault of a plugin's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFault {
    /// It can't be read, or isn't there any more.
    Unreadable,
    /// It is no plugin, or is damaged.
    NoPlugin,
    /// Its manifest is wrong, or contradicts the rest of it.
    Manifest,
    /// It can't be compiled.
    Compile,
    /// It doesn't fit this program's version of the contract.
    Contract,
    /// It fails when it is asked to describe itself.
    Description,
    /// Another file has the same id and is used instead.
    SameId,
    /// The database with the installed plugins couldn't be asked.
    Unavailable,
}

impl FileFault {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Unreadable,
        Self::NoPlugin,
        Self::Manifest,
        Self::Compile,
        Self::Contract,
        Self::Description,
        Self::SameId,
        Self::Unavailable,
    ];

    /// The last part of its message's key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NoPlugin => "no-plugin",
            Self::Manifest => "manifest",
            Self::Compile => "compile",
            Self::Contract => "contract",
            Self::Description => "description",
            Self::SameId => "same-id",
            Self::Unavailable => "unavailable",
        }
    }

    pub(crate) fn because(self, message: impl Into<String>) -> FileError {
        FileError { fault: self, message: message.into() }
    }
}

/// Why a file can't be used as a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FileError {
    /// The kind.
    pub fault: FileFault,
    /// A sentence in English, with the details.
    pub message: String,
}

impl From<PackageError> for FileError {
    fn from(error: PackageError) -> Self {
        let fault = match error {
            PackageError::NotAComponent | PackageError::Damaged | PackageError::Repeated(_) => FileFault::NoPlugin,
            PackageError::NoManifest | PackageError::ManifestNotText => FileFault::Manifest,
        };
        fault.because(error.to_string())
    }
}

impl From<ManifestError> for FileError {
    fn from(error: ManifestError) -> Self {
        let fault = match error {
            ManifestError::Contract(_) => FileFault::Contract,
            ManifestError::Wrong(_) => FileFault::Manifest,
        };
        fault.because(error.to_string())
    }
}
