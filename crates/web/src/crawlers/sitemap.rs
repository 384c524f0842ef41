//! Sitemaps (protocol 0.9).

use std::io;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use tablon_core::store::{JobAddress, JobQuery};

use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::validator::answer;
use crate::xml::Xml;

const MEDIA_TYPE: &str = "application/xml; charset=utf-8";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The most entries that the protocol allows in one file.
const MAX_ENTRIES: u64 = 50_000;
/// The most jobs in one file: the first has the board's list besides.
const JOBS_A_FILE: u64 = MAX_ENTRIES - 1;

/// The pages of a board: its list and every job on it. With more jobs than fit into one file it is an index of files at
/// the same path (`?page=1`, …): a sitemap may only list addresses below its own folder.
pub(super) async fn of_board(
    State(state): State<AppState>,
    CurrentTenant(tenant): CurrentTenant,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, PageError> {
    let own = format!("{}/sitemap.xml", tenant.public_url());
    let _turn = state.gates.enter(tenant.id).await?;
    let jobs = tenant.jobs().count(&JobQuery::public()).await?;
    let files = jobs.div_ceil(JOBS_A_FILE).max(1);
    let document = match page(&uri) {
        Asked::Nothing if files > 1 => index((1..=files).map(|file| format!("{own}?page={file}"))),
        asked => {
            let file = match asked {
                Asked::Page(file) if (1..=files).contains(&file) => file,
                Asked::Nothing => 1,
                Asked::Page(_) | Asked::Nonsense => return Err(PageError::NotFound),
            };
            let found = tenant.jobs().addresses((file - 1) * JOBS_A_FILE, JOBS_A_FILE).await?;
            let home = (file == 1).then(|| format!("{}/", tenant.public_url()));
            pages(home.as_deref(), &found)
        }
    };
    document.map(|document| answer(&headers, MEDIA_TYPE, document)).map_err(unwritten)
}

/// The sitemaps of the boards.
pub(super) async fn of_instance(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, PageError> {
    let tenants = state.store.tenants().list().await?;
    let limit = usize::try_from(MAX_ENTRIES).unwrap_or(usize::MAX);
    let boards = tenants.iter().take(limit).map(|tenant| format!("{}/sitemap.xml", tenant.public_url()));
    index(boards).map(|document| answer(&headers, MEDIA_TYPE, document)).map_err(unwritten)
}

fn unwritten(error: io::Error) -> PageError {
    tracing::error!(%error, "a sitemap can't be written");
    PageError::Internal
}

/// Which of a board's files is asked for.
enum Asked {
    Nothing,
    Page(u64),
    Nonsense,
}

fn page(uri: &Uri) -> Asked {
    let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    match pairs.into_iter().find(|(name, _)| name == "page") {
        None => Asked::Nothing,
        Some((_, page)) => page.parse().map_or(Asked::Nonsense, Asked::Page),
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
