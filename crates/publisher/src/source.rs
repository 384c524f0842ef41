//! The source of installed plugins: the database, through a small trait.

use std::fmt;

use async_trait::async_trait;
use tablon_core::Store;
use tablon_core::store::PluginVersion;

use crate::grant::{Grant, Granted};

/// Says which plugins are installed and holds their files.
#[async_trait]
pub trait PluginSource: fmt::Debug + Send + Sync {
    /// All of them. Asked every few seconds: it should cost little.
    ///
    /// # Errors
    /// A sentence; the host keeps its plugins.
    async fn list(&self) -> Result<Vec<Installation>, String>;

    /// A file's bytes; none if it doesn't exist (any more).
    ///
    /// # Errors
    /// A sentence; the host tries again later.
    async fn file(&self, sha256: &str) -> Result<Option<Vec<u8>>, String>;
}

/// A source's entry for one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The plugin's id.
    pub id: String,
    /// Whether it may be used; if not, no other plugin of this id may be either.
    pub enabled: bool,
    /// The version to use; none: the source knows only its state.
    pub current: Option<InstalledFile>,
    /// The version to use if the current one can't be; with no more permissions than the current one.
    pub previous: Option<InstalledFile>,
}

/// One version of an installed plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledFile {
    /// The SHA-256 that its bytes must have, in hexadecimal digits.
    pub sha256: String,
    /// The plugin's own version.
    pub version: String,
    /// The operator's grant.
    pub grant: Grant,
}

impl InstalledFile {
    fn of(version: PluginVersion) -> Self {
        let granted = Granted::stored(&version.grants);
        Self { sha256: version.sha256, version: version.version, grant: Grant::Only(granted) }
    }
}

/// The plugins in a database.
#[derive(Debug, Clone)]
pub struct StoredPlugins(pub Store);

#[async_trait]
impl PluginSource for StoredPlugins {
    async fn list(&self) -> Result<Vec<Installation>, String> {
        let rows = self.0.plugins().list().await.map_err(|error| error.to_string())?;
        let installation = |row: tablon_core::store::PluginInstall| Installation {
            id: row.id,
            enabled: row.enabled,
            current: row.current.map(InstalledFile::of),
            previous: row.previous.map(InstalledFile::of),
        };
        Ok(rows.into_iter().map(installation).collect())
    }

    async fn file(&self, sha256: &str) -> Result<Option<Vec<u8>>, String> {
        self.0.plugins().file(sha256).await.map_err(|error| error.to_string())
    }
}
