//! Every page of the administration, asked for by everybody who must not get far.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;
use tablon_core::store::{NewChannel, NewUser, Secrets};
use tablon_core::{Actor, Role, TenantScope};
use uuid::Uuid;

use crate::board::{Answer, Board, PASSWORD, offer, on_each_database};
use crate::browser::Browser;

/// The pages and forms of the administration below `/admin`, and the least role for each.
const ROUTES: &[(&str, &str, Role)] = &[
    ("GET", "", Role::Moderator),
    ("GET", "/jobs", Role::Moderator),
    ("GET", "/jobs/{job}", Role::Moderator),
    ("GET", "/jobs/{job}/edit", Role::Moderator),
    ("POST", "/jobs/{job}/edit", Role::Moderator),
    ("POST", "/jobs/{job}/approve", Role::Moderator),
    ("POST", "/jobs/{job}/reject", Role::Moderator),
    ("POST", "/jobs/{job}/request-changes", Role::Moderator),
    ("POST", "/jobs/{job}/spam", Role::Moderator),
    ("POST", "/jobs/{job}/fill", Role::Moderator),
    ("POST", "/jobs/{job}/approve-revision", Role::Moderator),
    ("POST", "/jobs/{job}/discard-revision", Role::Moderator),
    ("POST", "/jobs/{job}/close", Role::Moderator),
    ("POST", "/jobs/{job}/reschedule", Role::Moderator),
    ("POST", "/jobs/{job}/reopen", Role::Moderator),
    ("POST", "/jobs/{job}/renew", Role::Moderator),
    ("POST", "/jobs/{job}/edit-link", Role::Moderator),
    ("POST", "/jobs/{job}/edit-link/end", Role::Moderator),
    ("GET", "/mail", Role::Admin),
    ("POST", "/mail", Role::Admin),
    ("GET", "/mail/{kind}", Role::Admin),
    ("POST", "/mail/{kind}", Role::Admin),
    ("GET", "/notifications", Role::Moderator),
    ("POST", "/notifications", Role::Moderator),
    ("GET", "/placements", Role::Moderator),
    ("GET", "/placements/{placement}", Role::Moderator),
    ("POST", "/placements/{placement}/adopt", Role::Moderator),
    ("POST", "/placements/{placement}/absent", Role::Moderator),
    ("POST", "/placements/{placement}/retry", Role::Moderator),
    ("POST", "/placements/{placement}/retract", Role::Moderator),
    ("POST", "/placements/{placement}/check", Role::Moderator),
    ("GET", "/settings", Role::Admin),
    ("POST", "/settings", Role::Admin),
    ("POST", "/first-steps/hide", Role::Admin),
    ("GET", "/members", Role::Admin),
    ("POST", "/members", Role::Admin),
    ("POST", "/members/{member}", Role::Admin),
    ("POST", "/members/invitations/{invitation}", Role::Admin),
    ("GET", "/channels", Role::Admin),
    ("GET", "/channels/new", Role::Admin),
    ("POST", "/channels/new", Role::Admin),
    ("GET", "/channels/{channel}", Role::Admin),
    ("POST", "/channels/{channel}/verify", Role::Admin),
    ("POST", "/channels/{channel}/test", Role::Admin),
    ("POST", "/channels/{channel}", Role::Admin),
    ("POST", "/channels/{channel}/pause", Role::Admin),
    ("POST", "/channels/{channel}/resume", Role::Admin),
    ("GET", "/channels/{channel}/template", Role::Admin),
    ("POST", "/channels/{channel}/template", Role::Admin),
    ("GET", "/channels/{channel}/delivery", Role::Admin),
    ("POST", "/channels/{channel}/delivery", Role::Admin),
    ("GET", "/channels/{channel}/mail", Role::Admin),
    ("POST", "/channels/{channel}/mail", Role::Admin),
    ("GET", "/channels/{channel}/history", Role::Admin),
    ("GET", "/channels/{channel}/remove", Role::Admin),
    ("POST", "/channels/{channel}/remove", Role::Admin),
];

/// The methods and paths that the routers of the administration declare, with `{id}` in every path.
fn declared() -> BTreeSet<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/admin");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the pages' sources") {
        let source = fs::read_to_string(entry.expect("an entry").path()).expect("a source file");
        for route in source.split(".route(").skip(1) {
            let mut quoted = route.split('"');
            let path = quoted.nth(1).expect("a path").strip_prefix("/admin").expect("a path below /admin");
            let methods = quoted.next().expect("what answers");
            let methods = &methods[..methods.find('\n').unwrap_or(methods.len())];
            for (call, method) in [("get(", "GET"), ("post(", "POST")] {
                if methods.contains(call) {
                    found.insert((method.to_owned(), path.to_owned()));
                }
            }
        }
    }
    found
}

#[test]
fn every_page_of_the_administration_is_in_the_list() {
    let named = |path: &str| {
        let path = path.replace("{job}", "{id}").replace("{channel}", "{id}");
        path.replace("{placement}", "{id}").replace("{member}", "{id}").replace("{invitation}", "{id}")
    };
    let listed: BTreeSet<_> = ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), named(path))).collect();
    assert_eq!(listed, declared());
}

/// A job, its copy and its channel, a member and an invitation.
struct Belongings {
    job: Uuid,
    placement: Uuid,
    channel: Uuid,
    member: Uuid,
    invitation: Uuid,
}

impl Belongings {
    async fn of(board: &Board, tenant: &TenantScope) -> Self {
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
        let placement = tenant.placements().for_job(job).await.expect("placements")[0].id;
        let invitations = tenant.invitations();
        let (invitation, _) = invitations.create(Role::Member, None, Actor::System).await.expect("an invitation");
        let new = NewUser {
            email: "theirs@example.org".into(),
            name: String::new(),
            password: PASSWORD.into(),
            operator: false,
        };
        let member = board.store.users().create(new, Actor::System).await.expect("a user").id;
        tenant.members().set(member, Role::Moderator, Actor::System).await.expect("a member");
        Self { job, placement, channel, member, invitation: invitation.id }
    }

    fn path(&self, path: &str) -> String {
        let path = path.replace("{job}", &self.job.to_string()).replace("{channel}", &self.channel.to_string());
        let path = path.replace("{placement}", &self.placement.to_string()).replace("{kind}", "job.received");
        path.replace("{member}", &self.member.to_string()).replace("{invitation}", &self.invitation.to_string())
    }
}

async fn ask(browser: &mut Browser<'_>, method: &str, path: &str) -> Answer {
    if method == "GET" {
        return browser.get(path).await;
    }
    // A page with a form, so that the form's token is a good one.
    browser.get("/t/acme/admin").await;
    if browser.page.contains("name=\"csrf\"") {
        return browser.send(path, &[]).await;
    }
    browser.go("POST", path, String::new()).await
}

#[tokio::test]
async fn nobody_gets_anywhere_without_signing_in() {
    on_each_database(async |board| {
        let mine = Belongings::of(&board, &board.acme).await;
        let mut stranger = Browser::new(&board);
        for (method, path, _) in ROUTES {
            let path = format!("/t/acme/admin{}", mine.path(path));
            let answer = ask(&mut stranger, method, &path).await.expect(303);
            assert!(answer.header("location").starts_with("/login"), "{method} {path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_smaller_role_is_told_so() {
    on_each_database(async |board| {
        let mine = Belongings::of(&board, &board.acme).await;
        for role in [Role::Member, Role::Moderator] {
            let mut person = Browser::new(&board);
            person.log_in(role).await;
            for (method, path, least) in ROUTES.iter().filter(|(.., least)| *least > role) {
                let path = format!("/t/acme/admin{}", mine.path(path));
                let answer = ask(&mut person, method, &path).await;
                assert_eq!(answer.status, 403, "{method} {path} by {role}, for {least}: {}", answer.text);
            }
        }
        let channel = board.acme.channels().get(mine.channel).await.expect("the database").expect("the channel");
        assert_eq!(channel.state.as_str(), "active", "nothing was touched");
    })
    .await;
}

#[tokio::test]
async fn another_boards_things_do_not_exist_here() {
    on_each_database(async |board| {
        let rival = board.other_board().await;
        let theirs = Belongings::of(&board, &rival).await;
        let mut owner = Browser::new(&board);
        owner.log_in(Role::Owner).await;
        // A kind of mail is the same on every board; whatever else stands in an address belongs to one.
        let of_a_board = |path: &str| path.contains('{') && !path.contains("{kind}");
        for (method, path, _) in ROUTES.iter().filter(|(_, path, _)| of_a_board(path)) {
            let here = format!("/t/acme/admin{}", theirs.path(path));
            let answer = ask(&mut owner, method, &here).await;
            assert_eq!(answer.status, 404, "{method} {here}: {}", answer.text);
            let there = format!("/t/rival/admin{}", theirs.path(path));
            let answer = ask(&mut owner, method, &there).await;
            assert_eq!(answer.status, 403, "{method} {there}: {}", answer.text);
        }
        let placement = rival.placements().get(theirs.placement).await.expect("the database").expect("the copy");
        assert_eq!(placement.state.as_str(), "pending", "nothing was touched");
        assert_eq!(rival.invitations().open().await.expect("the database").len(), 1);
        assert_eq!(rival.members().list().await.expect("the database")[0].role, Role::Moderator);
    })
    .await;
}

#[tokio::test]
async fn no_form_is_taken_that_was_not_shown_to_whoever_sends_it() {
    on_each_database(async |board| {
        let mine = Belongings::of(&board, &board.acme).await;
        let mut stranger = Browser::new(&board);
        let login = stranger.get("/login").await.expect(200);
        let theirs = login.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let theirs = format!("csrf={}", theirs.expect("a token"));
        let mut owner = Browser::new(&board);
        owner.log_in(Role::Owner).await;
        let history = async || board.call("GET", "/audit?limit=100", Some(Role::Owner), None).await.expect(200).json();
        let before = history().await;
        let forms = ROUTES.iter().filter(|(method, ..)| *method == "POST");
        let forms = forms.map(|(_, path, _)| format!("/t/acme/admin{}", mine.path(path)));
        for path in forms.chain(["/logout".to_owned(), "/t/acme/submit".to_owned()]) {
            for (body, site) in [("", "same-origin"), (&*theirs, "same-origin"), ("", "cross-site"), ("", "same-site")]
            {
                owner.headers = vec![("sec-fetch-site", site.to_owned())];
                let body = format!("{body}&reason=No&name=x&action=save&template=x&confirm=1");
                let answer = owner.go("POST", &path, body).await;
                assert!(answer.status.is_client_error(), "{path} {site}: {} {}", answer.status, answer.text);
            }
        }
        assert_eq!(history().await, before, "nothing was done");
        owner.headers.clear();
        owner.get("/t/acme/admin").await.expect(200);
    })
    .await;
}
