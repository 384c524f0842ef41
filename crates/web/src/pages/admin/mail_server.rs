//! The mails that a board sends, and the mail server of its own by which they go.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tablon_core::form::FieldErrors;
use tablon_core::notice::NoticeKind;
use tablon_core::store::BoardMailServer;
use tablon_core::{Error, TenantScope};
use zeroize::Zeroizing;

use super::mail::test_mail;
use crate::auth::{AsAdmin, Staff, TypedForm};
use crate::board_mail::{self, MAX_SENDER, NotSaved, TypedServer};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::{Pairs, text, verbatim};
use crate::pages::form_view::{self, Speech};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::params::Params;
use crate::pages::views::{BoardMailKind, BoardMailPage, FieldView, FormView, Group, MailServerNow, MailTest};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// The field of the address. It contains the password, so it is never sent back.
const URL: &str = "secrets.smtp_url";
/// The field of the sender.
const SENDER: &str = "sender";

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/mail", shows_its_form(get(show).post(act)))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    params: Params,
) -> Result<Response, PageError> {
    Shown { done: params.done(), ..Shown::default() }.page(&state, &visitor, &tenant, &staff).await
}

async fn act(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let mut shown = Shown { sender: Some(text(&pairs, SENDER).to_owned()), ..Shown::default() };
    if !confirmed {
        shown.unsent = true;
        return shown.page(&state, &visitor, &tenant, &staff).await;
    }
    let to = |done| Ok(Redirect::to(&format!("{}/mail?done={done}", admin_root(&visitor))).into_response());
    match text(&pairs, "action") {
        "save" => match board_mail::save(&state, &tenant, typed(&pairs), staff.actor()).await {
            Ok(()) => return to("mail-server-saved"),
            Err(NotSaved::Domain(Error::Invalid(errors))) => shown.errors = errors,
            Err(not) => return Err(not.into()),
        },
        "remove" => {
            tenant.board_mail().remove(staff.actor()).await?;
            return to("mail-server-removed");
        }
        "test" => {
            let kind = NoticeKind::JobReceived;
            let words = tenant.notice_words().get(kind).await?;
            shown.test = Some(test_mail(&state, &tenant, &staff, kind, words).await?);
            shown.sender = None;
        }
        _ => return Err(PageError::BadRequest("Nothing was asked for.".into())),
    }
    shown.page(&state, &visitor, &tenant, &staff).await
}

fn typed(pairs: &Pairs) -> TypedServer {
    let url = Zeroizing::new(verbatim(pairs, URL).trim().to_owned());
    TypedServer { url: Some(url).filter(|url| !url.is_empty()), sender: text(pairs, SENDER).to_owned() }
}

/// What the page is shown with.
#[derive(Default)]
struct Shown {
    done: Option<&'static str>,
    errors: FieldErrors,
    /// What was typed; the stored sender if nothing was.
    sender: Option<String>,
    test: Option<MailTest>,
    /// Nothing was done: the token was stale.
    unsent: bool,
}

impl Shown {
    async fn page(
        self,
        state: &AppState,
        visitor: &Visitor,
        tenant: &TenantScope,
        staff: &Staff<AsAdmin>,
    ) -> Result<Response, PageError> {
        let speech = Speech::new(state, visitor);
        let status = match (self.unsent, self.errors.0.is_empty()) {
            (true, _) => StatusCode::FORBIDDEN,
            (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (false, true) => StatusCode::OK,
        };
        let own = tenant.notice_words().kinds().await?;
        let server = tenant.board_mail().get().await?;
        let form = self.form(&speech, server.as_ref());
        let view = BoardMailPage {
            frame: frame(state, visitor),
            staff: staff_view(visitor, tenant, staff, "mail").await?,
            done: self.done,
            has_mail_server: server.is_some() || tenant.store().sends_mail(),
            installation_sends: tenant.store().sends_mail(),
            kinds: NoticeKind::for_posters()
                .map(|kind| BoardMailKind { kind: kind.as_str(), is_own: own.contains(&kind) })
                .collect(),
            server: server.map(server_now),
            test: self.test,
            form: if self.unsent { form_view::unsent(form, &speech) } else { form },
        };
        let mut response = page(state, visitor, "pages/admin/mail.html", view)?;
        *response.status_mut() = status;
        Ok(response)
    }

    fn form(&self, speech: &Speech<'_>, server: Option<&BoardMailServer>) -> FormView {
        let field = |name: &str, pointer: &str| {
            let label = format!("mail-server-{}", pointer.trim_start_matches('/'));
            FieldView {
                name: name.to_owned(),
                id: format!("f-{}", pointer.trim_start_matches('/')),
                label: speech.say(&label).unwrap_or_default(),
                help: speech.say(&format!("{label}-help")),
                error: form_view::error_at(speech, pointer, &self.errors),
                ..FieldView::default()
            }
        };
        let stored = server.map(|server| server.sender.clone());
        let fields = vec![
            FieldView { kind: "secret", required: server.is_none(), is_set: server.is_some(), ..field(URL, "/url") },
            FieldView {
                kind: "text",
                value: self.sender.clone().or(stored).unwrap_or_default(),
                max: Some(MAX_SENDER),
                ..field(SENDER, "/sender")
            },
        ];
        form_view::form(vec![Group { legend: None, fields }], Vec::new())
    }
}

/// A board's own mail server, as pages show it.
pub(super) fn server_now(server: BoardMailServer) -> MailServerNow {
    let BoardMailServer { server, sender, problem, problem_since, waiting } = server;
    MailServerNow { server, sender, problem, since: problem_since, waiting }
}
