//! Digests: parts that wait for a channel's hour, and the mail they become.
//!
//! Code that changes a channel's parts locks the channel's row first, so that no part is removed or changed while a
//! digest is made of it, and two replicas never make the same digest.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::outbox::{self, active_channels};
use super::{Fragment, HandOver, Handed, Mail, MailContent, Mailroom, suppressions};
use crate::delivery::{ChannelState, FragmentKind, FragmentState, MailState};
use crate::entity::mail_fragments::{Column, Entity};
use crate::entity::{mail_fragments, mails};
use crate::error::{Error, Result};
use crate::store::TenantScope;
use crate::store::delivery::channel_rows::{self, Channel};
use crate::store::write::Bookkeeping;

/// The most parts of one digest; the rest goes into another digest.
const MOST_PARTS: u64 = 200;

/// A part to store for a digest.
#[derive(Debug, Clone)]
pub struct NewFragment {
    /// The channel.
    pub channel_id: Uuid,
    /// The key of the operation that hands it over.
    pub key: String,
    /// What it tells.
    pub kind: FragmentKind,
    /// Whom it is for, as the plugin's manifest names them.
    pub audience: String,
    /// What it says.
    pub content: MailContent,
    /// When the digest with it is due.
    pub due_at: DateTime<Utc>,
    /// The copy that it is.
    pub placement_id: Option<Uuid>,
}

/// What a digest is made of, and where it goes.
#[derive(Debug, Clone)]
pub struct DigestMail {
    /// The addresses, each of which gets a mail of its own.
    pub recipients: Vec<String>,
    /// What it says.
    pub content: MailContent,
}

impl Mail<'_> {
    /// Stores a part for a digest. With a known key nothing changes, and the state of the first part is returned.
    pub async fn put_by(&self, new: NewFragment) -> Result<Handed> {
        let now = self.0.now();
        let (channel_id, key) = (new.channel_id, new.key.clone());
        let tx = self.0.store().write_internal(Bookkeeping::Outbox).await?;
        let row = mail_fragments::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(Uuid::now_v7()),
            channel_id: Set(channel_id),
            key: Set(new.key),
            kind: Set(new.kind),
            audience: Set(new.audience),
            subject: Set(new.content.subject),
            html: Set(new.content.html),
            text: Set(new.content.text),
            state: Set(FragmentState::Waiting),
            due_at: Set(new.due_at),
            digest_key: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            placement_id: Set(new.placement_id),
        };
        let there_already =
            OnConflict::columns([Column::TenantId, Column::ChannelId, Column::Key]).do_nothing().to_owned();
        Entity::insert(row).on_conflict(there_already).exec_without_returning(&*tx).await?;
        tx.commit().await?;
        self.find(channel_id, &key).await?.ok_or(Error::NotFound)
    }

    /// Replaces the text of a waiting part. `false`: it was sent or cancelled.
    pub async fn replace(&self, channel_id: Uuid, id: Uuid, content: MailContent) -> Result<bool> {
        self.change(channel_id, id, |update| {
            update
                .col_expr(Column::Subject, Expr::value(content.subject))
                .col_expr(Column::Html, Expr::value(content.html))
                .col_expr(Column::Text, Expr::value(content.text))
        })
        .await
    }

    /// Cancels a waiting part. `false`: it was sent. Cancelling it twice is no error.
    pub async fn cancel(&self, channel_id: Uuid, id: Uuid) -> Result<bool> {
        let cancelled = FragmentState::Cancelled;
        if self.change(channel_id, id, |update| update.col_expr(Column::State, Expr::value(cancelled))).await? {
            return Ok(true);
        }
        let row = self.0.find::<Entity>().filter(Column::Id.eq(id)).filter(Column::ChannelId.eq(channel_id));
        Ok(row.one(self.0.store().db()).await?.is_some_and(|row| row.state == cancelled))
    }

    async fn change(
        &self,
        channel_id: Uuid,
        id: Uuid,
        change: impl FnOnce(sea_orm::UpdateMany<Entity>) -> sea_orm::UpdateMany<Entity>,
    ) -> Result<bool> {
        let tx = self.0.store().write_internal(Bookkeeping::Outbox).await?;
        channel_rows::lock(&tx, self.0, channel_id).await?;
        let changed = change(self.0.update::<Entity>())
            .col_expr(Column::UpdatedAt, Expr::value(self.0.now()))
            .filter(Column::Id.eq(id))
            .filter(Column::ChannelId.eq(channel_id))
            .filter(Column::State.eq(FragmentState::Waiting))
            .exec(&*tx)
            .await?
            .rows_affected;
        tx.commit().await?;
        Ok(changed == 1)
    }

    /// Makes one digest of a channel's due parts for one audience. `None`: there are none, the channel is paused, or
    /// another replica is doing it. `write` makes a mail of the parts, or returns `None` if it can't: then nothing
    /// changes. It must not wait for anything.
    pub async fn compose(
        &self,
        channel_id: Uuid,
        write: impl FnOnce(&Channel, &[Fragment]) -> Option<DigestMail>,
    ) -> Result<Option<Vec<Uuid>>> {
        let now = self.0.now();
        let tx = self.0.store().write_internal(Bookkeeping::Outbox).await?;
        let Some(channel) = channel_rows::try_lock(&tx, self.0, channel_id).await? else { return Ok(None) };
        if channel.state != ChannelState::Active {
            return Ok(None);
        }
        let due = || {
            let waiting = self.0.find::<Entity>().filter(Column::ChannelId.eq(channel_id));
            waiting.filter(Column::State.eq(FragmentState::Waiting)).filter(Column::DueAt.lte(now))
        };
        let Some(first) = due().order_by_asc(Column::Id).one(&*tx).await? else { return Ok(None) };
        // Each audience gets a digest of its own.
        let same = due().filter(Column::Audience.eq(first.audience));
        let rows = same.order_by_asc(Column::Id).limit(MOST_PARTS).all(&*tx).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let parts = rows.into_iter().map(fragment).collect::<Vec<_>>();
        let Some(mail) = write(&channel, &parts) else {
            // Nothing was written; the commit releases the channel's lock.
            tx.commit().await?;
            return Ok(None);
        };
        // The rows keep the key: every try of this digest sends the same content with the same key.
        let key = Uuid::now_v7().simple().to_string();
        self.0
            .update::<Entity>()
            .col_expr(Column::State, Expr::value(FragmentState::Composed))
            .col_expr(Column::DigestKey, Expr::value(key.as_str()))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.is_in(ids))
            .exec(&*tx)
            .await?;
        let subject = mail.content.subject.as_str();
        let new = HandOver { channel_id, key: &key, recipients: &mail.recipients, subject, placement_id: None };
        outbox::insert(&tx, self.0, &new, Some(&mail.content)).await?;
        suppressions::apply(&tx, self.0, channel_id, &key).await?;
        tx.commit().await?;
        Ok(Some(self.of_key(channel_id, &key).await?.iter().map(|mail| mail.id).collect()))
    }
}

impl Mailroom<'_> {
    /// The channels that have a due digest, with their tenants.
    pub async fn due_digests(&self) -> Result<Vec<(TenantScope, Uuid)>> {
        let channels: Vec<(Uuid, Uuid)> = Entity::find()
            .select_only()
            .column(Column::TenantId)
            .column(Column::ChannelId)
            .filter(Column::State.eq(FragmentState::Waiting))
            .filter(Column::DueAt.lte(self.0.now()))
            .filter(Column::ChannelId.in_subquery(active_channels()))
            .group_by(Column::TenantId)
            .group_by(Column::ChannelId)
            .into_tuple()
            .all(self.0.db())
            .await?;
        let mut due = Vec::new();
        let scopes = self.0.tenants().by_ids(channels.iter().map(|(tenant_id, _)| *tenant_id)).await?;
        for (tenant_id, channel_id) in channels {
            if let Some(scope) = scopes.get(&tenant_id) {
                due.push((scope.clone(), channel_id));
            }
        }
        Ok(due)
    }

    /// When the next part or mail of an active channel is due.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let part: Option<DateTime<Utc>> = Entity::find()
            .select_only()
            .column(Column::DueAt)
            .filter(Column::State.eq(FragmentState::Waiting))
            .filter(Column::ChannelId.in_subquery(active_channels()))
            .order_by_asc(Column::DueAt)
            .into_tuple()
            .one(self.0.db())
            .await?;
        let mail: Option<DateTime<Utc>> = mails::Entity::find()
            .select_only()
            .column(mails::Column::DueAt)
            .filter(mails::Column::DueAt.is_not_null())
            .filter(mails::Column::State.eq(MailState::Queued))
            .filter(mails::Column::ChannelId.in_subquery(active_channels()))
            .order_by_asc(mails::Column::DueAt)
            .into_tuple()
            .one(self.0.db())
            .await?;
        Ok(part.into_iter().chain(mail).min())
    }
}

fn fragment(row: mail_fragments::Model) -> Fragment {
    Fragment {
        id: row.id,
        kind: row.kind,
        audience: row.audience,
        content: MailContent { subject: row.subject, html: row.html, text: row.text },
    }
}
