//! Digests that aren't sent again by themselves: a person decides about them.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::overview::asking;
use super::{Mail, Mailroom, OutboxMail, outbox};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::delivery::MailState;
use crate::entity::mails;
use crate::error::{Conflict, Error, Result};
use crate::store::write::Bookkeeping;

/// The recorded problem of a mail whose process died.
const DIED: &str = "the program ended while the mail was being sent";

impl Mail<'_> {
    /// One mail.
    pub async fn get(&self, id: Uuid) -> Result<Option<OutboxMail>> {
        let row = self.0.find::<mails::Entity>().filter(mails::Column::Id.eq(id)).one(self.0.store().db()).await?;
        Ok(row.map(outbox::from_row))
    }

    /// Sends a digest again that was refused, given up, or whose outcome is unknown. The digests' task sends it within
    /// half a minute.
    ///
    /// # Errors
    /// `NotFound`; a conflict in every other state, and for a mail that isn't a digest: its copy has this question
    /// instead.
    pub async fn send_again(&self, id: Uuid, by: Actor) -> Result<OutboxMail> {
        self.answer(id, MailState::Queued, (AuditAction::ChannelSendMailAgain, "sent again"), by).await
    }

    /// Decides not to send such a digest again.
    ///
    /// # Errors
    /// As for [`send_again`](Self::send_again).
    pub async fn leave(&self, id: Uuid, by: Actor) -> Result<OutboxMail> {
        self.answer(id, MailState::Left, (AuditAction::ChannelLeaveMail, "left"), by).await
    }

    async fn answer(
        &self,
        id: Uuid,
        state: MailState,
        (action, done): (AuditAction, &'static str),
        by: Actor,
    ) -> Result<OutboxMail> {
        use mails::Column;
        let now = self.0.now();
        let tx = self.0.store().write_as(by).await?;
        let row = self.0.find::<mails::Entity>().filter(Column::Id.eq(id)).one(&*tx).await?;
        let row = row.ok_or(Error::NotFound)?;
        let mut update = self
            .0
            .update::<mails::Entity>()
            .col_expr(Column::State, Expr::value(state))
            .col_expr(Column::DueAt, Expr::value((state == MailState::Queued).then_some(now)))
            .col_expr(Column::Attempts, Expr::value(0_i64))
            .col_expr(Column::UpdatedAt, Expr::value(now));
        if state == MailState::Left {
            for column in [Column::Html, Column::Text] {
                update = update.col_expr(column, Expr::value(Option::<String>::None));
            }
        }
        let answered = update.filter(Column::Id.eq(id)).filter(asking()).exec(&*tx).await?.rows_affected;
        if answered == 0 {
            return Err(Conflict::MailState { state: row.state, action: done }.into());
        }
        let event = self.0.event(action, (SubjectKind::Channel, row.channel_id));
        tx.commit([event.with("mail", id)]).await?;
        self.get(id).await?.ok_or(Error::NotFound)
    }
}

impl Mailroom<'_> {
    /// Sets mails to `unknown` whose process died while it talked to a mail server. Returns their number.
    pub async fn note_deaths(&self) -> Result<u64> {
        use mails::Column;
        let now = self.0.now();
        let died = || Column::State.eq(MailState::Sending).and(Column::LeaseUntil.lte(now));
        if mails::Entity::find().filter(died()).one(self.0.db()).await?.is_none() {
            return Ok(0);
        }
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        let noted = mails::Entity::update_many()
            .col_expr(Column::State, Expr::value(MailState::Unknown))
            .col_expr(Column::Problem, Expr::value(DIED))
            .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
            .col_expr(Column::DueAt, Expr::value(Option::<DateTime<Utc>>::None))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(died())
            .exec(&*tx)
            .await?
            .rows_affected;
        tx.commit().await?;
        Ok(noted)
    }
}
