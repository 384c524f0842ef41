//! Limits of the mail that strangers can cause.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::email_key::EmailKey;
use crate::entity::notices::{Column, Entity, Model};
use crate::error::Result;
use crate::notice::{NoticeKind, NoticeState};

/// The most mails an hour that strangers can cause to one mailbox, on all boards together.
const MOST_TO_A_MAILBOX: usize = 3;
/// The most mails an hour that strangers can cause on one board, to whatever addresses. More offers than that in an hour
/// are an attack on a board of any size.
const MOST_ON_A_BOARD: u64 = 200;
/// The most notices an hour that one of the staff gets singly; further ones wait for the next hour and come together.
const MOST_SINGLE: u64 = 20;
/// How long such notices wait.
const CALM: Duration = Duration::hours(1);

/// The kinds that strangers can cause.
fn by_strangers() -> Vec<NoticeKind> {
    NoticeKind::ALL.into_iter().filter(|kind| kind.is_caused_by_strangers()).collect()
}

/// Whether a notice that a stranger caused may still go out. The rows of its mailbox are locked, so that two replicas don't
/// both count the same ones.
pub(super) async fn allow(tx: &DatabaseTransaction, now: DateTime<Utc>, notice: &Model) -> Result<bool> {
    if !notice.kind.is_caused_by_strangers() {
        return Ok(true);
    }
    let counted = [NoticeState::Sending, NoticeState::Sent, NoticeState::Unknown];
    let since = now - Duration::hours(1);
    let recent = || Entity::find().filter(Column::CreatedAt.gt(since)).filter(Column::Kind.is_in(by_strangers()));
    let same = recent().filter(Column::Mailbox.eq(notice.mailbox.clone())).order_by_asc(Column::Id);
    let same = same.lock_exclusive().all(tx).await?;
    let gone = same.iter().filter(|row| row.id != notice.id && counted.contains(&row.state)).count();
    if gone >= MOST_TO_A_MAILBOX {
        return Ok(false);
    }
    let on_board = recent().filter(Column::BoardId.eq(notice.board_id)).filter(Column::State.is_in(counted));
    Ok(on_board.count(tx).await? < MOST_ON_A_BOARD)
}

/// Whether a mailbox has got, or waits for, as many mails that strangers caused as it may get.
pub(super) async fn is_full(tx: &DatabaseTransaction, now: DateTime<Utc>, address: &EmailKey) -> Result<bool> {
    let states = [NoticeState::Queued, NoticeState::Sending, NoticeState::Sent, NoticeState::Unknown];
    let recent = Entity::find().filter(Column::CreatedAt.gt(now - Duration::hours(1)));
    let recent = recent.filter(Column::Kind.is_in(by_strangers())).filter(Column::State.is_in(states));
    let count = recent.filter(Column::Mailbox.eq(address.mailbox())).count(tx).await?;
    Ok(count >= MOST_TO_A_MAILBOX as u64)
}

/// When a notice to one of the staff goes out, and whether with others: at once, or in an hour if there were many.
pub(super) async fn calmed(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    board_id: Uuid,
    user_id: Uuid,
    due_at: DateTime<Utc>,
) -> Result<(DateTime<Utc>, bool)> {
    let recent = Entity::find().filter(Column::BoardId.eq(board_id)).filter(Column::UserId.eq(user_id));
    let recent = recent.filter(Column::CreatedAt.gt(now - Duration::hours(1)));
    let rows: Vec<(bool, Option<DateTime<Utc>>)> = recent
        .select_only()
        .column(Column::Digest)
        .column(Column::DueAt)
        .order_by_desc(Column::Id)
        .limit(MOST_SINGLE + 1)
        .into_tuple()
        .all(tx)
        .await?;
    if (rows.len() as u64) < MOST_SINGLE {
        return Ok((due_at, false));
    }
    // The one before was put off already: this one goes with it.
    let waits = rows.first().and_then(|(digest, due_at)| due_at.filter(|at| *digest && *at > now));
    Ok((waits.unwrap_or(now + CALM), true))
}
