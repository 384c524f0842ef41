//! The outbox: one row for each mail and address.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, IntoCondition, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{Handed, Mail, MailContent, MailOutcome, Mailroom, OutboxMail, combined, suppressions};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::delivery::{ChannelState, MailState};
use crate::entity::{channels, mail_fragments, mails};
use crate::error::Result;
use crate::store::write::Bookkeeping;
use crate::store::{TenantScope, notices};

/// The mails of one operation.
#[derive(Debug, Clone, Copy)]
pub struct HandOver<'a> {
    /// The channel.
    pub channel_id: Uuid,
    /// The operation's key.
    pub key: &'a str,
    /// The addresses, each of which gets a mail of its own.
    pub recipients: &'a [String],
    /// One line.
    pub subject: &'a str,
    /// The copy that it is.
    pub placement_id: Option<Uuid>,
}

/// Whether a mail may be handed to its server now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It may, and only this caller may do it.
    Yes,
    /// Another caller has it, or it is no longer queued.
    Taken,
    /// Its recipient has unsubscribed.
    Suppressed,
}

impl Mail<'_> {
    /// The mails of one operation, one for each address: existing rows, and new ones for addresses that have none. Rows
    /// of unsubscribed recipients are `suppressed` until the suppression is lifted.
    pub async fn hand_over(&self, new: &HandOver<'_>) -> Result<Vec<OutboxMail>> {
        let tx = self.0.store().write_internal(Bookkeeping::Outbox).await?;
        insert(&tx, self.0, new, None).await?;
        suppressions::apply(&tx, self.0, new.channel_id, new.key).await?;
        tx.commit().await?;
        self.of_key(new.channel_id, new.key).await
    }

    /// The mails that aren't known to be sent certainly weren't, because a person said so or because they were refused:
    /// they may be tried again.
    pub async fn settle_as_not_sent(&self, channel_id: Uuid, key: &str) -> Result<()> {
        self.try_again(channel_id, key, doubtful(self.0.now())).await
    }

    /// Refused mails may be tried again.
    pub async fn forget_refusals(&self, channel_id: Uuid, key: &str) -> Result<()> {
        self.try_again(channel_id, key, mails::Column::State.eq(MailState::Refused)).await
    }

    async fn try_again(&self, channel_id: Uuid, key: &str, which: impl IntoCondition) -> Result<()> {
        use mails::Column;
        let tx = self.0.store().write_internal(Bookkeeping::Outbox).await?;
        self.0
            .update::<mails::Entity>()
            .col_expr(Column::State, Expr::value(MailState::Queued))
            .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
            .col_expr(Column::UpdatedAt, Expr::value(self.0.now()))
            .filter(Column::ChannelId.eq(channel_id))
            .filter(Column::Key.eq(key))
            .filter(which)
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    /// The last step before a mail server may take the mail: sets `sending`, and checks once more whether its recipient
    /// has unsubscribed.
    pub async fn begin(&self, id: Uuid, lease: Duration) -> Result<Begun> {
        use mails::Column;
        let now = self.0.now();
        let tx = self.0.store().write_internal(Bookkeeping::Outbox).await?;
        let row = self.0.find::<mails::Entity>().filter(Column::Id.eq(id)).one(&*tx).await?;
        let Some(row) = row.filter(|row| row.state == MailState::Queued) else { return Ok(Begun::Taken) };
        suppressions::apply(&tx, self.0, row.channel_id, &row.key).await?;
        let begun = self
            .0
            .update::<mails::Entity>()
            .col_expr(Column::State, Expr::value(MailState::Sending))
            .col_expr(Column::LeaseUntil, Expr::value(now + lease))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(MailState::Queued))
            .exec(&*tx)
            .await?
            .rows_affected;
        let row = self.0.find::<mails::Entity>().filter(Column::Id.eq(id)).one(&*tx).await?;
        tx.commit().await?;
        Ok(match row {
            _ if begun == 1 => Begun::Yes,
            Some(row) if row.state == MailState::Suppressed => Begun::Suppressed,
            _ => Begun::Taken,
        })
    }

    /// Records the result. `again`: when the digests' task tries again, if it wasn't sent.
    pub async fn finish(&self, id: Uuid, outcome: MailOutcome, again: Option<DateTime<Utc>>) -> Result<()> {
        // A late result doesn't change a mail that is over.
        let over = [MailState::Sent, MailState::Refused, MailState::Left];
        self.record(id, outcome, again, mails::Column::State.is_not_in(over)).await
    }

    /// Records the result of a try that failed before [`begin`](Self::begin). Nothing changes if another caller has
    /// begun.
    pub async fn give_up(&self, id: Uuid, outcome: MailOutcome, again: Option<DateTime<Utc>>) -> Result<()> {
        self.record(id, outcome, again, mails::Column::State.eq(MailState::Queued)).await
    }

    async fn record(
        &self,
        id: Uuid,
        outcome: MailOutcome,
        again: Option<DateTime<Utc>>,
        which: impl IntoCondition,
    ) -> Result<()> {
        use mails::Column;
        let (state, problem) = match outcome {
            MailOutcome::Sent => (MailState::Sent, None),
            MailOutcome::NotSent(words) => (MailState::Queued, Some(words)),
            MailOutcome::Refused(words) => (MailState::Refused, Some(words)),
            MailOutcome::Unknown(words) => (MailState::Unknown, Some(words)),
            MailOutcome::GivenUp(words) => (MailState::GivenUp, Some(words)),
            MailOutcome::Cancelled(words) => (MailState::Cancelled, Some(words)),
        };
        let tx = self.0.store().write_internal(Bookkeeping::Outbox).await?;
        let mut update = self
            .0
            .update::<mails::Entity>()
            .col_expr(Column::State, Expr::value(state))
            .col_expr(Column::Problem, Expr::value(problem))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
            .col_expr(Column::DueAt, Expr::value(again.filter(|_| state == MailState::Queued)))
            .col_expr(Column::UpdatedAt, Expr::value(self.0.now()))
            .filter(Column::Id.eq(id))
            .filter(which);
        // The text is kept if a person may want the digest to be sent again.
        if matches!(state, MailState::Sent | MailState::Cancelled) {
            for column in [Column::Html, Column::Text] {
                update = update.col_expr(column, Expr::value(Option::<String>::None));
            }
        }
        update.exec(&*tx).await?;
        tx.commit().await
    }

    /// The state of everything with this key; none if nothing was handed over.
    pub async fn find(&self, channel_id: Uuid, key: &str) -> Result<Option<Handed>> {
        let db = self.0.store().db();
        let fragment = self
            .0
            .find::<mail_fragments::Entity>()
            .filter(mail_fragments::Column::ChannelId.eq(channel_id))
            .filter(mail_fragments::Column::Key.eq(key))
            .one(db)
            .await?;
        if let Some(fragment) = fragment {
            let state = match &fragment.digest_key {
                Some(digest) => combined(self.of_key(channel_id, digest).await?.iter().map(|mail| mail.state)),
                None => Some(MailState::Queued),
            };
            return Ok(state.map(|state| Handed { id: fragment.id, state }));
        }
        Ok(Handed::of(&self.of_key(channel_id, key).await?))
    }

    /// The mails with this key, oldest first.
    pub async fn of_key(&self, channel_id: Uuid, key: &str) -> Result<Vec<OutboxMail>> {
        let rows = self
            .0
            .find::<mails::Entity>()
            .filter(mails::Column::ChannelId.eq(channel_id))
            .filter(mails::Column::Key.eq(key))
            .order_by_asc(mails::Column::Id)
            .all(self.0.store().db())
            .await?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// Erases an address, in any spelling, from all mails to it and from the notices of the board, and returns the number
    /// of mails. Its unsubscriptions stay.
    pub async fn erase(&self, address: &str, by: Actor) -> Result<u64> {
        let tx = self.0.store().write_as(by).await?;
        let erased = self
            .0
            .update::<mails::Entity>()
            .col_expr(mails::Column::Recipient, Expr::value(Option::<String>::None))
            .filter(Expr::expr(Func::lower(Expr::col(mails::Column::Recipient))).eq(address.trim().to_lowercase()))
            .exec(&*tx)
            .await?
            .rows_affected;
        suppressions::erase(&tx, self.0, address).await?;
        notices::erase(&tx, self.0, address).await?;
        let event = self.0.event(AuditAction::MailErase, (SubjectKind::Tenant, self.0.id));
        tx.commit([event.with("mails", erased)]).await?;
        Ok(erased)
    }
}

impl Mailroom<'_> {
    /// Due mails of digests, with their tenants: the first `share` of each channel, so that no channel delays the
    /// others.
    pub async fn due_mails(&self, share: u64) -> Result<Vec<(TenantScope, OutboxMail)>> {
        use mails::Column;
        let due_rows = || {
            mails::Entity::find().filter(Column::DueAt.lte(self.0.now())).filter(Column::State.eq(MailState::Queued))
        };
        let channels: Vec<(Uuid, Uuid)> = due_rows()
            .select_only()
            .column(Column::TenantId)
            .column(Column::ChannelId)
            .filter(Column::ChannelId.in_subquery(active_channels()))
            .group_by(Column::TenantId)
            .group_by(Column::ChannelId)
            .order_by_asc(Column::DueAt.min())
            .into_tuple()
            .all(self.0.db())
            .await?;
        let mut due = Vec::new();
        let scopes = self.0.tenants().by_ids(channels.iter().map(|(tenant_id, _)| *tenant_id)).await?;
        for (tenant_id, channel_id) in channels {
            let Some(scope) = scopes.get(&tenant_id) else { continue };
            let rows = due_rows().filter(Column::TenantId.eq(tenant_id)).filter(Column::ChannelId.eq(channel_id));
            for row in rows.order_by_asc(Column::DueAt).limit(share).all(self.0.db()).await? {
                due.push((scope.clone(), from_row(row)));
            }
        }
        Ok(due)
    }
}

/// The active channels.
pub(super) fn active_channels() -> sea_orm::sea_query::SelectStatement {
    sea_orm::sea_query::Query::select()
        .column(channels::Column::Id)
        .from(channels::Entity)
        .and_where(channels::Column::State.eq(ChannelState::Active))
        .to_owned()
}

/// Mails that aren't known to be sent and that no caller is working on.
fn doubtful(now: DateTime<Utc>) -> Condition {
    use mails::Column;
    let died = Column::State.eq(MailState::Sending).and(Column::LeaseUntil.lte(now));
    let over = [MailState::Unknown, MailState::Refused];
    Condition::any().add(Column::State.is_in(over)).add(died)
}

/// Writes a row for each address that has none yet. With `content`, the digests' task sends it at once.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    new: &HandOver<'_>,
    content: Option<&MailContent>,
) -> Result<()> {
    let now = scope.now();
    for recipient in new.recipients {
        let row = mails::ActiveModel {
            tenant_id: Set(scope.id),
            id: Set(Uuid::now_v7()),
            channel_id: Set(new.channel_id),
            key: Set(new.key.to_owned()),
            recipient: Set(Some(recipient.clone())),
            state: Set(MailState::Queued),
            problem: Set(None),
            subject: Set(Some(new.subject.to_owned())),
            html: Set(content.map(|content| content.html.clone())),
            text: Set(content.map(|content| content.text.clone())),
            due_at: Set(content.map(|_| now)),
            attempts: Set(0),
            lease_until: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            placement_id: Set(new.placement_id),
        };
        let once = [mails::Column::TenantId, mails::Column::ChannelId, mails::Column::Key, mails::Column::Recipient];
        let there_already = OnConflict::columns(once).do_nothing().to_owned();
        mails::Entity::insert(row).on_conflict(there_already).exec_without_returning(tx).await?;
    }
    Ok(())
}

pub(super) fn from_row(row: mails::Model) -> OutboxMail {
    let content = match (&row.subject, row.html, row.text) {
        (Some(subject), Some(html), Some(text)) => Some(MailContent { subject: subject.clone(), html, text }),
        _ => None,
    };
    OutboxMail {
        id: row.id,
        channel_id: row.channel_id,
        key: row.key,
        recipient: row.recipient,
        state: row.state,
        problem: row.problem,
        subject: row.subject,
        content,
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        placement_id: row.placement_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
