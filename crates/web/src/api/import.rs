//! Offers from elsewhere, many at once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Serialize;
use tablon_core::form::FieldErrors;
use tablon_core::import::{self as reading, Format, ImportedJob};
use tablon_core::{Actor, Error, TenantScope};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForBodies, ForStaff};
use crate::auth::{AsModerator, Bearer};
use crate::problem::{Problem, ProblemField};

/// The largest file.
pub(super) const MAX_FILE: usize = 16 * 1024 * 1024;

/// What became of one offer of the file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedJob)]
pub(crate) struct ImportedOut {
    /// The offer's id; `null` when it was not taken.
    id: Option<Uuid>,
    /// Its title, as far as there is one.
    title: Option<String>,
    /// What was left out or is missing.
    warnings: Vec<String>,
    /// Why it was not taken.
    errors: Vec<ProblemField>,
}

/// What became of the file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct ImportOut {
    /// In the file's order.
    items: Vec<ImportedOut>,
    /// Always `null`: the whole file is answered at once.
    next_cursor: Option<String>,
    /// What concerns the file as a whole.
    warnings: Vec<String>,
}

/// Import offers.
///
/// From schema.org JobPosting as JSON-LD (one, a list, `@graph`), from jobs as this API takes them, or from
/// a CSV table. Lenient: what is missing is warned about, and every offer waits for a moderator.
#[utoipa::path(
    post, path = "/jobs/import", operation_id = "import_jobs", tag = "jobs", security(("token" = [])),
    request_body(content((Object = "application/ld+json"), (Object = "application/json"), (String = "text/csv"))),
    responses((status = 200, description = "What became of each.", body = ImportOut), ForStaff, ForBodies)
)]
pub(crate) async fn import(
    caller: Bearer<AsModerator>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ImportOut>, Problem> {
    let body = body?;
    let text = std::str::from_utf8(&body).map_err(|_| Problem::bad_request("The body is not UTF-8 text."))?;
    if text.trim().is_empty() {
        return Err(Problem::bad_request("The body is empty; send JSON-LD or CSV."));
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = format(content_type, text)?;
    let today = caller.tenant.today(caller.tenant.now());
    let read = reading::read(text, format, today).map_err(|error| Problem::bad_request(format!("{error}.")))?;
    let mut items = Vec::with_capacity(read.jobs.len());
    for job in read.jobs {
        items.push(take(&caller.tenant, job, caller.audited()).await?);
    }
    let warnings = read.warnings.iter().map(ToString::to_string).collect();
    Ok(Json(ImportOut { items, next_cursor: None, warnings }))
}

async fn take(tenant: &TenantScope, mut job: ImportedJob, by: Actor) -> Result<ImportedOut, Problem> {
    let title = job.job.get("title").and_then(|title| title.as_str()).map(str::to_owned);
    let handed_in = job.hand_in(tenant, by).await;
    let warnings = job.warnings.iter().map(ToString::to_string).collect();
    match handed_in {
        Ok(submission) => Ok(ImportedOut { id: Some(submission.job.id), title, warnings, errors: Vec::new() }),
        Err(Error::Invalid(FieldErrors(wrong))) => {
            Ok(ImportedOut { id: None, title, warnings, errors: wrong.iter().map(ProblemField::from).collect() })
        }
        Err(error) => Err(error.into()),
    }
}

fn format(content_type: &str, text: &str) -> Result<Format, Problem> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match &*essence {
        "text/csv" | "text/tab-separated-values" => Ok(Format::Csv),
        "application/json" | "application/ld+json" | "application/x-ndjson" => Ok(Format::Json),
        "" | "text/plain" | "application/octet-stream" => Ok(Format::detect("", text)),
        _ => Err(Problem::unsupported_media_type("application/ld+json, application/json or text/csv")),
    }
}
