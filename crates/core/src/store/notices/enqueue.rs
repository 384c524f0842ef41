//! Queues notices in the transaction whose audit events call for them.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::limits;
use super::preferences::{self, Listener};
use crate::actor::Actor;
use crate::audit::AuditAction;
use crate::email_key::EmailKey;
use crate::entity::{job_contacts, jobs, notices, users};
use crate::error::Result;
use crate::job::{EndedBy, JobState};
use crate::notice::{NoticeKind, NoticeState, Way};
use crate::store::Store;
use crate::store::audit::Event;
use crate::store::board_mail::has_server;

/// What a notice is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About {
    pub(super) job_id: Option<Uuid>,
    pub(super) channel_id: Option<Uuid>,
    pub(super) placement_id: Option<Uuid>,
    pub(super) link_id: Option<Uuid>,
    pub(super) concerns: Option<DateTime<Utc>>,
}

/// Queues what these events call for, if there is a mail server that takes it. Whether there was something.
pub(crate) async fn after(tx: &DatabaseTransaction, store: &Store, by: Actor, events: &[Event]) -> Result<bool> {
    let mut queued = false;
    let by_rule: Vec<_> = events.iter().filter(|event| event.is_by_rule()).map(Event::of_this_board).collect();
    for event in events {
        if let Some(user_id) = event.of_an_account() {
            queued |= store.sends_mail() && tell_account(tx, store, event.action(), user_id).await?;
            continue;
        }
        // An import brings offers that their posters haven't handed in here.
        let Some((board_id, subject_id)) = event.of_this_board().filter(|_| !event.is_of_import()) else { continue };
        use AuditAction as A;
        // Nobody needs to read what a rule has decided at once, and its poster sees it on the page.
        let decided = by_rule.contains(&event.of_this_board());
        if decided && !matches!(event.action(), A::JobApprove) {
            continue;
        }
        let (to_poster, to_staff) = match event.action() {
            A::JobSubmit => (Some(NoticeKind::JobReceived), Some(NoticeKind::QueueNew)),
            A::JobPropose => (None, Some(NoticeKind::QueueChanged)),
            A::JobRequestChanges => (Some(NoticeKind::JobChangesRequested), None),
            A::JobReject => (Some(NoticeKind::JobRejected), None),
            A::JobApprove | A::JobPublish | A::JobReschedule => (Some(NoticeKind::JobPublished), None),
            A::JobReopen if by != Actor::Poster => (Some(NoticeKind::JobPublished), None),
            A::JobApproveRevision => (Some(NoticeKind::JobEditAccepted), None),
            A::JobDiscardRevision => (Some(NoticeKind::JobEditDiscarded), None),
            A::JobClose | A::JobFill | A::JobExpire => (Some(NoticeKind::JobEnded), None),
            A::ChannelPause if by == Actor::System => (None, Some(NoticeKind::ChannelPaused)),
            _ => continue,
        };
        if !store.sends_mail() && !has_server(tx, board_id).await? {
            continue;
        }
        if let Some(kind) = to_poster {
            queued |= tell_poster(tx, store, board_id, kind, subject_id).await?;
        }
        if let Some(kind) = to_staff {
            let about = match kind {
                NoticeKind::ChannelPaused => About { channel_id: Some(subject_id), ..About::default() },
                _ => About { job_id: Some(subject_id), ..About::default() },
            };
            queued |= tell_staff(tx, store, board_id, kind, about, by, None).await?.is_some_and(|queued| queued > 0);
        }
    }
    Ok(queued)
}

/// Queues the news that something was changed in somebody's account: if it wasn't them, they must know.
async fn tell_account(tx: &DatabaseTransaction, store: &Store, action: AuditAction, user_id: Uuid) -> Result<bool> {
    let kind = match action {
        AuditAction::UserSetPassword => NoticeKind::AccountPasswordChanged,
        AuditAction::UserTotpOn => NoticeKind::AccountTotpOn,
        AuditAction::UserTotpOff => NoticeKind::AccountTotpOff,
        AuditAction::UserRecoveryCode => NoticeKind::AccountRecoveryCode,
        _ => return Ok(false),
    };
    let Some(user) = users::Entity::find_by_id(user_id).one(tx).await? else { return Ok(false) };
    if limits::knows_enough(tx, store.now(), user_id).await? {
        return Ok(false);
    }
    let row =
        notices::ActiveModel { user_id: Set(Some(user_id)), ..row(store, None, kind, About::default(), &user.email) };
    notices::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(true)
}

/// Queues the mail with the link for a new password. `false`: there is no mail server, or the mailbox has got too many.
pub(crate) async fn tell_reset(
    tx: &DatabaseTransaction,
    store: &Store,
    user: &users::Model,
    link_id: Uuid,
) -> Result<bool> {
    let about = About { link_id: Some(link_id), ..About::default() };
    let row = row(store, None, NoticeKind::AccountReset, about, &user.email);
    let row = notices::ActiveModel { user_id: Set(Some(user.id)), ..row };
    unless_full(tx, store, NoticeKind::AccountReset, &user.email, row).await
}

/// Queues a mail that somebody causes who typed its address, unless there is no mail server, or the mailbox has got too
/// many. Whether it was queued.
async fn unless_full(
    tx: &DatabaseTransaction,
    store: &Store,
    kind: NoticeKind,
    address: &str,
    row: notices::ActiveModel,
) -> Result<bool> {
    if !store.sends_mail() || limits::is_full(tx, store.now(), kind, &EmailKey::of(address), None).await? {
        return Ok(false);
    }
    notices::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(true)
}

/// Queues the mail with the link that proves an address. It isn't counted among the mails about the account that asked for
/// it: whoever has taken an account over must not use up the news of that.
pub(crate) async fn tell_address(
    tx: &DatabaseTransaction,
    store: &Store,
    address: &str,
    link_id: Uuid,
) -> Result<bool> {
    let about = About { link_id: Some(link_id), ..About::default() };
    let kind = NoticeKind::AccountAddress;
    unless_full(tx, store, kind, address, row(store, None, kind, about, address)).await
}

/// Queues the news that somebody wanted the address of an account for another one.
pub(crate) async fn tell_address_taken(tx: &DatabaseTransaction, store: &Store, address: &str) -> Result<bool> {
    let kind = NoticeKind::AccountAddressTaken;
    unless_full(tx, store, kind, address, row(store, None, kind, About::default(), address)).await
}

/// Queues the news for the address that an account had until now. It is never held back: if it wasn't them, it is the last
/// that they hear of their account.
pub(crate) async fn tell_address_changed(
    tx: &DatabaseTransaction,
    store: &Store,
    user_id: Uuid,
    before: &str,
) -> Result<()> {
    if store.sends_mail() {
        let row = row(store, None, NoticeKind::AccountAddressChanged, About::default(), before);
        let row = notices::ActiveModel { user_id: Set(Some(user_id)), ..row };
        notices::Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Sends what waits for somebody as one of the staff to their new address.
pub(crate) async fn follow(tx: &DatabaseTransaction, user_id: Uuid, address: &str) -> Result<()> {
    use notices::Column;
    notices::Entity::update_many()
        .col_expr(Column::Recipient, Expr::value(address))
        .col_expr(Column::Mailbox, Expr::value(EmailKey::of(address).mailbox()))
        .filter(Column::UserId.eq(user_id))
        .filter(Column::BoardId.is_not_null())
        .filter(Column::State.eq(NoticeState::Queued))
        .exec(tx)
        .await?;
    Ok(())
}

/// Queues the mail with the link with which somebody registers on a board.
pub(crate) async fn tell_registration(
    tx: &DatabaseTransaction,
    store: &Store,
    board_id: Uuid,
    address: &EmailKey,
    link_id: Uuid,
) -> Result<bool> {
    let about = About { link_id: Some(link_id), ..About::default() };
    let kind = NoticeKind::AccountRegistration;
    let row = row(store, Some(board_id), kind, about, address.as_str());
    unless_full(tx, store, kind, address.as_str(), row).await
}

/// Queues the answer to an account that wanted to register on a board.
pub(crate) async fn tell_registered_before(
    tx: &DatabaseTransaction,
    store: &Store,
    board_id: Uuid,
    address: &EmailKey,
) -> Result<bool> {
    let kind = NoticeKind::AccountRegisteredBefore;
    let row = row(store, Some(board_id), kind, About::default(), address.as_str());
    unless_full(tx, store, kind, address.as_str(), row).await
}

/// Queues the mail with the link of an invitation.
pub(crate) async fn tell_invited(
    tx: &DatabaseTransaction,
    store: &Store,
    board_id: Uuid,
    invitation_id: Uuid,
    address: &str,
) -> Result<()> {
    if store.sends_mail() {
        let about = About { link_id: Some(invitation_id), ..About::default() };
        let kind = NoticeKind::AccountInvitation;
        let row = held_back(tx, store, row(store, Some(board_id), kind, about, address), kind, address, None).await?;
        notices::Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Queues a notice to an offer's poster, unless it has none, or they know it already.
async fn tell_poster(
    tx: &DatabaseTransaction,
    store: &Store,
    board_id: Uuid,
    kind: NoticeKind,
    job_id: Uuid,
) -> Result<bool> {
    if matches!(kind, NoticeKind::JobPublished | NoticeKind::JobEnded) {
        let job = jobs::Entity::find().filter(jobs::Column::TenantId.eq(board_id)).filter(jobs::Column::Id.eq(job_id));
        let Some(job) = job.one(tx).await? else { return Ok(false) };
        let is_news = match kind {
            // Not yet: it was given a time.
            NoticeKind::JobPublished => job.state == JobState::Published,
            // Nobody needs a mail about their own click, nor about the end of what never was on the board.
            _ => job.published_at.is_some() && job.ended_by != Some(EndedBy::Poster),
        };
        if !is_news {
            return Ok(false);
        }
    }
    let Some(address) = contact(tx, board_id, job_id).await? else { return Ok(false) };
    let about = About { job_id: Some(job_id), ..About::default() };
    let row = row(store, Some(board_id), kind, about, &address);
    let row = held_back(tx, store, row, kind, &address, Some(job_id)).await?;
    notices::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(true)
}

/// The row as it is, or held back if too many mails were caused to its mailbox, or about its offer.
pub(super) async fn held_back(
    tx: &DatabaseTransaction,
    store: &Store,
    row: notices::ActiveModel,
    kind: NoticeKind,
    address: &str,
    job_id: Option<Uuid>,
) -> Result<notices::ActiveModel> {
    if !limits::is_full(tx, store.now(), kind, &EmailKey::of(address), job_id).await? {
        return Ok(row);
    }
    Ok(notices::ActiveModel { state: Set(NoticeState::Limited), due_at: Set(None), ..row })
}

/// The address of an offer's poster.
pub(super) async fn contact(tx: &DatabaseTransaction, board_id: Uuid, job_id: Uuid) -> Result<Option<String>> {
    use job_contacts::{Column, Entity};
    let row = Entity::find().filter(Column::TenantId.eq(board_id)).filter(Column::JobId.eq(job_id)).one(tx).await?;
    Ok(row.map(|row| row.email).filter(|email| !email.is_empty()))
}

/// Queues a notice to each of the staff who wants it, but for the one who caused it. What already waits isn't queued
/// twice: an offer that its poster sends in ten times is one notice. `once`: nobody gets another one of the same key, also
/// where another replica queues it at the same time. Returns how many were queued; `None` if there was nobody to tell.
pub(super) async fn tell_staff(
    tx: &DatabaseTransaction,
    store: &Store,
    board_id: Uuid,
    kind: NoticeKind,
    about: About,
    by: Actor,
    once: Option<&str>,
) -> Result<Option<u64>> {
    let Some(listeners) = preferences::listeners(tx, store, board_id, kind).await? else { return Ok(None) };
    let waiting = waiting(tx, board_id, kind, about).await?;
    let mut rows = Vec::new();
    for Listener { user_id, address, due_at, digest } in listeners {
        if by == Actor::User(user_id) || waiting.contains(&user_id) {
            continue;
        }
        // A stranger who hands in offer after offer would otherwise fill the staff's mailboxes.
        let (due_at, digest) = match digest {
            false => limits::calmed(tx, store.now(), board_id, user_id, due_at).await?,
            true => (due_at, true),
        };
        rows.push(notices::ActiveModel {
            user_id: Set(Some(user_id)),
            due_at: Set(Some(due_at)),
            digest: Set(digest),
            once_key: Set(once.map(|once| format!("{once}/{user_id}"))),
            ..row(store, Some(board_id), kind, about, &address)
        });
    }
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(insert_once(tx, rows).await?))
}

/// Queues rows, but for those whose key is there already. Returns how many were queued.
pub(super) async fn insert_once(tx: &DatabaseTransaction, rows: Vec<notices::ActiveModel>) -> Result<u64> {
    let once = OnConflict::column(notices::Column::OnceKey).do_nothing().to_owned();
    Ok(notices::Entity::insert_many(rows).on_conflict(once).exec_without_returning(tx).await?)
}

/// Who has such a notice waiting.
async fn waiting(tx: &DatabaseTransaction, board_id: Uuid, kind: NoticeKind, about: About) -> Result<Vec<Uuid>> {
    use notices::Column;
    let mut query = notices::Entity::find()
        .select_only()
        .column(Column::UserId)
        .filter(Column::BoardId.eq(board_id))
        .filter(Column::Kind.eq(kind))
        .filter(Column::State.eq(NoticeState::Queued))
        .filter(Column::UserId.is_not_null());
    for (column, id) in [
        (Column::JobId, about.job_id),
        (Column::ChannelId, about.channel_id),
        (Column::PlacementId, about.placement_id),
    ] {
        if let Some(id) = id {
            query = query.filter(column.eq(id));
        }
    }
    Ok(query.into_tuple().all(tx).await?)
}

/// A notice that is due now.
pub(super) fn row(
    store: &Store,
    board_id: Option<Uuid>,
    kind: NoticeKind,
    about: About,
    address: &str,
) -> notices::ActiveModel {
    let now = store.now();
    notices::ActiveModel {
        id: Set(Uuid::now_v7()),
        board_id: Set(board_id),
        kind: Set(kind),
        way: Set(Way::Mail),
        user_id: Set(None),
        job_id: Set(about.job_id),
        channel_id: Set(about.channel_id),
        placement_id: Set(about.placement_id),
        link_id: Set(about.link_id),
        concerns: Set(about.concerns),
        recipient: Set(Some(address.to_owned())),
        mailbox: Set(Some(EmailKey::of(address).mailbox())),
        state: Set(NoticeState::Queued),
        problem: Set(None),
        due_at: Set(Some(now)),
        digest: Set(false),
        batch: Set(None),
        attempts: Set(0),
        repeats: Set(0),
        lease_until: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        once_key: Set(None),
    }
}
