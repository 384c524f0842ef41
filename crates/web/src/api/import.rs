//! Offers from elsewhere, many at once.

use std::ops::ControlFlow;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::json;
use tablon_core::TenantScope;
use tablon_core::form::FieldErrors;
use tablon_core::import::{self as reading, Format, ImportedJob, PreparedJob, Warning};
use tablon_core::store::{ImportOutcome, ImportRun};
use tablon_core::text::characters::VISIBLE_PATTERN;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::answers::{ForBodies, ForStaff};
use crate::auth::{AsModerator, Bearer};
use crate::problem::{Problem, ProblemField};

/// The largest file.
pub(super) const MAX_FILE: usize = 16 * 1024 * 1024;
/// The most offers of a file: they are written in one transaction, and other writers wait for it.
const MAX_ROWS: usize = 10_000;

/// JSON-LD, or offers as this API takes them: one, or a list.
#[derive(Debug)]
pub(crate) enum ImportJson {}

impl PartialSchema for ImportJson {
    fn schema() -> RefOr<Schema> {
        let example = json!({"@type": "JobPosting", "title": "Rust engineer", "hiringOrganization": "Acme"});
        ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Object, Type::Array])).examples([example]).into()
    }
}

impl ToSchema for ImportJson {}

/// A table: its first line names the columns.
#[derive(Debug)]
pub(crate) enum ImportTable {}

impl PartialSchema for ImportTable {
    fn schema() -> RefOr<Schema> {
        let example = json!("title,organization,description\nRust engineer,Acme,We build things.");
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(VISIBLE_PATTERN)).examples([example]).into()
    }
}

impl ToSchema for ImportTable {}

/// What became of one offer of the file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedJob)]
pub(crate) struct ImportedOut {
    /// Which offer of the file it is, from 1.
    row: usize,
    /// The offer's id; `null` when it was not taken.
    id: Option<Uuid>,
    /// Its title, as far as there is one.
    title: Option<String>,
    outcome: ImportOutcome,
    /// What was left out or is missing.
    warnings: Vec<String>,
    /// Why it was not taken.
    errors: Vec<ProblemField>,
}

/// How many offers of the file met with each outcome.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ImportCounts {
    created: usize,
    updated: usize,
    skipped: usize,
    refused: usize,
}

/// What became of the file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct ImportOut {
    /// In the file's order.
    items: Vec<ImportedOut>,
    /// Always `null`: the whole file is answered at once.
    next_cursor: Option<String>,
    counts: ImportCounts,
    /// What concerns the file as a whole.
    warnings: Vec<String>,
}

/// Import offers.
///
/// From schema.org JobPosting as JSON-LD (one, a list, `@graph`), from jobs as this API takes them, or from
/// a CSV table: at most 10,000 offers, and all of them or, on an error, none. Lenient: what is missing is warned about,
/// and every new offer waits for a moderator. An offer that an earlier import brought is recognised by its identifier,
/// else by its address, title and place, else by its content. It follows what its source has changed since; what people
/// have changed on the board stays, and what has ended stays ended.
#[utoipa::path(
    post, path = "/jobs/import", operation_id = "import_jobs", tag = "jobs", security(("token" = [])),
    request_body(content((ImportJson = "application/ld+json"), (ImportJson = "application/json"), (ImportTable = "text/csv"))),
    responses((status = 200, description = "What became of each.", body = ImportOut), ForStaff, ForBodies)
)]
pub(crate) async fn import(
    caller: Bearer<AsModerator>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ImportOut>, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => rejection.into(),
    })?;
    if body.trim_ascii().is_empty() {
        return Err(Problem::bad_request("The body is empty; send JSON-LD or CSV."));
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = format(content_type)?;
    let tenant = caller.tenant.clone();
    // Thousands of descriptions take seconds: not on the threads that answer everybody else.
    let read = tokio::task::spawn_blocking(move || read(&tenant, &body, format)).await;
    let File { rows, warnings } = read.map_err(|_| Problem::internal())??;
    let (mut answers, mut prepared, mut places) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
    for (at, row) in rows.into_iter().enumerate() {
        match row {
            Row::Taken(job) => {
                places.push(at);
                answers.push(ImportedOut::taken(at + 1, &job));
                prepared.push(*job);
            }
            Row::Refused { title, errors, warnings } => {
                answers.push(ImportedOut::refused(at + 1, title, &errors, &warnings));
            }
        }
    }
    let done = caller.tenant.jobs().import(prepared, ImportRun::new(), caller.audited()).await?;
    for (at, done) in places.into_iter().zip(done) {
        let answer = &mut answers[at];
        answer.id = Some(done.id);
        answer.outcome = done.outcome;
        answer.warnings.extend(sentences(&done.warnings));
    }
    let counts = ImportCounts::of(&answers);
    Ok(Json(ImportOut { items: answers, next_cursor: None, counts, warnings }))
}

/// A file that was read.
struct File {
    rows: Vec<Row>,
    warnings: Vec<String>,
}

enum Row {
    Taken(Box<PreparedJob>),
    Refused { title: Option<String>, errors: FieldErrors, warnings: Vec<Warning> },
}

fn read(tenant: &TenantScope, body: &[u8], format: Option<Format>) -> Result<File, Problem> {
    let mut jobs: Vec<ImportedJob> = Vec::new();
    let mut too_many = false;
    let today = tenant.today(tenant.now());
    let read = reading::read(body, format, today, &mut |job| {
        too_many = jobs.len() == MAX_ROWS;
        if too_many {
            return ControlFlow::Break(());
        }
        jobs.push(job);
        ControlFlow::Continue(())
    });
    if too_many {
        return Err(too_large());
    }
    let warnings = read.map_err(|error| Problem::bad_request(format!("{error}.")))?;
    let row = |job: ImportedJob| {
        let title = job.title().map(str::to_owned);
        match job.prepare(&tenant.form, tenant.today(tenant.now())) {
            Ok(job) => Row::Taken(Box::new(job)),
            Err((errors, warnings)) => Row::Refused { title, errors, warnings },
        }
    };
    Ok(File { rows: jobs.into_iter().map(row).collect(), warnings: sentences(&warnings) })
}

impl ImportedOut {
    fn taken(row: usize, job: &PreparedJob) -> Self {
        Self {
            row,
            id: None,
            title: Some(job.title().to_owned()),
            outcome: ImportOutcome::Skipped,
            warnings: sentences(&job.warnings),
            errors: Vec::new(),
        }
    }

    fn refused(row: usize, title: Option<String>, errors: &FieldErrors, warnings: &[Warning]) -> Self {
        let errors = errors.0.iter().map(ProblemField::from).collect();
        Self { row, id: None, title, outcome: ImportOutcome::Refused, warnings: sentences(warnings), errors }
    }
}

impl ImportCounts {
    fn of(answers: &[ImportedOut]) -> Self {
        let mut counts = Self::default();
        for answer in answers {
            *match answer.outcome {
                ImportOutcome::Created => &mut counts.created,
                ImportOutcome::Updated => &mut counts.updated,
                ImportOutcome::Skipped => &mut counts.skipped,
                ImportOutcome::Refused => &mut counts.refused,
            } += 1;
        }
        counts
    }
}

fn sentences(warnings: &[Warning]) -> Vec<String> {
    warnings.iter().map(ToString::to_string).collect()
}

fn too_large() -> Problem {
    Problem::too_large().detail(
        "At most 10,000 offers and 16 MiB are taken at once. On the server, `tablon job import` takes a file of any size.",
    )
}

fn format(content_type: &str) -> Result<Option<Format>, Problem> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match &*essence {
        "text/csv" | "text/tab-separated-values" => Ok(Some(Format::Csv)),
        "application/json" | "application/ld+json" | "application/x-ndjson" => Ok(Some(Format::Json)),
        "" | "text/plain" | "application/octet-stream" => Ok(None),
        _ => Err(Problem::unsupported_media_type("application/ld+json, application/json or text/csv")),
    }
}
