//! Posters whose offers a board approves by itself.

use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait as _, Condition, DatabaseTransaction, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
};

use super::Jobs;
use crate::email_key::EmailKey;
use crate::entity::{job_contacts, jobs};
use crate::error::Result;
use crate::job::{EndedBy, JobState};

/// The rule, as the audit log names it.
pub(super) const AUTO_APPROVE: &str = "auto_approve_after";

impl Jobs<'_> {
    /// Whether the board approves by itself what is handed in for `address`: its rule says so, a private link was opened
    /// that was mailed to it, and the last offers of that address were all approved.
    ///
    /// An offer in anybody's name can be typed in by anybody, so the address alone says nothing.
    pub(super) async fn is_trusted(
        &self,
        tx: &DatabaseTransaction,
        address: Option<&str>,
        opened_link: Option<&str>,
    ) -> Result<bool> {
        let (Some(wanted), Some(address), Some(link)) = (self.0.rules.auto_approve_after, address, opened_link) else {
            return Ok(false);
        };
        Ok(self.0.edit_links().was_mailed_to(tx, link, address).await?
            && self.last_were_approved(tx, address, wanted).await?)
    }

    /// Whether there are as many offers of this address that were decided on, and the last of them were all approved.
    /// What waits for a moderator, or was taken back before one had read it, says nothing. What staff asked to change,
    /// refused, or took off the board is against it.
    async fn last_were_approved(&self, tx: &DatabaseTransaction, address: &str, wanted: u64) -> Result<bool> {
        use jobs::Column;
        let of_address = self
            .0
            .find::<job_contacts::Entity>()
            .select_only()
            .column(job_contacts::Column::JobId)
            .filter(Func::lower(Expr::col(job_contacts::Column::Email)).eq(EmailKey::of(address).as_str()));
        let taken_back = Condition::all()
            .add(Column::State.eq(JobState::Closed))
            .add(Column::PublishedAt.is_null())
            .add(Column::EndedBy.eq(EndedBy::Poster));
        let last = self
            .0
            .find::<jobs::Entity>()
            .filter(Column::Id.in_subquery(of_address.into_query()))
            .filter(Column::State.is_not_in([JobState::Draft, JobState::Submitted]))
            .filter(taken_back.not())
            .order_by_desc(Column::SubmittedAt)
            .order_by_desc(Column::Id)
            .limit(wanted)
            .all(tx)
            .await?;
        Ok(last.len() as u64 == wanted && last.iter().all(was_approved))
    }
}

fn was_approved(job: &jobs::Model) -> bool {
    match job.state {
        JobState::Approved | JobState::Published | JobState::Filled | JobState::Expired => true,
        JobState::Closed => job.published_at.is_some() && job.ended_by == Some(EndedBy::Poster),
        JobState::Draft | JobState::Submitted | JobState::ChangesRequested | JobState::Rejected | JobState::Spam => {
            false
        }
    }
}
