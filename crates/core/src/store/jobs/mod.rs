//! A tenant's jobs: submitting, reading, deciding, editing.

mod contact;
mod decide;
mod edit;
mod import;
mod once;
mod published;
mod read;
mod reindex;
mod schedule;
mod submit;
mod trust;
mod ways_back;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::write::Write;
use super::{TenantScope, changes};
use crate::actor::{Actor, ActorKind};
use crate::board::Declared;
use crate::entity::{job_revisions, job_tags, jobs};
use crate::error::{Error, Result};
use crate::job::{EndedBy, JobContent, JobState, Posting, PostingContext};
use crate::search::{FOLD_VERSION, fold};

pub use import::{ImportOutcome, ImportRun, Imported};
pub use once::SubmissionOnce;
pub use published::{FeedJob, JobAddress};
pub use read::JobQuery;
pub use schedule::ApproveOptions;
pub use submit::{Submission, SubmittedOffer};
pub use ways_back::{MAX_RENEWAL_DAYS, Renewal};

/// A job, with everything staff may see; [`JobContent::contact_email`] must not reach anybody else.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its page.
    pub url: String,
    /// Where it stands.
    pub state: JobState,
    /// The revision that is shown.
    pub revision: u64,
    /// A poster's edit of the live job that waits for a moderator.
    pub pending_revision: Option<u64>,
    /// What it says.
    #[serde(flatten)]
    pub content: JobContent,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
    /// When it shall go on the board.
    pub publish_at: Option<DateTime<Utc>>,
    /// When it went on the board.
    pub published_at: Option<DateTime<Utc>>,
    /// When it leaves the board.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who ended it; unknown of what ended before this was kept.
    pub ended_by: Option<EndedBy>,
    /// What a moderator told the poster.
    pub reason: Option<String>,
}

impl Job {
    /// Whether its page is public, or was: then the page tells that the job has ended, instead of vanishing. What no
    /// moderator ever let on the board has no public page, however it ended.
    pub fn was_public(&self) -> bool {
        use JobState as S;
        self.published_at.is_some() && matches!(self.state, S::Published | S::Filled | S::Expired | S::Closed)
    }
}

/// A version of what a job says.
#[derive(Debug, Clone, Serialize)]
pub struct Revision {
    /// Its number, from 1.
    pub number: u64,
    /// What kind of actor wrote it.
    pub author_kind: ActorKind,
    /// When.
    pub created_at: DateTime<Utc>,
    /// What it says, without the contact address.
    pub content: JobContent,
}

/// One field that two revisions have differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field's dotted name (`organization.name`).
    pub field: String,
    /// What it was.
    pub before: Value,
    /// What it would become.
    pub after: Value,
}

/// A tenant's jobs.
#[derive(Debug)]
pub struct Jobs<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// Its jobs.
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs(self)
    }
}

impl Jobs<'_> {
    /// The row of a job, locked until the transaction ends.
    async fn lock(&self, tx: &DatabaseTransaction, id: Uuid) -> Result<jobs::Model> {
        let row = self.0.find::<jobs::Entity>().filter(jobs::Column::Id.eq(id)).lock_exclusive().one(tx).await?;
        row.ok_or(Error::NotFound)
    }

    /// What a revision says, without the contact address.
    async fn content(&self, tx: &impl sea_orm::ConnectionTrait, job_id: Uuid, number: i64) -> Result<JobContent> {
        let row = self
            .0
            .find::<job_revisions::Entity>()
            .filter(job_revisions::Column::JobId.eq(job_id))
            .filter(job_revisions::Column::Number.eq(number))
            .one(tx)
            .await?
            .ok_or_else(|| Error::Internal(format!("job {job_id} has no revision {number}")))?;
        Ok(JobContent::stored(row.content)?)
    }

    /// Adds a revision and returns its number. The contact address goes into its own row, and holds at once.
    async fn add_revision(
        &self,
        tx: &DatabaseTransaction,
        job_id: Uuid,
        content: &JobContent,
        declared: Option<&Declared>,
        by: Actor,
    ) -> Result<i64> {
        let number = self.add_revision_text(tx, job_id, content, declared, by).await?;
        self.set_contact(tx, job_id, content.contact_email.as_deref()).await?;
        Ok(number)
    }

    /// Adds a revision without its contact address and returns its number.
    async fn add_revision_text(
        &self,
        tx: &DatabaseTransaction,
        job_id: Uuid,
        content: &JobContent,
        declared: Option<&Declared>,
        by: Actor,
    ) -> Result<i64> {
        let last: Option<Option<i64>> = self
            .0
            .find::<job_revisions::Entity>()
            .filter(job_revisions::Column::JobId.eq(job_id))
            .select_only()
            .expr(Expr::col(job_revisions::Column::Number).max())
            .into_tuple()
            .one(tx)
            .await?;
        let number = last.flatten().unwrap_or(0) + 1;
        self.revision_row(job_id, number, content, declared, by)?.insert(tx).await?;
        Ok(number)
    }

    /// A revision's row, without the contact address. `declared`: what its poster ticked.
    fn revision_row(
        &self,
        job_id: Uuid,
        number: i64,
        content: &JobContent,
        declared: Option<&Declared>,
        by: Actor,
    ) -> Result<job_revisions::ActiveModel> {
        let public = JobContent { contact_email: None, ..content.clone() };
        let declared = declared.filter(|declared| !declared.is_empty()).map(serde_json::to_value).transpose()?;
        Ok(job_revisions::ActiveModel {
            tenant_id: Set(self.0.id),
            job_id: Set(job_id),
            number: Set(number),
            content: Set(public.to_value()),
            author_kind: Set(by.kind()),
            author_id: Set(by.id()),
            created_at: Set(self.0.now()),
            declared: Set(declared),
        })
    }

    /// Brings what lists and searches use in line with what the job now says.
    async fn index(&self, tx: &DatabaseTransaction, row: &mut jobs::Model, content: &JobContent) -> Result<()> {
        self.describe(row, content);
        self.0.delete::<job_tags::Entity>().filter(job_tags::Column::JobId.eq(row.id)).exec(tx).await?;
        self.insert_tags(tx, row.id, content).await
    }

    /// The tags of a job that has none yet.
    async fn insert_tags(&self, tx: &DatabaseTransaction, job_id: Uuid, content: &JobContent) -> Result<()> {
        let rows = self.tag_rows(job_id, content);
        if !rows.is_empty() {
            job_tags::Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        Ok(())
    }

    /// Writes into a job's row what lists and searches use of it.
    fn describe(&self, row: &mut jobs::Model, content: &JobContent) {
        row.workplace = content.workplace;
        row.search_text = search_text(content);
        row.fold_version = FOLD_VERSION;
        row.revised_at = Some(self.0.now());
    }

    fn tag_rows(&self, job_id: Uuid, content: &JobContent) -> Vec<job_tags::ActiveModel> {
        let row = |tag: &String| job_tags::ActiveModel {
            tenant_id: Set(self.0.id),
            job_id: Set(job_id),
            folded: Set(fold(tag)),
            tag: Set(tag.clone()),
        };
        content.tags.iter().map(row).collect()
    }

    /// What channels may say of a job, as of now.
    async fn freeze(&self, row: &jobs::Model, revision: i64, content: &JobContent, now: DateTime<Utc>) -> Posting {
        let published_at = row.published_at.or(row.publish_at).unwrap_or(now);
        Posting::freeze(
            content,
            PostingContext {
                id: row.id,
                revision: unsigned(revision),
                url: self.0.job_url(&row.slug),
                locale: &self.0.locale,
                published_at,
                updated_at: now,
                expires_at: Some(row.expires_at.unwrap_or_else(|| self.expiry(content, published_at))),
            },
        )
        .await
    }

    async fn store_posting(&self, tx: &DatabaseTransaction, posting: &Posting) -> Result<()> {
        super::postings::store(tx, self.0, posting).await
    }

    /// When a job that goes on the board at `published_at` leaves it.
    fn expiry(&self, content: &JobContent, published_at: DateTime<Utc>) -> DateTime<Utc> {
        let last_day = content
            .valid_through
            .unwrap_or_else(|| self.0.today(published_at) + chrono::Days::new(self.0.default_days));
        self.0.end_of(last_day)
    }

    /// A job from its row and what it says, with the contact address.
    fn view(&self, row: jobs::Model, content: JobContent) -> Job {
        Job {
            id: row.id,
            url: self.0.job_url(&row.slug),
            slug: row.slug,
            state: row.state,
            revision: unsigned(row.revision),
            pending_revision: row.pending_revision.map(unsigned),
            content,
            submitted_at: row.submitted_at,
            publish_at: row.publish_at,
            published_at: row.published_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            reason: row.reason,
        }
    }

    /// Writes a row back and returns the job.
    async fn save(&self, tx: &mut Write<'_>, row: jobs::Model) -> Result<Job> {
        let row = self.write_back(tx, row).await?;
        let mut content = self.content(&**tx, row.id, row.revision).await?;
        content.contact_email = self.contact(&**tx, row.id).await?;
        Ok(self.view(row, content))
    }

    /// Writes a row back.
    async fn write_back(&self, tx: &mut Write<'_>, row: jobs::Model) -> Result<jobs::Model> {
        tx.changes_board(self.0.id);
        Ok(row.into_active_model().reset_all().update(&**tx).await?)
    }
}

/// What a search looks at: title, organisation, places, tags and description, folded.
fn search_text(content: &JobContent) -> String {
    let places: Vec<String> = content.locations.iter().map(|l| l.display()).collect();
    let parts =
        [&content.title, &content.organization.name, &places.join(" "), &content.tags.join(" "), &content.description];
    fold(&parts.map(String::as_str).join("\n"))
}

/// The groups of fields that a form shows as several fields.
const GROUPS: [&str; 2] = ["organization", "fields"];

/// The names of the fields that two versions of a job have differently, the contact address among them.
fn changed_fields(before: &JobContent, after: &JobContent) -> Vec<String> {
    changes::names(&before.to_value(), &after.to_value(), &GROUPS)
}

fn unsigned(number: i64) -> u64 {
    super::unsigned(number)
}
