//! The board's own words in one kind of mail to its posters, with a preview and a test mail.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures::FutureExt as _;
use tablon_core::TenantScope;
use tablon_core::form::FieldErrors;
use tablon_core::notice::{Audience, NoticeKind};
use tablon_core::store::{MAX_MAIL_SUBJECT, MAX_MAIL_TEXT, NoticeWords};
use tablon_publisher::mail::{NoticeMail, NoticeMailer, NoticeSent};
use uuid::Uuid;

use crate::auth::{AsAdmin, CsrfForm, Staff};
use crate::board_mail;
use crate::error::PageError;
use crate::notices::{StopKey, letter};
use crate::pages::form_data::{Pairs, text};
use crate::pages::form_view::{Speech, sentence};
use crate::pages::frame::{admin_root, frame, page_with_mail, staff_view};
use crate::pages::params::Named;
use crate::pages::preview_view::framed_mail;
use crate::pages::views::{BoardMailWords, MailTest};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/mail/{kind}", get(show).post(act))
}

/// What somebody typed, and what came of it.
#[derive(Default)]
struct Typed {
    words: NoticeWords,
    errors: FieldErrors,
    test: Option<MailTest>,
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    named: Named,
) -> Result<Response, PageError> {
    let kind = kind_of(&named)?;
    let words = tenant.notice_words().get(kind).await?;
    answer(&state, &visitor, &tenant, &staff, kind, Typed { words, ..Typed::default() }).await
}

async fn act(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    named: Named,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let kind = kind_of(&named)?;
    let typed = |name| Some(text(&pairs, name).replace("\r\n", "\n")).filter(|text| !text.is_empty());
    let words = NoticeWords { subject: typed("subject"), text: typed("text") };
    let mut typed = Typed { words: words.clone(), ..Typed::default() };
    let checked = match tenant.notice_words().check(kind, &words) {
        Ok(checked) => checked,
        Err(errors) => {
            typed.errors = errors;
            let mut response = answer(&state, &visitor, &tenant, &staff, kind, typed).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        }
    };
    match text(&pairs, "action") {
        "save" => {
            tenant.notice_words().set(kind, &checked, staff.actor()).await?;
            let address = format!("{}/mail?done=board-mail-saved", admin_root(&visitor));
            return Ok(Redirect::to(&address).into_response());
        }
        "preview" => {}
        "test" => {
            typed.test = Some(test_mail(&state, &tenant, &staff, kind, checked).await?);
        }
        _ => return Err(PageError::BadRequest("Nothing was asked for.".into())),
    }
    answer(&state, &visitor, &tenant, &staff, kind, typed).await
}

/// Sends a mail about a sample offer to the person who asks for it, by the way that the board's mail goes.
pub(super) async fn test_mail(
    state: &AppState,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    kind: NoticeKind,
    words: NoticeWords,
) -> Result<MailTest, PageError> {
    let admitted = state.throttles.test_mail_by_board.admit(&tenant.id.to_string(), state.clock().now());
    admitted.map_err(|wait| PageError::TooMany { retry_after: wait.as_secs().max(1) })?;
    // Whoever made an account with somebody else's address mustn't write to them.
    if !staff.user.address_confirmed {
        return Err(PageError::Forbidden);
    }
    let key = StopKey::derive(state.keys.keyring());
    let written = letter::sample(&state.theme, &key, tenant, kind, words).map_err(|_| PageError::Internal)?;
    let mail = NoticeMail {
        to: staff.user.email.clone(),
        content: written.content,
        key: format!("test.{}", Uuid::now_v7().simple()),
        thread: None,
        unsubscribe: None,
        at: state.clock().now(),
    };
    let own = match board_mail::open(tenant).await? {
        Ok(own) => own,
        Err(words) => return Ok(MailTest { address: mail.to, problem: Some(words) }),
    };
    let claim = async { Ok::<_, PageError>(true) }.boxed();
    let problem = match NoticeMailer::new(&state.host).send(&tenant.name, own.as_ref(), &mail, claim).await? {
        NoticeSent::Yes | NoticeSent::NotClaimed => None,
        NoticeSent::NoServer(words)
        | NoticeSent::NotSent(words)
        | NoticeSent::Refused(words)
        | NoticeSent::InDoubt(words) => Some(words),
    };
    Ok(MailTest { address: mail.to, problem })
}

async fn answer(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    kind: NoticeKind,
    typed: Typed,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let wrong = |pointer: &str| {
        let error = typed.errors.0.iter().find(|error| error.pointer == pointer);
        error.map(|error| sentence(&speech, &error.problem))
    };
    let key = StopKey::derive(state.keys.keyring());
    let words = if typed.errors.0.is_empty() { typed.words.clone() } else { NoticeWords::default() };
    let sample = letter::sample(&state.theme, &key, tenant, kind, words).map_err(|error| {
        tracing::error!(%error, "a mail can't be written");
        PageError::Internal
    })?;
    let placeholders: Vec<String> = NoticeWords::placeholders(kind).iter().map(|name| format!("{{{name}}}")).collect();
    let view = BoardMailWords {
        frame: frame(state, visitor),
        staff: staff_view(visitor, tenant, staff, "mail").await?,
        done: None,
        kind: kind.as_str(),
        subject_error: wrong("/subject"),
        text_error: wrong("/text"),
        subject: typed.words.subject.unwrap_or_default(),
        text: typed.words.text.unwrap_or_default(),
        max_subject: MAX_MAIL_SUBJECT,
        max_text: MAX_MAIL_TEXT,
        standard_subject: letter::standard_subject(&state.theme, tenant, kind),
        placeholders: placeholders.join(", "),
        has_mail_server: tenant.sends_mail().await?,
        test: typed.test,
        preview_subject: sample.content.subject,
        preview: framed_mail(&sample.content.html),
    };
    page_with_mail(state, visitor, "pages/admin/mail_words.html", view)
}

fn kind_of(named: &Named) -> Result<NoticeKind, PageError> {
    let kind: Option<NoticeKind> = named.get("kind").parse().ok();
    kind.filter(|kind| kind.audience() == Audience::Poster).ok_or(PageError::NotFound)
}
