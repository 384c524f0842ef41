//! Outgoing mail: what was handed to the mail server, and what waits for the next digest.

use sea_orm_migration::prelude::*;

use crate::columns::{integer, maybe, text, time, uuid};
use crate::tables::{create, index, owned, within_tenant};

/// The outbox and the digests.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, tables(), indexes()).await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let mut mails = owned(
        "mails",
        vec![
            uuid("id"),
            uuid("channel_id"),
            // One operation's key: the same key never goes to the same address twice.
            text("key"),
            // A person's data stands alone, so that it can be erased and the history stays.
            maybe(text("recipient")),
            text("state"),
            // The mail server's words.
            maybe(text("problem")),
            // A digest is kept until it has gone out; what a plugin sends at once is rendered anew for every try.
            maybe(text("subject")),
            maybe(text("html")),
            maybe(text("text")),
            // When the digests' own task tries (again).
            maybe(time("due_at")),
            integer("attempts").default(0).to_owned(),
            // Who talks to the mail server about it, until when.
            maybe(time("lease_until")),
            time("created_at"),
            time("updated_at"),
        ],
        &["tenant_id", "id"],
    );
    let mut fragments = owned(
        "mail_fragments",
        vec![
            uuid("id"),
            uuid("channel_id"),
            text("key"),
            text("kind"),
            // Whom it is for, as the plugin's manifest names them: the addresses are looked up when it goes out.
            text("audience"),
            text("subject"),
            text("html"),
            text("text"),
            text("state"),
            // The digest it goes out in.
            time("due_at"),
            // The key of that digest's mails, once it was put together.
            maybe(text("digest_key")),
            time("created_at"),
            time("updated_at"),
        ],
        &["tenant_id", "id"],
    );
    vec![
        within_tenant(&mut mails, "mails", "channel_id", "channels"),
        within_tenant(&mut fragments, "mail_fragments", "channel_id", "channels"),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        // An erased recipient is empty, and empty ones never collide.
        index("mails_once", "mails", &["tenant_id", "channel_id", "key", "recipient"]).unique().to_owned(),
        index("mails_due", "mails", &["due_at"]),
        index("mail_fragments_once", "mail_fragments", &["tenant_id", "channel_id", "key"]).unique().to_owned(),
        index("mail_fragments_due", "mail_fragments", &["state", "due_at"]),
    ]
}
