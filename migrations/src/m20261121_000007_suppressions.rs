//! Who wants no more mail, and which copy a mail belongs to.

use sea_orm_migration::prelude::*;

use crate::columns::{maybe, text, time, uuid};
use crate::tables::{create, index, owned, within_tenant};

/// Suppressions, and what a channel's list of mails and its pruning need.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut suppressions = owned(
            "mail_suppressions",
            vec![
                uuid("id"),
                uuid("channel_id"),
                // Tells the recipients of one channel apart without telling who they are: it stays when a person is
                // erased, and so does their wish.
                text("mark"),
                maybe(text("address")),
                text("origin"),
                time("created_at"),
            ],
            &["tenant_id", "id"],
        );
        let suppressions = within_tenant(&mut suppressions, "mail_suppressions", "channel_id", "channels");
        // No foreign key: what was mailed stays on record when a job goes.
        for table in ["mails", "mail_fragments"] {
            let column = maybe(uuid("placement_id"));
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        create(manager, vec![suppressions], indexes()).await
    }
}

fn indexes() -> Vec<IndexCreateStatement> {
    let once = ["tenant_id", "channel_id", "mark"];
    vec![
        index("mail_suppressions_once", "mail_suppressions", &once).unique().to_owned(),
        // A channel's mails, newest first.
        index("mails_of_channel", "mails", &["tenant_id", "channel_id", "id"]),
        index("mails_old", "mails", &["state", "updated_at"]),
        index("mail_fragments_digest", "mail_fragments", &["tenant_id", "channel_id", "digest_key"]),
        index("mail_fragments_old", "mail_fragments", &["state", "updated_at"]),
    ]
}
