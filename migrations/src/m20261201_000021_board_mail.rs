//! Boards' own mail servers, the language of an offer's poster, and keys by which a notice is queued once.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, integer, maybe, text, time};
use crate::tables::{index, owned};

/// Mail servers of boards, languages of posters, and keys of notices.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let servers = owned(
            "board_mail_servers",
            vec![
                // Raised by each change: what was found out about another version says nothing about this one.
                integer("version"),
                // The whole address with user and password, sealed.
                bytes("sealed"),
                // The same address without them.
                text("server"),
                text("sender"),
                // Why it can't be used, as long as it can't.
                maybe(text("problem")),
                maybe(time("problem_since")),
                time("updated_at"),
            ],
            &["tenant_id"],
        );
        manager.create_table(servers).await?;
        let poster_locale = maybe(text("poster_locale"));
        manager.alter_table(Table::alter().table("jobs").add_column(poster_locale).to_owned()).await?;
        // What two replicas find at the same time has one key, and is queued once.
        let once_key = maybe(text("once_key"));
        manager.alter_table(Table::alter().table("notices").add_column(once_key).to_owned()).await?;
        manager.create_index(index("notices_once", "notices", &["once_key"]).unique().to_owned()).await?;
        // Questions about copies name the doubt from now on: those that were asked aren't asked again.
        let asked = "UPDATE notices SET concerns = (SELECT maybe_sent_at FROM placements \
                     WHERE placements.id = notices.placement_id) WHERE kind = 'copy.in_doubt'";
        manager.get_connection().execute_unprepared(asked).await?;
        Ok(())
    }
}
