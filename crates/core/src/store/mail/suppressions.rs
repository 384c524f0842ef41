//! The addresses that have unsubscribed from a channel.
//!
//! A suppression is checked when a mail is handed over and again just before it is sent. Only an admin lifts it.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::Mail;
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::delivery::{ChannelState, Findings, MailState, ProblemKind, SuppressionOrigin};
use crate::entity::{mail_fragments, mail_suppressions, mails};
use crate::error::{Error, Result};
use crate::store::TenantScope;
use crate::store::delivery::channel_rows::{self, Channel};
use crate::store::delivery::recipients::{RecipientMark, is_unsubscribed, marks};

/// An address that has unsubscribed from a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Its id.
    pub id: Uuid,
    /// The channel.
    pub channel_id: Uuid,
    /// The address's mark, as it is in the link of a mail.
    pub mark: RecipientMark,
    /// The address; none if it was erased or not known.
    pub address: Option<String>,
    /// How it was unsubscribed.
    pub origin: SuppressionOrigin,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// An address to unsubscribe.
#[derive(Debug, Clone)]
pub struct NewSuppression<'a> {
    /// The channel.
    pub channel_id: Uuid,
    /// The address's mark.
    pub mark: RecipientMark,
    /// The address, if it is known.
    pub address: Option<&'a str>,
    /// How it was unsubscribed.
    pub origin: SuppressionOrigin,
    /// The problem that the channel's admins read if this pauses it, because it has no recipient left.
    pub problem: &'a str,
}

impl Mail<'_> {
    /// Unsubscribes an address. An active channel with no recipient left is paused. A second call changes nothing: the
    /// first origin and time stay.
    ///
    /// # Errors
    /// `NotFound` if there is no such channel.
    pub async fn suppress(&self, new: NewSuppression<'_>, by: Actor) -> Result<Suppression> {
        use mail_suppressions::Column;
        let NewSuppression { channel_id, mark, origin, .. } = new;
        let tx = self.0.store().write_as(by).await?;
        let channel = channel_rows::lock(&tx, self.0, channel_id).await?.ok_or(Error::NotFound)?;
        let id = Uuid::now_v7();
        let row = mail_suppressions::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(id),
            channel_id: Set(channel_id),
            mark: Set(mark.to_string()),
            address: Set(new.address.map(str::to_owned)),
            origin: Set(origin),
            created_at: Set(self.0.now()),
        };
        let once = OnConflict::columns([Column::TenantId, Column::ChannelId, Column::Mark]).do_nothing().to_owned();
        mail_suppressions::Entity::insert(row).on_conflict(once).exec_without_returning(&*tx).await?;
        let row = self.0.find::<mail_suppressions::Entity>().filter(Column::ChannelId.eq(channel_id));
        let row = row.filter(Column::Mark.eq(mark.to_string())).one(&*tx).await?.ok_or(Error::NotFound)?;
        // The audit log has the row's id and never the address.
        let event = |action| {
            let event = self.0.event(action, (SubjectKind::Channel, channel_id));
            event.with("suppression", row.id).with("origin", origin)
        };
        let mut events = Vec::new();
        if row.id == id {
            events.push(event(AuditAction::ChannelSuppress));
        }
        if channel.state == ChannelState::Active && is_unsubscribed(&*tx, self.0, channel_id, &channel.settings).await?
        {
            let findings = Findings::own(ProblemKind::Unsubscribed, &self.0.locale);
            channel_rows::stop(&tx, self.0, channel_id, Some(new.problem), &findings).await?;
            events.push(event(AuditAction::ChannelPause));
        }
        tx.commit(events).await?;
        from_row(row)
    }

    /// Lifts a suppression. A channel that was paused because it had no recipient left works again, unless a person has
    /// paused it. Returns the channel's id.
    ///
    /// # Errors
    /// `NotFound` if there is no such suppression.
    pub async fn lift(&self, id: Uuid, by: Actor) -> Result<Uuid> {
        use mail_suppressions::Column;
        let mut tx = self.0.store().write_as(by).await?;
        let row = self.0.find::<mail_suppressions::Entity>().filter(Column::Id.eq(id)).one(&*tx).await?;
        let channel_id = row.ok_or(Error::NotFound)?.channel_id;
        let channel = channel_rows::find(&tx, self.0, channel_id).await?;
        let was_stopped = is_unsubscribed(&*tx, self.0, channel_id, &channel.settings).await?;
        let lifted = self.0.delete::<mail_suppressions::Entity>().filter(Column::Id.eq(id)).exec(&*tx).await?;
        if lifted.rows_affected == 0 {
            return Err(Error::NotFound);
        }
        let event = |action| self.0.event(action, (SubjectKind::Channel, channel_id));
        let mut events = vec![event(AuditAction::ChannelLift).with("suppression", id)];
        let waits = channel.state == ChannelState::Paused && channel.problem.is_some();
        if waits && was_stopped && !is_unsubscribed(&*tx, self.0, channel_id, &channel.settings).await? {
            channel_rows::resume(&tx, self.0, channel).await?;
            events.push(event(AuditAction::ChannelResume));
            tx.announce_work();
        }
        tx.commit(events).await?;
        Ok(channel_id)
    }

    /// The suppressions of a channel, newest first.
    pub async fn suppressions(&self, channel_id: Uuid) -> Result<Vec<Suppression>> {
        use mail_suppressions::Column;
        let rows = self.0.find::<mail_suppressions::Entity>().filter(Column::ChannelId.eq(channel_id));
        let rows = rows.order_by_desc(Column::Id).all(self.0.store().db()).await?;
        rows.into_iter().map(from_row).collect()
    }

    /// Those of these addresses that have unsubscribed from a channel.
    pub async fn unsubscribed(&self, channel_id: Uuid, addresses: &[String]) -> Result<Vec<String>> {
        let marks = marks(self.0.store().db(), self.0, channel_id).await?;
        Ok(addresses
            .iter()
            .filter(|address| marks.contains(&RecipientMark::of(address).to_string()))
            .cloned()
            .collect())
    }

    /// Whether all recipients of a channel have unsubscribed.
    pub async fn has_nobody_left(&self, channel: &Channel) -> Result<bool> {
        is_unsubscribed(self.0.store().db(), self.0, channel.id, &channel.settings).await
    }
}

/// Updates the rows with this key: a queued mail to an unsubscribed recipient becomes suppressed, and a suppressed one
/// becomes queued again once the suppression was lifted.
pub(super) async fn apply(tx: &DatabaseTransaction, scope: &TenantScope, channel_id: Uuid, key: &str) -> Result<()> {
    use mails::Column;
    let open = [MailState::Queued, MailState::Suppressed];
    let rows = scope.find::<mails::Entity>().filter(Column::ChannelId.eq(channel_id)).filter(Column::Key.eq(key));
    let rows = rows.filter(Column::State.is_in(open)).all(tx).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let marks = marks(tx, scope, channel_id).await?;
    let emptied = is_digest(tx, scope, channel_id, key).await?;
    for row in rows {
        let Some(recipient) = &row.recipient else { continue };
        let wanted = match marks.contains(&RecipientMark::of(recipient).to_string()) {
            true => MailState::Suppressed,
            false => MailState::Queued,
        };
        // A digest's text is deleted when its recipient unsubscribes: it can't be queued again.
        if row.state == wanted || (emptied && wanted == MailState::Queued) {
            continue;
        }
        let mut update = scope
            .update::<mails::Entity>()
            .col_expr(Column::State, Expr::value(wanted))
            .col_expr(Column::UpdatedAt, Expr::value(scope.now()))
            .filter(Column::Id.eq(row.id))
            .filter(Column::State.eq(row.state));
        if wanted == MailState::Suppressed {
            update = update.col_expr(Column::DueAt, Expr::value(Option::<DateTime<Utc>>::None));
            for column in [Column::Html, Column::Text] {
                update = update.col_expr(column, Expr::value(Option::<String>::None));
            }
        }
        update.exec(tx).await?;
    }
    Ok(())
}

/// Whether the mails with this key are a digest.
async fn is_digest(tx: &DatabaseTransaction, scope: &TenantScope, channel_id: Uuid, key: &str) -> Result<bool> {
    use mail_fragments::Column;
    let part = scope.find::<mail_fragments::Entity>().filter(Column::ChannelId.eq(channel_id));
    Ok(part.filter(Column::DigestKey.eq(key)).one(tx).await?.is_some())
}

/// Erases an address. The mark stays, and with it the suppression.
pub(super) async fn erase(tx: &DatabaseTransaction, scope: &TenantScope, address: &str) -> Result<()> {
    use mail_suppressions::Column;
    scope
        .update::<mail_suppressions::Entity>()
        .col_expr(Column::Address, Expr::value(Option::<String>::None))
        .filter(Column::Mark.eq(RecipientMark::of(address).to_string()))
        .exec(tx)
        .await?;
    Ok(())
}

fn from_row(row: mail_suppressions::Model) -> Result<Suppression> {
    Ok(Suppression {
        id: row.id,
        channel_id: row.channel_id,
        mark: row.mark.parse()?,
        address: row.address,
        origin: row.origin,
        created_at: row.created_at,
    })
}
