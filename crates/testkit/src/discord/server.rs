//! The fake as a server: it reads a call, records it, applies faults and answers.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use url::form_urlencoded;

use super::channel::Bot;
use super::fault::{Action, Scope};
use super::operations::{Answer, Call, Operation, route};
use super::rates::Standing;
use super::record::{Called, Violation};
use super::refusal::{Refusal, Wait};
use super::world::{Discord, World};
use super::{CHANNEL, FORUM_WEBHOOK, WEBHOOK, WEBHOOK_TOKEN, control, page};
use crate::connection::Fate;
use crate::fake::Fake;

/// Discord accepts files of many megabytes; a message without files is far smaller.
const LONGEST_BODY: usize = 1024 * 1024;

/// A fake on its own port, which is free again when this is dropped. Derefs to [`Discord`].
pub type FakeDiscord = Fake<World>;

impl FakeDiscord {
    /// The URL of the webhook of [`CHANNEL`], in the form that Discord shows.
    #[must_use]
    pub fn webhook_url(&self) -> String {
        format!("{}/api/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}", self.base_url())
    }

    /// The address of the webhook of the forum.
    #[must_use]
    pub fn forum_webhook_url(&self) -> String {
        format!("{}/api/webhooks/{FORUM_WEBHOOK}/{WEBHOOK_TOKEN}", self.base_url())
    }

    /// The page that shows [`CHANNEL`] to a person.
    #[must_use]
    pub fn page_url(&self) -> String {
        format!("{}/channels/{CHANNEL}", self.base_url())
    }
}

/// The API, the channels' pages and the control surface.
pub(super) fn routes(discord: &Discord) -> Router {
    Router::new().merge(page::router()).nest("/_fake", control::router()).fallback(api).with_state(discord.clone())
}

/// A call that was read and recorded.
struct Received {
    number: u64,
    bot: Option<Bot>,
    routed: Result<(&'static Operation, BTreeMap<&'static str, String>), Refusal>,
    query: BTreeMap<String, String>,
    body: Result<Value, Refusal>,
    action: Option<Action>,
}

async fn api(State(discord): State<Discord>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return refuse(&Refusal::new(413, 40_005, "Request entity too large"), None);
    };
    let call = receive(&discord, &parts, &body);
    let fate = parts.extensions.get::<ConnectInfo<Fate>>().map(|info| info.0.clone());
    answer(&discord, call, fate).await
}

/// The path after `/api` or `/api/v10`.
fn below_api(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/api")?;
    match rest.strip_prefix("/v") {
        Some(version) => {
            let (number, _) = version.split_once('/')?;
            matches!(number, "9" | "10").then(|| &version[number.len()..])
        }
        None => rest.starts_with('/').then_some(rest),
    }
}

fn receive(discord: &Discord, parts: &Parts, body: &Bytes) -> Received {
    let path = parts.uri.path();
    let routed = match below_api(path).map(|path| route(parts.method.as_str(), path)) {
        Some(Ok(routed)) => Ok(routed),
        Some(Err(true)) => Err(Refusal::of_status(405, "Method Not Allowed")),
        Some(Err(false)) | None => Err(Refusal::not_found()),
    };
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let operation = routed.as_ref().map_or("", |(operation, _)| operation.name);
    let token = routed.as_ref().ok().and_then(|(_, names)| names.get("webhook_token"));
    let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bot "));

    let mut world = discord.lock();
    let bot = given.and_then(|token| world.bots.iter().find(|bot| bot.token == token).cloned());
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let path = token.map_or_else(|| path.to_owned(), |token| path.replace(token.as_str(), "<token>"));
    let details = Called { operation: operation.to_owned(), query: query.clone(), json: json.clone() };
    let number = world.record.keep(parts, path, body, details);
    let action = world.script.next(operation);
    Received { number, bot, routed, query, body: read_body(&parts.headers, body, json), action }
}

fn read_body(headers: &HeaderMap, body: &Bytes, json: Option<Value>) -> Result<Value, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence != "application/json" {
        // The fake reads no forms; this is Discord's sentence for bodies that it can't read.
        return Err(Refusal::invalid_form(serde_json::json!({"_errors": [{
            "code": "CONTENT_TYPE_INVALID",
            "message": "Expected \"Content-Type\" header to be one of {'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'}.",
        }]})));
    }
    if body.is_empty() {
        return Ok(serde_json::json!({}));
    }
    json.ok_or_else(Refusal::invalid_json)
}

/// The result of a call, and the rate limit's state for the headers.
type Outcome = (Result<Answer, Refusal>, Option<Standing>);

async fn answer(discord: &Discord, call: Received, fate: Option<Fate>) -> Response {
    if let Some(Action::Delay { ms }) = call.action {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    let acts = call.action.as_ref().is_none_or(Action::acts);
    let outcome: Outcome = if acts { act(discord, &call) } else { (Ok(Answer::NoContent), None) };

    if let Some(Action::DelayAnswer { ms }) = call.action {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    let number = call.number;
    let refused = |refusal: Refusal| finish(discord, number, (Err(refusal), None));
    match call.action {
        None | Some(Action::Delay { .. } | Action::DelayAnswer { .. }) => finish(discord, number, outcome),
        Some(Action::Reset | Action::LoseAnswer) => match fate {
            Some(fate) => {
                fate.reset();
                StatusCode::NO_CONTENT.into_response()
            }
            None => refused(Refusal::of_status(502, "Bad Gateway")),
        },
        Some(Action::CutAnswer) => {
            let response = finish(discord, number, outcome);
            if let Some(fate) = fate {
                fate.cut();
            }
            response
        }
        Some(Action::RateLimit { retry_after, scope }) => {
            refused(Refusal::rate_limited(Wait { seconds: retry_after, scope }))
        }
        Some(Action::Banned { retry_after }) => {
            let mut response = html(discord, number, 429, "<p>error code: 1015</p>");
            response.headers_mut().insert(header::RETRY_AFTER, retry_after.into());
            response
        }
        Some(Action::Unauthorized) => refused(Refusal::unauthorized()),
        Some(Action::Refuse { status, code, message }) => refused(Refusal::new(status, code, message)),
        Some(Action::ServerError { status: code, .. }) => {
            refused(Refusal::of_status(code, status(code).canonical_reason().unwrap_or("Internal Server Error")))
        }
        Some(Action::ProxyError { status: code, .. }) => {
            let title = status(code).to_string();
            let page = format!("<center><h1>{title}</h1></center>\r\n<hr><center>cloudflare</center>");
            html(discord, number, code, &page)
        }
        Some(Action::MalformedJson { .. }) => {
            discord.answered(number, 200, Some("JSON that breaks off"));
            ([(header::CONTENT_TYPE, "application/json")], r#"{"id":"1100000000000000099","type":0,"con"#)
                .into_response()
        }
    }
}

/// Carries out the call, as Discord would.
fn act(discord: &Discord, call: &Received) -> Outcome {
    let (operation, names) = match &call.routed {
        Ok(routed) => routed,
        Err(refusal) => return (Err(refusal.clone()), None),
    };
    let mut world = discord.lock();
    let mut standing = None;
    if let Some(rates) = world.rates {
        let resource = ["webhook_id", "channel_id"].iter().find_map(|name| names.get(name)?.parse().ok());
        let now = world.now();
        let bot = call.bot.as_ref().filter(|_| !names.contains_key("webhook_id")).map(|bot| bot.id);
        match world.buckets.admit(rates, operation.name, resource.unwrap_or(0), bot, now) {
            Ok(admitted) => standing = Some(admitted),
            Err((wait, exhausted)) => return (Err(Refusal::rate_limited(wait)), Some(exhausted)),
        }
    }
    let mut ignored = Vec::new();
    let outcome = operation.call(&mut Call {
        world: &mut world,
        bot: call.bot.clone(),
        names,
        query: &call.query,
        body: call.body.clone(),
        ignored: &mut ignored,
    });
    let request = call.number;
    world.violations.extend(ignored.into_iter().map(|message| Violation {
        request,
        operation: operation.name.into(),
        message,
    }));
    if outcome.is_ok() && operation.acts {
        world.record.acted(request);
    }
    (outcome, standing)
}

fn finish(discord: &Discord, number: u64, (outcome, standing): Outcome) -> Response {
    match outcome {
        Ok(Answer::Json(code, body)) => {
            discord.answered(number, code, None);
            with_standing((status(code), axum::Json(body)).into_response(), standing.as_ref(), None)
        }
        Ok(Answer::NoContent) => {
            discord.answered(number, 204, None);
            with_standing(StatusCode::NO_CONTENT.into_response(), standing.as_ref(), None)
        }
        Err(refusal) => {
            discord.answered(number, refusal.status, Some(&refusal.message));
            refuse(&refusal, standing.as_ref())
        }
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn html(discord: &Discord, number: u64, code: u16, body: &str) -> Response {
    discord.answered(number, code, Some("a page of a proxy"));
    (status(code), Html(format!("<html>\r\n<body>\r\n{body}\r\n</body>\r\n</html>\r\n"))).into_response()
}

fn refuse(refusal: &Refusal, standing: Option<&Standing>) -> Response {
    let response = (status(refusal.status), axum::Json(refusal.to_json())).into_response();
    with_standing(response, standing, refusal.wait)
}

/// Adds the headers of the rate limit. `Retry-After` has whole seconds, the body the exact time.
fn with_standing(mut response: Response, standing: Option<&Standing>, wait: Option<Wait>) -> Response {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    if let Some(standing) = standing {
        set("x-ratelimit-limit", standing.limit.to_string());
        set("x-ratelimit-remaining", standing.remaining.to_string());
        let resets = standing.resets_at.timestamp_millis();
        set("x-ratelimit-reset", format!("{}.{:03}", resets.div_euclid(1000), resets.rem_euclid(1000)));
        set("x-ratelimit-reset-after", format!("{:.3}", standing.reset_after));
        set("x-ratelimit-bucket", standing.bucket.clone());
    }
    if let Some(wait) = wait {
        set("retry-after", format!("{:.0}", wait.seconds.ceil()));
        set("x-ratelimit-scope", wait.scope.name().to_owned());
        if wait.scope == Scope::Global {
            set("x-ratelimit-global", "true".to_owned());
        }
    }
    response
}
