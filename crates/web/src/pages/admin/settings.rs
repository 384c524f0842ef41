//! The settings of the board.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tablon_core::form::FieldErrors;
use tablon_core::{Error, TenantScope};

use super::settings_form;
use crate::auth::{AsAdmin, CsrfForm, Staff, TypedForm};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::language::LOCALES;
use crate::pages::form_data::text;
use crate::pages::form_view::{self, Speech};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::params::Params;
use crate::pages::views::{SettingNow, Settings};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/settings", shows_its_form(get(show).post(save)))
        .route("/admin/first-steps/hide", post(hide_first_steps))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    params: Params,
) -> Result<Response, PageError> {
    let tenant = fresh(&tenant).await?;
    let shown = Shown { done: params.done(), ..Shown::default() };
    shown.page(&state, &visitor, &tenant, &staff, &settings_form::stored(&tenant)).await
}

/// The board as it is in the database: the cached one may be older than what the form is compared with.
async fn fresh(tenant: &TenantScope) -> Result<TenantScope, PageError> {
    tenant.store().tenants().by_id(tenant.id).await?.ok_or(PageError::NotFound)
}

async fn save(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let typed = settings_form::typed(&pairs);
    // A form without a version is older than any.
    let seen = text(&pairs, "version").parse().unwrap_or(0);
    let shown = if confirmed {
        match state.store.tenants().update(&tenant, &typed, Some(seen), LOCALES, staff.actor()).await {
            Ok(saved) => {
                state.tenants.forget();
                // Not the page's own: the address may be another one now.
                let to = format!("/t/{}/admin/settings?done=settings-saved", saved.slug);
                return Ok(Redirect::to(&to).into_response());
            }
            Err(Error::Invalid(errors)) => Shown { errors, seen: Some(seen), ..Shown::default() },
            Err(Error::Stale { .. }) => Shown { stale_since: Some(seen), ..Shown::default() },
            Err(error) => return Err(error.into()),
        }
    } else {
        Shown { unsent: true, seen: Some(seen), ..Shown::default() }
    };
    shown.page(&state, &visitor, &fresh(&tenant).await?, &staff, &typed).await
}

async fn hide_first_steps(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    _: CsrfForm<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    tenant.hide_first_steps(staff.actor()).await?;
    state.tenants.forget();
    Ok(Redirect::to(&admin_root(&visitor)).into_response())
}

/// What the form is shown with.
#[derive(Default)]
struct Shown {
    done: Option<&'static str>,
    errors: FieldErrors,
    /// The version that the form was made from, if it wasn't made just now.
    seen: Option<u64>,
    /// That version, when somebody else has saved a newer one.
    stale_since: Option<u64>,
    /// Nothing was saved: the token was stale.
    unsent: bool,
}

impl Shown {
    async fn page(
        self,
        state: &AppState,
        visitor: &Visitor,
        tenant: &TenantScope,
        staff: &Staff<AsAdmin>,
        value: &Value,
    ) -> Result<Response, PageError> {
        let speech = Speech::new(state, visitor);
        let status = match (&self.stale_since, self.errors.0.is_empty()) {
            _ if self.unsent => StatusCode::FORBIDDEN,
            (Some(_), _) => StatusCode::PRECONDITION_FAILED,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, true) => StatusCode::OK,
        };
        let meanwhile = match self.stale_since {
            Some(seen) => Some(changed_since(&speech, tenant, seen).await?),
            None => None,
        };
        let form = settings_form::view(&speech, value, &self.errors, tenant.store().sends_mail());
        let view = Settings {
            frame: frame(state, visitor),
            staff: staff_view(visitor, tenant, staff, "settings").await?,
            done: self.done,
            address: format!("{}/", tenant.public_url()),
            former: tenant.former_slugs().await?,
            // What was typed is kept; saving again from this page then holds.
            version: self.seen.unwrap_or(tenant.version),
            meanwhile,
            form: if self.unsent { form_view::unsent(form, &speech) } else { form },
        };
        let mut response = page(state, visitor, "pages/admin/settings.html", view)?;
        *response.status_mut() = status;
        Ok(response)
    }
}

/// What others have changed since that version, and what it is now.
async fn changed_since(speech: &Speech<'_>, tenant: &TenantScope, version: u64) -> Result<Vec<SettingNow>, PageError> {
    let now = tenant.settings().to_value();
    let names = tenant.settings_changed_since(version).await?;
    Ok(names.iter().map(|name| settings_form::now(speech, name, &now)).collect())
}
