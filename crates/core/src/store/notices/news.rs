//! Which notices to the staff still tell something: what was dealt with meanwhile isn't told.

use std::collections::HashSet;

use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Notices, preferences};
use crate::entity::notices::Model;
use crate::entity::{channels, jobs, placements};
use crate::error::Result;
use crate::job::JobState;
use crate::notice::{NoticeKind, Timing};
use crate::store::{ChannelState, PlacementState};

/// How many rows are asked about in one statement.
const AT_ONCE: usize = 500;

impl Notices<'_> {
    /// Those of these notices to one of the staff that they still want and that are still so; each thing once. All of the
    /// same board and person.
    pub(super) async fn still_news<'a>(&self, rows: &'a [Model]) -> Result<Vec<&'a Model>> {
        let Some((board_id, user_id)) = rows.first().and_then(|row| row.board_id.zip(row.user_id)) else {
            return Ok(Vec::new());
        };
        let mut news = HashSet::new();
        for kind in NoticeKind::FOR_STAFF {
            let mut about: Vec<Uuid> = rows.iter().filter(|row| row.kind == kind).filter_map(subject).collect();
            about.sort_unstable();
            about.dedup();
            let Some(way) = rows.iter().find(|row| row.kind == kind).map(|row| row.way) else { continue };
            let timing = preferences::timing_now(self.0.db(), board_id, user_id, kind, way).await?;
            if timing.is_none_or(|timing| timing == Timing::Never) {
                continue;
            }
            for ids in about.chunks(AT_ONCE) {
                news.extend(self.so(board_id, kind, ids).await?.into_iter().map(|id| (kind, id)));
            }
        }
        // The oldest of several about one thing.
        let told = rows.iter().filter(|row| {
            row.recipient.is_some() && subject(row).is_some_and(|subject| news.remove(&(row.kind, subject)))
        });
        Ok(told.collect())
    }

    /// The subjects of this kind of which it is still true.
    async fn so(&self, board_id: Uuid, kind: NoticeKind, ids: &[Uuid]) -> Result<Vec<Uuid>> {
        let ids = ids.iter().copied();
        let db = self.0.db();
        match kind {
            NoticeKind::QueueNew | NoticeKind::QueueChanged => {
                use jobs::Column;
                let submitted = Column::State.eq(JobState::Submitted);
                let waits = match kind {
                    NoticeKind::QueueNew => submitted,
                    _ => submitted.or(Column::PendingRevision.is_not_null()),
                };
                let found = jobs::Entity::find().select_only().column(Column::Id);
                let found = found.filter(Column::TenantId.eq(board_id)).filter(Column::Id.is_in(ids)).filter(waits);
                Ok(found.into_tuple().all(db).await?)
            }
            NoticeKind::ChannelPaused => {
                use channels::Column;
                let found = channels::Entity::find().select_only().column(Column::Id);
                let found = found.filter(Column::TenantId.eq(board_id)).filter(Column::Id.is_in(ids));
                let found = found.filter(Column::State.eq(ChannelState::Paused)).filter(Column::Problem.is_not_null());
                Ok(found.into_tuple().all(db).await?)
            }
            NoticeKind::CopyInDoubt => {
                use placements::Column;
                let found = placements::Entity::find().select_only().column(Column::Id);
                let found = found.filter(Column::TenantId.eq(board_id)).filter(Column::Id.is_in(ids));
                let found = found.filter(Column::State.eq(PlacementState::Unverified)).filter(Column::DueAt.is_null());
                Ok(found.into_tuple().all(db).await?)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// What a notice to the staff is about.
fn subject(row: &Model) -> Option<Uuid> {
    match row.kind {
        NoticeKind::CopyInDoubt => row.placement_id,
        NoticeKind::ChannelPaused => row.channel_id,
        _ => row.job_id,
    }
}
