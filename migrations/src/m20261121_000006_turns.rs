//! What the reconciler would otherwise look for: when each channel's turn comes, and what is known of a placement's tries.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, integer, maybe, time};

/// Next times in the channels' rows, and what attempts tell in the placements' rows.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            // When something is due on the channel, and how long its lanes make it wait.
            ("channels", maybe(time("next_at"))),
            ("channels", maybe(time("held_until"))),
            ("placements", integer("attempts").default(0).to_owned()),
            // The revision of the last publish, and when the first one began whose outcome nobody knows.
            ("placements", maybe(integer("sent_revision"))),
            ("placements", maybe(time("maybe_sent_at"))),
            // The copy is as it should be: what is due there is a look.
            ("placements", flag("as_desired")),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        for index in ["placements_due", "placements_check", "placements_lease"] {
            manager.drop_index(Index::drop().name(index).table("placements").to_owned()).await?;
        }
        for sql in [TURNS, DUE, CHECK, LEASED, TRIES, AS_DESIRED, NEXT] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

const TURNS: &str = "CREATE INDEX channels_turn ON channels (next_at) WHERE next_at IS NOT NULL";

/// In the order in which a channel's placements are claimed.
const DUE: &str = "CREATE INDEX placements_due ON placements (tenant_id, channel_id, as_desired, due_at, id) \
     WHERE due_at IS NOT NULL";

/// Looks whose time may have come and that nobody has made due yet.
const CHECK: &str = "CREATE INDEX placements_check ON placements (check_at) \
     WHERE check_at IS NOT NULL AND due_at IS NULL";

/// The calls under way: a handful, however many placements there are.
const LEASED: &str = "CREATE INDEX placements_lease ON placements (channel_id, lease_until) \
     WHERE lease_until IS NOT NULL";

const TRIES: &str = "UPDATE placements SET \
     attempts = COALESCE((SELECT MAX(number) FROM attempts a \
         WHERE a.tenant_id = placements.tenant_id AND a.placement_id = placements.id), 0), \
     sent_revision = (SELECT revision FROM attempts a \
         WHERE a.tenant_id = placements.tenant_id AND a.placement_id = placements.id AND operation = 'publish' \
         ORDER BY number DESC LIMIT 1), \
     maybe_sent_at = (SELECT started_at FROM attempts a \
         WHERE a.tenant_id = placements.tenant_id AND a.placement_id = placements.id AND operation = 'publish' \
         AND outcome = 'unverified' ORDER BY number LIMIT 1)";

const AS_DESIRED: &str = "UPDATE placements SET as_desired = TRUE \
     WHERE state = 'published' AND desired = 'present' AND actual_revision = desired_revision";

const NEXT: &str = "UPDATE channels SET next_at = (SELECT MIN(due_at) FROM placements p \
     WHERE p.tenant_id = channels.tenant_id AND p.channel_id = channels.id)";
