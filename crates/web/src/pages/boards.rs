//! The front page of the instance: its boards, or the only one.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tablon_core::Role;

use super::frame::{bare_frame, page};
use super::views::{BoardCard, Boards};
use crate::auth::current_session;
use crate::error::PageError;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/", get(boards))
}

async fn boards(State(state): State<AppState>, visitor: Visitor, headers: HeaderMap) -> Result<Response, PageError> {
    let tenants = state.store.tenants().list().await?;
    if let [only] = tenants.as_slice()
        && only.listed
        && only.hosts.is_empty()
    {
        return Ok(Redirect::to(&format!("/t/{}/", only.slug)).into_response());
    }
    let session = current_session(&state, &headers).await?;
    let mine = match &session {
        Some(session) => Some(state.store.roles_of(&session.user).await?),
        None => None,
    };
    let open = state.store.open_jobs().await?;
    let mut boards = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let role = mine.as_ref().and_then(|mine| mine.in_board(tenant.id));
        let manages = role.is_some_and(|role| role >= Role::Moderator);
        // Its own staff find an unlisted board here all the same.
        if !tenant.listed && !manages {
            continue;
        }
        boards.push(BoardCard {
            name: tenant.name.clone(),
            url: format!("{}/", tenant.public_url()),
            jobs: open.get(&tenant.id).copied().unwrap_or_default(),
            admin: manages.then(|| format!("/t/{}/admin", tenant.slug)),
        });
    }
    page(
        &state,
        &visitor,
        "pages/boards.html",
        Boards {
            frame: bare_frame(&state, &visitor),
            url: state.config.absolute(""),
            boards,
            signed_in: session.is_some(),
        },
    )
}
