//! Feeds of the jobs on a board: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1, each narrowed by the list's filters.

mod atom;
mod json;
mod rss;

use std::io;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use chrono::{DateTime, Utc};
use tablon_core::TenantScope;
use tablon_core::form::FieldErrors;
use tablon_core::page::Page;
use tablon_core::store::FeedJob;
use uuid::Uuid;

use crate::error::PageError;
use crate::language::{LOCALES, supported};
use crate::listing_filter::ListingFilter;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::{Locales, markdown_html, prepare_descriptions};
use crate::validator::{Document, board_changed_at};

/// How many jobs one page of a feed has.
const ENTRIES: u64 = 50;

pub(crate) fn router() -> Router<AppState> {
    let feed = |format: &'static Format| get(serve).layer(Extension(format));
    Router::new().route("/feed.rss", feed(&RSS)).route("/feed.atom", feed(&ATOM)).route("/feed.json", feed(&JSON))
}

/// A kind of feed.
struct Format {
    file: &'static str,
    media_type: &'static str,
    write: fn(&Feed) -> io::Result<Vec<u8>>,
}

static RSS: Format = Format { file: "feed.rss", media_type: "application/rss+xml; charset=utf-8", write: rss::write };
static ATOM: Format =
    Format { file: "feed.atom", media_type: "application/atom+xml; charset=utf-8", write: atom::write };
static JSON: Format =
    Format { file: "feed.json", media_type: "application/feed+json; charset=utf-8", write: json::write };

/// A feed, in any format.
struct Feed {
    /// Stays the same if the board moves to another address.
    id: String,
    title: String,
    description: String,
    language: String,
    /// The page with the same jobs.
    home: String,
    /// The feed's own address.
    address: String,
    /// The page with older jobs.
    next: Option<String>,
    updated: DateTime<Utc>,
    entries: Vec<Entry>,
}

/// A job in a feed.
struct Entry {
    id: Uuid,
    title: String,
    url: String,
    organization: String,
    /// The whole description, as safe HTML.
    html: String,
    language: Option<String>,
    tags: Vec<String>,
    published: DateTime<Utc>,
    updated: DateTime<Utc>,
}

impl Entry {
    /// Its id as a URI.
    fn urn(&self) -> String {
        self.id.urn().to_string()
    }
}

async fn serve(
    State(state): State<AppState>,
    CurrentTenant(tenant): CurrentTenant,
    filter: ListingFilter,
    Extension(format): Extension<&'static Format>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    filter.check().map_err(|errors: FieldErrors| PageError::BadRequest(errors.to_string()))?;
    let _turn = state.gates.enter(tenant.id).await?;
    // What a narrowed feed finds also depends on the search index, which is built anew after an upgrade.
    let changed_at = if filter.narrows() { None } else { board_changed_at(&tenant, state.started_at).await? };
    let found = tenant.jobs().feed(&filter.query(Some(ENTRIES))).await?;
    prepare_descriptions(found.items.iter().map(|entry| entry.job.content.description.as_str())).await;
    let theme = state.theme.clone();
    let written = tokio::task::spawn_blocking(move || {
        let content = (format.write)(&feed(theme.locales(), &tenant, &filter, found, format))?;
        Ok(Document::new(format.media_type, content))
    });
    match written.await.map_err(io::Error::other).flatten() {
        Ok(document) => Ok(document.changed_at(changed_at).answer(&headers)),
        Err(error) => {
            tracing::error!(%error, feed = format.file, "a feed can't be written");
            Err(PageError::Internal)
        }
    }
}

fn feed(
    locales: &Locales,
    tenant: &TenantScope,
    filter: &ListingFilter,
    found: Page<FeedJob>,
    format: &Format,
) -> Feed {
    let root = tenant.public_url();
    let path = format!("{root}/{}", format.file);
    let locale = supported(&tenant.locale).unwrap_or(LOCALES[0]);
    let said = |key: &str, args: &[(&str, String)]| locales.message(locale, key, args);
    let workplace = filter.workplace.and_then(|workplace| said(&format!("workplace-{workplace}"), &[]));
    let narrowed = [Some(filter.q.clone()), Some(filter.tag.clone()), workplace];
    let title = [Some(tenant.name.clone())].into_iter().chain(narrowed).flatten().filter(|part| !part.is_empty());
    // A filtered feed is another feed; its filters are part of its id.
    let filters = filter.address("", "");
    let about = tenant.description.clone();
    let about = about.or_else(|| said("listing-description", &[("board", tenant.name.clone())])).unwrap_or_default();
    let entries: Vec<Entry> = found.items.into_iter().map(entry).collect();
    Feed {
        id: format!("{}{}", tenant.id.urn(), filters.replacen('?', "#", 1)),
        title: title.collect::<Vec<_>>().join(" · "),
        description: about,
        language: tenant.locale.clone(),
        home: filter.address(&format!("{root}/"), ""),
        address: filter.address(&path, &filter.cursor),
        next: found.next_cursor.map(|cursor| filter.address(&path, &cursor)),
        updated: entries.iter().map(|entry| entry.updated).max().unwrap_or(tenant.created_at),
        entries,
    }
}

fn entry(FeedJob { job, published_at, updated_at }: FeedJob) -> Entry {
    Entry {
        id: job.id,
        url: job.url,
        html: markdown_html(&job.content.description, 1),
        title: job.content.title,
        organization: job.content.organization.name,
        language: job.content.language,
        tags: job.content.tags,
        published: published_at,
        updated: updated_at,
    }
}
