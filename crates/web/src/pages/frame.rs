//! What stands around every page, and how a page becomes an answer.

use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use tablon_core::job::JobState;
use tablon_core::store::{ChannelState, JobQuery, PlacementState};
use tablon_core::{Role, TenantScope};

use super::views::{BoardView, Frame, StaffView};
use crate::auth::{AtLeast, Staff};
use crate::edge::allow_style_attributes;
use crate::error::PageError;
use crate::state::AppState;
use crate::visitor::Visitor;

/// The page as an answer.
pub(super) fn page(
    state: &AppState,
    visitor: &Visitor,
    template: &str,
    view: impl Serialize,
) -> Result<Response, PageError> {
    Ok(Html(html(state, visitor, template, view)?).into_response())
}

/// The page as an answer that may show a mail in a frame, with the styles on the mail's own elements.
pub(super) fn page_with_mail(
    state: &AppState,
    visitor: &Visitor,
    template: &str,
    view: impl Serialize,
) -> Result<Response, PageError> {
    let mut response = page(state, visitor, template, view)?;
    allow_style_attributes(response.headers_mut());
    Ok(response)
}

/// The page as HTML. What the theme can't render is a fault of ours.
pub(super) fn html(
    state: &AppState,
    visitor: &Visitor,
    template: &str,
    view: impl Serialize,
) -> Result<String, PageError> {
    state.theme.render(template, visitor.locale, view).map_err(|error| {
        tracing::error!(template, locale = visitor.locale, %error, "a page can't be rendered");
        PageError::Internal
    })
}

/// The frame for a visitor, with their board's name if they are on one.
pub(super) fn frame(state: &AppState, visitor: &Visitor) -> Frame {
    Frame {
        locale: visitor.locale,
        now: state.clock().now(),
        board: visitor.tenant.as_ref().map(|tenant| board(visitor, tenant)),
        home: format!("{}/", visitor.root),
        login_url: state.config.absolute("login"),
    }
}

/// The frame without a board, for the instance's own pages.
pub(super) fn bare_frame(state: &AppState, visitor: &Visitor) -> Frame {
    Frame { board: None, home: "/".to_owned(), ..frame(state, visitor) }
}

fn board(visitor: &Visitor, tenant: &TenantScope) -> BoardView {
    BoardView {
        name: tenant.name.clone(),
        description: tenant.description.clone(),
        root: visitor.root.clone(),
        url: format!("{}/", tenant.public_url()),
        zone: tenant.time_zone.name().to_owned(),
        // The colour in the address lets browsers keep the sheet until it changes.
        register_url: tenant.offers_registration().then(|| register_url(tenant)),
        brand_css: format!("{}/brand.css?c={}", visitor.root, accent_name(tenant)),
    }
}

/// Where people register as members of a board: at the base address, where they log in.
pub(super) fn register_url(tenant: &TenantScope) -> String {
    format!("{}/register", tenant.base_path_url())
}

/// The accent as it stands in the address of its sheet.
pub(super) fn accent_name(tenant: &TenantScope) -> &str {
    tenant.accent.trim_start_matches('#')
}

/// What pages for staff have besides: who is signed in, and how much waits for them.
pub(super) async fn staff_view<M: AtLeast>(
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<M>,
    section: &'static str,
) -> Result<StaffView, PageError> {
    let placements = tenant.placements().counts_on(None).await?;
    let stuck: u64 = placements
        .iter()
        .filter(|(state, _)| matches!(state, PlacementState::Unverified | PlacementState::Failed))
        .map(|(_, count)| count)
        .sum();
    let trouble = stuck + tenant.placements().altered_on(None).await?;
    let channels = tenant.channels().list().await?;
    Ok(StaffView {
        user: if staff.user.name.is_empty() { staff.user.email.clone() } else { staff.user.name.clone() },
        csrf: staff.csrf.token().to_owned(),
        admin: admin_root(visitor),
        section,
        may_admin: staff.may(Role::Admin),
        operator: staff.user.operator,
        queue: tenant.jobs().count(&submitted()).await? + tenant.jobs().count(&changed()).await?,
        trouble,
        paused: channels.iter().filter(|channel| channel.state == ChannelState::Paused).count() as u64,
    })
}

/// What the administration's paths start with.
pub(super) fn admin_root(visitor: &Visitor) -> String {
    format!("{}/admin", visitor.root)
}

/// Offers that wait for a moderator.
pub(super) fn submitted() -> JobQuery {
    JobQuery { states: vec![JobState::Submitted], ..JobQuery::default() }
}

/// Live offers whose poster wants to change them.
pub(super) fn changed() -> JobQuery {
    JobQuery { pending_revision: true, ..JobQuery::default() }
}
