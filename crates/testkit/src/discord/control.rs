//! The control surface under `/_fake/`: what a test in another process sees and changes.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use super::channel::{Bot, Channel, Permissions, Webhook};
use super::fault::Fault;
use super::message::Message;
use super::rates::Rates;
use super::record::{Request, Violation};
use super::world::Discord;

type Refused = (StatusCode, String);

/// | path | |
/// |---|---|
/// | `GET messages?channel=&shown=true` | what channels and their threads show, deleted messages too unless `shown` |
/// | `GET requests?operation=`, `DELETE requests` | what came over the wire |
/// | `GET violations` | what Discord would have ignored |
/// | `GET faults`, `POST faults`, `DELETE faults` | one [`Fault`] or a list of them |
/// | `GET channels`, `POST channels`, `POST bots`, `POST webhooks` | a [`Channel`], a [`Bot`], a [`Webhook`] |
/// | `POST permissions` | `{"channel","bot","permissions"}` |
/// | `POST archive` | `{"thread","locked"}` |
/// | `POST delete` | `{"message"}`, `{"webhook"}` or `{"channel"}`: a person deletes it |
/// | `POST revoke` | `{"token"}` of a bot |
/// | `POST rates` | [`Rates`] or null |
/// | `POST advance` | `{"seconds"}`: the fake's clock |
pub(crate) fn router() -> Router<Discord> {
    Router::new()
        .route("/messages", get(messages))
        .route("/requests", get(requests).delete(forget))
        .route("/violations", get(violations))
        .route("/faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/channels", get(channels).post(add_channel))
        .route("/bots", post(add_bot))
        .route("/webhooks", post(add_webhook))
        .route("/permissions", post(set_permissions))
        .route("/archive", post(archive))
        .route("/delete", post(delete))
        .route("/revoke", post(revoke))
        .route("/rates", post(set_rates))
        .route("/advance", post(advance))
}

#[derive(Deserialize)]
struct MessagesQuery {
    channel: Option<u64>,
    #[serde(default)]
    shown: bool,
}

async fn messages(State(discord): State<Discord>, Query(query): Query<MessagesQuery>) -> Json<Vec<Message>> {
    let messages = match query.channel {
        Some(channel) => discord.messages(channel),
        None => discord.lock().messages.clone(),
    };
    Json(messages.into_iter().filter(|message| !query.shown || message.is_shown()).collect())
}

#[derive(Deserialize)]
struct RequestsQuery {
    operation: Option<String>,
}

async fn requests(State(discord): State<Discord>, Query(query): Query<RequestsQuery>) -> Json<Vec<Request>> {
    Json(match query.operation {
        Some(operation) => discord.requests_of(&operation),
        None => discord.requests(),
    })
}

async fn forget(State(discord): State<Discord>) {
    discord.forget_requests();
}

async fn violations(State(discord): State<Discord>) -> Json<Vec<Violation>> {
    Json(discord.violations())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

async fn faults(State(discord): State<Discord>) -> Json<Vec<Fault>> {
    Json(discord.lock().script.list())
}

async fn add_faults(State(discord): State<Discord>, Json(faults): Json<OneOrMany>) -> StatusCode {
    let faults = match faults {
        OneOrMany::Many(faults) => faults,
        OneOrMany::One(fault) => vec![fault],
    };
    for fault in faults {
        discord.fault(fault);
    }
    StatusCode::CREATED
}

async fn clear_faults(State(discord): State<Discord>) {
    discord.clear_faults();
}

async fn channels(State(discord): State<Discord>) -> Json<Vec<Channel>> {
    Json(discord.channels())
}

async fn add_channel(State(discord): State<Discord>, Json(channel): Json<Channel>) -> StatusCode {
    discord.add_channel(channel);
    StatusCode::CREATED
}

async fn add_bot(State(discord): State<Discord>, Json(bot): Json<Bot>) -> StatusCode {
    discord.add_bot(bot);
    StatusCode::CREATED
}

async fn add_webhook(State(discord): State<Discord>, Json(webhook): Json<Webhook>) -> StatusCode {
    discord.add_webhook(webhook);
    StatusCode::CREATED
}

#[derive(Deserialize)]
struct Allowed {
    channel: u64,
    bot: u64,
    permissions: Permissions,
}

async fn set_permissions(State(discord): State<Discord>, Json(allowed): Json<Allowed>) -> Result<(), Refused> {
    found(discord.set_permissions(allowed.channel, allowed.bot, allowed.permissions), "channel")
}

#[derive(Deserialize)]
struct Archived {
    thread: u64,
    #[serde(default)]
    locked: bool,
}

async fn archive(State(discord): State<Discord>, Json(archived): Json<Archived>) -> Result<(), Refused> {
    found(discord.archive(archived.thread, archived.locked), "thread")
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    Message(u64),
    Webhook(u64),
    Channel(u64),
}

async fn delete(State(discord): State<Discord>, Json(which): Json<Which>) -> Result<(), Refused> {
    match which {
        Which::Message(id) => found(discord.delete_by_hand(id), "message"),
        Which::Webhook(id) => found(discord.delete_webhook(id), "webhook"),
        Which::Channel(id) => found(discord.delete_channel(id), "channel"),
    }
}

#[derive(Deserialize)]
struct Revocation {
    token: String,
}

async fn revoke(State(discord): State<Discord>, Json(revocation): Json<Revocation>) {
    discord.revoke(&revocation.token);
}

async fn set_rates(State(discord): State<Discord>, Json(rates): Json<Option<Rates>>) {
    discord.set_rates(rates);
}

#[derive(Deserialize)]
struct Advance {
    seconds: u64,
}

async fn advance(State(discord): State<Discord>, Json(advance): Json<Advance>) {
    discord.advance(Duration::from_secs(advance.seconds));
}

fn found(so: bool, what: &str) -> Result<(), Refused> {
    if so { Ok(()) } else { Err((StatusCode::NOT_FOUND, format!("there is no such {what}"))) }
}
