//! Taking a channel off the board, with or without leaving copies behind.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tablon_core::{Conflict, Error, TenantScope};
use uuid::Uuid;

use super::channel_head::{channel, head};
use crate::auth::{AsAdmin, CsrfForm, Staff};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::frame::{admin_root, page};
use crate::pages::params::{Id, with_query};
use crate::pages::views::ChannelRemove;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/channels/{id}/remove", get(show).post(remove))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
) -> Result<Response, PageError> {
    question(&state, &visitor, &tenant, &staff, id).await
}

/// What is lost and what stays, and the button.
async fn question(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    id: Uuid,
) -> Result<Response, PageError> {
    let channel = channel(tenant, id).await?;
    let list = format!("{}/placements", admin_root(visitor));
    let view = ChannelRemove {
        head: head(state, visitor, tenant, staff, &channel, ("remove", None)).await?,
        copies: tenant.placements().copies_on(id).await?,
        copies_url: with_query(&list, &[("state", "all"), ("channel", &id.to_string())]),
    };
    page(state, visitor, "pages/admin/channel_remove.html", view)
}

async fn remove(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let abandon = text(&pairs, "action") == "abandon" && !text(&pairs, "understood").is_empty();
    let removed = if abandon {
        tenant.channels().abandon(id, staff.actor()).await
    } else {
        tenant.channels().delete(id, staff.actor()).await
    };
    match removed {
        Ok(()) => {
            let done = if abandon { "channel-abandoned" } else { "channel-removed" };
            Ok(Redirect::to(&format!("{}/channels?done={done}", admin_root(&visitor))).into_response())
        }
        // A copy was made meanwhile, or the box wasn't ticked: the question again, as it is now.
        Err(Error::Conflict(Conflict::ChannelHasCopies(_))) => {
            let mut response = question(&state, &visitor, &tenant, &staff, id).await?;
            *response.status_mut() = axum::http::StatusCode::CONFLICT;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}
