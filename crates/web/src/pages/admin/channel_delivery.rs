//! Which jobs a channel is given, when, and how its copies are looked after.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tablon_core::form::FieldErrors;
use tablon_core::store::{Channel, PlacementState};
use tablon_core::{Error, TenantScope};

use super::channel_head::{back, channel, head};
use super::delivery_form::{self, Answers};
use crate::auth::{AsAdmin, Staff, TypedForm};
use crate::channel_setup::{self, ChannelChange, Editor};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_view::{self, Speech};
use crate::pages::frame::page;
use crate::pages::params::{Id, Params};
use crate::pages::views::ChannelDelivery;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/channels/{id}/delivery", shows_its_form(get(show).post(save)))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    params: Params,
) -> Result<Response, PageError> {
    let channel = channel(&tenant, id).await?;
    let answers = Answers::stored(&channel.delivery, &tenant.form);
    delivery_page(
        &state,
        &visitor,
        &tenant,
        &staff,
        &channel,
        (answers, FieldErrors::default(), Notice::Done(params.done())),
    )
    .await
}

/// What the page says about what was just sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    /// What was done, if something was.
    Done(Option<&'static str>),
    /// Nothing was saved: the token was stale.
    Unsent,
}

async fn delivery_page(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    channel: &Channel,
    (answers, errors, notice): (Answers, FieldErrors, Notice),
) -> Result<Response, PageError> {
    let done = if let Notice::Done(done) = notice { done } else { None };
    let plugin = state.host.plugin(&channel.plugin);
    let checks = plugin.is_some_and(|plugin| plugin.description().features.check);
    let speech = Speech::new(state, visitor);
    let counts = tenant.placements().counts_on(Some(channel.id)).await?;
    let waiting = counts.iter().find(|(state, _)| *state == PlacementState::Pending).map_or(0, |(_, count)| *count);
    let form = delivery_form::view(&speech, &answers, (&tenant.form, &channel.delivery), &errors, checks);
    let view = ChannelDelivery {
        head: head(state, visitor, tenant, staff, channel, ("delivery", done)).await?,
        form: if notice == Notice::Unsent { form_view::unsent(form, &speech) } else { form },
        zone: tenant.time_zone.name().to_owned(),
        waiting,
    };
    page(state, visitor, "pages/admin/channel_delivery.html", view)
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
    let answers = Answers::typed(&pairs);
    if !confirmed {
        let told = (answers, FieldErrors::default(), Notice::Unsent);
        let mut response = delivery_page(&state, &visitor, &tenant, &staff, &channel, told).await?;
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    let wanted = answers.policy(&channel.delivery, &tenant.form);
    let change = ChannelChange { delivery: Some(wanted.policy), ..ChannelChange::default() };
    let by = Editor { actor: staff.actor(), locale: visitor.locale };
    match channel_setup::update(&state, &tenant, id, change, by).await {
        Ok(_) => Ok(back(&visitor, id, "/delivery", "done=delivery-saved").into_response()),
        Err(Error::Invalid(errors)) => {
            let errors = delivery_form::by_field(errors, &wanted.rules);
            let told = (answers, errors, Notice::Done(None));
            let mut response = delivery_page(&state, &visitor, &tenant, &staff, &channel, told).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}
