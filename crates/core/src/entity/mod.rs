//! The tables' rows, as the database keeps them. Private: the domain's types are made from them.

use sea_orm::EntityTrait;

mod access;
mod audit;
mod delivery;
mod job;
mod mail;
mod notice;
mod people;
mod plugins;

pub(crate) use access::{address_links, invitations, password_links, recovery_codes, registrations, totp};
pub(crate) use audit::{audit_events, installation_events};
pub(crate) use delivery::{attempts, channel_secrets, channels, lanes, placements};
pub(crate) use job::{
    edit_links, job_contacts, job_proposed_contacts, job_revisions, job_sources, job_tags, jobs, postings,
    submission_keys,
};
pub(crate) use mail::{mail_fragments, mail_suppressions, mails};
pub(crate) use notice::{board_mail_servers, notice_words, notices, notification_preferences};
pub(crate) use people::{
    api_tokens, board_changes, former_slugs, idempotency_keys, memberships, sessions, setup_links, tenant_hosts,
    tenants, users, waiting_roles,
};
pub(crate) use plugins::{InstallState, plugin_files, plugin_installs, plugin_uploads};

/// Tells which column of a table names the tenant its rows belong to.
pub(crate) trait Owned: EntityTrait {
    /// The column.
    const TENANT: Self::Column;
}
