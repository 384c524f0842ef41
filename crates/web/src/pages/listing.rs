//! The jobs on the board, searched and filtered.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tablon_core::TenantScope;
use tablon_core::page::Page;
use tablon_core::search::fold;
use tablon_core::store::{Job, JobQuery};

use super::form_view::{Speech, sentence};
use super::frame::{frame, html};
use super::job_view::{card, tag_links};
use super::views::{FeedLink, Listing};
use crate::error::PageError;
use crate::listing_filter::ListingFilter;
use crate::state::{AppState, Facets};
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many tags are offered above the list.
const OFFERED_TAGS: usize = 12;

/// The list's feeds: file, media type, and what people call it.
const FEEDS: &[(&str, &str, &str)] = &[
    ("feed.rss", "application/rss+xml", "RSS"),
    ("feed.atom", "application/atom+xml", "Atom"),
    ("feed.json", "application/feed+json", "JSON Feed"),
];

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/", get(listing))
}

async fn listing(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    filter: ListingFilter,
) -> Result<Response, PageError> {
    if let Err(errors) = filter.check() {
        let speech = Speech::new(&state, &visitor);
        let refused = errors.0.first().map(|error| sentence(&speech, &error.problem));
        let nothing = Page { items: Vec::new(), next_cursor: None };
        let html = render(&state, &visitor, &tenant, &filter, nothing, refused).await?;
        return Ok((StatusCode::BAD_REQUEST, Html(html)).into_response());
    }
    // All that the page depends on beside the board: the language, the address it was asked at, and the question.
    let name = format!("{} {} {filter:?}", visitor.locale, visitor.root);
    // The plain list is made once for all who wait for it; everything else may be different for each visitor.
    let _turn = match state.listings.peek(&tenant, &name) {
        Some(html) => return Ok(Html(html).into_response()),
        None if filter.is_plain() => None,
        None => Some(state.gates.enter(tenant.id).await?),
    };
    let made = async {
        let found = tenant.jobs().list(&filter.query(None)).await?;
        render(&state, &visitor, &tenant, &filter, found, None).await
    };
    let html = state.listings.get(&tenant, &name, made).await?;
    Ok(Html(html).into_response())
}

async fn render(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    filter: &ListingFilter,
    found: Page<Job>,
    refused: Option<String>,
) -> Result<Bytes, PageError> {
    let frame = frame(state, visitor);
    let facets = state.facets.get(tenant, "", facets(tenant)).await?;
    let mut offered = facets.tags.to_vec();
    let folded = fold(&filter.tag);
    if !filter.tag.is_empty() && !offered.iter().any(|tag| fold(tag) == folded) {
        offered.insert(0, filter.tag.clone());
    }
    let filtered = filter.narrows();
    let cards = found.items.iter().map(|job| card(job, format!("{}/jobs/{}", visitor.root, job.slug), visitor.locale));
    let root = tenant.public_url();
    let feed = |(file, media_type, name): &(&'static str, &'static str, &'static str)| {
        let url = filter.address(&format!("{root}/{file}"), "");
        FeedLink { media_type, name, url }
    };
    let view = Listing {
        q: filter.q.clone(),
        tag: filter.tag.clone(),
        workplace: filter.workplace_name().to_owned(),
        cursor: !filter.cursor.is_empty(),
        filtered,
        // The number stands in the heading of the unfiltered list only.
        total: if filtered { 0 } else { facets.total },
        tags: tag_links(&frame.home, offered.into_iter(), &filter.tag),
        jobs: cards.collect(),
        newest_url: (!filter.cursor.is_empty()).then(|| filter.address(&frame.home, "")),
        next_url: found.next_cursor.as_deref().map(|cursor| filter.address(&frame.home, cursor)),
        // A feed of what can't be searched for doesn't exist either.
        feeds: if refused.is_some() { Vec::new() } else { FEEDS.iter().map(feed).collect() },
        q_error: refused,
        frame: frame.clone(),
    };
    html(state, visitor, "pages/listing.html", view).map(Bytes::from)
}

async fn facets(tenant: &TenantScope) -> Result<Facets, PageError> {
    let tags = tenant.jobs().tags().await?;
    let tags = tags.into_iter().map(|(name, _)| name).take(OFFERED_TAGS).collect();
    Ok(Facets { tags, total: tenant.jobs().count(&JobQuery::public()).await? })
}
