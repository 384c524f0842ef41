//! Looks up who is signed in once, before a page's handler: its language is theirs.

use std::sync::Arc;

use axum::extract::{FromRef, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use tablon_core::Store;
use tablon_core::store::Session;

use super::session::session_secret;
use crate::config::WebConfig;
use crate::error::PageError;
use crate::language::supported;
use crate::state::AppState;

/// The session of a request that was looked up before; `None` in it: nobody is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Recognised(pub(crate) Option<Session>);

impl Recognised {
    /// The language that the person chose for their pages.
    pub(crate) fn locale(&self) -> Option<&'static str> {
        supported(self.0.as_ref()?.user.locale.as_deref()?)
    }
}

/// Layer around pages for signed-in people.
pub(crate) async fn recognise(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let session = current_session(&state, request.headers()).await?;
    request.extensions_mut().insert(Recognised(session));
    Ok(next.run(request).await)
}

/// The session of a request with these headers.
pub(crate) async fn current_session<S>(state: &S, headers: &HeaderMap) -> tablon_core::Result<Option<Session>>
where
    Store: FromRef<S>,
    Arc<WebConfig>: FromRef<S>,
{
    match session_secret(headers, &Arc::<WebConfig>::from_ref(state)) {
        Some(secret) => Store::from_ref(state).sessions().find(&secret).await,
        None => Ok(None),
    }
}
