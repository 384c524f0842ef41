//! One channel: its settings, whether it works, and what it would show.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{Channel, ChannelState, Findings, LaneStatus};
use tablon_core::{Error, JobQuery, TenantScope};
use uuid::Uuid;

use super::channel_head::{back, channel, head};
use super::channel_new::{ChannelFields, secrets};
use crate::auth::{AsAdmin, CsrfForm, Staff, TypedForm};
use crate::channel_setup::{self, ChannelChange, Editor, PlatformError};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::Pairs;
use crate::pages::form_view::Speech;
use crate::pages::frame::{page, page_with_mail};
use crate::pages::params::{Id, Params};
use crate::pages::preview_view::{has_mail, preview_view};
use crate::pages::views::{ChannelPage, FormView, LaneView, PreviewView, TestView, Verified};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;
use crate::{channel_template, channel_test, previews};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/channels/{id}", shows_its_form(get(show).post(save)))
        .route("/admin/channels/{id}/verify", post(verify))
        .route("/admin/channels/{id}/test", post(test))
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
    let checked = match params.some("check") {
        Some(_) => Some(check(&state, &visitor, &tenant, id, &staff).await?),
        None => None,
    };
    // Read afterwards: the check notes whose account it is.
    let channel = channel(&tenant, id).await?;
    let (verified, findings) = match checked {
        Some((verified, findings)) => (Some(verified), findings),
        None => (None, channel.findings.clone()),
    };
    let fields = saved(&channel, &findings);
    let notice = Notice { done: params.done(), verified, test: None, saved: true };
    channel_page(&state, &visitor, &tenant, &staff, &channel, (fields, notice)).await
}

/// What stands above a channel's form.
#[derive(Default)]
struct Notice {
    done: Option<&'static str>,
    verified: Option<Verified>,
    test: Option<TestView>,
    /// Whether the form shows what is saved: its errors are what the platform said, which stands above it already.
    saved: bool,
}

/// What is saved, and beside its fields what was found about them.
fn saved(channel: &Channel, findings: &Findings) -> ChannelFields {
    let mut errors = FieldErrors::default();
    for field in &findings.fields {
        errors.push(field.pointer.clone(), FieldProblem::Said(field.message.clone()));
    }
    ChannelFields {
        name: channel.name.clone(),
        public_name: channel.public_name.clone(),
        settings: channel.settings.clone(),
        stored: channel.secret_names.clone(),
        errors,
        ..ChannelFields::default()
    }
}

async fn check(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    id: Uuid,
    staff: &Staff<AsAdmin>,
) -> Result<(Verified, Findings), PageError> {
    let by = Editor { actor: staff.actor(), locale: visitor.locale };
    match channel_setup::verify(state, tenant, id, by).await {
        Ok(verified) => {
            let words = [vec![verified.account.label], verified.warnings].concat().join(". ");
            Ok((Verified { ok: true, words }, Findings::default()))
        }
        Err(PlatformError::Domain(error)) => Err(error.into()),
        Err(refused) => {
            let channel = channel(tenant, id).await?;
            let findings = match (&refused, state.host.plugin(&channel.plugin)) {
                (PlatformError::Refused(error), Some(plugin)) => {
                    plugin.findings_of(error, &channel.secret_names, visitor.locale)
                }
                _ => Findings::default(),
            };
            let said: Vec<_> = findings.fields.iter().map(|field| field.message.clone()).collect();
            let words = if said.is_empty() { refused.to_string() } else { said.join(" ") };
            Ok((Verified { ok: false, words }, findings))
        }
    }
}

async fn channel_page(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    channel: &Channel,
    (mut fields, notice): (ChannelFields, Notice),
) -> Result<Response, PageError> {
    fields.sharing = channel_setup::sharing(tenant, channel).await?;
    let plugin = state.host.plugin(&channel.plugin);
    let mut form = match &plugin {
        Some(plugin) => fields.view(&Speech::new(state, visitor), plugin),
        None => FormView::default(),
    };
    if notice.saved {
        form.errors.clear();
    }
    let (preview, preview_of) = preview(state, visitor, tenant, channel).await?;
    let previews = vec![preview];
    let mail = has_mail(&previews);
    let view = ChannelPage {
        head: head(state, visitor, tenant, staff, channel, ("settings", notice.done)).await?,
        verified: notice.verified,
        may_test: plugin.is_some_and(|plugin| channel_test::is_possible(&plugin)),
        test: notice.test,
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
    visitor: &Visitor,
    tenant: &TenantScope,
    channel: &Channel,
) -> Result<(PreviewView, Option<String>), PageError> {
    let newest = tenant.jobs().list(&JobQuery { limit: Some(1), ..JobQuery::default() }).await?.items.pop();
    let posting = channel_template::posting(state, tenant, newest.as_ref().map(|job| job.id)).await?;
    let preview = previews::of_channel(state, tenant, channel.clone(), &posting).await;
    Ok((preview_view(state, visitor, preview), newest.map(|job| job.content.title)))
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
        let told = (fields, Notice::default());
        let mut response = channel_page(&state, &visitor, &tenant, &staff, &channel, told).await?;
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    let change = ChannelChange {
        name: Some(typed.name.clone()),
        public_name: Some(typed.public_name.clone()),
        settings: Some(typed.settings.clone()),
        secrets: secrets(&plugin, &pairs),
        forget: typed.forget.clone(),
        share: typed.share.clone(),
        ..ChannelChange::default()
    };
    let by = Editor { actor: staff.actor(), locale: visitor.locale };
    match channel_setup::update(&state, &tenant, id, change, by).await {
        Ok(channel) => {
            let done = match channel.state {
                ChannelState::Paused if channel.findings.kind.is_some() => "channel-saved-paused",
                ChannelState::Active | ChannelState::Paused => "channel-saved",
            };
            Ok(back(&visitor, id, "", &format!("done={done}")).into_response())
        }
        Err(Error::Invalid(errors)) => {
            let fields = ChannelFields { errors, ..typed };
            let told = (fields, Notice::default());
            let mut response = channel_page(&state, &visitor, &tenant, &staff, &channel, told).await?;
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

/// Sends a test message and takes it away again. Whatever comes of it stands above the form.
async fn test(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let channel = channel(&tenant, id).await?;
    let outcome = channel_test::run(&state, &tenant, &channel, staff.actor(), visitor.locale).await?;
    let fields = saved(&channel, &channel.findings);
    let test = TestView { outcome: outcome.key(), ok: outcome.is_good(), words: outcome.words(), url: outcome.url() };
    let notice = Notice { test: Some(test), saved: true, ..Notice::default() };
    channel_page(&state, &visitor, &tenant, &staff, &channel, (fields, notice)).await
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
