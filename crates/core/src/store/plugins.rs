//! The plugins that were installed into this instance: their files by hash, and the version in use.
//!
//! The plugin host reads the files and the grants; this module only stores them.

mod uploads;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::audit::{Event, NOTHING_CHANGED};
use super::{Store, changes};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{InstallState, channels, plugin_files, plugin_installs};

use crate::error::{Error, Result};
pub use uploads::PluginUpload;

/// A plugin's entry in this instance.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginInstall {
    /// The plugin's id.
    pub id: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// The version in use; none for a bundled plugin that was switched off.
    pub current: Option<PluginVersion>,
    /// The version before.
    pub previous: Option<PluginVersion>,
    /// When it was first installed.
    pub installed_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
}

/// One version of an installed plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginVersion {
    /// The plugin's own version.
    pub version: String,
    /// The SHA-256 of its file, in hexadecimal digits.
    pub sha256: String,
    /// The operator's grant.
    pub grants: Value,
}

/// A plugin to install.
#[derive(Debug)]
pub struct NewPlugin {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its file.
    pub bytes: Vec<u8>,
    /// The operator's grant.
    pub grants: Value,
}

impl From<plugin_installs::Model> for PluginInstall {
    fn from(row: plugin_installs::Model) -> Self {
        let version = |version: Option<String>, sha256: Option<String>, grants: Option<Value>| {
            Some(PluginVersion { version: version?, sha256: sha256?, grants: grants? })
        };
        Self {
            enabled: row.state == InstallState::Enabled,
            current: version(row.version, row.sha256, row.grants),
            previous: version(row.previous_version, row.previous_sha256, row.previous_grants),
            id: row.id,
            installed_at: row.installed_at,
            updated_at: row.updated_at,
        }
    }
}

/// The installed plugins.
#[derive(Debug)]
pub struct Plugins<'a>(pub(super) &'a Store);

impl Store {
    /// The plugins that were installed.
    pub fn plugins(&self) -> Plugins<'_> {
        Plugins(self)
    }
}

impl Plugins<'_> {
    /// All of them, by id.
    pub async fn list(&self) -> Result<Vec<PluginInstall>> {
        let rows = plugin_installs::Entity::find().order_by_asc(plugin_installs::Column::Id).all(self.0.db()).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// One of them.
    pub async fn get(&self, id: &str) -> Result<Option<PluginInstall>> {
        Ok(plugin_installs::Entity::find_by_id(id.to_owned()).one(self.0.db()).await?.map(Into::into))
    }

    /// The bytes of a file.
    pub async fn file(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let row = plugin_files::Entity::find_by_id(sha256.to_owned()).one(self.0.db()).await?;
        Ok(row.map(|row| row.bytes))
    }

    /// How many channels use a plugin, of all boards.
    pub async fn channels_using(&self, id: &str) -> Result<u64> {
        Ok(channels::Entity::find().filter(channels::Column::Plugin.eq(id)).count(self.0.db()).await?)
    }

    /// Puts a version into use. The version before is kept, for [`rollback`](Self::rollback); a plugin that is switched
    /// off stays so. Installing the same file again only changes its grants.
    pub async fn install(&self, new: NewPlugin, by: Actor) -> Result<PluginInstall> {
        let sha256 = hex(&Sha256::digest(&new.bytes));
        let tx = self.0.write_as(by).await?;
        let now = self.0.now();
        let file =
            plugin_files::ActiveModel { sha256: Set(sha256.clone()), bytes: Set(new.bytes), stored_at: Set(now) };
        let same = OnConflict::column(plugin_files::Column::Sha256).do_nothing().to_owned();
        plugin_files::Entity::insert(file).on_conflict(same).exec_without_returning(&*tx).await?;
        let old = find(&tx, &new.id).await?;
        let before = old.as_ref().map_or_else(|| json!({}), told);
        let stored = match old {
            None => {
                let row = plugin_installs::ActiveModel {
                    id: Set(new.id),
                    state: Set(InstallState::Enabled),
                    version: Set(Some(new.version)),
                    sha256: Set(Some(sha256)),
                    grants: Set(Some(new.grants)),
                    previous_version: Set(None),
                    previous_sha256: Set(None),
                    previous_grants: Set(None),
                    installed_at: Set(now),
                    updated_at: Set(now),
                };
                row.insert(&*tx).await?
            }
            Some(old) => {
                let mut row = old.clone().into_active_model();
                if old.sha256.as_ref() != Some(&sha256) {
                    row.previous_version = Set(old.version);
                    row.previous_sha256 = Set(old.sha256);
                    row.previous_grants = Set(old.grants);
                }
                row.version = Set(Some(new.version));
                row.sha256 = Set(Some(sha256));
                row.grants = Set(Some(new.grants));
                row.updated_at = Set(now);
                row.update(&*tx).await?
            }
        };
        forget_unused_files(&tx).await?;
        let changed = changes::names(&before, &told(&stored), &[]);
        let action = if changed == ["grants"] { AuditAction::PluginGrant } else { AuditAction::PluginInstall };
        tx.commit((!changed.is_empty()).then(|| event_of(&stored, action).changed(changed))).await?;
        Ok(stored.into())
    }

    /// Puts the previous version, which must be the file `sha256`, back into use with these grants; the version in use
    /// becomes the previous one. `None`: the previous version has changed, or there is none. `NotFound`: no such plugin
    /// was installed.
    pub async fn rollback(&self, id: &str, sha256: &str, grants: Value, by: Actor) -> Result<Option<PluginInstall>> {
        let tx = self.0.write_as(by).await?;
        let old = find(&tx, id).await?.ok_or(Error::NotFound)?;
        if old.previous_sha256.as_deref() != Some(sha256) {
            return Ok(None);
        }
        let before = told(&old);
        let mut row = old.clone().into_active_model();
        row.version = Set(old.previous_version);
        row.sha256 = Set(old.previous_sha256);
        row.grants = Set(Some(grants));
        row.previous_version = Set(old.version);
        row.previous_sha256 = Set(old.sha256);
        row.previous_grants = Set(old.grants);
        row.updated_at = Set(self.0.now());
        let stored = row.update(&*tx).await?;
        let changed = changes::names(&before, &told(&stored), &[]);
        tx.commit([event_of(&stored, AuditAction::PluginRollback).changed(changed)]).await?;
        Ok(Some(stored.into()))
    }

    /// Switches a plugin off, also a bundled one. Its channels wait.
    pub async fn disable(&self, id: &str, by: Actor) -> Result<()> {
        let tx = self.0.write_as(by).await?;
        let now = self.0.now();
        match find(&tx, id).await? {
            Some(old) if old.state == InstallState::Disabled => return tx.commit(NOTHING_CHANGED).await,
            Some(old) => {
                let mut row = old.into_active_model();
                row.state = Set(InstallState::Disabled);
                row.updated_at = Set(now);
                row.update(&*tx).await?;
            }
            None => {
                let row = plugin_installs::ActiveModel {
                    id: Set(id.to_owned()),
                    state: Set(InstallState::Disabled),
                    installed_at: Set(now),
                    updated_at: Set(now),
                    ..Default::default()
                };
                row.insert(&*tx).await?;
            }
        }
        tx.commit([Event::of_installation(AuditAction::PluginDisable, SubjectKind::Plugin, id)]).await
    }

    /// Switches a plugin on again. False: it wasn't off.
    pub async fn enable(&self, id: &str, by: Actor) -> Result<bool> {
        let tx = self.0.write_as(by).await?;
        let Some(old) = find(&tx, id).await?.filter(|row| row.state == InstallState::Disabled) else {
            return Ok(false);
        };
        if old.sha256.is_none() {
            plugin_installs::Entity::delete_by_id(id.to_owned()).exec(&*tx).await?;
        } else {
            let mut row = old.into_active_model();
            row.state = Set(InstallState::Enabled);
            row.updated_at = Set(self.0.now());
            row.update(&*tx).await?;
        }
        tx.commit([Event::of_installation(AuditAction::PluginEnable, SubjectKind::Plugin, id)]).await?;
        Ok(true)
    }

    /// Removes an installed plugin with its files. Its channels stay, and their placements keep their history. False:
    /// no plugin with this id was installed.
    pub async fn remove(&self, id: &str, by: Actor) -> Result<bool> {
        let tx = self.0.write_as(by).await?;
        let installed = plugin_installs::Column::Sha256.is_not_null();
        let gone = plugin_installs::Entity::delete_by_id(id.to_owned()).filter(installed).exec(&*tx).await?;
        forget_unused_files(&tx).await?;
        let event = Event::of_installation(AuditAction::PluginRemove, SubjectKind::Plugin, id);
        let was_there = gone.rows_affected > 0;
        tx.commit(was_there.then_some(event)).await?;
        Ok(was_there)
    }
}

/// What is in use, for the names of what changes about it.
fn told(row: &plugin_installs::Model) -> Value {
    json!({ "version": row.version, "sha256": row.sha256, "grants": row.grants })
}

/// An event that says which version is in use now.
fn event_of(row: &plugin_installs::Model, action: AuditAction) -> Event {
    let event = Event::of_installation(action, SubjectKind::Plugin, &row.id);
    event.with("version", &row.version).with("sha256", &row.sha256)
}

async fn find(tx: &DatabaseTransaction, id: &str) -> Result<Option<plugin_installs::Model>> {
    Ok(plugin_installs::Entity::find_by_id(id.to_owned()).lock_exclusive().one(tx).await?)
}

/// Deletes files that no install names: those of removed plugins and of versions before the previous one.
async fn forget_unused_files(tx: &DatabaseTransaction) -> Result<()> {
    let rows: Vec<(Option<String>, Option<String>)> = plugin_installs::Entity::find()
        .select_only()
        .columns([plugin_installs::Column::Sha256, plugin_installs::Column::PreviousSha256])
        .into_tuple()
        .all(tx)
        .await?;
    let used: Vec<String> = rows.into_iter().flat_map(|(current, previous)| [current, previous]).flatten().collect();
    let unused = plugin_files::Column::Sha256.is_not_in(used);
    plugin_files::Entity::delete_many().filter(unused).exec(tx).await?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
