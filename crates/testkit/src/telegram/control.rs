//! The control surface under `/_fake/`: a test in another process reads and changes the fake with it.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::chat::{Bot, Chat, Membership};
use super::rates::Rates;
use super::server::message_url;
use super::world::Telegram;
use crate::control::{found, recorded};

type Refused = (StatusCode, String);

/// The routes of every platform ([`recorded`]), and
///
/// | path | |
/// |---|---|
/// | `GET messages?chat=&shown=true` | the messages of chats, deleted ones too unless `shown` |
/// | `GET chats`, `POST chats`, `POST bots` | a [`Chat`], a [`Bot`] |
/// | `POST members` | `{"chat","bot_id","membership"}` |
/// | `POST migrate` | `{"group","supergroup"}` |
/// | `POST delete` | `{"chat","message_id"}`: a person deletes it |
/// | `POST revoke` | `{"token"}` |
/// | `POST rates` | [`Rates`] or null |
pub(crate) fn router() -> Router<Telegram> {
    recorded()
        .route("/messages", get(messages))
        .route("/chats", get(chats).post(add_chat))
        .route("/bots", post(add_bot))
        .route("/members", post(set_membership))
        .route("/migrate", post(migrate))
        .route("/delete", post(delete))
        .route("/revoke", post(revoke))
        .route("/rates", post(set_rates))
}

#[derive(Deserialize)]
struct MessagesQuery {
    chat: Option<String>,
    #[serde(default)]
    shown: bool,
}

async fn messages(State(telegram): State<Telegram>, Query(query): Query<MessagesQuery>) -> Json<Vec<Value>> {
    let world = telegram.lock();
    let mut found = Vec::new();
    for chat in world.chats.iter().filter(|chat| query.chat.as_ref().is_none_or(|name| chat.is_called(name))) {
        for message in world.messages_of(chat).iter().filter(|message| !query.shown || message.is_shown()) {
            let mut report = message.to_report(chat);
            report["url"] = json!(message_url(chat, message.id));
            found.push(report);
        }
    }
    Json(found)
}

async fn chats(State(telegram): State<Telegram>) -> Json<Vec<Chat>> {
    Json(telegram.lock().chats.clone())
}

async fn add_chat(State(telegram): State<Telegram>, Json(chat): Json<Chat>) -> StatusCode {
    telegram.add_chat(chat);
    StatusCode::CREATED
}

async fn add_bot(State(telegram): State<Telegram>, Json(bot): Json<Bot>) -> StatusCode {
    telegram.add_bot(bot);
    StatusCode::CREATED
}

#[derive(Deserialize)]
struct Member {
    chat: String,
    bot_id: i64,
    membership: Membership,
}

async fn set_membership(State(telegram): State<Telegram>, Json(member): Json<Member>) -> Result<(), Refused> {
    found(telegram.set_membership(&member.chat, member.bot_id, member.membership), "chat")
}

#[derive(Deserialize)]
struct Migration {
    group: i64,
    supergroup: i64,
}

async fn migrate(State(telegram): State<Telegram>, Json(migration): Json<Migration>) -> Result<(), Refused> {
    found(telegram.migrate(migration.group, migration.supergroup), "group")
}

#[derive(Deserialize)]
struct Which {
    chat: String,
    message_id: i64,
}

async fn delete(State(telegram): State<Telegram>, Json(which): Json<Which>) -> Result<(), Refused> {
    found(telegram.delete_by_hand(&which.chat, which.message_id), "message")
}

#[derive(Deserialize)]
struct Revocation {
    token: String,
}

async fn revoke(State(telegram): State<Telegram>, Json(revocation): Json<Revocation>) {
    telegram.revoke(&revocation.token);
}

async fn set_rates(State(telegram): State<Telegram>, Json(rates): Json<Option<Rates>>) {
    telegram.set_rates(rates);
}
