//! Installed plugins: the files by their hash, and which of them is in use under which grants.

use sea_orm_migration::prelude::*;

/// Plugins as rows, so that every replica has the same.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let files = Table::create()
            .table("plugin_files")
            .col(ColumnDef::new("sha256").text().not_null().primary_key())
            .col(ColumnDef::new("bytes").blob().not_null())
            .col(ColumnDef::new("stored_at").timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(files).await?;
        let refers = |column: &'static str| {
            ForeignKey::create()
                .from("plugin_installs", column)
                .to("plugin_files", "sha256")
                .on_delete(ForeignKeyAction::Restrict)
                .to_owned()
        };
        let installs = Table::create()
            .table("plugin_installs")
            .col(ColumnDef::new("id").text().not_null().primary_key())
            .col(ColumnDef::new("state").text().not_null())
            // Empty for a plugin of the program itself that was switched off.
            .col(ColumnDef::new("version").text())
            .col(ColumnDef::new("sha256").text())
            .col(ColumnDef::new("grants").json_binary())
            .col(ColumnDef::new("previous_version").text())
            .col(ColumnDef::new("previous_sha256").text())
            .col(ColumnDef::new("previous_grants").json_binary())
            .col(ColumnDef::new("installed_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
            .foreign_key(&mut refers("sha256"))
            .foreign_key(&mut refers("previous_sha256"))
            .to_owned();
        manager.create_table(installs).await
    }
}
