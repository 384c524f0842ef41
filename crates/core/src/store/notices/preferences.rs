//! What each of the staff wants to be told, and when.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::actor::Role;
use crate::entity::{memberships, notification_preferences, tenants, users};
use crate::error::{Error, Result};
use crate::notice::{Audience, NoticeKind, Timing, Way};
use crate::store::write::Bookkeeping;
use crate::store::{Store, TenantScope};

/// The hour of the day, in the board's time zone, at which the daily mail goes out.
const DAILY_HOUR: u32 = 8;

/// One kind of notice and when somebody gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffPreference {
    /// What is told.
    pub kind: NoticeKind,
    /// When.
    pub timing: Timing,
}

/// Somebody's preferences on a board.
#[derive(Debug)]
pub struct Preferences<'a>(&'a TenantScope, Uuid);

impl TenantScope {
    /// What somebody wants to be told about this board.
    pub fn notification_preferences(&self, user_id: Uuid) -> Preferences<'_> {
        Preferences(self, user_id)
    }
}

impl Preferences<'_> {
    /// Each kind of notice to the staff; by default at once.
    pub async fn list(&self, way: Way) -> Result<Vec<StaffPreference>> {
        let chosen = chosen(self.0.store().db(), self.0.id, way, None).await?;
        let of = |kind| chosen.get(&(self.1, kind)).copied().unwrap_or(Timing::AtOnce);
        Ok(NoticeKind::FOR_STAFF.map(|kind| StaffPreference { kind, timing: of(kind) }).to_vec())
    }

    /// Changes some of them.
    ///
    /// # Errors
    /// `NotFound` for a kind that isn't for the staff.
    pub async fn set(&self, way: Way, wanted: &[StaffPreference]) -> Result<()> {
        use notification_preferences::{ActiveModel, Column, Entity};
        if wanted.iter().any(|preference| preference.kind.audience() != Audience::Staff) {
            return Err(Error::NotFound);
        }
        let tx = self.0.store().write_internal(Bookkeeping::Preferences).await?;
        for StaffPreference { kind, timing } in wanted {
            let row = ActiveModel {
                tenant_id: Set(self.0.id),
                id: Set(Uuid::now_v7()),
                user_id: Set(self.1),
                kind: Set(*kind),
                way: Set(way),
                timing: Set(*timing),
            };
            let mut once = OnConflict::columns([Column::TenantId, Column::UserId, Column::Kind, Column::Way]);
            once.update_column(Column::Timing);
            Entity::insert(row).on_conflict(once).exec_without_returning(&*tx).await?;
        }
        tx.commit().await
    }
}

/// One of the staff who wants a notice.
pub(super) struct Listener {
    pub(super) user_id: Uuid,
    pub(super) address: String,
    pub(super) due_at: DateTime<Utc>,
    pub(super) digest: bool,
}

/// The staff of a board who want this kind of notice; `None` if nobody does.
pub(super) async fn listeners(
    tx: &DatabaseTransaction,
    store: &Store,
    board_id: Uuid,
    kind: NoticeKind,
) -> Result<Option<Vec<Listener>>> {
    use memberships::Column;
    let staff = memberships::Entity::find().filter(Column::TenantId.eq(board_id)).filter(Column::Role.ne(Role::Member));
    let ids: Vec<Uuid> = staff.all(tx).await?.into_iter().map(|row| row.user_id).collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let chosen = chosen(tx, board_id, Way::Mail, Some(kind)).await?;
    let timing = |id| chosen.get(&(id, kind)).copied().unwrap_or(Timing::AtOnce);
    // An address that nobody has proved may be a stranger's, and what the staff are told is none of their business.
    let proved = users::Entity::find().filter(users::Column::AddressConfirmedAt.is_not_null());
    let people = proved.filter(users::Column::Id.is_in(ids)).all(tx).await?;
    let now = store.now();
    let daily = match people.iter().any(|person| timing(person.id) == Timing::Daily) {
        true => next_daily(now, zone(tx, board_id).await?),
        false => now,
    };
    let listeners: Vec<Listener> = people
        .into_iter()
        .filter_map(|person| {
            let (due_at, digest) = match timing(person.id) {
                Timing::AtOnce => (now, false),
                Timing::Daily => (daily, true),
                Timing::Never => return None,
            };
            Some(Listener { user_id: person.id, address: person.email, due_at, digest })
        })
        .collect();
    Ok(Some(listeners).filter(|listeners| !listeners.is_empty()))
}

/// When somebody wants this to be told; `None` if they aren't of the staff any more.
pub(super) async fn timing_now(
    db: &impl ConnectionTrait,
    board_id: Uuid,
    user_id: Uuid,
    kind: NoticeKind,
    way: Way,
) -> Result<Option<Timing>> {
    use memberships::Column;
    let member = memberships::Entity::find().filter(Column::TenantId.eq(board_id)).filter(Column::UserId.eq(user_id));
    if member.filter(Column::Role.ne(Role::Member)).one(db).await?.is_none() {
        return Ok(None);
    }
    let chosen = chosen(db, board_id, way, Some(kind)).await?;
    Ok(Some(chosen.get(&(user_id, kind)).copied().unwrap_or(Timing::AtOnce)))
}

async fn chosen(
    db: &impl ConnectionTrait,
    board_id: Uuid,
    way: Way,
    kind: Option<NoticeKind>,
) -> Result<HashMap<(Uuid, NoticeKind), Timing>> {
    use notification_preferences::{Column, Entity};
    let mut rows = Entity::find().filter(Column::TenantId.eq(board_id)).filter(Column::Way.eq(way));
    if let Some(kind) = kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    Ok(rows.all(db).await?.into_iter().map(|row| ((row.user_id, row.kind), row.timing)).collect())
}

async fn zone(tx: &DatabaseTransaction, board_id: Uuid) -> Result<Tz> {
    let board = tenants::Entity::find_by_id(board_id).one(tx).await?;
    Ok(board.and_then(|board| board.time_zone.parse().ok()).unwrap_or(Tz::UTC))
}

/// The next time that it is eight o'clock there; an hour that daylight saving skips moves forward.
fn next_daily(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let hour = Duration::hours(i64::from(DAILY_HOUR));
    (0..=2)
        .map(|days| (today + Duration::days(days)).and_time(NaiveTime::MIN) + hour)
        .filter_map(|local| {
            (0..6).find_map(|more| zone.from_local_datetime(&(local + Duration::hours(more))).earliest())
        })
        .map(|local| local.with_timezone(&Utc))
        .find(|time| *time > now)
        .unwrap_or(now + Duration::days(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daily_mail_goes_out_at_eight_where_the_board_is() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let madrid = chrono_tz::Europe::Madrid;
        assert_eq!(next_daily(time("2026-06-15T05:59:59Z"), madrid), time("2026-06-15T06:00:00Z"));
        assert_eq!(next_daily(time("2026-06-15T06:00:00Z"), madrid), time("2026-06-16T06:00:00Z"));
        assert_eq!(next_daily(time("2026-12-15T06:30:00Z"), madrid), time("2026-12-15T07:00:00Z"));
    }
}
