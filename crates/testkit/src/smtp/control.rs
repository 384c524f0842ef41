//! The control surface under `/_fake/`: a test in another process reads and changes the fake with it.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::mail::Mail;
use super::world::{Conversation, MailServer};
use crate::control::scripted;

/// The routes of every platform ([`scripted`]), and
///
/// | path | |
/// |---|---|
/// | `GET mails`, `DELETE mails` | the accepted mails, as a mail program reads them |
/// | `GET conversations` | the connections and their commands |
/// | `POST mailboxes` | `{"address","exists"}`: whether there is such a recipient |
pub(super) fn router() -> Router<MailServer> {
    scripted()
        .route("/mails", get(mails).delete(forget))
        .route("/conversations", get(conversations))
        .route("/mailboxes", post(mailbox))
}

async fn mails(State(server): State<MailServer>) -> Json<Vec<Value>> {
    let shown = |mail: Mail| {
        let mut report = json!(mail);
        report["text"] = json!(mail.text());
        report["html"] = json!(mail.html());
        report["unsubscribe_url"] = json!(mail.unsubscribe_url());
        report
    };
    Json(server.mails().into_iter().map(shown).collect())
}

async fn forget(State(server): State<MailServer>) {
    server.forget_mails();
}

async fn conversations(State(server): State<MailServer>) -> Json<Vec<Conversation>> {
    Json(server.conversations())
}

#[derive(Deserialize)]
struct Mailbox {
    address: String,
    exists: bool,
}

async fn mailbox(State(server): State<MailServer>, Json(mailbox): Json<Mailbox>) {
    if mailbox.exists {
        server.add_mailbox(&mailbox.address);
    } else {
        server.remove_mailbox(&mailbox.address);
    }
}
