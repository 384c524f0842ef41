//! A poster hands an offer in.

use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde_json::Value;
use uuid::Uuid;

use super::super::edit_links;
use super::{Job, Jobs, SubmissionOnce};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::jobs;
use crate::error::{Error, Result};
use crate::form::FieldErrors;
use crate::job::{JobContent, JobState, Strictness};
use crate::keyring::random_token;
use crate::slug::slugify;

/// The most characters of a title in a job's address.
const MAX_TITLE_IN_SLUG: usize = 60;

/// An offer that was handed in.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The job, waiting for a moderator.
    pub job: Job,
    /// The private link's token: shown once, to the poster, and stored only as a hash.
    pub edit_token: String,
}

impl Jobs<'_> {
    /// Reads an offer in the wire format and tells everything that is wrong with it, without storing anything.
    pub fn parse(&self, input: &Value) -> Result<JobContent, FieldErrors> {
        self.parse_as(input, Strictness::Full)
    }

    pub(super) fn parse_as(&self, input: &Value, strictness: Strictness) -> Result<JobContent, FieldErrors> {
        JobContent::parse(input, &self.0.form, self.0.today(self.0.now()), strictness)
    }

    /// Hands in an offer in the wire format.
    pub async fn submit(&self, input: &Value, by: Actor) -> Result<Submission> {
        self.add_new(self.parse(input)?, by).await
    }

    async fn add_new(&self, content: JobContent, by: Actor) -> Result<Submission> {
        let added = self.add(content, by, None).await?;
        added.ok_or_else(|| Error::Internal("an offer without a digest was taken for another".to_owned()))
    }

    /// Adds an offer; `None` if it was handed in before with the digest of `once`.
    pub(super) async fn add(
        &self,
        content: JobContent,
        by: Actor,
        once: Option<&SubmissionOnce>,
    ) -> Result<Option<Submission>> {
        let id = Uuid::now_v7();
        let mut row = self.new_row(id, &content);
        self.describe(&mut row, &content);
        let mut tx = self.0.store().write_as(by).await?;
        tx.changes_board(self.0.id);
        let row = row.into_active_model().reset_all().insert(&*tx).await?;
        if let Some(once) = once
            && !self.claim_digest(&tx, &once.digest, id).await?
        {
            return Ok(None);
        }
        self.revision_row(id, row.revision, &content, by).insert(&*tx).await?;
        self.insert_contact(&tx, id, content.contact_email.as_deref()).await?;
        self.insert_tags(&tx, id, &content).await?;
        let edit_token = once.map_or_else(random_token, |once| once.edit_token.clone());
        edit_links::insert_token(&tx, self.0, id, &edit_token).await?;
        tx.commit([self.0.event(AuditAction::JobSubmit, (SubjectKind::Job, id))]).await?;
        Ok(Some(Submission { job: self.view(row, content), edit_token }))
    }

    /// The row of a job that is handed in now.
    pub(super) fn new_row(&self, id: Uuid, content: &JobContent) -> jobs::Model {
        let now = self.0.now();
        jobs::Model {
            tenant_id: self.0.id,
            id,
            slug: job_slug(&content.title, id),
            state: JobState::Submitted,
            revision: 1,
            pending_revision: None,
            workplace: content.workplace,
            search_text: String::new(),
            fold_version: 0,
            revised_at: None,
            listed_at: now,
            submitted_at: now,
            publish_at: None,
            published_at: None,
            expires_at: None,
            ended_at: None,
            reason: None,
            ended_by: None,
        }
    }
}

/// The title and 8 characters of the id's random part: readable, and never the same twice.
pub(super) fn job_slug(title: &str, id: Uuid) -> String {
    let id = id.simple().to_string();
    let tail = &id[id.len() - 8..];
    match slugify(title, MAX_TITLE_IN_SLUG) {
        title if title.is_empty() => tail.to_owned(),
        title => format!("{title}-{tail}"),
    }
}
