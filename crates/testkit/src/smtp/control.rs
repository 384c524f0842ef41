//! The control surface under `/_fake/`: what a test in another process sees and changes.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Fault;
use super::mail::Mail;
use super::world::{Conversation, MailServer};

/// | path | |
/// |---|---|
/// | `GET mails`, `DELETE mails` | what was taken over, read as a mail program reads it |
/// | `GET conversations` | the connections and their commands |
/// | `GET violations` | what the standards forbid |
/// | `GET faults`, `POST faults`, `DELETE faults` | one [`Fault`] or a list of them |
/// | `POST mailboxes` | `{"address","exists"}`: whether there is such a recipient |
pub(super) fn router() -> Router<MailServer> {
    Router::new()
        .route("/mails", get(mails).delete(forget))
        .route("/conversations", get(conversations))
        .route("/violations", get(violations))
        .route("/faults", get(faults).post(add_faults).delete(clear_faults))
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

async fn violations(State(server): State<MailServer>) -> Json<Vec<String>> {
    Json(server.violations())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

async fn faults(State(server): State<MailServer>) -> Json<Vec<Fault>> {
    Json(server.faults())
}

async fn add_faults(State(server): State<MailServer>, Json(faults): Json<OneOrMany>) -> StatusCode {
    let faults = match faults {
        OneOrMany::Many(faults) => faults,
        OneOrMany::One(fault) => vec![fault],
    };
    for fault in faults {
        server.fault(fault);
    }
    StatusCode::CREATED
}

async fn clear_faults(State(server): State<MailServer>) {
    server.clear_faults();
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
