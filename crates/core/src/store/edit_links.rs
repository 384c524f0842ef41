//! The private links with which posters open their offers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    PaginatorTrait as _, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::write::Bookkeeping;
use super::{Job, TenantScope};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::email_key::EmailKey;
use crate::entity::{edit_links, jobs};
use crate::error::{Conflict, Error, Result};
use crate::keyring::{random_token, token_hash};

/// A tenant's private links. Only hashes are stored.
#[derive(Debug)]
pub struct EditLinks<'a>(pub(super) &'a TenantScope);

/// How many days after its job's end a link still opens it.
pub const DAYS_AFTER_END: i64 = 180;

impl TenantScope {
    /// The private links of its posters.
    pub fn edit_links(&self) -> EditLinks<'_> {
        EditLinks(self)
    }
}

impl EditLinks<'_> {
    /// The job a link opens; `None` when the link is unknown or revoked, or the job ended [`DAYS_AFTER_END`] ago.
    pub async fn resolve(&self, token: &str) -> Result<Option<Uuid>> {
        let db = self.0.store().db();
        let row = self
            .0
            .find::<edit_links::Entity>()
            .filter(edit_links::Column::TokenHash.eq(token_hash(token)))
            .filter(edit_links::Column::RevokedAt.is_null())
            .one(db)
            .await?;
        let Some(link) = row else { return Ok(None) };
        let job = self.0.find::<jobs::Entity>().filter(jobs::Column::Id.eq(link.job_id)).one(db).await?;
        Ok(job.filter(|job| !self.is_over(job)).map(|job| job.id))
    }

    /// Makes a new link for a job and revokes the older ones.
    ///
    /// # Errors
    /// `NotFound` without such a job, [`Conflict::LinkOver`] when its links have ended.
    pub async fn reissue(&self, job_id: Uuid, by: Actor) -> Result<String> {
        let tx = self.0.store().write_as(by).await?;
        let job = self.0.find::<jobs::Entity>().filter(jobs::Column::Id.eq(job_id)).lock_exclusive().one(&*tx).await?;
        if self.is_over(&job.ok_or(Error::NotFound)?) {
            return Err(Conflict::LinkOver.into());
        }
        self.revoke_within(&tx, job_id).await?;
        let token = insert(&tx, self.0, job_id).await?;
        tx.commit([self.0.event(AuditAction::JobReissueLink, (SubjectKind::Job, job_id))]).await?;
        Ok(token)
    }

    /// The token of the link that mails to this address have: the same in each of them, so that mails don't add up to ever
    /// more links. `None` if staff have ended the job's links; after they have made a new one, mails have another link too.
    pub async fn for_mail(&self, job_id: Uuid, address: &str) -> Result<Option<String>> {
        use edit_links::Column;
        let links = self.0.find::<edit_links::Entity>().filter(Column::JobId.eq(job_id));
        let links = links.all(self.0.store().db()).await?;
        let (revoked, valid): (Vec<_>, Vec<_>) = links.into_iter().partition(|link| link.revoked_at.is_some());
        if valid.is_empty() {
            return Ok(None);
        }
        let token = self.mailed_token(job_id, revoked.len(), address)?;
        let hash = token_hash(&token);
        if !valid.iter().any(|link| link.token_hash == hash) {
            let tx = self.0.store().write_internal(Bookkeeping::Outbox).await?;
            let row = link(self.0, job_id, &token);
            let once = OnConflict::columns([Column::TenantId, Column::TokenHash]).do_nothing().to_owned();
            edit_links::Entity::insert(row).on_conflict(once).exec_without_returning(&*tx).await?;
            tx.commit().await?;
        }
        Ok(Some(token))
    }

    /// Whether this link of a job was mailed to the job's address, and not shown to whoever typed that address.
    pub async fn is_mailed(&self, token: &str, job: &Job) -> Result<bool> {
        match &job.content.contact_email {
            Some(address) => self.was_mailed_to(self.0.store().db(), token, address).await,
            None => Ok(false),
        }
    }

    /// Whether this token is a valid link's that was mailed to this address, so that whoever has it reads that mailbox.
    pub(super) async fn was_mailed_to(&self, db: &impl ConnectionTrait, token: &str, address: &str) -> Result<bool> {
        use edit_links::Column;
        let hash = token_hash(token);
        let Some(link) = self.0.find::<edit_links::Entity>().filter(Column::TokenHash.eq(&*hash)).one(db).await? else {
            return Ok(false);
        };
        let revoked = self.0.find::<edit_links::Entity>().filter(Column::JobId.eq(link.job_id));
        let revoked = revoked.filter(Column::RevokedAt.is_not_null()).count(db).await?;
        let revoked = usize::try_from(revoked).unwrap_or(usize::MAX);
        Ok(link.revoked_at.is_none() && token_hash(&self.mailed_token(link.job_id, revoked, address)?) == hash)
    }

    /// The token of mails about a job to this address, until the job's links are revoked once more.
    fn mailed_token(&self, job_id: Uuid, revoked: usize, address: &str) -> Result<String> {
        let address = EmailKey::of(address);
        let purpose = format!("mail-link:{}:{job_id}:{revoked}:{address}", self.0.id);
        Ok(URL_SAFE_NO_PAD.encode(self.0.store().keyring()?.derive(&purpose)))
    }

    /// Revokes every link of a job. `NotFound` without such a job.
    pub async fn revoke(&self, job_id: Uuid, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        let job = self.0.find::<jobs::Entity>().filter(jobs::Column::Id.eq(job_id)).one(&*tx).await?;
        job.ok_or(Error::NotFound)?;
        let event = self.0.event(AuditAction::JobRevokeLink, (SubjectKind::Job, job_id));
        let was_there = self.revoke_within(&tx, job_id).await?;
        tx.commit(was_there.then_some(event)).await
    }

    fn is_over(&self, job: &jobs::Model) -> bool {
        job.ended_at.is_some_and(|at| at + Duration::days(DAYS_AFTER_END) <= self.0.now())
    }

    /// Whether there was a link.
    async fn revoke_within(&self, tx: &DatabaseTransaction, job_id: Uuid) -> Result<bool> {
        let revoked = self
            .0
            .update::<edit_links::Entity>()
            .col_expr(edit_links::Column::RevokedAt, Expr::value(self.0.now()))
            .filter(edit_links::Column::JobId.eq(job_id))
            .filter(edit_links::Column::RevokedAt.is_null())
            .exec(tx)
            .await?;
        Ok(revoked.rows_affected > 0)
    }
}

/// Adds a link within a transaction and returns its token.
pub(super) async fn insert(tx: &DatabaseTransaction, scope: &TenantScope, job_id: Uuid) -> Result<String> {
    let token = random_token();
    insert_token(tx, scope, job_id, &token).await?;
    Ok(token)
}

/// Adds a link with this token within a transaction.
pub(super) async fn insert_token(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    token: &str,
) -> Result<()> {
    link(scope, job_id, token).insert(tx).await?;
    Ok(())
}

fn link(scope: &TenantScope, job_id: Uuid, token: &str) -> edit_links::ActiveModel {
    edit_links::ActiveModel {
        tenant_id: Set(scope.id),
        token_hash: Set(token_hash(token)),
        job_id: Set(job_id),
        created_at: Set(scope.now()),
        revoked_at: Set(None),
    }
}
