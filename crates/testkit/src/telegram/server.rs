//! The fake as a server: it reads a call, records it, applies faults and answers.

use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header, request::Parts};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};
use url::Url;

use super::chat::Bot;
use super::fault::Action;
use super::methods;
use super::params::{Params, body_kind};
use super::record::{Call, Violation};
use super::refusal::Refusal;
use super::world::{Telegram, World};
use super::{control, page};
use crate::connection::Fate;
use crate::fake::Fake;

/// Telegram accepts more, but a text message is never that long.
const LONGEST_BODY: usize = 1024 * 1024;

/// A fake on its own port, which is free again when this is dropped. Derefs to [`Telegram`].
pub type FakeTelegram = Fake<World>;

impl FakeTelegram {
    /// The page that shows a chat (`@name` or id) to a person.
    #[must_use]
    pub fn page_url(&self, chat: &str) -> String {
        format!("{}/{chat}", self.base_url())
    }
}

/// Bot API, chat pages and the control surface.
pub(super) fn routes(telegram: &Telegram) -> Router {
    Router::new().merge(page::router()).nest("/_fake", control::router()).fallback(bot_api).with_state(telegram.clone())
}

/// A call that was read and recorded.
struct Received {
    number: u64,
    bot: Option<Bot>,
    method: String,
    params: Result<Params, Refusal>,
    action: Option<Action>,
}

async fn bot_api(State(telegram): State<Telegram>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return refuse(&Refusal::new(413, "Request Entity Too Large"));
    };
    let Some((token, method)) = split_path(parts.uri.path()) else {
        return refuse(&Refusal::not_found());
    };
    let call = receive(&telegram, &parts, body, &token, &method);
    let fate = parts.extensions.get::<ConnectInfo<Fate>>().map(|info| info.0.clone());
    answer(&telegram, call, fate).await
}

/// `/bot<token>/<method>`
fn split_path(path: &str) -> Option<(String, String)> {
    let (token, method) = path.strip_prefix("/bot")?.split_once('/')?;
    // A client may have written the token's colon as %3A.
    let token = token.replace("%3A", ":").replace("%3a", ":");
    (!method.is_empty() && !method.contains('/')).then(|| (token, method.to_owned()))
}

fn receive(telegram: &Telegram, parts: &Parts, body: Bytes, token: &str, method: &str) -> Received {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = body_kind(content_type, &body);
    let params = Params::read(parts.uri.query(), kind, &body);

    let mut world = telegram.lock();
    let bot = world.bots.iter().find(|bot| bot.token == token).cloned();
    let details = Call {
        method: method.to_owned(),
        bot_id: bot.as_ref().map(|bot| bot.id),
        body_kind: kind,
        params: params.as_ref().map(|params| params.0.clone()).unwrap_or_default(),
    };
    let number = world.record.keep(parts, format!("/bot<token>/{method}"), &body, details);
    // A fault names a method in the documentation's spelling.
    let action = world.script.next(methods::method(method).map_or(method, |known| known.name));
    Received { number, bot, method: method.to_owned(), params, action }
}

async fn answer(telegram: &Telegram, call: Received, fate: Option<Fate>) -> Response {
    if let Some(Action::Delay { ms }) = call.action {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    let acts = call.action.as_ref().is_none_or(Action::acts);
    let outcome = if acts { act(telegram, &call) } else { Ok(json!(true)) };

    if let Some(Action::DelayAnswer { ms }) = call.action {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    let refused = |refusal: Refusal| finish(telegram, call.number, Err(refusal));
    match call.action.clone() {
        None | Some(Action::Delay { .. } | Action::DelayAnswer { .. }) => finish(telegram, call.number, outcome),
        Some(Action::Reset | Action::LoseAnswer) => match fate {
            Some(fate) => {
                fate.reset();
                StatusCode::NO_CONTENT.into_response()
            }
            None => refused(Refusal::new(502, "Bad Gateway")),
        },
        Some(Action::CutAnswer) => {
            let response = finish(telegram, call.number, outcome);
            if let Some(fate) = fate {
                fate.cut();
            }
            response
        }
        Some(Action::RateLimit { retry_after }) => refused(Refusal::too_many_requests(retry_after)),
        Some(Action::Unauthorized) => refused(Refusal::unauthorized()),
        Some(Action::Refuse { code, description, parameters }) => refused(Refusal { code, description, parameters }),
        Some(Action::ServerError { code, .. }) => {
            let reason = status(code).canonical_reason().unwrap_or("Internal Server Error");
            refused(Refusal::new(code, reason))
        }
        Some(Action::ProxyError { code, .. }) => {
            telegram.answered(call.number, code, Some("an error page of a proxy"));
            let title = status(code).to_string();
            (status(code), Html(format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))).into_response()
        }
        Some(Action::MalformedJson { .. }) => {
            telegram.answered(call.number, 200, Some("JSON that breaks off"));
            ([(header::CONTENT_TYPE, "application/json")], r#"{"ok":true,"result":{"message_id":12,"#).into_response()
        }
    }
}

/// Carries out the call, as Telegram would.
fn act(telegram: &Telegram, call: &Received) -> Result<Value, Refusal> {
    let bot = call.bot.clone().filter(|bot| !bot.revoked).ok_or_else(Refusal::unauthorized)?;
    let method = methods::method(&call.method).ok_or_else(Refusal::not_found)?;
    let params = call.params.as_ref().map_err(Clone::clone)?;
    let mut ignored = Vec::new();
    let mut world = telegram.lock();
    let outcome = method.call(&mut world, bot, params, &mut ignored);
    let number = call.number;
    world.violations.extend(ignored.into_iter().map(|message| Violation {
        request: number,
        method: method.name.into(),
        message,
    }));
    if outcome.is_ok() && method.acts {
        world.record.acted(number);
    }
    outcome
}

fn finish(telegram: &Telegram, number: u64, outcome: Result<Value, Refusal>) -> Response {
    match outcome {
        Ok(result) => {
            telegram.answered(number, 200, None);
            axum::Json(json!({"ok": true, "result": result})).into_response()
        }
        Err(refusal) => {
            telegram.answered(number, refusal.code, Some(&refusal.description));
            refuse(&refusal)
        }
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn refuse(refusal: &Refusal) -> Response {
    let mut response = (status(refusal.code), axum::Json(refusal.to_json())).into_response();
    // Telegram sends the time twice: in the body and in this header.
    if let Some(seconds) = refusal.parameters.as_ref().and_then(|parameters| parameters["retry_after"].as_u64()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The address of a message as Telegram writes it: `https://t.me/name/12`, `https://t.me/c/123/12`.
pub(crate) fn message_url(chat: &super::Chat, id: i64) -> Option<Url> {
    let path = match &chat.username {
        Some(username) => format!("{username}/{id}"),
        None => format!("c/{}/{id}", chat.id.to_string().strip_prefix("-100")?),
    };
    Url::parse("https://t.me/").ok()?.join(&path).ok()
}
