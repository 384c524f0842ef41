//! What a board's admins set in the browser, and what posters tick.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, integer, json, maybe, text, time};

/// Settings and rules of boards, declarations of posters, and used set-up links.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            // The number of the settings, raised by each change: an admin who saves an older one is told so.
            integer("version").default(1).to_owned(),
            // An empty list: every language of the pages.
            json("locales").default("[]").to_owned(),
            text("currency").default("EUR").to_owned(),
            flag("listed").default(true).to_owned(),
            json("rules").default("{}").to_owned(),
            // Whether the first steps aren't shown on the queue page any more.
            flag("steps_hidden"),
        ];
        // SQLite adds one column a statement.
        for column in columns {
            manager.alter_table(Table::alter().table("tenants").add_column(column).to_owned()).await?;
        }
        let declared = maybe(json("declared"));
        manager.alter_table(Table::alter().table("job_revisions").add_column(declared).to_owned()).await?;
        let used_at = maybe(time("used_at"));
        manager.alter_table(Table::alter().table("setup_links").add_column(used_at).to_owned()).await?;
        // Boards that exist have taken their first steps, and their Brazilian pages have proposed the real until now.
        for known in [
            "UPDATE tenants SET steps_hidden = TRUE",
            "UPDATE tenants SET currency = 'BRL' WHERE locale = 'pt-BR' OR locale = 'pt'",
        ] {
            manager.get_connection().execute_unprepared(known).await?;
        }
        Ok(())
    }
}
