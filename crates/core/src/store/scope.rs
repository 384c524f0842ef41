//! One tenant, and access to its rows.

use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use sea_orm::{ColumnTrait, DeleteMany, QueryFilter, Select, UpdateMany};
use serde::Serialize;
use uuid::Uuid;

use super::Store;
use crate::board::{BoardRules, BoardSettings, zone_name};
use crate::entity::{Owned, tenants};
use crate::error::{Error, Result};
use crate::form::Form;

/// The last second of the year 9999.
const LAST_MOMENT: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(moment) => moment,
    None => DateTime::<Utc>::MAX_UTC,
};

/// A board.
#[derive(Debug, Clone, Serialize)]
pub struct Tenant {
    /// Its id.
    pub id: Uuid,
    /// Its short name in addresses.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// Its language, BCP 47.
    pub locale: String,
    /// Its time zone (IANA), in which its days begin and end.
    #[serde(serialize_with = "zone_name")]
    pub time_zone: Tz,
    /// Its accent colour, `#rrggbb`.
    pub accent: String,
    /// A sentence about it.
    pub description: Option<String>,
    /// Its own fields, beside the built-in ones.
    pub form: Form,
    /// How many days an offer without a last day stays.
    pub default_days: u64,
    /// The host names it answers at, beside the base address.
    pub hosts: Vec<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The version of its settings, raised by each change.
    pub version: u64,
    /// The languages of its pages beside its own; every language if empty.
    pub locales: Vec<String>,
    /// The currency (ISO 4217) that the pay field begins with.
    pub currency: String,
    /// Whether the installation's front page and sitemap name it.
    pub listed: bool,
    /// Whether people may register as members.
    pub registration: bool,
    /// What its offers must keep to.
    pub rules: BoardRules,
    /// Whether its queue page doesn't show the first steps any more.
    pub steps_hidden: bool,
}

impl Tenant {
    pub(super) fn from_row(row: tenants::Model, hosts: Vec<String>) -> Result<Self> {
        Ok(Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            locale: row.locale,
            time_zone: Tz::from_str(&row.time_zone).map_err(|e| Error::Internal(e.to_string()))?,
            accent: row.accent,
            description: row.description,
            form: serde_json::from_value(row.form)?,
            default_days: u64::try_from(row.default_days).unwrap_or(0),
            hosts,
            created_at: row.created_at,
            version: super::unsigned(row.version),
            locales: serde_json::from_value(row.locales)?,
            currency: row.currency,
            listed: row.listed,
            registration: row.registration,
            rules: serde_json::from_value(row.rules)?,
            steps_hidden: row.steps_hidden,
        })
    }

    /// What its admins can change.
    pub fn settings(&self) -> BoardSettings {
        BoardSettings {
            slug: self.slug.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            locale: self.locale.clone(),
            locales: self.locales.clone(),
            time_zone: self.time_zone,
            accent: self.accent.clone(),
            currency: self.currency.clone(),
            default_days: self.default_days,
            listed: self.listed,
            registration: self.registration,
            rules: self.rules.clone(),
        }
    }

    /// The current day in the tenant's time zone.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.time_zone).date_naive()
    }

    /// The end of `day` (24:00) in the tenant's time zone; the end of the year 9999 at the latest, because later times
    /// have no RFC 3339 form.
    pub fn end_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
        let midnight = next.and_time(chrono::NaiveTime::MIN);
        // An hour that daylight saving skips moves forward; no zone skips more than a few.
        let over = (0..6)
            .find_map(|hour| self.time_zone.from_local_datetime(&(midnight + chrono::Duration::hours(hour))).earliest())
            .map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc));
        over.min(LAST_MOMENT)
    }
}

/// A tenant and access to its rows: they can't be reached without one.
#[derive(Clone)]
pub struct TenantScope {
    store: Store,
    tenant: Arc<Tenant>,
}

impl std::fmt::Debug for TenantScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TenantScope({})", self.tenant.slug)
    }
}

impl Deref for TenantScope {
    type Target = Tenant;

    fn deref(&self) -> &Tenant {
        &self.tenant
    }
}

impl TenantScope {
    pub(super) fn new(store: Store, tenant: Tenant) -> Self {
        Self { store, tenant: Arc::new(tenant) }
    }

    /// The tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The board's address, without a slash at the end: its first own host, or a path below the base address.
    pub fn public_url(&self) -> String {
        let base = self.store.base_url();
        match self.hosts.first() {
            Some(host) => match base.port() {
                Some(port) => format!("{}://{host}:{port}", base.scheme()),
                None => format!("{}://{host}", base.scheme()),
            },
            None => self.base_path_url(),
        }
    }

    /// The board's address below the base address, where staff work.
    pub fn base_path_url(&self) -> String {
        format!("{}/t/{}", self.store.base_url().as_str().trim_end_matches('/'), self.slug)
    }

    /// The address of a job's page.
    pub fn job_url(&self, job_slug: &str) -> String {
        format!("{}/jobs/{job_slug}", self.public_url())
    }

    /// The address of a poster's private page.
    pub fn edit_url(&self, token: &str) -> String {
        format!("{}/edit/{token}", self.base_path_url())
    }

    /// The current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.store.now()
    }

    /// A query of this tenant's rows.
    pub(super) fn find<E: Owned>(&self) -> Select<E>
    where
        E::Column: ColumnTrait,
    {
        E::find().filter(E::TENANT.eq(self.tenant.id))
    }

    /// A deletion of this tenant's rows.
    pub(super) fn delete<E: Owned>(&self) -> DeleteMany<E>
    where
        E::Column: ColumnTrait,
    {
        E::delete_many().filter(E::TENANT.eq(self.tenant.id))
    }

    /// An update of this tenant's rows.
    pub(super) fn update<E: Owned>(&self) -> UpdateMany<E>
    where
        E::Column: ColumnTrait,
    {
        E::update_many().filter(E::TENANT.eq(self.tenant.id))
    }
}
