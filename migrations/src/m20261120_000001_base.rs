//! Tenants, people, jobs, channels, placements.
//!
//! Rows of a tenant carry `tenant_id`, and refer to each other by `(tenant_id, id)`, so that no row can
//! point into another tenant. Enumerations are texts, checked by the domain.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, flag, integer, json, maybe, text, time, uuid};
use crate::tables::{create, index, owned, table, within_tenant};

/// The first schema.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, tables(), indexes()).await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let mut tables = people();
    tables.extend(jobs());
    tables.extend(delivery());
    tables
}

fn people() -> Vec<TableCreateStatement> {
    vec![
        table(
            "tenants",
            vec![
                uuid("id"),
                text("slug").unique_key().to_owned(),
                text("name"),
                text("locale"),
                text("time_zone"),
                text("accent"),
                maybe(text("description")),
                json("form"),
                integer("default_days"),
                time("created_at"),
            ],
            &["id"],
        ),
        owned("tenant_hosts", vec![text("host")], &["host"]),
        table(
            "users",
            vec![
                uuid("id"),
                text("email").unique_key().to_owned(),
                text("name"),
                text("password_hash"),
                flag("operator"),
                time("created_at"),
            ],
            &["id"],
        ),
        owned("memberships", vec![uuid("user_id"), text("role"), time("created_at")], &["tenant_id", "user_id"])
            .foreign_key(
                ForeignKey::create()
                    .from("memberships", "user_id")
                    .to("users", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned(),
        table(
            "sessions",
            vec![text("token_hash"), uuid("user_id"), time("created_at"), time("expires_at")],
            &["token_hash"],
        )
        .foreign_key(
            ForeignKey::create().from("sessions", "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned(),
        table("setup_links", vec![text("token_hash"), time("expires_at")], &["token_hash"]),
        owned(
            "api_tokens",
            vec![
                uuid("id"),
                text("name"),
                text("role"),
                time("created_at"),
                maybe(time("expires_at")),
                maybe(time("revoked_at")),
            ],
            &["tenant_id", "id"],
        ),
        owned(
            "audit_events",
            vec![
                uuid("id"),
                time("at"),
                text("actor_kind"),
                maybe(uuid("actor_id")),
                text("action"),
                text("subject_kind"),
                uuid("subject_id"),
                json("detail"),
            ],
            &["tenant_id", "id"],
        ),
        owned(
            "idempotency_keys",
            vec![text("key"), text("request_hash"), maybe(integer("status")), maybe(text("body")), time("created_at")],
            &["tenant_id", "key"],
        ),
    ]
}

fn jobs() -> Vec<TableCreateStatement> {
    let of_job = |mut table: TableCreateStatement, name| within_tenant(&mut table, name, "job_id", "jobs");
    vec![
        owned(
            "jobs",
            vec![
                uuid("id"),
                text("slug"),
                text("state"),
                // The revision the board shows (or, before publication, the newest one).
                integer("revision"),
                // A poster's edit of a live job, waiting for a moderator.
                maybe(integer("pending_revision")),
                text("workplace"),
                text("search_text"),
                // Where the job stands in lists: submitted, then published.
                time("listed_at"),
                time("submitted_at"),
                maybe(time("publish_at")),
                maybe(time("published_at")),
                maybe(time("expires_at")),
                maybe(time("ended_at")),
                // What a moderator told the poster.
                maybe(text("reason")),
            ],
            &["tenant_id", "id"],
        ),
        of_job(
            owned(
                "job_revisions",
                vec![
                    uuid("job_id"),
                    integer("number"),
                    json("content"),
                    text("author_kind"),
                    maybe(uuid("author_id")),
                    time("created_at"),
                ],
                &["tenant_id", "job_id", "number"],
            ),
            "job_revisions",
        ),
        // Personal data stands apart, so that a person can be erased without tearing history.
        of_job(owned("job_contacts", vec![uuid("job_id"), text("email")], &["tenant_id", "job_id"]), "job_contacts"),
        of_job(owned("job_tags", vec![uuid("job_id"), text("tag")], &["tenant_id", "tag", "job_id"]), "job_tags"),
        of_job(
            owned(
                "edit_links",
                vec![text("token_hash"), uuid("job_id"), time("created_at"), maybe(time("revoked_at"))],
                &["tenant_id", "token_hash"],
            ),
            "edit_links",
        ),
        of_job(
            owned(
                "postings",
                vec![uuid("job_id"), integer("revision"), json("posting"), time("created_at")],
                &["tenant_id", "job_id", "revision"],
            ),
            "postings",
        ),
    ]
}

fn delivery() -> Vec<TableCreateStatement> {
    let mut channel_secrets = owned(
        "channel_secrets",
        vec![uuid("channel_id"), text("name"), bytes("sealed")],
        &["tenant_id", "channel_id", "name"],
    );
    let mut placements = owned(
        "placements",
        vec![
            uuid("id"),
            uuid("job_id"),
            uuid("channel_id"),
            text("desired"),
            integer("desired_revision"),
            text("state"),
            // The revision the copy shows, once there is a copy.
            maybe(integer("actual_revision")),
            maybe(bytes("receipt")),
            maybe(text("url")),
            // When there is something to do next; empty when desired and actual agree, or a person must act.
            maybe(time("due_at")),
            // Who works on it, until when.
            maybe(uuid("lease_id")),
            maybe(time("lease_until")),
            // Attempts that failed one after another, for the backoff.
            integer("failures").default(0).to_owned(),
            maybe(text("problem")),
            time("created_at"),
            time("updated_at"),
        ],
        &["tenant_id", "id"],
    );
    let placements = within_tenant(&mut placements, "placements", "job_id", "jobs");
    let placements = within_tenant(&mut placements.to_owned(), "placements", "channel_id", "channels");
    let mut attempts = owned(
        "attempts",
        vec![
            uuid("id"),
            uuid("placement_id"),
            integer("number"),
            text("operation"),
            integer("revision"),
            time("started_at"),
            maybe(time("finished_at")),
            // `started` until the result is known.
            text("outcome"),
            maybe(integer("status")),
            maybe(integer("duration_ms")),
            maybe(text("message")),
        ],
        &["tenant_id", "id"],
    );
    vec![
        owned(
            "channels",
            vec![
                uuid("id"),
                text("plugin"),
                text("name"),
                json("settings"),
                maybe(text("template")),
                text("state"),
                maybe(text("problem")),
                maybe(text("account_label")),
                maybe(text("account_url")),
                json("lanes"),
                time("created_at"),
                time("updated_at"),
            ],
            &["tenant_id", "id"],
        ),
        within_tenant(&mut channel_secrets, "channel_secrets", "channel_id", "channels"),
        placements,
        within_tenant(&mut attempts, "attempts", "placement_id", "placements"),
        // One row for each limit of each lane. Times are Unix milliseconds: the theoretical arrival time of
        // the generic cell rate algorithm, and the time until which the platform told us to wait.
        table("lanes", vec![text("key"), integer("arrival_ms"), integer("held_until_ms")], &["key"]),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("jobs_slug", "jobs", &["tenant_id", "slug"]).unique().to_owned(),
        index("jobs_listed", "jobs", &["tenant_id", "state", "listed_at", "id"]),
        index("jobs_publish", "jobs", &["state", "publish_at"]),
        index("jobs_expire", "jobs", &["state", "expires_at"]),
        index("job_tags_job", "job_tags", &["tenant_id", "job_id"]),
        index("edit_links_job", "edit_links", &["tenant_id", "job_id"]),
        index("placements_copy", "placements", &["tenant_id", "job_id", "channel_id"]).unique().to_owned(),
        index("placements_channel", "placements", &["tenant_id", "channel_id", "state"]),
        index("placements_due", "placements", &["due_at"]),
        index("placements_lease", "placements", &["lease_until"]),
        index("attempts_placement", "attempts", &["tenant_id", "placement_id", "number"]).unique().to_owned(),
        index("audit_subject", "audit_events", &["tenant_id", "subject_id", "at"]),
        index("memberships_user", "memberships", &["user_id"]),
        index("sessions_user", "sessions", &["user_id"]),
        index("tenant_hosts_tenant", "tenant_hosts", &["tenant_id"]),
    ]
}
