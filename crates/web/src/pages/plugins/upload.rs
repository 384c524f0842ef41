//! Installing a plugin in two steps: the file is uploaded and says what it asks for; then the operator grants it.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tablon_core::Actor;
use tablon_core::store::PluginUpload;
use tablon_publisher::install::{Baseline, install};
use tablon_publisher::{FileError, Granted, Plugin};
use uuid::Uuid;

use super::change::done;
use super::{MAX_MB, grant_view, plugins_page};
use crate::auth::{CsrfForm, Operator, Upload};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::frame::{bare_frame, page};
use crate::pages::params::Id;
use crate::pages::views::{AskView, PluginReview, UploadProblem};
use crate::state::AppState;
use crate::visitor::Visitor;

const MAX_FILE: usize = MAX_MB * 1024 * 1024;
/// The most bytes of the form around the file.
const MAX_FORM: usize = 16 * 1024;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/plugins/uploads", post(upload).layer(DefaultBodyLimit::max(MAX_FILE + MAX_FORM)))
        .route("/plugins/uploads/{id}", get(review).post(grant))
        .route("/plugins/uploads/{id}/discard", post(discard))
}

/// Keeps the file if it is a plugin. Nothing of it runs but its description of itself.
async fn upload(
    State(state): State<AppState>,
    visitor: Visitor,
    operator: Operator,
    Upload { file_name, bytes }: Upload<MAX_FILE>,
) -> Result<Response, PageError> {
    let error = match bytes.is_empty() {
        true => None,
        false => match inspect(&state, &file_name, bytes.clone()).await {
            Ok(_) => {
                let id = state.store.plugins().upload(operator.user.id, &file_name, bytes).await?;
                return Ok(Redirect::to(&format!("/plugins/uploads/{id}")).into_response());
            }
            Err(error) => Some(error),
        },
    };
    let fault = error.as_ref().map(|error| error.fault.as_str());
    let problem = UploadProblem { file_name, fault, words: error.map(|error| error.message) };
    let mut response = plugins_page(&state, &visitor, None, Some(problem)).await?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn inspect(state: &AppState, file_name: &str, bytes: Vec<u8>) -> Result<Arc<Plugin>, FileError> {
    state.host.inspect(Path::new(file_name), bytes).await
}

/// An upload of this operator's, and its plugin.
async fn uploaded(state: &AppState, operator: &Operator, id: Uuid) -> Result<(PluginUpload, Arc<Plugin>), PageError> {
    let upload = state.store.plugins().uploaded(id, operator.user.id).await?.ok_or(PageError::NotFound)?;
    let plugin = inspect(state, &upload.file_name, upload.bytes.clone()).await;
    let plugin = plugin.map_err(|words| PageError::Conflict(format!("{} can't be used: {words}", upload.file_name)))?;
    Ok((upload, plugin))
}

/// What the plugin asks for, before anything is granted.
async fn review(
    State(state): State<AppState>,
    visitor: Visitor,
    operator: Operator,
    Id(id): Id,
) -> Result<Response, PageError> {
    let (upload, plugin) = uploaded(&state, &operator, id).await?;
    let before = Baseline::of(&state.store, plugin.id()).await?;
    let (manifest, asked) = (plugin.manifest(), Granted::asked_by(plugin.manifest()));
    let wanted = Baseline::wanted(before.as_ref(), &asked);
    let asks = asked.permissions().into_iter().enumerate().map(|(index, permission)| AskView {
        index,
        is_new: before.as_ref().is_some_and(|before| !before.allows(&permission)),
        grant: grant_view(permission.clone(), wanted.allows(&permission)),
    });
    let view = PluginReview {
        frame: bare_frame(&state, &visitor),
        csrf: visitor.csrf.token().to_owned(),
        id: id.to_string(),
        file_name: upload.file_name,
        name: plugin.name_in(visitor.locale).to_owned(),
        plugin: plugin.id().to_owned(),
        version: manifest.version.clone(),
        description: plugin.description_in(visitor.locale).map(str::to_owned),
        homepage: manifest.homepage.clone(),
        license: manifest.license.clone(),
        sha256: plugin.sha256().to_owned(),
        size: plugin.size().div_ceil(1024),
        replaces: before.as_ref().and_then(|before| before.version.clone()),
        replaces_bundled: before.as_ref().is_some_and(|before| before.version.is_none()),
        channels: state.store.plugins().channels_using(plugin.id()).await?,
        asks: asks.collect(),
    };
    page(&state, &visitor, "pages/plugin_review.html", view)
}

/// Installs the plugin with what was ticked.
async fn grant(
    State(state): State<AppState>,
    operator: Operator,
    Id(id): Id,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let (upload, plugin) = uploaded(&state, &operator, id).await?;
    // The list that was ticked is this file's.
    if text(&pairs, "sha256") != plugin.sha256() {
        return Err(PageError::Conflict(format!("{} was changed meanwhile", upload.file_name)));
    }
    let asked = Granted::asked_by(plugin.manifest());
    let all = asked.permissions();
    let ticked = |index: usize| pairs.iter().any(|(name, value)| name == "grant" && *value == index.to_string());
    let granted = asked.only(|one| all.iter().position(|asked| asked == one).is_some_and(ticked));
    install(&state.store, &plugin, upload.bytes, &granted, Actor::User(operator.user.id)).await?;
    state.store.plugins().discard_upload(id, operator.user.id).await?;
    Ok(done(&state, "plugin-installed").await)
}

async fn discard(
    State(state): State<AppState>,
    operator: Operator,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    state.store.plugins().discard_upload(id, operator.user.id).await?;
    Ok(Redirect::to("/plugins?done=plugin-discarded"))
}
