//! A form that is sent twice makes one offer.

use chrono::Duration;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use super::Jobs;
use crate::actor::Actor;
use crate::entity::submission_keys::{ActiveModel, Column, Entity};
use crate::error::Result;

/// How long a submission is remembered: a form that stays open longer than this makes a second offer.
const REMEMBERED: Duration = Duration::days(30);

/// Recognises a submission that comes again.
#[derive(Clone)]
pub struct SubmissionOnce {
    /// The same for the same form with the same answers, and unguessable.
    pub digest: String,
    /// The private link's token, which the one who sends the form can make again and nobody else can.
    pub edit_token: String,
    /// The private link that this browser has opened before. If it was mailed to the offer's address, the board's rule
    /// for approving by itself can hold.
    pub opened_link: Option<String>,
}

impl std::fmt::Debug for SubmissionOnce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SubmissionOnce").finish_non_exhaustive()
    }
}

impl Jobs<'_> {
    /// Hands in an offer in the wire format, unless it was handed in before under the same digest. `locale`: as in
    /// [`submit_in`](Self::submit_in).
    ///
    /// Gives the token of the offer's private link, of the first time too. `None`: it was handed in before, and
    /// `once.edit_token` doesn't lead to it (it is another sender's, or was revoked).
    pub async fn submit_once(
        &self,
        locale: Option<&str>,
        input: &Value,
        by: Actor,
        once: &SubmissionOnce,
    ) -> Result<Option<String>> {
        let offer = self.parse_submission(input)?;
        if let Some(submission) = self.add(offer, locale, by, Some(once)).await? {
            return Ok(Some(submission.edit_token));
        }
        let leads_there = self.0.edit_links().resolve(&once.edit_token).await?.is_some();
        Ok(leads_there.then(|| once.edit_token.clone()))
    }

    /// Claims the digest for a job within its transaction; whether it was free.
    pub(super) async fn claim_digest(&self, tx: &DatabaseTransaction, digest: &str, job_id: Uuid) -> Result<bool> {
        let now = self.0.now();
        let old = self.0.delete::<Entity>().filter(Column::CreatedAt.lt(now - REMEMBERED));
        old.exec(tx).await?;
        let row = ActiveModel {
            tenant_id: Set(self.0.id),
            digest: Set(digest.to_owned()),
            job_id: Set(job_id),
            created_at: Set(now),
        };
        // The other one of two that come at the same time waits here for the first to be committed.
        let once = OnConflict::columns([Column::TenantId, Column::Digest]).do_nothing().to_owned();
        Ok(Entity::insert(row).on_conflict(once).exec_without_returning(tx).await? > 0)
    }
}
