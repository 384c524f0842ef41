//! The private links with which posters come back to their offers.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::TenantScope;
use crate::entity::edit_links;
use crate::error::Result;
use crate::keyring::{random_token, token_hash};

/// A tenant's private links. Only hashes are stored.
#[derive(Debug)]
pub struct EditLinks<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// The private links of its posters.
    pub fn edit_links(&self) -> EditLinks<'_> {
        EditLinks(self)
    }
}

impl EditLinks<'_> {
    /// The job a link opens; `None` when it is unknown or revoked.
    pub async fn resolve(&self, token: &str) -> Result<Option<Uuid>> {
        let row = self
            .0
            .find::<edit_links::Entity>()
            .filter(edit_links::Column::TokenHash.eq(token_hash(token)))
            .filter(edit_links::Column::RevokedAt.is_null())
            .one(self.0.store().db())
            .await?;
        Ok(row.map(|row| row.job_id))
    }

    /// Makes a new link for a job and the older ones worthless.
    pub async fn reissue(&self, job_id: Uuid) -> Result<String> {
        let tx = self.0.store().write().await?;
        self.revoke_within(&tx, job_id).await?;
        let token = insert(&tx, self.0, job_id).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Makes every link of a job worthless.
    pub async fn revoke(&self, job_id: Uuid) -> Result<()> {
        let tx = self.0.store().write().await?;
        self.revoke_within(&tx, job_id).await?;
        tx.commit().await
    }

    async fn revoke_within(&self, tx: &DatabaseTransaction, job_id: Uuid) -> Result<()> {
        self.0
            .update::<edit_links::Entity>()
            .col_expr(edit_links::Column::RevokedAt, Expr::value(self.0.now()))
            .filter(edit_links::Column::JobId.eq(job_id))
            .filter(edit_links::Column::RevokedAt.is_null())
            .exec(tx)
            .await?;
        Ok(())
    }
}

/// Adds a link within a transaction and returns its token.
pub(super) async fn insert(tx: &DatabaseTransaction, scope: &TenantScope, job_id: Uuid) -> Result<String> {
    let token = random_token();
    let row = edit_links::ActiveModel {
        tenant_id: Set(scope.id),
        token_hash: Set(token_hash(&token)),
        job_id: Set(job_id),
        created_at: Set(scope.now()),
        revoked_at: Set(None),
    };
    row.insert(tx).await?;
    Ok(token)
}
