//! A poster hands an offer in.

use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use super::super::edit_links;
use super::trust::AUTO_APPROVE;
use super::{Job, Jobs, SubmissionOnce};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::board::{Declared, without_declarations};
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
    /// The job, waiting for a moderator, or published by a rule of the board.
    pub job: Job,
    /// The private link's token: shown once, to the poster, and stored only as a hash.
    pub edit_token: String,
}

/// An offer that its poster may hand in, with what they ticked.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmittedOffer {
    /// What it says.
    pub content: JobContent,
    /// What they ticked.
    pub declared: Declared,
}

impl Jobs<'_> {
    /// Reads an offer in the wire format and tells everything that is wrong with it, without storing anything. The
    /// board's rules are for posters: see [`parse_submission`](Self::parse_submission).
    pub fn parse(&self, input: &Value) -> Result<JobContent, FieldErrors> {
        self.parse_as(input, Strictness::Full)
    }

    pub(super) fn parse_as(&self, input: &Value, strictness: Strictness) -> Result<JobContent, FieldErrors> {
        JobContent::parse(input, &self.0.form, self.0.today(self.0.now()), strictness)
    }

    /// Reads an offer as its poster hands it in, with what they ticked (`consent`, `is_employer`), and tells everything
    /// that is wrong with it or breaks the board's rules, without storing anything.
    pub fn parse_submission(&self, input: &Value) -> Result<SubmittedOffer, FieldErrors> {
        self.parse_submission_as(input, Strictness::Full)
    }

    pub(super) fn parse_submission_as(
        &self,
        input: &Value,
        strictness: Strictness,
    ) -> Result<SubmittedOffer, FieldErrors> {
        let offer = without_declarations(input);
        let rules = &self.0.rules;
        let parsed = self.parse_as(&offer, strictness);
        // Of what was parsed, the normalised text counts.
        let broken = rules.violations(&parsed.as_ref().map_or(offer, JobContent::to_value));
        let malformed = parsed.as_ref().err().cloned().unwrap_or_default();
        let mut errors = malformed.clone();
        // What the form refuses already, it names once.
        for error in broken.0.into_iter().filter(|error| !malformed.0.iter().any(|bad| bad.pointer == error.pointer)) {
            errors.push(error.pointer, error.problem);
        }
        let declared = rules.declared(input);
        for error in declared.as_ref().err().into_iter().flat_map(|errors| &errors.0) {
            errors.push(error.pointer.clone(), error.problem.clone());
        }
        errors.into_result()?;
        Ok(SubmittedOffer { content: parsed?, declared: declared? })
    }

    /// Hands in an offer in the wire format.
    pub async fn submit(&self, input: &Value, by: Actor) -> Result<Submission> {
        self.submit_in(None, input, by).await
    }

    /// The same, with the language (BCP 47) in which its poster reads the board: mail to them is written in it.
    pub async fn submit_in(&self, locale: Option<&str>, input: &Value, by: Actor) -> Result<Submission> {
        let added = self.add(self.parse_submission(input)?, locale, by, None).await?;
        added.ok_or_else(|| Error::Internal("an offer without a digest was taken for another".to_owned()))
    }

    /// Adds an offer; `None` if it was handed in before with the digest of `once`.
    pub(super) async fn add(
        &self,
        SubmittedOffer { content, declared }: SubmittedOffer,
        locale: Option<&str>,
        by: Actor,
        once: Option<&SubmissionOnce>,
    ) -> Result<Option<Submission>> {
        let id = Uuid::now_v7();
        let mut row = jobs::Model { poster_locale: locale.map(str::to_owned), ..self.new_row(id, &content) };
        self.describe(&mut row, &content);
        let mut tx = self.0.store().write_as(by).await?;
        tx.changes_board(self.0.id);
        let mut row = row.into_active_model().reset_all().insert(&*tx).await?;
        if let Some(once) = once
            && !self.claim_digest(&tx, &once.digest, id).await?
        {
            return Ok(None);
        }
        self.revision_row(id, row.revision, &content, Some(&declared), by)?.insert(&*tx).await?;
        self.insert_contact(&tx, id, content.contact_email.as_deref()).await?;
        self.insert_tags(&tx, id, &content).await?;
        let edit_token = once.map_or_else(random_token, |once| once.edit_token.clone());
        edit_links::insert_token(&tx, self.0, id, &edit_token).await?;
        let mut done = vec![self.0.event(AuditAction::JobSubmit, (SubjectKind::Job, id))];
        let opened_link = once.and_then(|once| once.opened_link.as_deref());
        if self.is_trusted(&tx, content.contact_email.as_deref(), opened_link).await? {
            let now = self.0.now();
            self.put_on_board(&mut tx, &mut row, now, Actor::System).await?;
            row = self.write_back(&mut tx, row).await?;
            done.push(self.0.event(AuditAction::JobApprove, (SubjectKind::Job, id)).by_rule(AUTO_APPROVE));
        }
        tx.commit(done).await?;
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
            poster_locale: None,
        }
    }

    /// The language in which an offer's poster read the board when they sent it in; unknown of offers that were imported,
    /// or are older than this.
    pub(in crate::store) async fn poster_locale(&self, id: Uuid) -> Result<Option<String>> {
        let row = self.0.find::<jobs::Entity>().filter(jobs::Column::Id.eq(id)).one(self.0.store().db()).await?;
        Ok(row.and_then(|row| row.poster_locale))
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
