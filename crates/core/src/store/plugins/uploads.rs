//! Uploaded plugin files that wait until the operator has seen what they ask for. Rows, so that every replica has them.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use super::Plugins;
use crate::entity::plugin_uploads;
use crate::error::Result;
use crate::store::write::Bookkeeping;

/// How long an upload waits for its grant, in minutes.
const MINUTES: i64 = 60;

/// An uploaded file.
#[derive(Debug, Clone)]
pub struct PluginUpload {
    /// Its id.
    pub id: Uuid,
    /// The name of the file on the operator's computer.
    pub file_name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// When it came.
    pub uploaded_at: DateTime<Utc>,
}

impl Plugins<'_> {
    /// Keeps a file for an hour; returns its id. A person's earlier upload is deleted.
    pub async fn upload(&self, by: Uuid, file_name: &str, bytes: Vec<u8>) -> Result<Uuid> {
        use plugin_uploads::Column;
        let tx = self.0.write_internal(Bookkeeping::PluginUploads).await?;
        let old = Column::UploadedBy.eq(by).or(Column::UploadedAt.lt(self.oldest()));
        plugin_uploads::Entity::delete_many().filter(old).exec(&*tx).await?;
        let id = Uuid::now_v7();
        let row = plugin_uploads::ActiveModel {
            id: Set(id),
            uploaded_by: Set(by),
            file_name: Set(file_name.to_owned()),
            bytes: Set(bytes),
            uploaded_at: Set(self.0.now()),
        };
        row.insert(&*tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A person's own upload; `None` once its hour is over.
    pub async fn uploaded(&self, id: Uuid, by: Uuid) -> Result<Option<PluginUpload>> {
        use plugin_uploads::Column;
        let row = plugin_uploads::Entity::find_by_id(id).filter(Column::UploadedBy.eq(by));
        let row = row.filter(Column::UploadedAt.gte(self.oldest())).one(self.0.db()).await?;
        Ok(row.map(|row| PluginUpload {
            id: row.id,
            file_name: row.file_name,
            bytes: row.bytes,
            uploaded_at: row.uploaded_at,
        }))
    }

    /// Deletes an upload that was installed or isn't wanted.
    pub async fn discard_upload(&self, id: Uuid, by: Uuid) -> Result<()> {
        let tx = self.0.write_internal(Bookkeeping::PluginUploads).await?;
        let row = plugin_uploads::Entity::delete_many().filter(plugin_uploads::Column::Id.eq(id));
        row.filter(plugin_uploads::Column::UploadedBy.eq(by)).exec(&*tx).await?;
        tx.commit().await
    }

    fn oldest(&self) -> DateTime<Utc> {
        self.0.now() - TimeDelta::minutes(MINUTES)
    }
}
