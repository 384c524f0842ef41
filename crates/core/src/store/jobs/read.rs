//! Finding jobs.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, LikeExpr, Query};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::{Job, Jobs, Revision, unsigned};
use crate::entity::{job_contacts, job_revisions, job_tags, jobs};
use crate::error::{Error, Result};
use crate::job::{JobContent, JobState, Posting, Workplace};
use crate::page::{Cursor, Page, clamp_limit};
use crate::search::{fold, search_words};
use crate::slug::printable;

/// The most tags a list offers to filter by.
const MAX_TAGS: u64 = 40;

/// Which jobs to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct JobQuery {
    /// Words that all occur in it, within the limits of [`search_words`].
    pub q: Option<String>,
    /// A tag it has.
    pub tag: Option<String>,
    /// Where the work is done.
    pub workplace: Option<Workplace>,
    /// The states it may be in; `[Published]` for the public.
    pub states: Vec<JobState>,
    /// Only those with a pending revision.
    pub pending_revision: bool,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// How many, at most 100.
    pub limit: Option<u64>,
}

impl JobQuery {
    /// What the public sees.
    pub fn public() -> Self {
        Self { states: vec![JobState::Published], ..Self::default() }
    }
}

impl Jobs<'_> {
    /// One by id, whatever its state.
    pub async fn get(&self, id: Uuid) -> Result<Option<Job>> {
        self.one(jobs::Column::Id.eq(id)).await
    }

    /// One by its name in addresses, whatever its state.
    pub async fn by_slug(&self, slug: &str) -> Result<Option<Job>> {
        self.one(jobs::Column::Slug.eq(printable(slug))).await
    }

    /// A page of jobs.
    pub async fn list(&self, query: &JobQuery) -> Result<Page<Job>> {
        let page = self.rows(query).await?;
        Ok(Page { items: self.views(page.items).await?, next_cursor: page.next_cursor })
    }

    /// The rows of a page of jobs.
    pub(super) async fn rows(&self, query: &JobQuery) -> Result<Page<jobs::Model>> {
        let limit = clamp_limit(query.limit);
        let mut select = self.matching(query)?;
        if let Some(cursor) = query.cursor.as_deref().and_then(Cursor::decode) {
            let same_time = jobs::Column::ListedAt.eq(cursor.at).and(jobs::Column::Id.lt(cursor.id));
            select = select.filter(Condition::any().add(jobs::Column::ListedAt.lt(cursor.at)).add(same_time));
        }
        let rows = select
            .order_by_desc(jobs::Column::ListedAt)
            .order_by_desc(jobs::Column::Id)
            .limit(limit + 1)
            .all(self.0.store().db())
            .await?;
        Ok(Page::cut(rows, limit, |row| Cursor { at: row.listed_at, id: row.id }))
    }

    /// How many jobs match, whatever the page.
    pub async fn count(&self, query: &JobQuery) -> Result<u64> {
        Ok(self.matching(query)?.count(self.0.store().db()).await?)
    }

    /// The tags of the jobs that are on the board, the most used first.
    pub async fn tags(&self) -> Result<Vec<(String, u64)>> {
        let published = Query::select()
            .column(jobs::Column::Id)
            .from(jobs::Entity)
            .and_where(Expr::col(jobs::Column::TenantId).eq(self.0.id))
            .and_where(Expr::col(jobs::Column::State).eq(JobState::Published))
            .to_owned();
        let rows: Vec<(String, i64)> = self
            .0
            .find::<job_tags::Entity>()
            .filter(job_tags::Column::JobId.in_subquery(published))
            .select_only()
            .column(job_tags::Column::Tag)
            .expr_as(Expr::col(job_tags::Column::JobId).count(), "uses")
            .group_by(job_tags::Column::Tag)
            .order_by_desc(Expr::col("uses"))
            .order_by_asc(job_tags::Column::Tag)
            .limit(MAX_TAGS)
            .into_tuple()
            .all(self.0.store().db())
            .await?;
        Ok(rows.into_iter().map(|(tag, uses)| (tag, unsigned(uses))).collect())
    }

    /// A page of a job's revisions, oldest first.
    pub async fn revisions(&self, id: Uuid, cursor: Option<&str>, limit: Option<u64>) -> Result<Page<Revision>> {
        use job_revisions::Column;
        let limit = clamp_limit(limit);
        let mut rows = self.0.find::<job_revisions::Entity>().filter(Column::JobId.eq(id));
        if let Some(last) = cursor.and_then(Cursor::decode) {
            rows = rows.filter(Column::Number.gt(i64::try_from(last.id.as_u128()).unwrap_or(i64::MAX)));
        }
        let rows = rows.order_by_asc(Column::Number).limit(limit + 1).all(self.0.store().db()).await?;
        let place = |row: &job_revisions::Model| Cursor {
            at: row.created_at,
            id: Uuid::from_u128(u128::from(unsigned(row.number))),
        };
        let page = Page::cut(rows, limit, place);
        let revisions = page.items.into_iter().map(|row| {
            Ok(Revision {
                number: unsigned(row.number),
                author_kind: row.author_kind,
                created_at: row.created_at,
                content: JobContent::stored(row.content)?,
            })
        });
        Ok(Page { items: revisions.collect::<Result<_>>()?, next_cursor: page.next_cursor })
    }

    /// What channels say of a job now, or would say after the decision that is due: the pending revision's posting
    /// if there is one, else the published one's, else what an approval at this moment would freeze.
    pub async fn posting(&self, id: Uuid) -> Result<Option<Posting>> {
        let db = self.0.store().db();
        let Some(row) = self.0.find::<jobs::Entity>().filter(jobs::Column::Id.eq(id)).one(db).await? else {
            return Ok(None);
        };
        let revision = row.pending_revision.unwrap_or(row.revision);
        if let Some(frozen) = self.posting_of(id, unsigned(revision)).await? {
            return Ok(Some(frozen));
        }
        let content = self.content(db, id, revision).await?;
        Ok(Some(self.freeze(&row, revision, &content, self.0.now()).await))
    }

    /// What an approval froze of this revision of a job.
    pub async fn posting_of(&self, id: Uuid, revision: u64) -> Result<Option<Posting>> {
        let revision = i64::try_from(revision).unwrap_or(i64::MAX);
        super::super::postings::read(self.0.store().db(), self.0, id, revision).await
    }

    /// What channels would say of an offer that was only typed so far. Its address is a stand-in of the right length.
    pub async fn draft_posting(&self, content: &JobContent) -> Posting {
        let now = self.0.now();
        let id = Uuid::nil();
        Posting::freeze(
            content,
            crate::job::PostingContext {
                id,
                revision: 1,
                url: self.0.job_url(&super::submit::job_slug(&content.title, id)),
                locale: &self.0.locale,
                published_at: now,
                updated_at: now,
                expires_at: Some(self.expiry(content, now)),
            },
        )
        .await
    }

    fn matching(&self, query: &JobQuery) -> Result<Select<jobs::Entity>> {
        let mut select = self.0.find::<jobs::Entity>();
        if !query.states.is_empty() {
            select = select.filter(jobs::Column::State.is_in(query.states.iter().copied()));
        }
        if query.pending_revision {
            select = select.filter(jobs::Column::PendingRevision.is_not_null());
        }
        if let Some(workplace) = query.workplace {
            select = select.filter(jobs::Column::Workplace.eq(workplace));
        }
        if let Some(tag) = query.tag.as_deref().map(fold).filter(|t| !t.is_empty()) {
            let tagged = Query::select()
                .column(job_tags::Column::JobId)
                .from(job_tags::Entity)
                .and_where(Expr::col(job_tags::Column::TenantId).eq(self.0.id))
                .and_where(Expr::col(job_tags::Column::Folded).eq(tag))
                .to_owned();
            select = select.filter(jobs::Column::Id.in_subquery(tagged));
        }
        for word in search_words(query.q.as_deref().unwrap_or_default())? {
            let pattern = format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
            select = select.filter(Expr::col(jobs::Column::SearchText).like(LikeExpr::new(pattern).escape('\\')));
        }
        Ok(select)
    }

    async fn one(&self, condition: impl sea_orm::sea_query::IntoCondition) -> Result<Option<Job>> {
        let row = self.0.find::<jobs::Entity>().filter(condition).one(self.0.store().db()).await?;
        match row {
            Some(row) => Ok(self.views(vec![row]).await?.pop()),
            None => Ok(None),
        }
    }

    /// Jobs with what they say: two queries, however many jobs.
    pub(super) async fn views(&self, rows: Vec<jobs::Model>) -> Result<Vec<Job>> {
        let db = self.0.store().db();
        let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
        // By the numbers that were read with the jobs, not by a join: a job may be edited between the two queries, and
        // a revision never changes.
        let numbers: Vec<i64> = rows.iter().map(|r| r.revision).collect();
        let revisions = self
            .0
            .find::<job_revisions::Entity>()
            .filter(job_revisions::Column::JobId.is_in(ids.iter().copied()))
            .filter(job_revisions::Column::Number.is_in(numbers))
            .all(db)
            .await?;
        let contacts =
            self.0.find::<job_contacts::Entity>().filter(job_contacts::Column::JobId.is_in(ids)).all(db).await?;
        rows.into_iter()
            .map(|row| {
                let content = revisions
                    .iter()
                    .find(|r| r.job_id == row.id && r.number == row.revision)
                    .ok_or_else(|| Error::Internal(format!("job {} has no revision {}", row.id, row.revision)))?;
                let mut content = JobContent::stored(content.content.clone())?;
                content.contact_email = contacts.iter().find(|c| c.job_id == row.id).map(|c| c.email.clone());
                Ok(self.view(row, content))
            })
            .collect()
    }
}
