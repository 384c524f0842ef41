//! The jobs on the board, searched and filtered.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::store::JobQuery;

use super::frame::{frame, page};
use super::job_view::{card, tag_links};
use super::params::{Params, with_query};
use super::views::Listing;
use crate::error::PageError;
use crate::state::AppState;
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
    let frame = frame(&state, &visitor);
    let q: String = params.text("q").chars().take(MAX_SEARCH).collect();
    let tag = params.text("tag").to_lowercase();
    // An unknown kind of workplace filters nothing: an old or mistyped link still shows the board.
    let workplace = params.text("workplace").parse().ok();
    let some = |text: &String| Some(text.clone()).filter(|t| !t.is_empty());
    let query = JobQuery {
        q: some(&q),
        tag: some(&tag),
        workplace,
        cursor: params.some("cursor").map(str::to_owned),
        ..JobQuery::public()
    };
    let found = tenant.jobs().list(&query).await?;
    let tags = tenant.jobs().tags().await?;
    let mut offered: Vec<String> = tags.into_iter().map(|(name, _)| name).take(OFFERED_TAGS).collect();
    if !tag.is_empty() && !offered.contains(&tag) {
        offered.insert(0, tag.clone());
    }
    let workplace = workplace.map_or("", |w| w.as_str());
    let address = |cursor: &str| {
        with_query(&frame.home, &[("q", &q), ("tag", &tag), ("workplace", workplace), ("cursor", cursor)])
    };
    let filtered = query.q.is_some() || query.tag.is_some() || query.workplace.is_some();
    // The number stands in the heading of the unfiltered list only.
    let total = if filtered { 0 } else { tenant.jobs().count(&JobQuery::public()).await? };
    let cards = found.items.iter().map(|job| card(job, format!("{}/jobs/{}", visitor.root, job.slug), visitor.locale));
    let view = Listing {
        tag: tag.clone(),
        workplace: workplace.to_owned(),
        cursor: query.cursor.is_some(),
        filtered,
        total,
        tags: tag_links(&frame.home, offered.into_iter(), &tag),
        jobs: cards.collect(),
        newest_url: query.cursor.is_some().then(|| address("")),
        next_url: found.next_cursor.as_deref().map(address),
        q: q.clone(),
        frame: frame.clone(),
    };
    page(&state, &visitor, "pages/listing.html", view)
}
