//! What was done to the installation, beside the log of each board.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{json, maybe, text, time, uuid};
use crate::tables::{create, index, table};

/// The installation's audit log, and older events of boards without what may be a person's address.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let events = table(
            "installation_events",
            vec![
                uuid("id"),
                time("at"),
                text("actor_kind"),
                maybe(uuid("actor_id")),
                text("action"),
                text("subject_kind"),
                // A plugin's id, or the UUID of anything else.
                text("subject_id"),
                json("detail"),
            ],
            &["id"],
        );
        let indexes = vec![index("installation_subject", "installation_events", &["subject_id", "at"])];
        create(manager, vec![events], indexes).await?;
        // The words of a problem can name people who unsubscribed, settings hold the addresses of a mailing list, and a
        // token's name is what somebody typed.
        for (actions, members) in
            [("'channel.pause', 'channel.moved'", ["problem", "settings"].as_slice()), ("'token.create'", &["name"])]
        {
            let without: String = match manager.get_database_backend() {
                DbBackend::Postgres => {
                    members.iter().fold("detail".to_owned(), |left, name| format!("{left} - '{name}'"))
                }
                _ => members.iter().fold("detail".to_owned(), |left, name| format!("json_remove({left}, '$.{name}')")),
            };
            let clean = format!("UPDATE audit_events SET detail = {without} WHERE action IN ({actions})");
            manager.get_connection().execute_unprepared(&clean).await?;
        }
        Ok(())
    }
}
