//! The receiver as a server: it reads a delivery, records it, applies faults and answers.

use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::control;
use super::delivery::{Delivery, Event, apply};
use super::fault::Action;
use super::signature::{self, Checked, Refused};
use super::world::{Receiver, World};
use crate::connection::Fate;
use crate::fake::Fake;

/// The most bytes of a delivery. The specification asks senders to stay below 20 kB as a rule; a long description is
/// more.
const LONGEST_BODY: usize = 256 * 1024;

/// A receiver on its own port, which is free again when this is dropped. Derefs to [`Receiver`].
pub type FakeReceiver = Fake<World>;

impl FakeReceiver {
    /// The value for a channel's setting `url`: `http://127.0.0.1:PORT/hook`. Any other path works too.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/hook", self.base_url())
    }
}

/// The hook at any path, and the control surface.
pub(super) fn routes(receiver: &Receiver) -> Router {
    Router::new().nest("/_fake", control::router()).fallback(hook).with_state(receiver.clone())
}

/// A delivery that was read and recorded.
struct Received {
    number: u64,
    checked: Result<(Checked, Value), Refused>,
    action: Option<Action>,
}

async fn hook(State(receiver): State<Receiver>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let fate = parts.extensions.get::<ConnectInfo<Fate>>().map(|info| info.0.clone());
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "too long").into_response();
    };
    let received = receive(&receiver, &parts, &body);
    answer(&receiver, received, fate).await
}

fn receive(receiver: &Receiver, parts: &Parts, body: &Bytes) -> Received {
    let mut world = receiver.lock();
    let checked = check(parts, body, &world, world.record.now().timestamp());
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = event["type"].as_str().unwrap_or_default().to_owned();
    let details = Event {
        id: checked.as_ref().ok().map(|(checked, _)| checked.id.clone()),
        event: (!kind.is_empty()).then(|| kind.clone()),
        duplicate: false,
    };
    let number = world.record.keep(parts, parts.uri.path().to_owned(), body, details);
    // The GET of a check isn't a delivery.
    let action = if parts.method == axum::http::Method::POST { world.script.next(kind.as_str()) } else { None };
    Received { number, checked, action }
}

fn check(parts: &Parts, body: &Bytes, world: &World, now: i64) -> Result<(Checked, Value), Refused> {
    if parts.method != axum::http::Method::POST {
        return Err((405, "messages are posted".into()));
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type.and_then(|value| value.split(';').next()) != Some("application/json") {
        return Err((415, "messages are application/json".into()));
    }
    let checked = signature::check(&parts.headers, body, &world.secret, now)
        .map_err(|(status, why)| (if status == 401 { world.bad_signature } else { status }, why))?;
    let event = serde_json::from_slice(body).map_err(|error| (422, format!("the body is no JSON: {error}")))?;
    Ok((checked, event))
}

async fn answer(receiver: &Receiver, received: Received, fate: Option<Fate>) -> Response {
    let Received { number, checked, action } = received;
    if let Some(Action::Delay { ms }) = action {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    let outcome = match checked {
        Ok((checked, event)) if action.as_ref().is_none_or(Action::acts) => act(receiver, number, &checked, event),
        Ok(_) => Ok(false),
        Err(refused) => Err(refused),
    };
    if let Some(Action::DelayAnswer { ms }) = action {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    match (action, fate) {
        (Some(Action::Reset | Action::LoseAnswer), Some(fate)) => {
            fate.reset();
            StatusCode::NO_CONTENT.into_response()
        }
        (Some(Action::Reset | Action::LoseAnswer), None) => say(receiver, number, 502, "Bad Gateway"),
        (Some(Action::RateLimit { retry_after }), _) => {
            let mut response = say(receiver, number, 429, "slow down");
            response.headers_mut().insert(header::RETRY_AFTER, retry_after.into());
            response
        }
        (Some(Action::Status { code, .. }), _) => say(receiver, number, code, "as the test asked for"),
        (action, fate) => match outcome {
            Err((status, why)) => say(receiver, number, status, &why),
            Ok(duplicate) => {
                if let (Some(Action::CutAnswer), Some(fate)) = (action, fate) {
                    fate.cut();
                }
                receiver.answered(number, 200, None);
                axum::Json(json!({ "accepted": true, "duplicate": duplicate })).into_response()
            }
        },
    }
}

/// Handles an event, unless its id is known: then it returns true and does nothing.
fn act(receiver: &Receiver, number: u64, checked: &Checked, event: Value) -> Result<bool, Refused> {
    let mut world = receiver.lock();
    if world.known.contains(&checked.id) {
        let same = |earlier: &Delivery| {
            earlier.acted
                && earlier.id.as_ref() == Some(&checked.id)
                && earlier.event.as_deref() != event["type"].as_str()
        };
        if world.record.requests.iter().any(same) {
            let violation = format!("one id for two events: {}", checked.id);
            world.violations.push(violation);
        }
        if let Some(delivery) = world.record.request_mut(number) {
            delivery.details.duplicate = true;
        }
        return Ok(true);
    }
    let wrong = apply(&mut world.jobs, &event).map_err(|why| (422, why))?;
    world.violations.extend(wrong);
    world.known.insert(checked.id.clone());
    world.events.push(event);
    world.record.acted(number);
    Ok(false)
}

fn say(receiver: &Receiver, number: u64, status: u16, why: &str) -> Response {
    receiver.answered(number, status, Some(why));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(json!({ "message": why }))).into_response()
}
