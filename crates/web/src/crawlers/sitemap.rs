//! Sitemaps (protocol 0.9).

use std::io;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use tablon_core::TenantScope;
use tablon_core::store::{JobAddress, JobQuery};

use crate::config::WebConfig;
use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::validator::{Document, board_changed_at};
use crate::xml::Xml;

const MEDIA_TYPE: &str = "application/xml; charset=utf-8";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The pages of a board: its list and every job on it. With more jobs than fit into one file it is an index of files at
/// the same path (`?page=1`, …): a sitemap may only list addresses below its own folder.
pub(super) async fn of_board(
    State(state): State<AppState>,
    CurrentTenant(tenant): CurrentTenant,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, PageError> {
    let _turn = state.gates.enter(tenant.id).await?;
    let changed_at = board_changed_at(&tenant, state.started_at).await?;
    let jobs_a_file = jobs_a_file(&state.config);
    let files = files(&tenant, tenant.jobs().count(&JobQuery::public()).await?, jobs_a_file);
    let document = match page(&uri) {
        RequestedFile::Nothing if files.len() > 1 => written(move || index(files.into_iter())).await?,
        asked => {
            let skipped = match asked {
                RequestedFile::Nothing => 0,
                RequestedFile::Page(file) if (1..=files.len() as u64).contains(&file) => (file - 1) * jobs_a_file,
                RequestedFile::Page(_) | RequestedFile::Nonsense => return Err(PageError::NotFound),
            };
            let found = tenant.jobs().addresses(skipped, jobs_a_file).await?;
            let home = (skipped == 0).then(|| format!("{}/", tenant.public_url()));
            written(move || pages(home.as_deref(), &found)).await?
        }
    };
    Ok(document.changed_at(changed_at).answer(&headers))
}

/// The sitemaps of the boards. Of a board that has several its files are told, because an index can't tell of an index.
pub(super) async fn of_instance(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, PageError> {
    let mut tenants = state.store.tenants().list().await?;
    tenants.retain(|tenant| tenant.listed);
    let open = state.store.open_jobs().await?;
    let jobs = |tenant: &TenantScope| open.get(&tenant.id).copied().unwrap_or_default();
    let files = tenants.iter().flat_map(|tenant| files(tenant, jobs(tenant), jobs_a_file(&state.config)));
    let limit = usize::try_from(state.config.sitemap_entries).unwrap_or(usize::MAX);
    let files: Vec<String> = files.take(limit).collect();
    Ok(written(move || index(files.into_iter())).await?.answer(&headers))
}

/// The most jobs in one file: the first has the board's list besides.
fn jobs_a_file(config: &WebConfig) -> u64 {
    config.sitemap_entries.saturating_sub(1).max(1)
}

/// The addresses of a board's sitemaps.
fn files(tenant: &TenantScope, jobs: u64, jobs_a_file: u64) -> Vec<String> {
    let own = format!("{}/sitemap.xml", tenant.public_url());
    match jobs.div_ceil(jobs_a_file) {
        0 | 1 => vec![own],
        files => (1..=files).map(|file| format!("{own}?page={file}")).collect(),
    }
}

/// Writes a document off the threads that answer requests: fifty thousand entries take a while.
async fn written(write: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static) -> Result<Document, PageError> {
    let writing = tokio::task::spawn_blocking(move || Ok(Document::new(MEDIA_TYPE, write()?)));
    writing.await.map_err(io::Error::other).flatten().map_err(unwritten)
}

fn unwritten(error: io::Error) -> PageError {
    tracing::error!(%error, "a sitemap can't be written");
    PageError::Internal
}

/// Which of a board's files is asked for.
enum RequestedFile {
    Nothing,
    Page(u64),
    Nonsense,
}

fn page(uri: &Uri) -> RequestedFile {
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    match pairs.into_iter().find(|(name, _)| name == "page") {
        None => RequestedFile::Nothing,
        Some((_, page)) => page.parse().map_or(RequestedFile::Nonsense, RequestedFile::Page),
    }
}

fn pages(home: Option<&str>, jobs: &[JobAddress]) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    xml.open("urlset", &[("xmlns", NAMESPACE)])?;
    if let Some(home) = home {
        entry(&mut xml, "url", home, None)?;
    }
    for job in jobs {
        entry(&mut xml, "url", &job.url, Some(job.updated_at))?;
    }
    xml.close("urlset")?;
    Ok(xml.finish())
}

fn index(files: impl Iterator<Item = String>) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    xml.open("sitemapindex", &[("xmlns", NAMESPACE)])?;
    for file in files {
        entry(&mut xml, "sitemap", &file, None)?;
    }
    xml.close("sitemapindex")?;
    Ok(xml.finish())
}

fn entry(xml: &mut Xml, name: &str, address: &str, changed: Option<DateTime<Utc>>) -> io::Result<()> {
    xml.open(name, &[])?;
    xml.text("loc", &[], address)?;
    if let Some(changed) = changed {
        xml.text("lastmod", &[], &changed.to_rfc3339_opts(SecondsFormat::Secs, true))?;
    }
    xml.close(name)
}
