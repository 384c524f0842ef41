//! Deleting mails that have been over for long.
//!
//! A row holds the state of a key, so that nothing is sent twice with it. The row may be needed until its copy has
//! ended: while a copy is on the board or unsettled, its rows stay, however old they are.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::Mailroom;
use crate::delivery::{FragmentState, MailState, PlacementState};
use crate::entity::{mail_fragments, mails, placements};
use crate::error::Result;
use crate::store::write::Bookkeeping;

/// The days that a mail is kept after it was sent or given up.
pub const MAIL_KEPT_DAYS: i64 = 90;

/// The most rows in one transaction: on SQLite, other writers wait for it.
const AT_ONCE: u64 = 500;

/// The final states of a mail.
const OVER: [MailState; 6] = [
    MailState::Sent,
    MailState::Refused,
    MailState::GivenUp,
    MailState::Suppressed,
    MailState::Cancelled,
    MailState::Left,
];

impl Mailroom<'_> {
    /// Deletes the mails and parts of digests that have been over for [`MAIL_KEPT_DAYS`] and whose copy has ended.
    /// Returns their number.
    pub async fn prune(&self) -> Result<u64> {
        let before = self.0.now() - Duration::days(MAIL_KEPT_DAYS);
        let mut gone = 0;
        loop {
            // Parts first: a digest stays as long as it has parts.
            let parts = self.prune_parts(before).await?;
            let mails = self.prune_mails(before).await?;
            gone += parts + mails;
            if parts < AT_ONCE && mails < AT_ONCE {
                return Ok(gone);
            }
        }
    }

    async fn prune_parts(&self, before: DateTime<Utc>) -> Result<u64> {
        use mail_fragments::{Column, Entity};
        let over = [FragmentState::Composed, FragmentState::Cancelled];
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        let ids: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::State.is_in(over))
            .filter(Column::UpdatedAt.lt(before))
            .filter(Expr::exists(live_copy("mail_fragments")).not())
            .filter(Expr::exists(unsettled_digest()).not())
            .limit(AT_ONCE)
            .into_tuple()
            .all(&*tx)
            .await?;
        let gone = Entity::delete_many().filter(Column::Id.is_in(ids)).exec(&*tx).await?.rows_affected;
        tx.commit().await?;
        Ok(gone)
    }

    async fn prune_mails(&self, before: DateTime<Utc>) -> Result<u64> {
        use mails::{Column, Entity};
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        let ids: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(over().or(lost_copy()))
            .filter(Column::UpdatedAt.lt(before))
            .filter(Expr::exists(live_copy("mails")).not())
            .filter(Expr::exists(parts_of_digest()).not())
            .limit(AT_ONCE)
            .into_tuple()
            .all(&*tx)
            .await?;
        let gone = Entity::delete_many().filter(Column::Id.is_in(ids)).exec(&*tx).await?.rows_affected;
        tx.commit().await?;
        Ok(gone)
    }
}

fn over() -> Expr {
    mails::Column::State.is_in(OVER)
}

/// A mail that isn't a digest, with an unknown outcome: a person was asked at its copy, until that ended.
fn lost_copy() -> Expr {
    mails::Column::State.eq(MailState::Unknown).and(mails::Column::Html.is_null())
}

/// The copy of a row, unless it has ended for good.
fn live_copy(table: &'static str) -> SelectStatement {
    use placements::Column;
    let ended = [PlacementState::Closed, PlacementState::Remains, PlacementState::Retracted];
    let same = |column: Column, other: &'static str| Expr::col((placements::Entity, column)).equals((table, other));
    Query::select()
        .expr(Expr::value(1))
        .from(placements::Entity)
        .and_where(same(Column::TenantId, "tenant_id"))
        .and_where(same(Column::Id, "placement_id"))
        .and_where(
            Expr::col((placements::Entity, Column::State)).is_not_in(ended).or(Expr::col((
                placements::Entity,
                Column::LeaseId,
            ))
            .is_not_null()),
        )
        .to_owned()
}

/// A mail of a part's digest that isn't over.
fn unsettled_digest() -> SelectStatement {
    use mail_fragments::Column as Part;
    use mails::Column;
    let same = |column: Column, part: Part| Expr::col((mails::Entity, column)).equals((mail_fragments::Entity, part));
    Query::select()
        .expr(Expr::value(1))
        .from(mails::Entity)
        .and_where(same(Column::TenantId, Part::TenantId))
        .and_where(same(Column::ChannelId, Part::ChannelId))
        .and_where(same(Column::Key, Part::DigestKey))
        .and_where(Expr::col((mails::Entity, Column::State)).is_not_in(OVER))
        .to_owned()
}

/// A part of this mail's digest.
fn parts_of_digest() -> SelectStatement {
    use mail_fragments::Column as Part;
    use mails::Column;
    let same = |part: Part, column: Column| Expr::col((mail_fragments::Entity, part)).equals((mails::Entity, column));
    Query::select()
        .expr(Expr::value(1))
        .from(mail_fragments::Entity)
        .and_where(same(Part::TenantId, Column::TenantId))
        .and_where(same(Part::ChannelId, Column::ChannelId))
        .and_where(same(Part::DigestKey, Column::Key))
        .to_owned()
}
