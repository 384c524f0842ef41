//! Limits of the mail that people can cause to others.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::email_key::EmailKey;
use crate::entity::notices::{Column, Entity, Model};
use crate::error::Result;
use crate::notice::{Audience, NoticeKind, NoticeState};

/// The most mails an hour that strangers can cause to one mailbox, on all boards together.
const MOST_TO_A_MAILBOX: u64 = 3;
/// The most mails an hour that strangers can cause on one board, to whatever addresses. More offers than that in an hour
/// are an attack on a board of any size.
const MOST_ON_A_BOARD: u64 = 200;
/// The most mails a day about one offer that staff can cause to its poster. An offer that goes back and forth has fewer.
const MOST_ABOUT_AN_OFFER: u64 = 10;
/// The most mails a day that staff can cause to one mailbox, on all boards together: a board that is set up to write to
/// somebody who never asked gets no further.
const MOST_TO_A_POSTER: u64 = 40;
/// The most mails an hour about one account.
const MOST_ABOUT_AN_ACCOUNT: u64 = 6;
/// The most notices an hour that one of the staff gets singly; further ones wait for the next hour and come together.
const MOST_SINGLE: u64 = 20;
/// How long such notices wait.
const CALM: Duration = Duration::hours(1);

/// The states of a mail that may have reached its recipient.
const GONE: [NoticeState; 3] = [NoticeState::Sending, NoticeState::Sent, NoticeState::Unknown];

/// How many mails of these kinds may go out in a time.
struct Limit {
    kinds: Vec<NoticeKind>,
    within: Duration,
    to_a_mailbox: u64,
    on_a_board: Option<u64>,
    about_an_offer: Option<u64>,
}

impl Limit {
    /// The limit of a kind; none for what nobody can cause to somebody else at will.
    fn of(kind: NoticeKind) -> Option<Self> {
        // Links for a new password are counted by themselves, so that nobody can keep a person from theirs by handing in
        // offers with their address.
        let is_reset = |kind: NoticeKind| kind == NoticeKind::AccountReset;
        if kind.is_caused_by_strangers() {
            let of_strangers = NoticeKind::ALL.into_iter().filter(|kind| kind.is_caused_by_strangers());
            return Some(Self {
                kinds: of_strangers.filter(|other| is_reset(*other) == is_reset(kind)).collect(),
                within: Duration::hours(1),
                to_a_mailbox: MOST_TO_A_MAILBOX,
                on_a_board: Some(MOST_ON_A_BOARD),
                about_an_offer: None,
            });
        }
        (kind.audience() == Audience::Poster).then(|| Self {
            kinds: NoticeKind::for_posters().filter(|kind| !kind.is_caused_by_strangers()).collect(),
            within: Duration::days(1),
            to_a_mailbox: MOST_TO_A_POSTER,
            on_a_board: None,
            about_an_offer: Some(MOST_ABOUT_AN_OFFER),
        })
    }

    /// What went out within its time.
    fn gone(&self, now: DateTime<Utc>) -> Condition {
        let recently = Column::UpdatedAt.gt(now - self.within);
        Condition::all().add(Column::State.is_in(GONE)).add(recently)
    }

    async fn count(&self, tx: &DatabaseTransaction, which: Expr, counted: Condition) -> Result<u64> {
        let rows = Entity::find().filter(which).filter(Column::Kind.is_in(self.kinds.iter().copied()));
        Ok(rows.filter(counted).count(tx).await?)
    }
}

/// Whether a notice that others caused may still go out: counted by when others went, however long they had waited. The
/// rows of its mailbox are locked, so that two replicas don't both count the same ones.
pub(super) async fn allow(tx: &DatabaseTransaction, now: DateTime<Utc>, notice: &Model) -> Result<bool> {
    let Some(limit) = Limit::of(notice.kind) else { return Ok(true) };
    let same = Entity::find().filter(Column::Mailbox.eq(notice.mailbox.clone()));
    let same = same.filter(Column::Kind.is_in(limit.kinds.iter().copied()));
    let same = same.filter(Condition::any().add(limit.gone(now)).add(Column::State.eq(NoticeState::Queued)));
    let same = same.order_by_asc(Column::Id).lock_exclusive().all(tx).await?;
    let others = || same.iter().filter(|row| row.id != notice.id && GONE.contains(&row.state));
    if others().count() as u64 >= limit.to_a_mailbox {
        return Ok(false);
    }
    if let (Some(most), Some(job_id)) = (limit.about_an_offer, notice.job_id)
        && limit.count(tx, Column::JobId.eq(job_id), limit.gone(now)).await? >= most
    {
        return Ok(false);
    }
    match (limit.on_a_board, notice.board_id) {
        (Some(most), Some(board_id)) => {
            Ok(limit.count(tx, Column::BoardId.eq(board_id), limit.gone(now)).await? < most)
        }
        _ => Ok(true),
    }
}

/// Whether a mailbox has got, or waits for, as many mails of a kind as it may get; or the poster of an offer about it.
pub(super) async fn is_full(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    kind: NoticeKind,
    address: &EmailKey,
    job_id: Option<Uuid>,
) -> Result<bool> {
    let Some(limit) = Limit::of(kind) else { return Ok(false) };
    let counted = || Condition::any().add(limit.gone(now)).add(Column::State.eq(NoticeState::Queued));
    if limit.count(tx, Column::Mailbox.eq(address.mailbox()), counted()).await? >= limit.to_a_mailbox {
        return Ok(true);
    }
    match (limit.about_an_offer, job_id) {
        (Some(most), Some(job_id)) => Ok(limit.count(tx, Column::JobId.eq(job_id), counted()).await? >= most),
        _ => Ok(false),
    }
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
