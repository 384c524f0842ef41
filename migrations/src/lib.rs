//! The schema of Tablón, one set of migrations for SQLite and PostgreSQL.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod columns;
mod m20261120_000001_base;
mod m20261121_000002_delivery;
mod m20261121_000003_mail;
mod m20261121_000004_plugins;
mod m20261121_000005_operations;
mod m20261121_000006_turns;
mod m20261121_000007_suppressions;
mod m20261121_000008_destinations;
mod m20261130_000009_imports;
mod m20261130_000010_ways_back;
mod m20261130_000011_search;
mod m20261130_000012_delivery_states;
mod m20261130_000013_submission_keys;
mod m20261130_000014_installation_events;
mod m20261130_000015_board_changes;
mod m20261201_000016_notices;
mod m20261201_000017_accounts;
mod m20261201_000018_board_settings;
mod m20261201_000019_channel_setup;
mod m20261201_000020_accounts_by_mail;
mod m20261201_000021_board_mail;
mod m20261201_000022_former_slugs;
mod tables;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_base::Migration),
            Box::new(m20261121_000002_delivery::Migration),
            Box::new(m20261121_000003_mail::Migration),
            Box::new(m20261121_000004_plugins::Migration),
            Box::new(m20261121_000005_operations::Migration),
            Box::new(m20261121_000006_turns::Migration),
            Box::new(m20261121_000007_suppressions::Migration),
            Box::new(m20261121_000008_destinations::Migration),
            Box::new(m20261130_000009_imports::Migration),
            Box::new(m20261130_000010_ways_back::Migration),
            Box::new(m20261130_000011_search::Migration),
            Box::new(m20261130_000012_delivery_states::Migration),
            Box::new(m20261130_000013_submission_keys::Migration),
            Box::new(m20261130_000014_installation_events::Migration),
            Box::new(m20261130_000015_board_changes::Migration),
            Box::new(m20261201_000016_notices::Migration),
            Box::new(m20261201_000017_accounts::Migration),
            Box::new(m20261201_000018_board_settings::Migration),
            Box::new(m20261201_000019_channel_setup::Migration),
            Box::new(m20261201_000020_accounts_by_mail::Migration),
            Box::new(m20261201_000021_board_mail::Migration),
            Box::new(m20261201_000022_former_slugs::Migration),
        ]
    }
}

/// Tables whose rows belong to one tenant: each has `tenant_id` and is reached through a tenant's scope only.
pub const TENANT_TABLES: &[&str] = &[
    "api_tokens",
    "attempts",
    "audit_events",
    "board_changes",
    "board_mail_servers",
    "channel_secrets",
    "channels",
    "edit_links",
    "former_slugs",
    "idempotency_keys",
    "invitations",
    "job_contacts",
    "job_proposed_contacts",
    "job_revisions",
    "job_sources",
    "job_tags",
    "jobs",
    "mail_fragments",
    "mail_suppressions",
    "mails",
    "memberships",
    "notice_words",
    "notification_preferences",
    "placements",
    "postings",
    "registrations",
    "submission_keys",
    "tenant_hosts",
    "waiting_roles",
];

/// Tables of the instance.
pub const GLOBAL_TABLES: &[&str] = &[
    "address_links",
    "installation_events",
    "lanes",
    "notices",
    "password_links",
    "plugin_files",
    "plugin_installs",
    "plugin_uploads",
    "recovery_codes",
    "sessions",
    "setup_links",
    "tenants",
    "totp",
    "users",
];
