//! The boards of this instance.

use std::collections::{BTreeSet, HashMap};

use chrono_tz::Tz;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect as _,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::audit::{Event, NOTHING_CHANGED};
use super::{Store, Tenant, TenantScope, changes, slugs};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::board::{BoardSettings, currency_of};
use crate::entity::{audit_events, tenant_hosts, tenants};
use crate::error::{Conflict, Error, Result};
use crate::form::{FieldErrors, FieldProblem};
use crate::merge_patch::merge_patch;
use crate::slug::{Slug, printable};

/// The accent of a board that chose none: a quiet teal that reads on white and on black.
pub const DEFAULT_ACCENT: &str = "#0f766e";
/// The days an offer stays that names no last day.
const DEFAULT_DAYS: i64 = 60;
/// The most changes of its settings of which an admin is told the fields.
const CHANGES_TOLD: u64 = 100;
/// The most boards that are asked for at once: a statement can't have any number of values.
const BOARDS_AT_ONCE: usize = 500;

/// What a board begins with.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its short name in addresses.
    pub slug: Slug,
    /// What it is called.
    pub name: String,
    /// Its language, BCP 47.
    pub locale: String,
    /// Its time zone.
    pub time_zone: Tz,
    /// The host names it answers at.
    pub hosts: Vec<String>,
}

impl NewTenant {
    /// A board in English, on UTC, at the base address.
    pub fn new(slug: Slug, name: impl Into<String>) -> Self {
        Self { slug, name: name.into(), locale: "en".to_owned(), time_zone: Tz::UTC, hosts: Vec::new() }
    }

    /// Everything that is wrong with a name and a language, for a form that tells all its mistakes at once.
    pub fn problems(name: &str, locale: &str) -> FieldErrors {
        let mut errors = super::names::checked(name).err().unwrap_or_default();
        if let Err(Error::Invalid(wrong)) = checked_locale(locale) {
            errors.0.extend(wrong.0);
        }
        errors
    }
}

/// The boards of this instance.
#[derive(Debug)]
pub struct Tenants<'a>(pub(super) &'a Store);

impl Store {
    /// The boards.
    pub fn tenants(&self) -> Tenants<'_> {
        Tenants(self)
    }
}

impl Tenants<'_> {
    /// Makes a board.
    pub async fn create(&self, new: NewTenant, by: Actor) -> Result<TenantScope> {
        let tx = self.0.write_as(by).await?;
        let (tenant, event) = insert(&tx, self.0, new).await?;
        tx.commit([event]).await?;
        Ok(TenantScope::new(self.0.clone(), tenant))
    }

    /// Changes a board's settings by an RFC 7396 merge patch of [`BoardSettings`]. `seen`: the version of the settings
    /// that the patch was made from; another one is stale. `pages`: the languages of the pages.
    pub async fn update(
        &self,
        scope: &TenantScope,
        patch: &Value,
        seen: Option<u64>,
        pages: &[&str],
        by: Actor,
    ) -> Result<TenantScope> {
        let mut tx = self.0.write_as(by).await?;
        // Like an import, it leaves the row readable for those who add rows that refer to it.
        let row = tenants::Entity::find_by_id(scope.id).lock(LockType::NoKeyUpdate).one(&*tx).await?;
        let row = row.ok_or(Error::NotFound)?;
        let current = super::unsigned(row.version);
        if seen.is_some_and(|seen| seen != current) {
            return Err(Error::Stale { current });
        }
        let before = Tenant::from_row(row.clone(), Vec::new())?.settings().to_value();
        let mut merged = before.clone();
        if !patch.is_object() {
            return Err(FieldErrors::one("", FieldProblem::NotObject).into());
        }
        merge_patch(&mut merged, patch);
        let settings = BoardSettings::parse(merged, pages)?;
        let changed = changes::names(&before, &settings.to_value(), &["rules"]);
        if changed.is_empty() {
            tx.commit(NOTHING_CHANGED).await?;
            return Ok(TenantScope::new(self.0.clone(), Tenant::from_row(row, scope.hosts.clone())?));
        }
        if settings.slug != row.slug {
            self.0.move_board(&tx, scope, &row.slug, &settings.slug).await?;
        }
        let version = row.version + 1;
        let mut row = row.into_active_model();
        row.slug = Set(settings.slug);
        row.version = Set(version);
        row.name = Set(settings.name);
        row.description = Set(settings.description);
        row.locale = Set(settings.locale);
        row.locales = Set(json!(settings.locales));
        row.time_zone = Set(settings.time_zone.name().to_owned());
        row.accent = Set(settings.accent);
        row.currency = Set(settings.currency);
        row.default_days = Set(i64::try_from(settings.default_days).unwrap_or(i64::MAX));
        row.listed = Set(settings.listed);
        row.registration = Set(settings.registration);
        row.rules = Set(serde_json::to_value(settings.rules)?);
        let row = row.update(&*tx).await?;
        tx.changes_board(scope.id);
        let event = scope.event(AuditAction::TenantUpdate, (SubjectKind::Tenant, scope.id));
        tx.commit([event.changed(changed).with("version", version)]).await?;
        let tenant = Tenant::from_row(row, scope.hosts.clone())?;
        Ok(TenantScope::new(self.0.clone(), tenant))
    }

    /// Every board, by name.
    pub async fn list(&self) -> Result<Vec<TenantScope>> {
        let rows = tenants::Entity::find().order_by_asc(tenants::Column::Name).all(self.0.db()).await?;
        let hosts = tenant_hosts::Entity::find().order_by_asc(tenant_hosts::Column::Host).all(self.0.db()).await?;
        rows.into_iter()
            .map(|row| {
                let own = hosts.iter().filter(|h| h.tenant_id == row.id).map(|h| h.host.clone()).collect();
                Ok(TenantScope::new(self.0.clone(), Tenant::from_row(row, own)?))
            })
            .collect()
    }

    /// The board with this short name.
    pub async fn by_slug(&self, slug: &str) -> Result<Option<TenantScope>> {
        let row = tenants::Entity::find().filter(tenants::Column::Slug.eq(printable(slug))).one(self.0.db()).await?;
        self.scope(row).await
    }

    /// The board with this id.
    pub async fn by_id(&self, id: Uuid) -> Result<Option<TenantScope>> {
        let row = tenants::Entity::find_by_id(id).one(self.0.db()).await?;
        self.scope(row).await
    }

    /// The boards with these ids, all at once.
    pub(crate) async fn by_ids(&self, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, TenantScope>> {
        let ids: BTreeSet<Uuid> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut found = HashMap::new();
        for some in ids.into_iter().collect::<Vec<_>>().chunks(BOARDS_AT_ONCE) {
            let rows = tenants::Entity::find().filter(tenants::Column::Id.is_in(some.iter().copied()));
            let hosts = tenant_hosts::Entity::find().filter(tenant_hosts::Column::TenantId.is_in(some.iter().copied()));
            let hosts = hosts.order_by_asc(tenant_hosts::Column::Host).all(self.0.db()).await?;
            for row in rows.all(self.0.db()).await? {
                let own = hosts.iter().filter(|h| h.tenant_id == row.id).map(|h| h.host.clone()).collect();
                found.insert(row.id, TenantScope::new(self.0.clone(), Tenant::from_row(row, own)?));
            }
        }
        Ok(found)
    }

    /// The board that answers at this host name (lower case, without a port).
    pub async fn by_host(&self, host: &str) -> Result<Option<TenantScope>> {
        match tenant_hosts::Entity::find_by_id(printable(host)).one(self.0.db()).await? {
            Some(row) => self.by_id(row.tenant_id).await,
            None => Ok(None),
        }
    }

    pub(super) async fn scope(&self, row: Option<tenants::Model>) -> Result<Option<TenantScope>> {
        let Some(row) = row else { return Ok(None) };
        let hosts = tenant_hosts::Entity::find()
            .filter(tenant_hosts::Column::TenantId.eq(row.id))
            .order_by_asc(tenant_hosts::Column::Host)
            .all(self.0.db())
            .await?;
        let hosts = hosts.into_iter().map(|h| h.host).collect();
        Ok(Some(TenantScope::new(self.0.clone(), Tenant::from_row(row, hosts)?)))
    }
}

impl TenantScope {
    /// The names of the settings that were changed after this version of them, each once.
    pub async fn settings_changed_since(&self, version: u64) -> Result<Vec<String>> {
        use audit_events::{Column, Entity};
        let changes = self.find::<Entity>().filter(Column::Action.eq(AuditAction::TenantUpdate));
        let changes = changes.order_by_desc(Column::Id).limit(CHANGES_TOLD).all(self.store().db()).await?;
        let newer = |row: &audit_events::Model| row.detail["version"].as_u64().is_some_and(|number| number > version);
        let mut names: Vec<String> = Vec::new();
        for row in changes.iter().take_while(|row| newer(row)) {
            let changed = row.detail["changed"].as_array().into_iter().flatten().filter_map(Value::as_str);
            names.extend(changed.map(str::to_owned));
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// Adds a board within a transaction, and tells what to record.
pub(super) async fn insert(
    tx: &sea_orm::DatabaseTransaction,
    store: &Store,
    new: NewTenant,
) -> Result<(Tenant, Event)> {
    let name = super::names::checked(&new.name)?;
    let locale = checked_locale(&new.locale)?;
    if !slugs::is_free(tx, new.slug.as_str(), None).await? {
        return Err(Conflict::SlugTaken(new.slug.to_string()).into());
    }
    let row = tenants::ActiveModel {
        id: Set(Uuid::now_v7()),
        slug: Set(new.slug.to_string()),
        name: Set(name),
        currency: Set(currency_of(&locale).to_owned()),
        locale: Set(locale),
        time_zone: Set(new.time_zone.name().to_owned()),
        accent: Set(DEFAULT_ACCENT.to_owned()),
        description: Set(None),
        form: Set(json!({ "fields": [] })),
        default_days: Set(DEFAULT_DAYS),
        created_at: Set(store.now()),
        version: Set(1),
        locales: Set(json!([])),
        listed: Set(true),
        registration: Set(false),
        rules: Set(json!({})),
        steps_hidden: Set(false),
    };
    let row = row.insert(tx).await?;
    let mut hosts = Vec::new();
    for host in new.hosts {
        let host = checked_host(&host)?;
        if tenant_hosts::Entity::find_by_id(host.clone()).one(tx).await?.is_some() {
            return Err(Conflict::HostTaken(host).into());
        }
        tenant_hosts::ActiveModel { tenant_id: Set(row.id), host: Set(host.clone()) }.insert(tx).await?;
        hosts.push(host);
    }
    let event = Event::of_installation(AuditAction::TenantCreate, SubjectKind::Tenant, row.id);
    Ok((Tenant::from_row(row, hosts)?, event))
}

fn checked_locale(locale: &str) -> Result<String> {
    let form =
        crate::form::Form { fields: vec![crate::form::Field::required("locale", crate::form::FieldKind::Language)] };
    form.validate(&json!({ "locale": locale }), chrono::NaiveDate::MIN)?;
    Ok(locale.to_owned())
}

fn checked_host(host: &str) -> Result<String> {
    let host = host.trim().to_ascii_lowercase();
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
    };
    if host.len() <= 253 && host.contains('.') && host.split('.').all(label) {
        Ok(host)
    } else {
        Err(FieldErrors::one("/hosts", FieldProblem::NotHost).into())
    }
}
