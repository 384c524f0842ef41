//! One channel: its settings, whether it works, and what it would show.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tablon_core::store::Channel;
use tablon_core::{Error, JobQuery, TenantScope};
use tablon_publisher::Target;
use uuid::Uuid;

use super::channel_new::{ChannelFields, secrets};
use super::channels::card;
use crate::auth::{AsAdmin, CsrfForm, Staff};
use crate::channel_setup::{self, ChannelChange, PlatformError};
use crate::error::PageError;
use crate::pages::form_data::Pairs;
use crate::pages::form_view::Speech;
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::job_view::preview_views;
use crate::pages::params::{Id, Params};
use crate::pages::views::{ChannelEdit, ChannelPage, FormView, PreviewView, Verified};
use crate::previews::ChannelPreview;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/channels/{id}", get(show).post(save))
        .route("/admin/channels/{id}/verify", post(verify))
        .route("/admin/channels/{id}/pause", post(pause))
        .route("/admin/channels/{id}/resume", post(resume))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    params: Params,
) -> Result<Response, PageError> {
    let verified = match params.some("check") {
        Some(_) => Some(check(&state, &tenant, id).await?),
        None => None,
    };
    // Read afterwards: the check notes whose account it is.
    let channel = tenant.channels().get(id).await?.ok_or(PageError::NotFound)?;
    let fields = ChannelFields {
        name: channel.name.clone(),
        settings: channel.settings.clone(),
        stored: channel.secret_names.clone(),
        ..ChannelFields::default()
    };
    let done = params.done();
    channel_page(&state, &visitor, &tenant, &staff, &channel, (fields, done, verified)).await
}

async fn check(state: &AppState, tenant: &TenantScope, id: Uuid) -> Result<Verified, PageError> {
    match channel_setup::verify(state, tenant, id).await {
        Ok(verified) => {
            let words = [vec![verified.account.label], verified.warnings].concat().join(". ");
            Ok(Verified { ok: true, words })
        }
        Err(PlatformError::Domain(error)) => Err(error.into()),
        Err(refused) => Ok(Verified { ok: false, words: refused.to_string() }),
    }
}

async fn channel_page(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    channel: &Channel,
    (fields, done, verified): (ChannelFields, Option<&'static str>, Option<Verified>),
) -> Result<Response, PageError> {
    let form = match state.host.plugin(&channel.plugin) {
        Some(plugin) => fields.view(&Speech::new(state, visitor), &plugin),
        None => FormView::default(),
    };
    let (previews, preview_of) = preview(state, tenant, channel).await?;
    let view = ChannelPage {
        frame: frame(state, visitor),
        staff: staff_view(visitor, tenant, staff, "channels").await?,
        done,
        edit: ChannelEdit { channel: card(state, visitor, channel), verified, form, previews, preview_of },
    };
    page(state, visitor, "pages/admin/channel.html", view)
}

/// The newest job as this channel would show it, whether the channel is paused or not.
async fn preview(
    state: &AppState,
    tenant: &TenantScope,
    channel: &Channel,
) -> Result<(Vec<PreviewView>, String), PageError> {
    let newest = tenant.jobs().list(&JobQuery { limit: Some(1), ..JobQuery::default() }).await?.items.pop();
    let Some(job) = newest else { return Ok((Vec::new(), String::new())) };
    let Some(posting) = tenant.jobs().posting(job.id).await? else { return Ok((Vec::new(), String::new())) };
    let Some(plugin) = state.host.plugin(&channel.plugin) else { return Ok((Vec::new(), String::new())) };
    let call = plugin.render(&posting, &Target::of(tenant, channel)).await;
    let rendered = call.result.map_err(|error| error.to_string());
    let preview = ChannelPreview { channel: channel.clone(), rendered };
    Ok((preview_views(state, vec![preview]), job.content.title))
}

async fn save(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let channel = tenant.channels().get(id).await?.ok_or(PageError::NotFound)?;
    let plugin = state.host.plugin(&channel.plugin).ok_or(PageError::NotFound)?;
    let typed = ChannelFields { stored: channel.secret_names.clone(), ..ChannelFields::typed(&plugin, &pairs) };
    let change = ChannelChange {
        name: Some(typed.name.clone()),
        settings: Some(typed.settings.clone()),
        secrets: secrets(&plugin, &pairs),
        template: None,
    };
    match channel_setup::update(&state, &tenant, id, change, staff.actor()).await {
        Ok(_) => Ok(back(&visitor, id, "done=channel-saved&check=1").into_response()),
        Err(Error::Invalid(errors)) => {
            let fields = ChannelFields { errors, ..typed };
            let mut response = channel_page(&state, &visitor, &tenant, &staff, &channel, (fields, None, None)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

fn back(visitor: &Visitor, id: Uuid, query: &str) -> Redirect {
    Redirect::to(&format!("{}/channels/{id}?{query}", admin_root(visitor)))
}

async fn verify(
    visitor: Visitor,
    CurrentTenant(_): CurrentTenant,
    _: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Redirect {
    back(&visitor, id, "check=1")
}

async fn pause(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    tenant.channels().pause(id, None, staff.actor()).await?;
    Ok(back(&visitor, id, "done=channel-paused"))
}

async fn resume(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    tenant.channels().resume(id, staff.actor()).await?;
    Ok(back(&visitor, id, "done=channel-resumed"))
}
