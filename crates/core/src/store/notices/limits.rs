//! Limits of the mail that strangers can cause.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
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
/// The most mails an hour about one account.
const MOST_ABOUT_AN_ACCOUNT: u64 = 6;
/// The most notices an hour that one of the staff gets singly; further ones wait for the next hour and come together.
const MOST_SINGLE: u64 = 20;
/// How long such notices wait.
const CALM: Duration = Duration::hours(1);

/// The kinds that are counted together with this one: links for a new password by themselves, so that nobody can keep a
/// person from theirs by handing in offers with their address.
fn counted_with(kind: NoticeKind) -> Vec<NoticeKind> {
    let is_reset = |kind: NoticeKind| kind == NoticeKind::AccountReset;
    let of_strangers = NoticeKind::ALL.into_iter().filter(|kind| kind.is_caused_by_strangers());
    of_strangers.filter(|other| is_reset(*other) == is_reset(kind)).collect()
}

/// Whether a notice that a stranger caused may still go out: counted by when others went, however long they had waited. The
/// rows of its mailbox are locked, so that two replicas don't both count the same ones.
pub(super) async fn allow(tx: &DatabaseTransaction, now: DateTime<Utc>, notice: &Model) -> Result<bool> {
    if !notice.kind.is_caused_by_strangers() {
        return Ok(true);
    }
    let gone = [NoticeState::Sending, NoticeState::Sent, NoticeState::Unknown];
    let since = now - Duration::hours(1);
    let kinds = counted_with(notice.kind);
    let same = Entity::find().filter(Column::Mailbox.eq(notice.mailbox.clone()));
    let same = same.filter(Column::Kind.is_in(kinds.clone())).filter(Column::UpdatedAt.gt(since));
    let same = same.filter(Column::State.is_in(gone.into_iter().chain([NoticeState::Queued])));
    let same = same.order_by_asc(Column::Id).lock_exclusive().all(tx).await?;
    let others = same.iter().filter(|row| row.id != notice.id && gone.contains(&row.state)).count();
    if others >= MOST_TO_A_MAILBOX {
        return Ok(false);
    }
    let Some(board_id) = notice.board_id else { return Ok(true) };
    let on_board = Entity::find().filter(Column::BoardId.eq(board_id)).filter(Column::Kind.is_in(kinds));
    let on_board = on_board.filter(Column::State.is_in(gone)).filter(Column::UpdatedAt.gt(since));
    Ok(on_board.count(tx).await? < MOST_ON_A_BOARD)
}

/// Whether a mailbox has got within the last hour, or waits for, as many mails of a kind that strangers cause as it may get.
pub(super) async fn is_full(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    kind: NoticeKind,
    address: &EmailKey,
) -> Result<bool> {
    let gone = [NoticeState::Sending, NoticeState::Sent, NoticeState::Unknown];
    let recently = Condition::all().add(Column::State.is_in(gone)).add(Column::UpdatedAt.gt(now - Duration::hours(1)));
    let counted = Entity::find().filter(Column::Mailbox.eq(address.mailbox()));
    let counted = counted.filter(Column::Kind.is_in(counted_with(kind)));
    let counted = counted.filter(Condition::any().add(recently).add(Column::State.eq(NoticeState::Queued)));
    Ok(counted.count(tx).await? >= MOST_TO_A_MAILBOX as u64)
}

/// Whether an account has got so many mails about itself within the last hour that it gets no more: somebody may have made
/// it with an address that isn't theirs.
pub(super) async fn knows_enough(tx: &DatabaseTransaction, now: DateTime<Utc>, user_id: Uuid) -> Result<bool> {
    let recent = Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::BoardId.is_null());
    let recent = recent.filter(Column::CreatedAt.gt(now - Duration::hours(1)));
    Ok(recent.count(tx).await? >= MOST_ABOUT_AN_ACCOUNT)
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
