//! Notices: what posters and staff are told about offers and channels, and what each of the staff wants to be told.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, integer, maybe, text, time, uuid};
use crate::tables::{create, index, owned, table};

/// The outbox of notices, and people's preferences.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = vec![
            index("notices_due", "notices", &["state", "due_at"]),
            // Its offer's or channel's earlier notices: nobody is told the same thing twice.
            index("notices_about", "notices", &["job_id", "kind"]),
            // How many mails strangers have caused to one mailbox, and on one board.
            index("notices_mailbox", "notices", &["mailbox", "created_at"]),
            index("notices_board", "notices", &["board_id", "created_at"]),
            index("notice_words_once", "notice_words", &["tenant_id", "kind"]).unique().to_owned(),
            index("preferences_once", "notification_preferences", &["tenant_id", "user_id", "kind", "way"])
                .unique()
                .to_owned(),
        ];
        create(manager, vec![notices(), preferences(), words()], indexes).await
    }
}

fn notices() -> TableCreateStatement {
    let mut notices = table(
        "notices",
        vec![
            uuid("id"),
            // Not `tenant_id`: a notice about somebody's account belongs to no board.
            maybe(uuid("board_id")),
            text("kind"),
            text("way"),
            // The member of the staff it is for; empty for a poster.
            maybe(uuid("user_id")),
            maybe(uuid("job_id")),
            maybe(uuid("channel_id")),
            maybe(uuid("placement_id")),
            // An invitation, or a link for a new password: its own link is derived from this.
            maybe(uuid("link_id")),
            // The time that it is about, where something can be told again later: an offer's last day.
            maybe(time("concerns")),
            // A person's address stands alone, so that it can be erased and the history stays.
            maybe(text("recipient")),
            // The recipient's mailbox, however the address was spelled.
            maybe(text("mailbox")),
            text("state"),
            maybe(text("problem")),
            maybe(time("due_at")),
            // Goes out in one mail with the same person's other ones.
            flag("digest"),
            // The first notice of the mail that it goes out in: each try of a digest has the same parts.
            maybe(uuid("batch")),
            integer("attempts").default(0).to_owned(),
            // How often it was sent again after an unknown outcome.
            integer("repeats").default(0).to_owned(),
            maybe(time("lease_until")),
            time("created_at"),
            time("updated_at"),
        ],
        &["id"],
    );
    for (column, to) in [("board_id", "tenants"), ("user_id", "users")] {
        notices.foreign_key(
            ForeignKey::create().from("notices", column).to(to, "id").on_delete(ForeignKeyAction::Cascade),
        );
    }
    notices
}

/// What a board says to its posters instead of the theme.
fn words() -> TableCreateStatement {
    owned(
        "notice_words",
        vec![uuid("id"), text("kind"), maybe(text("subject")), maybe(text("text"))],
        &["tenant_id", "id"],
    )
}

fn preferences() -> TableCreateStatement {
    let mut preferences = owned(
        "notification_preferences",
        vec![uuid("id"), uuid("user_id"), text("kind"), text("way"), text("timing")],
        &["tenant_id", "id"],
    );
    preferences.foreign_key(
        ForeignKey::create()
            .from("notification_preferences", "user_id")
            .to("users", "id")
            .on_delete(ForeignKeyAction::Cascade),
    );
    preferences
}
