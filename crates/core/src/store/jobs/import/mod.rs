//! Offers from files: each becomes a job once, and follows its source from then on.

mod keys;
mod recognise;

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::super::audit::Event;
use super::super::write::Write;
use super::{Jobs, changed_fields};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{job_contacts, job_sources, jobs, tenants};
use crate::error::Result;
use crate::form::FieldErrors;
use crate::import::{PreparedJob, Warning};
use crate::job::{JobContent, JobState};
use crate::wire::wire_enum;
use keys::{FieldHashes, Keys, copy_field};
use recognise::{Known, Repeated, Sources};

/// How many rows one statement reads or writes; a row has up to 20 values, and SQLite takes 32,766 in a statement.
const ROWS: usize = 500;

wire_enum! {
    /// What an import did with a row.
    ImportOutcome {
        /// It became a job that waits for a moderator.
        Created = "created",
        /// The job follows what its source has changed.
        Updated = "updated",
        /// Nothing was to be done.
        Skipped = "skipped",
        /// It lacks what no job can do without.
        Refused = "refused",
    }
}

/// One import, however many batches it is written in.
#[derive(Debug, Clone, Copy)]
pub struct ImportRun {
    id: Uuid,
    dry: bool,
}

impl ImportRun {
    /// An import that is written.
    pub fn new() -> Self {
        Self { id: Uuid::now_v7(), dry: false }
    }

    /// An import that only says what it would do.
    pub fn dry() -> Self {
        Self { dry: true, ..Self::new() }
    }
}

impl Default for ImportRun {
    fn default() -> Self {
        Self::new()
    }
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The job.
    pub id: Uuid,
    /// The state it is in.
    pub state: JobState,
    /// What was done.
    pub outcome: ImportOutcome,
    /// What a person should know besides.
    pub warnings: Vec<Warning>,
}

impl Jobs<'_> {
    /// Takes rows of a file, all of them or, on an error, none. A job that an earlier import brought is recognised: it
    /// follows what its source has changed since, keeps what people have changed here, and stays ended if it has ended.
    pub async fn import(&self, rows: Vec<PreparedJob>, run: ImportRun, by: Actor) -> Result<Vec<Imported>> {
        let keys: Vec<Keys> = rows.iter().map(|row| Keys::of(self.0.id, row)).collect();
        let mut tx = self.0.store().write_as(by).await?;
        self.lock_imports(&tx).await?;
        let mut sources = Sources::new(self.sources(&tx, &keys).await?, run.id);
        let known = sources.recognise(&keys);
        let broken: Vec<FieldErrors> =
            rows.iter().map(|row| self.0.rules.violations(&row.content.to_value())).collect();
        let states = self.states(&tx, &sources).await?;
        let mut done: Vec<Imported> = Vec::with_capacity(rows.len());
        let mut new = Vec::new();
        let mut unchanged = Vec::new();
        let mut events = Vec::new();
        for ((row, keys), known) in rows.into_iter().zip(keys).zip(known) {
            let of_source = |at: usize, outcome, warnings| {
                let id = sources.rows[at].job_id;
                Imported { id, state: states.get(&id).copied().unwrap_or(JobState::Submitted), outcome, warnings }
            };
            done.push(match known {
                Known::Unchanged(at) => {
                    unchanged.push(sources.rows[at].id);
                    of_source(at, ImportOutcome::Skipped, Vec::new())
                }
                Known::Repeats(Repeated::Source(at)) => of_source(at, ImportOutcome::Skipped, vec![Warning::Repeated]),
                Known::Repeats(Repeated::Row(first)) => Imported {
                    outcome: ImportOutcome::Skipped,
                    warnings: vec![Warning::Repeated],
                    ..done[first].clone()
                },
                Known::Changed(at) => {
                    let source = sources.rows[at].clone();
                    self.follow_source(&mut tx, source, row, keys, (by, &mut events)).await?
                }
                Known::New => {
                    let id = Uuid::now_v7();
                    new.push((id, row.content, keys));
                    Imported { id, state: JobState::Submitted, outcome: ImportOutcome::Created, warnings: Vec::new() }
                }
            });
        }
        // Staff import, and a moderator reads each offer: they are told and not stopped.
        for (done, broken) in done.iter_mut().zip(broken) {
            if matches!(done.outcome, ImportOutcome::Created | ImportOutcome::Updated) {
                done.warnings.extend(broken.0.into_iter().map(Warning::breaks_rule));
            }
        }
        self.met_again(&tx, &unchanged, run).await?;
        for rows in new.chunks(ROWS) {
            self.insert_imported(&mut tx, rows, run, by).await?;
        }
        let submitted = |(id, ..): &(Uuid, JobContent, Keys)| {
            self.0.event(AuditAction::JobSubmit, (SubjectKind::Job, *id)).by_import()
        };
        events.extend(new.iter().map(submitted));
        if !run.dry {
            tx.commit(events).await?;
        }
        Ok(done)
    }

    /// Two imports into one board wait for each other: neither could see what the other one brings.
    async fn lock_imports(&self, tx: &Write<'_>) -> Result<()> {
        let board = tenants::Entity::find_by_id(self.0.id).select_only().column(tenants::Column::Id);
        let _: Option<Uuid> = board.lock(LockType::NoKeyUpdate).into_tuple().one(&**tx).await?;
        Ok(())
    }

    async fn sources(&self, tx: &Write<'_>, keys: &[Keys]) -> Result<Vec<job_sources::Model>> {
        use job_sources::Column;
        let mut rows: Vec<job_sources::Model> = Vec::new();
        for keys in keys.chunks(ROWS) {
            let any = Condition::any()
                .add(Column::ContentKey.is_in(keys.iter().map(|keys| keys.content.as_str())))
                .add(Column::IdentifierKey.is_in(keys.iter().filter_map(|keys| keys.identifier.as_deref())))
                .add(Column::PlaceKey.is_in(keys.iter().filter_map(|keys| keys.place.as_deref())));
            rows.extend(self.0.find::<job_sources::Entity>().filter(any).order_by_asc(Column::Id).all(&**tx).await?);
        }
        // By their ids, which grow with time: what was imported first is met first.
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        Ok(rows)
    }

    async fn states(&self, tx: &Write<'_>, sources: &Sources) -> Result<std::collections::HashMap<Uuid, JobState>> {
        let mut states = std::collections::HashMap::new();
        for rows in sources.rows.chunks(ROWS) {
            let found: Vec<(Uuid, JobState)> = self
                .0
                .find::<jobs::Entity>()
                .filter(jobs::Column::Id.is_in(rows.iter().map(|row| row.job_id)))
                .select_only()
                .columns([jobs::Column::Id, jobs::Column::State])
                .into_tuple()
                .all(&**tx)
                .await?;
            states.extend(found);
        }
        Ok(states)
    }

    async fn met_again(&self, tx: &Write<'_>, ids: &[Uuid], run: ImportRun) -> Result<()> {
        for ids in ids.chunks(ROWS) {
            self.0
                .update::<job_sources::Entity>()
                .col_expr(job_sources::Column::RunId, Expr::value(run.id))
                .col_expr(job_sources::Column::ImportedAt, Expr::value(self.0.now()))
                .filter(job_sources::Column::Id.is_in(ids.iter().copied()))
                .exec(&**tx)
                .await?;
        }
        Ok(())
    }

    /// Changes in a job what its source has changed since the last import, as a staff member's edit would.
    async fn follow_source(
        &self,
        tx: &mut Write<'_>,
        source: job_sources::Model,
        row: PreparedJob,
        keys: Keys,
        (by, events): (Actor, &mut Vec<Event>),
    ) -> Result<Imported> {
        let id = source.job_id;
        let mut job = self.lock(tx, id).await?;
        let state: JobState = job.state;
        let mut imported = Imported { id, state, outcome: ImportOutcome::Skipped, warnings: Vec::new() };
        if state.is_ended() {
            // What the source said before stays on record: should the job come back, it follows then.
            imported.warnings.push(Warning::Ended(state));
            self.met_again(tx, &[source.id], ImportRun { id: source.run_id, dry: false }).await?;
            return Ok(imported);
        }
        let mut current = self.content(&**tx, id, job.revision).await?;
        current.contact_email = self.contact(&**tx, id).await?;
        let (merged, kept) = self.merge_source(&FieldHashes::read(&source.fields), &current, &row, &keys);
        imported.warnings.extend(kept.into_iter().map(Warning::EditKept));
        if merged != current {
            let number = self.add_revision(tx, id, &merged, None, by).await?;
            self.make_current(tx, &mut job, number, &merged).await?;
            let edit = self.0.event(AuditAction::JobEdit, (SubjectKind::Job, id)).with("revision", number);
            events.push(edit.changed(changed_fields(&current, &merged)).by_import());
            self.save(tx, job).await?;
            imported.outcome = ImportOutcome::Updated;
        }
        let model = self.source_row(source.id, id, &keys, source.run_id);
        job_sources::Entity::update(model.into_active_model().reset_all()).exec(&**tx).await?;
        Ok(imported)
    }

    /// The job with what its source has changed, and the fields that both its source and a person have changed: those
    /// stay as the person left them.
    fn merge_source(
        &self,
        before: &FieldHashes,
        current: &JobContent,
        row: &PreparedJob,
        keys: &Keys,
    ) -> (JobContent, Vec<String>) {
        let here = FieldHashes::of(self.0.id, current);
        let date_has_passed = row.warnings.iter().any(|warning| matches!(warning, Warning::PastDate(_)));
        let source = row.content.to_value();
        let mut merged = current.to_value();
        let mut kept = Vec::new();
        for field in keys.fields.names() {
            let (was, is) = (before.get(field), keys.fields.get(field));
            // A date that has passed was left out by us; the source still says it.
            if was == is || here.get(field) == is || (field == "valid_through" && date_has_passed) {
                continue;
            }
            // A field that the board asked for only later: nobody can have changed it before.
            if was.is_some() && here.get(field) != was {
                kept.push(field.to_owned());
            } else {
                copy_field(field, &source, &mut merged);
            }
        }
        // Both halves were checked when they came in. Should they not fit together, a person's edit is kept whole.
        (serde_json::from_value(merged).unwrap_or_else(|_| current.clone()), kept)
    }

    async fn insert_imported(
        &self,
        tx: &mut Write<'_>,
        new: &[(Uuid, JobContent, Keys)],
        run: ImportRun,
        by: Actor,
    ) -> Result<()> {
        let mut rows = Vec::new();
        let mut revisions = Vec::new();
        let mut contacts = Vec::new();
        let mut tags = Vec::new();
        let mut sources = Vec::new();
        for (id, content, keys) in new {
            let mut row = self.new_row(*id, content);
            self.describe(&mut row, content);
            rows.push(row.into_active_model().reset_all());
            revisions.push(self.revision_row(*id, 1, content, None, by)?);
            if let Some(email) = content.contact_email.clone() {
                contacts.push(job_contacts::ActiveModel {
                    tenant_id: Set(self.0.id),
                    job_id: Set(*id),
                    email: Set(email),
                });
            }
            tags.extend(self.tag_rows(*id, content));
            sources.push(self.source_row(Uuid::now_v7(), *id, keys, run.id).into_active_model().reset_all());
        }
        tx.changes_board(self.0.id);
        insert_all(tx, rows).await?;
        insert_all(tx, revisions).await?;
        insert_all(tx, contacts).await?;
        insert_all(tx, tags).await?;
        insert_all(tx, sources).await
    }

    fn source_row(&self, id: Uuid, job_id: Uuid, keys: &Keys, run_id: Uuid) -> job_sources::Model {
        job_sources::Model {
            tenant_id: self.0.id,
            id,
            job_id,
            identifier_key: keys.identifier.clone(),
            place_key: keys.place.clone(),
            content_key: keys.content.clone(),
            fields: keys.fields.to_value(),
            run_id,
            imported_at: self.0.now(),
        }
    }
}

async fn insert_all<A>(tx: &Write<'_>, rows: Vec<A>) -> Result<()>
where
    A: sea_orm::ActiveModelTrait,
{
    for rows in rows.chunks(ROWS) {
        if !rows.is_empty() {
            A::Entity::insert_many(rows.to_vec()).exec_without_returning(&**tx).await?;
        }
    }
    Ok(())
}
