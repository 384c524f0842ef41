//! `tablon tenant`: the boards of this instance.

use anyhow::Result;
use serde::Serialize;
use tablon_core::store::NewTenant;
use tablon_core::{Actor, Slug, TenantScope};
use uuid::Uuid;

use crate::arguments::{Tenant, TenantCreate};
use crate::config::Config;
use crate::instance;
use crate::output::{Output, table};

#[derive(Serialize)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    locale: String,
    time_zone: String,
    hosts: Vec<String>,
    url: String,
}

impl From<&TenantScope> for Row {
    fn from(tenant: &TenantScope) -> Self {
        Self {
            id: tenant.id,
            slug: tenant.slug.clone(),
            name: tenant.name.clone(),
            locale: tenant.locale.clone(),
            time_zone: tenant.time_zone.name().to_owned(),
            hosts: tenant.hosts.clone(),
            url: format!("{}/", tenant.public_url()),
        }
    }
}

pub(super) async fn run(command: Tenant, config: &Config, output: &Output) -> Result<()> {
    let store = instance::open(config, None).await?;
    match command {
        Tenant::Create(create) => {
            let tenant = store.tenants().create(new_tenant(create)?, Actor::CommandLine).await?;
            output.print(&Row::from(&tenant), |row| format!("The board {} is at {}", row.name, row.url))?;
        }
        Tenant::List => {
            let rows: Vec<Row> = store.tenants().list().await?.iter().map(Row::from).collect();
            output.print(&rows, |rows| {
                let cells = rows.iter().map(|row| vec![row.slug.clone(), row.name.clone(), row.url.clone()]);
                table(&["slug", "name", "address"], &cells.collect::<Vec<_>>())
            })?;
        }
    }
    Ok(store.close().await?)
}

fn new_tenant(create: TenantCreate) -> Result<NewTenant> {
    let slug: Slug = create.slug.parse()?;
    let name = create.name.unwrap_or(create.slug);
    Ok(NewTenant { slug, name, locale: create.locale, time_zone: create.time_zone, hosts: create.host })
}
