//! The jobs on the board, searched and filtered.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tablon_core::TenantScope;
use tablon_core::job::Workplace;
use tablon_core::store::JobQuery;

use super::frame::{frame, html};
use super::job_view::{card, tag_links};
use super::params::{Params, with_query};
use super::views::Listing;
use crate::error::PageError;
use crate::state::{AppState, Facets};
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many tags are offered above the list.
const OFFERED_TAGS: usize = 12;
/// The longest search that is looked at, in characters.
const MAX_SEARCH: usize = 200;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/", get(listing))
}

async fn listing(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    params: Params,
) -> Result<Response, PageError> {
    let asked = Asked::read(&params);
    // All that the page depends on beside the board: the language, the address it was asked at, and the question.
    let name = format!("{} {} {asked:?}", visitor.locale, visitor.root);
    let html = state.listings.get(&tenant, &name, render(&state, &visitor, &tenant, asked)).await?;
    Ok(Html(html).into_response())
}

/// What a visitor asked for.
#[derive(Debug)]
struct Asked {
    q: String,
    tag: String,
    workplace: Option<Workplace>,
    cursor: Option<String>,
}

impl Asked {
    fn read(params: &Params) -> Self {
        Self {
            q: params.text("q").chars().take(MAX_SEARCH).collect(),
            tag: params.text("tag").chars().take(MAX_SEARCH).collect::<String>().to_lowercase(),
            // An unknown kind of workplace filters nothing: an old or mistyped link still shows the board.
            workplace: params.text("workplace").parse().ok(),
            cursor: params.some("cursor").filter(|c| c.len() <= MAX_SEARCH).map(str::to_owned),
        }
    }
}

async fn render(state: &AppState, visitor: &Visitor, tenant: &TenantScope, asked: Asked) -> Result<Bytes, PageError> {
    let frame = frame(state, visitor);
    let Asked { q, tag, workplace, cursor } = asked;
    let some = |text: &String| Some(text.clone()).filter(|t| !t.is_empty());
    let query = JobQuery { q: some(&q), tag: some(&tag), workplace, cursor, ..JobQuery::public() };
    let found = tenant.jobs().list(&query).await?;
    let facets = state.facets.get(tenant, "", facets(tenant)).await?;
    let mut offered = facets.tags.to_vec();
    if !tag.is_empty() && !offered.contains(&tag) {
        offered.insert(0, tag.clone());
    }
    let workplace = workplace.map_or("", |w| w.as_str());
    let address = |cursor: &str| {
        with_query(&frame.home, &[("q", &q), ("tag", &tag), ("workplace", workplace), ("cursor", cursor)])
    };
    let filtered = query.q.is_some() || query.tag.is_some() || query.workplace.is_some();
    let cards = found.items.iter().map(|job| card(job, format!("{}/jobs/{}", visitor.root, job.slug), visitor.locale));
    let view = Listing {
        tag: tag.clone(),
        workplace: workplace.to_owned(),
        cursor: query.cursor.is_some(),
        filtered,
        // The number stands in the heading of the unfiltered list only.
        total: if filtered { 0 } else { facets.total },
        tags: tag_links(&frame.home, offered.into_iter(), &tag),
        jobs: cards.collect(),
        newest_url: query.cursor.is_some().then(|| address("")),
        next_url: found.next_cursor.as_deref().map(address),
        q: q.clone(),
        frame: frame.clone(),
    };
    html(state, visitor, "pages/listing.html", view).map(Bytes::from)
}

async fn facets(tenant: &TenantScope) -> Result<Facets, PageError> {
    let tags = tenant.jobs().tags().await?;
    let tags = tags.into_iter().map(|(name, _)| name).take(OFFERED_TAGS).collect();
    Ok(Facets { tags, total: tenant.jobs().count(&JobQuery::public()).await? })
}
