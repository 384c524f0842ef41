//! Where moderators reach a job's poster. The addresses stand apart from the revisions, so that a person can be erased
//! and the history of what a job said remains.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, QueryFilter};
use uuid::Uuid;

use super::Jobs;
use crate::entity::{job_contacts, job_proposed_contacts};
use crate::error::Result;

impl Jobs<'_> {
    /// The address that holds.
    pub(super) async fn contact(&self, tx: &impl ConnectionTrait, job_id: Uuid) -> Result<Option<String>> {
        let row = self.0.find::<job_contacts::Entity>().filter(job_contacts::Column::JobId.eq(job_id)).one(tx).await?;
        Ok(row.map(|row| row.email))
    }

    pub(super) async fn set_contact(&self, tx: &DatabaseTransaction, job_id: Uuid, email: Option<&str>) -> Result<()> {
        self.0.delete::<job_contacts::Entity>().filter(job_contacts::Column::JobId.eq(job_id)).exec(tx).await?;
        self.insert_contact(tx, job_id, email).await
    }

    /// The address of a job that has none yet.
    pub(super) async fn insert_contact(
        &self,
        tx: &DatabaseTransaction,
        job_id: Uuid,
        email: Option<&str>,
    ) -> Result<()> {
        if let Some(email) = email {
            let row = job_contacts::ActiveModel {
                tenant_id: Set(self.0.id),
                job_id: Set(job_id),
                email: Set(email.to_owned()),
            };
            row.insert(tx).await?;
        }
        Ok(())
    }

    /// The address that the pending revision would bring.
    pub(super) async fn proposed_contact(&self, tx: &impl ConnectionTrait, job_id: Uuid) -> Result<Option<String>> {
        use job_proposed_contacts::{Column, Entity};
        let row = self.0.find::<Entity>().filter(Column::JobId.eq(job_id)).one(tx).await?;
        Ok(row.map(|row| row.email))
    }

    /// Keeps the address of a pending revision until a moderator decides on it.
    pub(super) async fn propose_contact(
        &self,
        tx: &DatabaseTransaction,
        job_id: Uuid,
        email: Option<&str>,
    ) -> Result<()> {
        self.forget_proposed_contact(tx, job_id).await?;
        if let Some(email) = email {
            let row = job_proposed_contacts::ActiveModel {
                tenant_id: Set(self.0.id),
                job_id: Set(job_id),
                email: Set(email.to_owned()),
            };
            row.insert(tx).await?;
        }
        Ok(())
    }

    /// The pending revision was accepted, and so was its address.
    pub(super) async fn accept_proposed_contact(&self, tx: &DatabaseTransaction, job_id: Uuid) -> Result<()> {
        let proposed = self.proposed_contact(tx, job_id).await?;
        self.set_contact(tx, job_id, proposed.as_deref()).await?;
        self.forget_proposed_contact(tx, job_id).await
    }

    pub(super) async fn forget_proposed_contact(&self, tx: &DatabaseTransaction, job_id: Uuid) -> Result<()> {
        use job_proposed_contacts::{Column, Entity};
        self.0.delete::<Entity>().filter(Column::JobId.eq(job_id)).exec(tx).await?;
        Ok(())
    }
}
