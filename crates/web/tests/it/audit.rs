//! Whatever changes something over the API is on record: by whom, what, to what, and which fields.

use serde_json::{Value, json};
use tablon_core::store::{NewBoardMailServer, PlacementState};
use tablon_core::{Actor, AuditAction, Role};
use tablon_testkit::telegram::{Action, BOT_TOKEN, FakeTelegram, Fault};
use uuid::Uuid;

use crate::board::{Board, offer};
use crate::board_mail::server as mail_server;
use crate::channels::{add, channel, on_each_database, settle};
use crate::mails::{lost_digest, unsubscribed};
use crate::matrix::routes;

const OWNER: Option<Role> = Some(Role::Owner);

/// A call of one route, and the event that must be on record afterwards.
struct Call {
    path: String,
    body: Option<Value>,
    action: &'static str,
    kind: &'static str,
    /// The subject's id; what the answer gives, if it is made by the call.
    subject: Option<String>,
    changed: &'static [&'static str],
}

impl Call {
    /// A call of a route about the thing with this id, if there is one.
    fn of(route: &str, id: Option<String>, action: &'static str) -> Self {
        let path = route.split(' ').nth(1).expect("a path").replace("{id}", id.as_deref().unwrap_or_default());
        let kind = action.split('.').next().expect("a kind");
        Self { path, body: None, action, kind, subject: id, changed: &[] }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The event is about something else than the path.
    fn about(self, kind: &'static str, id: Option<String>) -> Self {
        Self { kind, subject: id, ..self }
    }

    fn changing(self, changed: &'static [&'static str]) -> Self {
        Self { changed, ..self }
    }
}

/// What a board needs before a route can change something, and the call. `None`: the route changes nothing.
async fn call_of(board: &Board, telegram: &FakeTelegram, route: &str) -> Option<Call> {
    let acme = &board.acme;
    let call = |id: String, action| Call::of(route, Some(id), action);
    let reason = json!({"reason": "Ask ana@example.org."});
    let list = async || {
        let new =
            json!({"plugin": "email", "name": "List", "settings": {"to": "list@example.org", "delivery": "daily"}});
        let made = board.call("POST", "/channels", OWNER, Some(new)).await.expect(201).json();
        let id = made["id"].as_str().and_then(|id| id.parse::<Uuid>().ok()).expect("an id");
        // This server has no outgoing mail, so it begins paused.
        board.call("POST", &format!("/channels/{id}/resume"), OWNER, None).await.expect(200);
        id
    };
    let placement = async || {
        let channel = add(board, telegram, BOT_TOKEN).await;
        let job = board.publish().await.parse().expect("an id");
        let all = acme.placements().for_job(job).await.expect("the database");
        all.into_iter().find(|one| one.channel_id.to_string() == channel).expect("a placement").id.to_string()
    };
    let proposed = async || {
        let id = board.publish().await;
        let mut edit = offer();
        edit["title"] = json!("Proposed");
        edit["organization"]["name"] = json!("Ana Pérez");
        edit["contact_email"] = json!("other@example.org");
        acme.jobs().propose(id.parse().expect("an id"), &edit, Actor::Poster).await.expect("a proposal");
        id
    };
    Some(match route {
        "POST /jobs" => Call::of(route, None, "job.submit").with(offer()),
        "POST /jobs/import" => Call::of(route, None, "job.submit").with(offer()),
        "PATCH /jobs/{id}" => call(board.publish().await, "job.edit")
            .with(json!({"title": "Changed", "salary": null, "organization": {"url": null}, "contact_email": "x@y.example"}))
            .changing(&["contact_email", "organization.url", "salary", "title"]),
        "POST /jobs/{id}/approve" => call(board.submit().await, "job.approve"),
        "POST /jobs/{id}/reject" => call(board.submit().await, "job.reject").with(reason),
        "POST /jobs/{id}/request-changes" => call(board.submit().await, "job.request_changes").with(reason),
        "POST /jobs/{id}/spam" => call(board.submit().await, "job.spam"),
        "POST /jobs/{id}/close" => call(board.publish().await, "job.close"),
        "POST /jobs/{id}/fill" => call(board.publish().await, "job.fill"),
        "POST /jobs/{id}/renew" => {
            let mut short = offer();
            short["valid_through"] = Value::Null;
            let made = board.call("POST", "/jobs", None, Some(short)).await.expect(201).json();
            let id = made["id"].as_str().expect("an id").to_owned();
            board.call("POST", &format!("/jobs/{id}/approve"), OWNER, None).await.expect(200);
            call(id, "job.renew").with(json!({"days": 30})).changing(&["valid_through"])
        }
        "POST /jobs/{id}/reopen" => {
            let id = board.publish().await;
            board.call("POST", &format!("/jobs/{id}/fill"), OWNER, None).await.expect(200);
            call(id, "job.reopen")
        }
        "POST /jobs/{id}/approve-revision" => call(proposed().await, "job.approve_revision")
            .changing(&["contact_email", "organization.name", "title"]),
        "POST /jobs/{id}/discard-revision" => call(proposed().await, "job.discard_revision").with(reason),
        "POST /jobs/{id}/edit-link" => call(board.submit().await, "job.reissue_link"),
        "DELETE /jobs/{id}/edit-link" => call(board.submit().await, "job.revoke_link"),
        "POST /channels" => Call::of(route, None, "channel.create").with(channel(telegram, BOT_TOKEN)),
        "PATCH /channels/{id}" => call(add(board, telegram, BOT_TOKEN).await, "channel.update")
            .with(json!({
                "name": "Ana's channel",
                "settings": {"chat_id": "@other_jobs", "api_base_url": telegram.base_url()},
                "secrets": {"bot_token": BOT_TOKEN},
                "delivery": {"rules": [{"field": "tags", "match": "any_of", "values": ["cobol"]}]},
            }))
            // Nobody knows that chat: the channel is paused.
            .changing(&["delivery.rules", "name", "secrets.bot_token", "settings.chat_id", "state"]),
        "PUT /channels/{id}/template" => call(add(board, telegram, BOT_TOKEN).await, "channel.update")
            .with(json!({"template": "Ours: {{ title }}"}))
            .changing(&["template"]),
        "POST /channels/{id}/preview" => return None,
        "POST /channels/{id}/verify" => call(add(board, telegram, BOT_TOKEN).await, "channel.verify"),
        "POST /channels/{id}/pause" => call(add(board, telegram, BOT_TOKEN).await, "channel.pause"),
        "POST /channels/{id}/resume" => {
            let id = add(board, telegram, BOT_TOKEN).await;
            board.call("POST", &format!("/channels/{id}/pause"), OWNER, None).await.expect(200);
            call(id, "channel.resume")
        }
        "DELETE /channels/{id}" => call(add(board, telegram, BOT_TOKEN).await, "channel.delete"),
        "POST /channels/{id}/suppressions" => {
            call(list().await.to_string(), "channel.suppress").with(json!({"address": "ana@example.org"}))
        }
        "DELETE /suppressions/{id}" => {
            let channel = list().await;
            let call = call(unsubscribed(acme, channel).await.to_string(), "channel.lift");
            call.about("channel", Some(channel.to_string()))
        }
        "POST /mails/{id}/send-again" | "POST /mails/{id}/leave" => {
            let channel = list().await;
            let again = route.ends_with("send-again");
            let action = if again { "channel.send_mail_again" } else { "channel.leave_mail" };
            call(lost_digest(acme, channel).await.to_string(), action).about("channel", Some(channel.to_string()))
        }
        "POST /placements/{id}/retry" => call(placement().await, "placement.retry"),
        "POST /placements/{id}/retract" => call(placement().await, "placement.retract"),
        "POST /placements/{id}/resolve" => {
            add(board, telegram, BOT_TOKEN).await;
            settle(board).await;
            telegram.fault(Fault::on("sendMessage", Action::LoseAnswer));
            let job = board.publish().await.parse().expect("an id");
            settle(board).await;
            let all = acme.placements().for_job(job).await.expect("the database");
            let lost = all.into_iter().find(|one| one.state == PlacementState::Unverified).expect("a lost answer");
            call(lost.id.to_string(), "placement.resolve").with(json!({"outcome": "not_sent"}))
        }
        "POST /placements/{id}/check" => {
            let id = placement().await;
            settle(board).await;
            call(id, "placement.check")
        }
        "POST /members" => Call::of(route, None, "member.invite")
            .with(json!({"email": "new@example.org", "role": "moderator"}))
            .about("invitation", None),
        "PATCH /members/{id}" => {
            let id = board.person("raised@example.org", Role::Member).await.id.to_string();
            let body = json!({"role": "moderator"});
            call(id.clone(), "member.set").with(body).about("user", Some(id)).changing(&["role"])
        }
        "POST /invitations" => Call::of(route, None, "invitation.create")
            .with(json!({"role": "moderator", "email": "invited@example.org"})),
        "DELETE /invitations/{id}" => {
            let (invitation, _) =
                acme.invitations().create(Role::Member, None, Actor::System).await.expect("an invitation");
            call(invitation.id.to_string(), "invitation.revoke")
        }
        "DELETE /members/{id}" => {
            let id = board.person("gone@example.org", Role::Member).await.id.to_string();
            call(id.clone(), "member.remove").about("user", Some(id))
        }
        "POST /tokens" => Call::of(route, None, "token.create").with(json!({"name": "Ana's", "role": "member"})),
        "DELETE /tokens/{id}" => {
            let row = acme.tokens().create("Ana's", Role::Member, None, Actor::System).await.expect("a token");
            call(row.id.to_string(), "token.revoke")
        }
        "PATCH /tenant" => Call::of(route, None, "tenant.update")
            .with(json!({"name": "Acme devs", "accent": "#123456", "description": "Ask ana@example.org"}))
            .about("tenant", Some(acme.id.to_string()))
            .changing(&["accent", "description"]),
        "PUT /mail-server" => {
            // As long as the test.
            let smtp = Box::leak(Box::new(mail_server().await));
            Call::of(route, None, "tenant.update")
                .with(json!({"url": smtp.url(), "sender": "Ana <ana@example.org>"}))
                .about("tenant", Some(acme.id.to_string()))
                .changing(&["mail_server.sender", "mail_server.url"])
        }
        "DELETE /mail-server" => {
            let new = NewBoardMailServer {
                url: Some("smtps://u:p@mail.example.org"),
                server: "smtps://mail.example.org:465",
                sender: "ana@example.org",
            };
            acme.board_mail().set(new, Actor::System).await.expect("a server");
            Call::of(route, None, "tenant.update")
                .about("tenant", Some(acme.id.to_string()))
                .changing(&["mail_server"])
        }
        new => panic!("{new} is new: say what it puts on record"),
    })
}

/// What is on record, newest first.
async fn log(board: &Board) -> Vec<Value> {
    let list = board.call("GET", "/audit?limit=100", OWNER, None).await.expect(200).json();
    list["items"].as_array().expect("a list").clone()
}

/// Fails if a value stands in the log that somebody typed.
#[track_caller]
pub(crate) fn names_nobody(log: &impl serde::Serialize) {
    let text = serde_json::to_string(log).expect("JSON");
    for typed in ["@", "Ana", "Ask", "Proposed", "Changed", "correct horse", "cobol", BOT_TOKEN, "Ours:", "#123456"] {
        assert!(!text.contains(typed), "{typed:?} stands in {text}");
    }
}

#[tokio::test]
async fn every_route_that_changes_something_says_who_what_and_which_fields() {
    on_each_database(async |board, telegram| {
        let owner = board.acme.tokens().list().await.expect("tokens").into_iter().find(|one| one.role == Role::Owner);
        let actor = json!({"kind": "token", "id": owner.expect("the owner's").id});
        for route in routes().iter().filter(|route| route.method != "GET") {
            let name = format!("{} {}", route.method, route.path);
            let call = call_of(&board, &telegram, &name).await;
            let before = log(&board).await.first().map(|event| event["id"].clone());
            let Some(call) = call else {
                let channel = add(&board, &telegram, BOT_TOKEN).await;
                let before = log(&board).await;
                let path = route.path.replace("{id}", &channel);
                board.call(&route.method, &path, OWNER, Some(json!({}))).await.expect(200);
                assert_eq!(log(&board).await, before, "{name} only shows something");
                continue;
            };
            let answer = board.call(&route.method, &call.path, OWNER, call.body).await;
            assert!(answer.status.is_success(), "{name}: {}", answer.text);
            let log = log(&board).await;
            let new: Vec<&Value> = log.iter().take_while(|event| Some(&event["id"]) != before.as_ref()).collect();
            assert_eq!(new.len(), 1, "{name}: {new:?}");
            let made = || {
                let answer = answer.json();
                let item = answer["items"].as_array().map_or(&answer, |items| &items[0]);
                item["id"].as_str().expect("an id").to_owned()
            };
            let subject = json!({"kind": call.kind, "id": call.subject.clone().unwrap_or_else(made)});
            let told = (&new[0]["action"], &new[0]["actor"], &new[0]["subject"]);
            assert_eq!(told, (&json!(call.action), &actor, &subject), "{name}");
            let mut changed = new[0]["detail"]["changed"].as_array().cloned().unwrap_or_default();
            changed.sort_by_key(Value::to_string);
            assert_eq!(json!(changed), json!(call.changed), "{name}");
            names_nobody(&log);
        }
        telegram.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn what_changes_nothing_is_not_on_record() {
    on_each_database(async |board, telegram| {
        let channel = add(&board, &telegram, BOT_TOKEN).await;
        let job = board.publish().await;
        let person = board.person("ana@example.org", Role::Admin).await;
        let before = log(&board).await;
        for (path, body) in [
            (format!("/channels/{channel}"), json!({"name": "Our channel", "delivery": {}})),
            (format!("/jobs/{job}"), json!({"title": offer()["title"], "contact_email": offer()["contact_email"]})),
            ("/tenant".to_owned(), json!({"name": "Acme devs"})),
        ] {
            board.call("PATCH", &path, OWNER, Some(body)).await.expect(200);
        }
        board.acme.members().set(person.id, Role::Admin, Actor::System).await.expect("the same role");
        assert_eq!(log(&board).await, before);
    })
    .await;
}

#[test]
fn the_history_has_words_for_every_action_in_every_language() {
    let themes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../themes/default/locales");
    for locale in ["en", "es", "pt-BR"] {
        let words = std::fs::read_to_string(format!("{themes}/{locale}.ftl")).expect("the words");
        let shown =
            |action: &&AuditAction| ["job.", "channel.", "placement."].iter().any(|of| action.as_str().starts_with(of));
        for action in AuditAction::ALL.iter().filter(shown) {
            let key = format!("\naudit-{} = ", action.as_str().replace('.', "-"));
            assert!(words.contains(&key), "{locale}: no{key}");
        }
    }
}
