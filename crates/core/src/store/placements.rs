//! One job on one channel: what should be there, and what is.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, ExprTrait as _, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ChannelState, TenantScope};
use crate::actor::Actor;
use crate::entity::{attempts, channels, placements};
use crate::error::{Conflict, Error, Result};
use crate::job::wire_enum;
use crate::page::{Cursor, Page, clamp_limit};

wire_enum! {
    /// What should be on the channel.
    Desired {
        /// The job, as its desired revision says.
        Present = "present",
        /// The job, struck through: it has been filled.
        Closed = "closed",
        /// Nothing.
        Absent = "absent",
    }
}

wire_enum! {
    /// What is known of the copy.
    PlacementState {
        /// Waiting for its turn.
        Pending = "pending",
        /// A call is under way.
        Sending = "sending",
        /// It is there.
        Published = "published",
        /// It may be there: the answer was lost, and a person has to look.
        Unverified = "unverified",
        /// The platform refused it, or it vanished: a person has to act.
        Failed = "failed",
        /// Waiting for its channel to work again.
        Blocked = "blocked",
        /// It is there, struck through.
        Closed = "closed",
        /// It isn't there (any more).
        Retracted = "retracted",
    }
}

/// A placement, as staff see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placement {
    /// Its id.
    pub id: Uuid,
    /// The job.
    pub job_id: Uuid,
    /// The channel.
    pub channel_id: Uuid,
    /// What should be there.
    pub desired: Desired,
    /// Which revision should be there.
    pub desired_revision: u64,
    /// What is known of the copy.
    pub state: PlacementState,
    /// The revision the copy shows.
    pub actual_revision: Option<u64>,
    /// The copy's address.
    pub url: Option<String>,
    /// When the next attempt is due.
    pub due_at: Option<DateTime<Utc>>,
    /// What went wrong, in the platform's own words where it has any.
    pub problem: Option<String>,
    /// When it was last touched.
    pub updated_at: DateTime<Utc>,
}

/// One call to a platform.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attempt {
    /// When it began.
    pub at: DateTime<Utc>,
    /// `publish`, `update`, `close`, `retract` or `locate`.
    pub operation: String,
    /// How it ended; `started` as long as it hasn't.
    pub outcome: String,
    /// The last HTTP status the platform answered.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The platform's or the host's words; never a secret.
    pub message: Option<String>,
}

/// What a person answers to "is it there?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Yes: this is its receipt, made from the link by the plugin.
    Sent {
        /// What the plugin needs to find it again.
        receipt: Vec<u8>,
        /// Its address.
        url: Option<String>,
    },
    /// No: send it.
    NotSent,
}

/// Which placements to list.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlacementQuery {
    /// Those in this state.
    pub state: Option<PlacementState>,
    /// Those on this channel.
    pub channel_id: Option<Uuid>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// How many, at most 100.
    pub limit: Option<u64>,
}

impl TryFrom<placements::Model> for Placement {
    type Error = Error;

    fn try_from(row: placements::Model) -> Result<Self> {
        Ok(Self {
            id: row.id,
            job_id: row.job_id,
            channel_id: row.channel_id,
            desired: row.desired.parse()?,
            desired_revision: unsigned(row.desired_revision),
            state: row.state.parse()?,
            actual_revision: row.actual_revision.map(unsigned),
            url: row.url,
            due_at: row.due_at,
            problem: row.problem,
            updated_at: row.updated_at,
        })
    }
}

/// A tenant's placements.
#[derive(Debug)]
pub struct Placements<'a>(pub(super) &'a TenantScope);

impl Placements<'_> {
    /// The copies of a job, in the order of the channels.
    pub async fn for_job(&self, job_id: Uuid) -> Result<Vec<Placement>> {
        let rows = self.0.find::<placements::Entity>().filter(placements::Column::JobId.eq(job_id));
        let rows = rows.order_by_asc(placements::Column::ChannelId).all(self.0.store().db()).await?;
        rows.into_iter().map(Placement::try_from).collect()
    }

    /// Placements, last touched first.
    pub async fn list(&self, query: &PlacementQuery) -> Result<Page<Placement>> {
        let limit = clamp_limit(query.limit);
        let mut select = self.0.find::<placements::Entity>();
        if let Some(state) = query.state {
            select = select.filter(placements::Column::State.eq(state.as_str()));
        }
        if let Some(channel) = query.channel_id {
            select = select.filter(placements::Column::ChannelId.eq(channel));
        }
        if let Some(cursor) = query.cursor.as_deref().and_then(Cursor::decode) {
            select = select.filter(
                Condition::any()
                    .add(placements::Column::UpdatedAt.lt(cursor.at))
                    .add(placements::Column::UpdatedAt.eq(cursor.at).and(placements::Column::Id.lt(cursor.id))),
            );
        }
        let rows = select
            .order_by_desc(placements::Column::UpdatedAt)
            .order_by_desc(placements::Column::Id)
            .limit(limit + 1)
            .all(self.0.store().db())
            .await?;
        let page = Page::cut(rows, limit, |row| Cursor { at: row.updated_at, id: row.id });
        let items = page.items.into_iter().map(Placement::try_from).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }

    /// How many placements are in each state.
    pub async fn counts(&self) -> Result<Vec<(PlacementState, u64)>> {
        let mut counts = Vec::new();
        for state in PlacementState::ALL {
            let select = self.0.find::<placements::Entity>().filter(placements::Column::State.eq(state.as_str()));
            counts.push((state, select.count(self.0.store().db()).await?));
        }
        Ok(counts)
    }

    /// One by id.
    pub async fn get(&self, id: Uuid) -> Result<Option<Placement>> {
        let row = self.0.find::<placements::Entity>().filter(placements::Column::Id.eq(id));
        row.one(self.0.store().db()).await?.map(Placement::try_from).transpose()
    }

    /// The calls made for a placement, oldest first.
    pub async fn attempts(&self, id: Uuid) -> Result<Vec<Attempt>> {
        let rows = self.0.find::<attempts::Entity>().filter(attempts::Column::PlacementId.eq(id));
        let rows = rows.order_by_asc(attempts::Column::Number).all(self.0.store().db()).await?;
        Ok(rows
            .into_iter()
            .map(|row| Attempt {
                at: row.started_at,
                operation: row.operation,
                outcome: row.outcome,
                status: row.status.and_then(|s| u16::try_from(s).ok()),
                duration_ms: row.duration_ms.map(unsigned),
                message: row.message,
            })
            .collect())
    }

    /// A person's answer for an unverified placement: it is there, or it isn't and may be sent (again).
    pub async fn resolve(&self, id: Uuid, resolution: Resolution, by: Actor) -> Result<Placement> {
        let answer = if matches!(resolution, Resolution::NotSent) { "not_sent" } else { "sent" };
        self.act(id, "placement.resolve", "resolved", json!({ "outcome": answer }), by, |row, _| {
            if row.state != PlacementState::Unverified.as_str() {
                return false;
            }
            row.problem = None;
            row.failures = 0;
            match resolution {
                Resolution::NotSent => {
                    row.receipt = None;
                    row.url = None;
                    row.actual_revision = None;
                    row.state = PlacementState::Pending.as_str().to_owned();
                }
                Resolution::Sent { receipt, url } => {
                    row.receipt = Some(receipt);
                    row.url = url;
                    row.actual_revision = Some(row.desired_revision);
                    row.state = PlacementState::Published.as_str().to_owned();
                }
            }
            true
        })
        .await
    }

    /// Tries again at once what failed or waits for its next attempt.
    pub async fn retry(&self, id: Uuid, by: Actor) -> Result<Placement> {
        self.act(id, "placement.retry", "retried", json!({}), by, |row, _| {
            let may =
                [PlacementState::Failed, PlacementState::Pending, PlacementState::Published, PlacementState::Closed];
            if !may.iter().any(|s| s.as_str() == row.state) || (row.state != "failed" && row.due_at.is_none()) {
                return false;
            }
            row.failures = 0;
            row.problem = None;
            row.state = waiting_state(row).as_str().to_owned();
            true
        })
        .await
    }

    /// Takes one copy back, though the job stays on the board.
    pub async fn retract(&self, id: Uuid, by: Actor) -> Result<Placement> {
        self.act(id, "placement.retract", "retracted", json!({}), by, |row, _| {
            row.desired = Desired::Absent.as_str().to_owned();
            row.failures = 0;
            true
        })
        .await
    }

    async fn act(
        &self,
        id: Uuid,
        action: &str,
        participle: &'static str,
        detail: serde_json::Value,
        by: Actor,
        change: impl FnOnce(&mut placements::Model, DateTime<Utc>) -> bool,
    ) -> Result<Placement> {
        let now = self.0.now();
        let mut tx = self.0.store().write().await?;
        let row = self
            .0
            .find::<placements::Entity>()
            .filter(placements::Column::Id.eq(id))
            .lock_exclusive()
            .one(&*tx)
            .await?;
        let mut row = row.ok_or(Error::NotFound)?;
        let state = row.state.clone();
        if !change(&mut row, now) {
            return Err(Conflict::PlacementState { state, action: participle }.into());
        }
        let active = channel_is_active(&tx, self.0, row.channel_id).await?;
        schedule(&mut row, active, now);
        let row = save(&tx, row).await?;
        super::audit::record(&tx, self.0, by, action, ("placement", id), detail).await?;
        tx.announce_work();
        tx.commit().await?;
        row.try_into()
    }
}

/// The next thing to do for a placement whose outcome is known.
pub(super) fn next_operation(row: &placements::Model) -> Option<super::Operation> {
    use super::Operation as O;
    let struck = row.state == PlacementState::Closed.as_str();
    match (row.desired.as_str(), &row.receipt) {
        ("present", None) => Some(O::Publish),
        ("present", Some(_)) => (struck || row.actual_revision != Some(row.desired_revision)).then_some(O::Update),
        (_, None) => None,
        // Where the platform refuses to delete, the plugin strikes through instead: that is as absent as it gets.
        (_, Some(_)) if struck => None,
        ("closed", Some(_)) => Some(O::Close),
        (_, Some(_)) => Some(O::Retract),
    }
}

/// The state of a placement that has something to do.
pub(super) fn waiting_state(row: &placements::Model) -> PlacementState {
    match (&row.receipt, row.state.as_str()) {
        (None, _) => PlacementState::Pending,
        (Some(_), "closed") => PlacementState::Closed,
        (Some(_), _) => PlacementState::Published,
    }
}

/// Sets state and time of the next step, from what is desired and what is.
pub(super) fn schedule(row: &mut placements::Model, channel_active: bool, now: DateTime<Utc>) {
    row.updated_at = now;
    // A call is under way, or a person is asked: whoever ends that schedules again.
    if row.lease_id.is_some() || row.state == PlacementState::Unverified.as_str() {
        return;
    }
    let (state, due_at) = match next_operation(row) {
        None => {
            let state = match (row.desired.as_str(), &row.receipt) {
                ("present", _) => PlacementState::Published,
                (_, Some(_)) => PlacementState::Closed,
                (_, None) => PlacementState::Retracted,
            };
            row.problem = None;
            (state, None)
        }
        Some(_) if !channel_active => (PlacementState::Blocked, None),
        Some(_) => (waiting_state(row), Some(now)),
    };
    row.state = state.as_str().to_owned();
    row.due_at = due_at;
}

/// Writes a whole row back.
pub(super) async fn save(tx: &DatabaseTransaction, row: placements::Model) -> Result<placements::Model> {
    Ok(row.into_active_model().reset_all().update(tx).await?)
}

/// Places a job on every channel of the tenant.
pub(super) async fn place_everywhere(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    revision: i64,
) -> Result<()> {
    let now = scope.now();
    for channel in scope.find::<channels::Entity>().order_by_asc(channels::Column::Id).all(tx).await? {
        let active = channel.state == ChannelState::Active.as_str();
        let row = placements::ActiveModel {
            tenant_id: Set(scope.id),
            id: Set(Uuid::now_v7()),
            job_id: Set(job_id),
            channel_id: Set(channel.id),
            desired: Set(Desired::Present.as_str().to_owned()),
            desired_revision: Set(revision),
            state: Set(if active { PlacementState::Pending } else { PlacementState::Blocked }.as_str().to_owned()),
            actual_revision: Set(None),
            receipt: Set(None),
            url: Set(None),
            due_at: Set(active.then_some(now)),
            lease_id: Set(None),
            lease_until: Set(None),
            failures: Set(0),
            problem: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
        };
        row.insert(tx).await?;
    }
    Ok(())
}

/// Tells a job's copies what should be there from now on.
pub(super) async fn desire(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    desired: Desired,
    revision: Option<i64>,
) -> Result<()> {
    let now = scope.now();
    let rows = scope.find::<placements::Entity>().filter(placements::Column::JobId.eq(job_id)).lock_exclusive();
    for mut row in rows.all(tx).await? {
        // A copy that was taken back by hand stays away when the job is edited.
        if desired == Desired::Present && row.desired == Desired::Absent.as_str() {
            continue;
        }
        row.desired = desired.as_str().to_owned();
        if let Some(revision) = revision {
            row.desired_revision = revision;
        }
        row.failures = 0;
        let active = channel_is_active(tx, scope, row.channel_id).await?;
        schedule(&mut row, active, now);
        save(tx, row).await?;
    }
    Ok(())
}

/// Makes what waits on a channel wait for the channel.
pub(super) async fn block_channel(tx: &DatabaseTransaction, scope: &TenantScope, channel_id: Uuid) -> Result<()> {
    reschedule_channel(tx, scope, channel_id, placements::Column::DueAt.is_not_null(), false).await
}

/// Makes what waited for a channel due.
pub(super) async fn unblock_channel(tx: &DatabaseTransaction, scope: &TenantScope, channel_id: Uuid) -> Result<()> {
    let blocked = placements::Column::State.eq(PlacementState::Blocked.as_str());
    reschedule_channel(tx, scope, channel_id, blocked, true).await
}

async fn reschedule_channel(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel_id: Uuid,
    which: SimpleExpr,
    active: bool,
) -> Result<()> {
    let now = scope.now();
    let rows = scope
        .find::<placements::Entity>()
        .filter(placements::Column::ChannelId.eq(channel_id))
        .filter(placements::Column::LeaseId.is_null())
        .filter(which)
        .lock_exclusive();
    for mut row in rows.all(tx).await? {
        if active {
            row.failures = 0;
            row.problem = None;
        }
        schedule(&mut row, active, now);
        save(tx, row).await?;
    }
    Ok(())
}

/// Whether a copy is or may be on the platform.
pub(super) fn may_have_a_copy() -> Condition {
    let uncertain = [PlacementState::Sending, PlacementState::Unverified].map(PlacementState::as_str);
    Condition::any()
        .add(placements::Column::State.is_in(uncertain))
        .add(placements::Column::Receipt.is_not_null().and(placements::Column::State.ne("retracted")))
}

async fn channel_is_active(tx: &DatabaseTransaction, scope: &TenantScope, channel_id: Uuid) -> Result<bool> {
    let row = scope.find::<channels::Entity>().filter(channels::Column::Id.eq(channel_id)).one(tx).await?;
    Ok(row.is_some_and(|c| c.state == ChannelState::Active.as_str()))
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
