//! What reopening a job needs to know, and what waits: a poster's proposed contact address, a role for a new member.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, maybe, text, time, uuid};
use crate::tables::{create, index, owned, within_tenant};

/// Who ended a job, which copies a person took back, proposed contact addresses, and roles that wait for their person.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ended_by = maybe(text("ended_by"));
        manager.alter_table(Table::alter().table("jobs").add_column(ended_by).to_owned()).await?;
        manager.alter_table(Table::alter().table("placements").add_column(flag("kept_away")).to_owned()).await?;
        // Personal data stands apart from the revisions, as in `job_contacts`.
        let mut proposed =
            owned("job_proposed_contacts", vec![uuid("job_id"), text("email")], &["tenant_id", "job_id"]);
        let proposed = within_tenant(&mut proposed, "job_proposed_contacts", "job_id", "jobs");
        let invitations = owned(
            "invitations",
            vec![uuid("id"), text("email"), text("role"), time("created_at")],
            &["tenant_id", "id"],
        );
        let one_each = index("invitations_email", "invitations", &["tenant_id", "email"]).unique().to_owned();
        create(manager, vec![proposed, invitations], vec![one_each]).await?;
        // Until now a proposed address held at once.
        let known = "INSERT INTO job_proposed_contacts (tenant_id, job_id, email) SELECT c.tenant_id, c.job_id, c.email \
             FROM job_contacts c JOIN jobs j ON j.tenant_id = c.tenant_id AND j.id = c.job_id \
             WHERE j.pending_revision IS NOT NULL";
        manager.get_connection().execute_unprepared(known).await?;
        Ok(())
    }
}
