//! What somebody of the staff is told by mail, and, for admins, the mail that didn't arrive.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tablon_core::Role;
use tablon_core::notice::{NoticeKind, Timing, Way};
use tablon_core::store::{NoticeRow, StaffPreference};

use super::mail_server::server_now;
use crate::auth::{AsModerator, CsrfForm, Staff};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::params::Params;
use crate::pages::views::{FailedNotice, NotificationChoice, NotificationsPage};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many mails that didn't arrive are shown.
const FAILED: u64 = 30;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/notifications", get(show).post(save))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    params: Params,
) -> Result<Response, PageError> {
    let chosen = tenant.notification_preferences(staff.user.id).list(Way::Mail).await?;
    let failed = match staff.may(Role::Admin) {
        true => Some(tenant.last_notices(true, FAILED).await?),
        false => None,
    };
    let server = match staff.may(Role::Admin) {
        true => tenant.board_mail().get().await?.map(server_now),
        false => None,
    };
    let admin = admin_root(&visitor);
    let view = NotificationsPage {
        frame: frame(&state, &visitor),
        staff: staff_view(&visitor, &tenant, &staff, "notifications").await?,
        done: params.done(),
        has_mail_server: tenant.sends_mail().await?,
        server,
        address: staff.user.email.clone(),
        address_confirmed: staff.user.address_confirmed,
        timings: Timing::ALL.map(Timing::as_str).to_vec(),
        choices: chosen.into_iter().map(choice).collect(),
        failed: failed.map(|rows| rows.into_iter().map(|row| failed_notice(row, &admin)).collect()),
    };
    page(&state, &visitor, "pages/admin/notifications.html", view)
}

fn choice(preference: StaffPreference) -> NotificationChoice {
    NotificationChoice { kind: preference.kind.as_str(), timing: preference.timing.as_str() }
}

pub(super) fn failed_notice(row: NoticeRow, admin: &str) -> FailedNotice {
    FailedNotice {
        kind: row.kind.as_str(),
        recipient: row.recipient,
        state: row.state.as_str(),
        problem: row.problem,
        at: row.updated_at,
        job_url: row.job_id.map(|id| format!("{admin}/jobs/{id}")),
    }
}

async fn save(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let mut wanted = Vec::new();
    for kind in NoticeKind::FOR_STAFF {
        match text(&pairs, kind.as_str()) {
            "" => {}
            typed => {
                let timing = typed.parse().map_err(|_| PageError::BadRequest("There is no such choice.".into()))?;
                wanted.push(StaffPreference { kind, timing });
            }
        }
    }
    tenant.notification_preferences(staff.user.id).set(Way::Mail, &wanted).await?;
    Ok(Redirect::to(&format!("{}/notifications?done=notifications-saved", admin_root(&visitor))).into_response())
}
