//! Every route of the description, called by everybody who must not get far.

use serde_json::{Value, json};
use tablon_core::Role;
use tablon_core::store::{NewChannel, Secrets};
use tablon_core::{Actor, TenantScope};
use tablon_web::openapi;

use crate::board::{Board, offer, on_each_database};
use crate::mails::{lost_digest, unsubscribed};

pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    public: bool,
}

/// Every route of the API, as it describes itself.
pub(crate) fn routes() -> Vec<Route> {
    let description: Value = serde_json::from_str(&openapi()).expect("JSON");
    let mut routes = Vec::new();
    for (path, operations) in description["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let public = operation["security"].as_array().expect("security").contains(&json!({}));
            routes.push(Route { method: method.to_uppercase(), path: path.clone(), public });
        }
    }
    assert!(routes.len() > 30, "{} routes", routes.len());
    routes
}

/// A body that the route would take.
fn body(route: &Route) -> Option<Value> {
    let body = match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/jobs" | "/jobs/import") => offer(),
        ("PATCH", "/jobs/{id}") => json!({"title": "Changed"}),
        ("POST", "/jobs/{id}/reject" | "/jobs/{id}/request-changes" | "/jobs/{id}/discard-revision") => {
            json!({"reason": "No."})
        }
        ("POST", "/jobs/{id}/renew") => json!({"days": 30}),
        ("POST", "/channels") => json!({"plugin": "none", "name": "x"}),
        ("PATCH", "/channels/{id}" | "/tenant") => json!({"name": "Changed"}),
        ("PUT", "/channels/{id}/template") => json!({"template": null}),
        ("POST", "/channels/{id}/preview") => json!({}),
        ("POST", "/channels/{id}/suppressions") => json!({"address": "ana@example.org"}),
        ("POST", "/placements/{id}/resolve") => json!({"outcome": "not_sent"}),
        ("POST", "/tokens") => json!({"name": "x", "role": "member"}),
        ("PUT", "/mail-server") => json!({"url": "smtps://u:p@10.0.0.1", "sender": "jobs@acme.example"}),
        ("PATCH", "/members/{id}") => json!({"role": "member"}),
        ("POST", "/invitations") => json!({"role": "member"}),
        ("POST", "/members") => json!({"email": "x@example.org", "role": "member"}),
        _ => return None,
    };
    Some(body)
}

#[tokio::test]
async fn without_a_token_everything_but_the_public_is_401() {
    on_each_database(async |board| {
        for route in routes().iter().filter(|route| !route.public) {
            let path = route.path.replace("{id}", "01890000-0000-7000-8000-000000000000");
            let answer = board.call(&route.method, &path, None, body(route)).await;
            assert_eq!(answer.status, 401, "{} {path}: {}", route.method, answer.text);
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_member_without_powers_gets_403_everywhere_but_in_public() {
    on_each_database(async |board| {
        for route in routes().iter().filter(|route| !route.public) {
            let path = route.path.replace("{id}", "01890000-0000-7000-8000-000000000000");
            let answer = board.call(&route.method, &path, Some(Role::Member), body(route)).await;
            assert_eq!(answer.status, 403, "{} {path}: {}", route.method, answer.text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_moderator_neither_sets_up_channels_nor_tokens_nor_people() {
    on_each_database(async |board| {
        let for_admins = [
            "POST /channels",
            "PATCH /channels/{id}",
            "DELETE /channels/{id}",
            "POST /channels/{id}/verify",
            "POST /channels/{id}/pause",
            "POST /channels/{id}/resume",
            "PUT /channels/{id}/template",
            "GET /channels/{id}/mails",
            "POST /mails/{id}/send-again",
            "POST /mails/{id}/leave",
            "GET /channels/{id}/suppressions",
            "POST /channels/{id}/suppressions",
            "DELETE /suppressions/{id}",
            "PATCH /tenant",
            "GET /mail-server",
            "PUT /mail-server",
            "DELETE /mail-server",
            "GET /tokens",
            "POST /tokens",
            "DELETE /tokens/{id}",
            "GET /members",
            "POST /members",
            "PATCH /members/{id}",
            "DELETE /members/{id}",
            "GET /invitations",
            "POST /invitations",
            "GET /invitations/{id}",
            "DELETE /invitations/{id}",
            "GET /audit",
        ];
        let routes = routes();
        for wanted in for_admins {
            let route = routes.iter().find(|r| format!("{} {}", r.method, r.path) == wanted);
            let route = route.unwrap_or_else(|| panic!("{wanted} is gone"));
            let path = route.path.replace("{id}", "01890000-0000-7000-8000-000000000000");
            let answer = board.call(&route.method, &path, Some(Role::Moderator), body(route)).await;
            assert_eq!(answer.status, 403, "{wanted}: {}", answer.text);
        }
    })
    .await;
}

#[tokio::test]
async fn an_id_of_another_board_does_not_exist_here() {
    on_each_database(async |board| {
        let rival = board.other_board().await;
        let (job, channel, token, user) = belongings(&board, &rival).await;
        let (invitation, _) =
            rival.invitations().create(Role::Owner, None, Actor::System).await.expect("an invitation");
        let placement = rival.placements().for_job(job).await.expect("placements")[0].id;
        let (mail, suppression) = (lost_digest(&rival, channel).await, unsubscribed(&rival, channel).await);
        for route in routes().iter().filter(|route| route.path.contains("{id}")) {
            let id = match route.path.split('/').nth(1) {
                Some("jobs") => job,
                Some("channels") => channel,
                Some("placements") => placement,
                Some("mails") => mail,
                Some("suppressions") => suppression,
                Some("tokens") => token,
                Some("members") => user,
                Some("invitations") => invitation.id,
                other => panic!("whose id is in {other:?}?"),
            };
            let path = route.path.replace("{id}", &id.to_string());
            let answer = board.call(&route.method, &path, Some(Role::Owner), body(route)).await;
            assert_eq!(answer.status, 404, "{} {path}: {}", route.method, answer.text);
        }
        let job = rival.jobs().get(job).await.expect("the database").expect("the job");
        assert_eq!((job.state.as_str(), job.revision), ("published", 1), "nothing was touched");
        assert!(rival.mail().get(mail).await.expect("the database").expect("the mail").asks());
        assert_eq!(rival.mail().suppressions(channel).await.expect("the database").len(), 1);
        assert_eq!(rival.invitations().open().await.expect("the database"), [invitation]);
        assert_eq!(rival.members().list().await.expect("the database")[0].role, Role::Owner);
        assert!(rival.tokens().find_valid(token).await.expect("the database").is_some());
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_board_is_worth_nothing_here() {
    on_each_database(async |board| {
        let rival = board.other_board().await;
        let foreign = board.token(&rival, Role::Owner).await;
        for route in routes().iter().filter(|route| route.path != "/openapi.json") {
            let path = route.path.replace("{id}", "01890000-0000-7000-8000-000000000000");
            let answer = board.call_with(&route.method, &path, Some(&foreign), body(route)).await;
            assert_eq!(answer.status, 401, "{} {path}: {}", route.method, answer.text);
        }
    })
    .await;
}

/// A published job with a placement, its channel, a token and a member of `tenant`.
async fn belongings(board: &Board, tenant: &TenantScope) -> (uuid::Uuid, uuid::Uuid, uuid::Uuid, uuid::Uuid) {
    let new = NewChannel {
        plugin: "none".into(),
        name: "Theirs".into(),
        settings: json!({}),
        secrets: Secrets::default(),
        lanes: Vec::new(),
    };
    let channel = tenant.channels().create(new, Actor::System).await.expect("a channel").id;
    let job = tenant.jobs().submit(&offer(), Actor::Poster).await.expect("an offer").job.id;
    tenant.jobs().approve(job, Default::default(), Actor::System).await.expect("approved");
    let token = tenant.tokens().create("theirs", Role::Owner, None, Actor::System).await.expect("a token").id;
    let user = board.person("theirs@example.org", Role::Member).await;
    board.acme.members().remove(user.id, Actor::System).await.expect("removed");
    tenant.members().set(user.id, Role::Owner, Actor::System).await.expect("a member");
    (job, channel, token, user.id)
}
