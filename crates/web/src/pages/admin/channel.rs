//! One channel: its settings, whether it works, and what it would show.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tablon_core::store::{Channel, LaneStatus};
use tablon_core::{Error, JobQuery, TenantScope};
use uuid::Uuid;

use super::channel_head::{back, channel, head};
use super::channel_new::{ChannelFields, secrets};
use crate::auth::{AsAdmin, CsrfForm, Staff, TypedForm};
use crate::channel_setup::{self, ChannelChange, PlatformError};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::Pairs;
use crate::pages::form_view::Speech;
use crate::pages::frame::{page, page_with_mail};
use crate::pages::params::{Id, Params};
use crate::pages::preview_view::{has_mail, preview_view};
use crate::pages::views::{ChannelPage, FormView, LaneView, PreviewView, Verified};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;
use crate::{channel_template, previews};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/channels/{id}", shows_its_form(get(show).post(save)))
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
        Some(_) => Some(check(&state, &tenant, id, &staff).await?),
        None => None,
    };
    // Read afterwards: the check notes whose account it is.
    let channel = channel(&tenant, id).await?;
    let fields = ChannelFields {
        name: channel.name.clone(),
        settings: channel.settings.clone(),
        stored: channel.secret_names.clone(),
        ..ChannelFields::default()
    };
    let done = params.done();
    channel_page(&state, &visitor, &tenant, &staff, &channel, (fields, done, verified)).await
}

async fn check(
    state: &AppState,
    tenant: &TenantScope,
    id: Uuid,
    staff: &Staff<AsAdmin>,
) -> Result<Verified, PageError> {
    match channel_setup::verify(state, tenant, id, staff.actor()).await {
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
    let (preview, preview_of) = preview(state, tenant, channel).await?;
    let previews = vec![preview];
    let mail = has_mail(&previews);
    let view = ChannelPage {
        head: head(state, visitor, tenant, staff, channel, ("settings", done)).await?,
        verified,
        form,
        lanes: lanes(tenant, channel).await?,
        previews,
        preview_of,
    };
    let render = if mail { page_with_mail } else { page };
    render(state, visitor, "pages/admin/channel.html", view)
}

/// What holds the channel up, as long as something does.
async fn lanes(tenant: &TenantScope, channel: &Channel) -> Result<Vec<LaneView>, PageError> {
    let lanes = tenant.channels().lanes(channel.id).await?.into_iter();
    let slow = lanes.filter(|lane| lane.held_until.is_some() || lane.open_until.is_some());
    let view = |lane: LaneStatus| LaneView {
        kind: lane.kind,
        held_until: lane.held_until,
        open_until: lane.open_until,
        failures: lane.failures,
        problem: lane.problem,
    };
    Ok(slow.map(view).collect())
}

/// The newest job as this channel would show it, whether the channel is paused or not; an offer that is made up as
/// long as there is none.
async fn preview(
    state: &AppState,
    tenant: &TenantScope,
    channel: &Channel,
) -> Result<(PreviewView, Option<String>), PageError> {
    let newest = tenant.jobs().list(&JobQuery { limit: Some(1), ..JobQuery::default() }).await?.items.pop();
    let posting = channel_template::posting(state, tenant, newest.as_ref().map(|job| job.id)).await?;
    let preview = previews::of_channel(state, tenant, channel.clone(), &posting).await;
    Ok((preview_view(state, preview), newest.map(|job| job.content.title)))
}

async fn save(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let channel = channel(&tenant, id).await?;
    let plugin = state.host.plugin(&channel.plugin).ok_or(PageError::NotFound)?;
    let typed = ChannelFields { stored: channel.secret_names.clone(), ..ChannelFields::typed(&plugin, &pairs) };
    if !confirmed {
        let fields = ChannelFields { unsent: true, ..typed };
        let mut response = channel_page(&state, &visitor, &tenant, &staff, &channel, (fields, None, None)).await?;
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    let change = ChannelChange {
        name: Some(typed.name.clone()),
        settings: Some(typed.settings.clone()),
        secrets: secrets(&plugin, &pairs),
        forget: typed.forget.clone(),
        ..ChannelChange::default()
    };
    match channel_setup::update(&state, &tenant, id, change, staff.actor()).await {
        Ok(_) => Ok(back(&visitor, id, "", "done=channel-saved&check=1").into_response()),
        Err(Error::Invalid(errors)) => {
            let fields = ChannelFields { errors, ..typed };
            let mut response = channel_page(&state, &visitor, &tenant, &staff, &channel, (fields, None, None)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn verify(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    _: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    tenant.channels().get(id).await?.ok_or(PageError::NotFound)?;
    Ok(back(&visitor, id, "", "check=1"))
}

async fn pause(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    tenant.channels().pause(id, None, staff.actor()).await?;
    Ok(back(&visitor, id, "", "done=channel-paused"))
}

async fn resume(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    tenant.channels().resume(id, staff.actor()).await?;
    Ok(back(&visitor, id, "", "done=channel-resumed"))
}
