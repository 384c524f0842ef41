//! The state of a channel's mails, for its admins.

use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::outbox::from_row;
use super::{Mail, OutboxMail};
use crate::delivery::MailState;
use crate::entity::mails;
use crate::error::Result;
use crate::page::{Cursor, Page, clamp_limit};

/// The states of a digest in which a person is asked what to do.
pub(super) const ASKED: [MailState; 3] = [MailState::Unknown, MailState::Refused, MailState::GivenUp];

impl OutboxMail {
    /// Whether it is a digest that a person may send again or leave: [`Mail::send_again`], [`Mail::leave`].
    pub fn asks(&self) -> bool {
        ASKED.contains(&self.state) && self.content.is_some()
    }
}

impl Mail<'_> {
    /// A channel's mails, newest first; only those in a state, if one is given.
    pub async fn list(
        &self,
        channel_id: Uuid,
        state: Option<MailState>,
        cursor: Option<&str>,
        limit: Option<u64>,
    ) -> Result<Page<OutboxMail>> {
        use mails::Column;
        let limit = clamp_limit(limit);
        let mut rows = self.0.find::<mails::Entity>().filter(Column::ChannelId.eq(channel_id));
        if let Some(state) = state {
            rows = rows.filter(Column::State.eq(state));
        }
        if let Some(cursor) = cursor.and_then(Cursor::decode) {
            rows = rows.filter(Column::Id.lt(cursor.id));
        }
        let rows = rows.order_by_desc(Column::Id).limit(limit + 1).all(self.0.store().db()).await?;
        let mails = rows.into_iter().map(from_row).collect::<Vec<_>>();
        Ok(Page::cut(mails, limit, |mail| Cursor { at: mail.created_at, id: mail.id }))
    }

    /// The number of digests of each channel that wait for a person's answer; channels without any are left out.
    pub async fn asking(&self) -> Result<Vec<(Uuid, u64)>> {
        use mails::Column;
        let rows: Vec<(Uuid, i64)> = self
            .0
            .find::<mails::Entity>()
            .select_only()
            .column(Column::ChannelId)
            .column_as(Column::Id.count(), "count")
            .filter(asking())
            .group_by(Column::ChannelId)
            .into_tuple()
            .all(self.0.store().db())
            .await?;
        Ok(rows.into_iter().map(|(channel, count)| (channel, u64::try_from(count).unwrap_or(0))).collect())
    }
}

/// Digests that wait for a person's answer.
pub(super) fn asking() -> Condition {
    use mails::Column;
    Condition::all().add(Column::State.is_in(ASKED)).add(Column::Html.is_not_null())
}
