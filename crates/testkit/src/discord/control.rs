//! The control surface under `/_fake/`: a test in another process reads and changes the fake with it.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use super::channel::{Bot, Channel, Permissions, Webhook};
use super::message::Message;
use super::rates::Rates;
use super::world::Discord;
use crate::control::{found, recorded};

type Refused = (StatusCode, String);

/// The routes of every platform ([`recorded`]), and
///
/// | path | |
/// |---|---|
/// | `GET messages?channel=&shown=true` | the messages of channels and their threads, deleted ones too unless `shown` |
/// | `GET channels`, `POST channels`, `POST bots`, `POST webhooks` | a [`Channel`], a [`Bot`], a [`Webhook`] |
/// | `POST permissions` | `{"channel","bot","permissions"}` |
/// | `POST archive` | `{"thread","locked"}` |
/// | `POST delete` | `{"message"}`, `{"webhook"}` or `{"channel"}`: a person deletes it |
/// | `POST revoke` | `{"token"}` of a bot |
/// | `POST rates` | [`Rates`] or null |
pub(crate) fn router() -> Router<Discord> {
    recorded()
        .route("/messages", get(messages))
        .route("/channels", get(channels).post(add_channel))
        .route("/bots", post(add_bot))
        .route("/webhooks", post(add_webhook))
        .route("/permissions", post(set_permissions))
        .route("/archive", post(archive))
        .route("/delete", post(delete))
        .route("/revoke", post(revoke))
        .route("/rates", post(set_rates))
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
