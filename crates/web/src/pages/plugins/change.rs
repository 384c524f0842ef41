//! Switching a plugin off and on, going back to the version before, taking it away: as `tablon plugin` does.

use axum::Router;
use axum::extract::State;
use axum::response::Redirect;
use axum::routing::post;
use tablon_core::Actor;
use tablon_publisher::install::Rollback;

use crate::auth::{CsrfForm, Operator};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::params::Named;
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/plugins/{plugin}/disable", post(disable))
        .route("/plugins/{plugin}/enable", post(enable))
        .route("/plugins/{plugin}/rollback", post(rollback))
        .route("/plugins/{plugin}/remove", post(remove))
}

/// Back to the list, with what the running board uses from now on.
pub(super) async fn done(state: &AppState, notice: &str) -> Redirect {
    state.host.reload().await;
    Redirect::to(&format!("/plugins?done={notice}"))
}

async fn disable(
    State(state): State<AppState>,
    operator: Operator,
    named: Named,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let id = named.get("plugin");
    let is_known = state.host.plugin(id).is_some() || state.store.plugins().get(id).await?.is_some();
    if !is_known {
        return Err(PageError::NotFound);
    }
    state.store.plugins().disable(id, Actor::User(operator.user.id)).await?;
    Ok(done(&state, "plugin-disabled").await)
}

async fn enable(
    State(state): State<AppState>,
    operator: Operator,
    named: Named,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let id = named.get("plugin");
    if !state.store.plugins().enable(id, Actor::User(operator.user.id)).await? {
        return Err(PageError::NotFound);
    }
    Ok(done(&state, "plugin-enabled").await)
}

/// What the version before had beyond the one in use, it gets again only where that was ticked.
async fn rollback(
    State(state): State<AppState>,
    operator: Operator,
    named: Named,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let install = state.store.plugins().get(named.get("plugin")).await?.ok_or(PageError::NotFound)?;
    let way = Rollback::of(&install).ok_or(PageError::NotFound)?;
    // The page showed this version; another one may have come in its place since.
    if way.version != text(&pairs, "version") {
        return Err(PageError::Conflict(format!("{} was changed meanwhile", install.id)));
    }
    let again = way.lost().is_empty() || !text(&pairs, "again").is_empty();
    let back = way.run(&state.store, again, Actor::User(operator.user.id)).await?;
    if back.is_none() {
        return Err(PageError::Conflict(format!("{} was changed meanwhile", install.id)));
    }
    Ok(done(&state, "plugin-rolled-back").await)
}

/// A plugin that channels use is taken away only where that was ticked.
async fn remove(
    State(state): State<AppState>,
    operator: Operator,
    named: Named,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let id = named.get("plugin");
    let channels = state.store.plugins().channels_using(id).await?;
    if channels > 0 && text(&pairs, "understood").is_empty() {
        return Err(PageError::Conflict(format!("{channels} channels use {id}")));
    }
    if !state.store.plugins().remove(id, Actor::User(operator.user.id)).await? {
        return Err(PageError::NotFound);
    }
    Ok(done(&state, "plugin-removed").await)
}
