//! Installing plugins: what one asks for beside what stands in its place, the grant, and the way back. The command line
//! and the page *Plugins* both use it.

use tablon_core::store::{NewPlugin, PluginInstall};
use tablon_core::{Actor, Result, Store};

use crate::discover::bundled_manifest;
use crate::grant::{Granted, Permission};
use crate::manifest::Manifest;
use crate::package;
use crate::plugin::Plugin;

/// What stands in the place of a plugin that is to be installed, as far as rights are concerned.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// What it was granted.
    pub granted: Granted,
    /// What it asked for and the operator didn't grant.
    pub refused: Granted,
    /// Its version, of an install; a plugin that is part of the program is replaced for the first time.
    pub version: Option<String>,
}

impl Baseline {
    /// What stands in the place of the plugin with this id.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn of(store: &Store, id: &str) -> Result<Option<Self>> {
        let Some(PluginInstall { current: Some(current), .. }) = store.plugins().get(id).await? else {
            // Its channels' secrets are there, and would be the new one's.
            let bundled = bundled_manifest(id).map(|manifest| Granted::asked_by(&manifest));
            return Ok(bundled.map(|granted| Self { granted, refused: Granted::default(), version: None }));
        };
        let granted = Granted::stored(&current.grants);
        let file = store.plugins().file(&current.sha256).await?.unwrap_or_default();
        let asked = package::manifest(&file).ok().and_then(|text| Manifest::parse(text).ok());
        let refused = asked.map(|manifest| Granted::asked_by(&manifest).beyond(&granted)).unwrap_or_default();
        Ok(Some(Self { granted, refused, version: Some(current.version) }))
    }

    /// What a version asks for, less what was refused before.
    pub fn wanted(before: Option<&Self>, asked: &Granted) -> Granted {
        match before {
            Some(before) => asked.clone().without(&before.refused),
            None => asked.clone(),
        }
    }

    /// Whether it had this permission.
    pub fn allows(&self, permission: &Permission) -> bool {
        self.granted.allows(permission)
    }
}

/// Puts a plugin that was inspected into use, with this grant.
///
/// # Errors
/// When the database fails.
pub async fn install(
    store: &Store,
    plugin: &Plugin,
    bytes: Vec<u8>,
    grants: &Granted,
    by: Actor,
) -> Result<PluginInstall> {
    let new = NewPlugin {
        id: plugin.id().to_owned(),
        version: plugin.manifest().version.clone(),
        bytes,
        grants: serde_json::to_value(grants)?,
    };
    store.plugins().install(new, by).await
}

/// The way back to the version before.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// The plugin's id.
    pub id: String,
    /// The version before.
    pub version: String,
    sha256: String,
    own: Granted,
    now: Granted,
}

impl Rollback {
    /// The way back of an installed plugin, if there is a version before the one in use.
    pub fn of(install: &PluginInstall) -> Option<Self> {
        let (current, previous) = (install.current.as_ref()?, install.previous.as_ref()?);
        Some(Self {
            id: install.id.clone(),
            version: previous.version.clone(),
            sha256: previous.sha256.clone(),
            own: Granted::stored(&previous.grants),
            now: Granted::stored(&current.grants),
        })
    }

    /// What the version before was granted beyond what the one in use is: it is given again only by somebody's word.
    pub fn lost(&self) -> Granted {
        self.own.clone().beyond(&self.now)
    }

    /// Goes back; with `again`, to all that the version before was granted. `None`: somebody else changed the plugin
    /// meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(&self, store: &Store, again: bool, by: Actor) -> Result<Option<PluginInstall>> {
        let grants = if again { self.own.clone() } else { self.own.clone().within(&self.now) };
        store.plugins().rollback(&self.id, &self.sha256, serde_json::to_value(&grants)?, by).await
    }
}
