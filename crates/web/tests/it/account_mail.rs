//! Another address for an account, and registering as a member, as somebody with a browser and a mailbox does it.

use std::time::Duration;

use serde_json::json;
use tablon_core::notice::NoticeKind;
use tablon_core::store::{MailLane, NewUser, NoticeFacts, Prepared};
use tablon_core::{Actor, EmailKey, Role, TenantScope};

use crate::board::{Board, PASSWORD, on_each_database};
use crate::browser::Browser;

const OLD: &str = "ana@example.org";
const NEW: &str = "ana@new.example";

async fn log_in(browser: &mut Browser<'_>, email: &str) {
    browser.get("/login").await.expect(200);
    browser.send("/login", &[("email", email), ("password", PASSWORD), ("next", "")]).await.expect(303);
}

/// What is told to an address, once there is something: some of it is queued while nobody waits.
async fn told(board: &Board, address: &str) -> Vec<NoticeFacts> {
    for _ in 0..200 {
        let mut told = Vec::new();
        for due in board.store.notices().due(MailLane::Installation).await.expect("the database") {
            if due.recipient() == Some(address)
                && let Prepared::Ready { facts, .. } = board.store.notices().prepare(&due).await.expect("the database")
            {
                told.extend(facts);
            }
        }
        if !told.is_empty() {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nothing is told to {address}");
}

/// The token of the newest mail of a kind to an address.
async fn token(board: &Board, address: &str, kind: NoticeKind) -> String {
    let told = told(board, address).await.into_iter().filter(|facts| facts.kind == kind);
    told.last().and_then(|facts| facts.link_token).expect("a link")
}

async fn by_email(board: &Board, email: &str) -> Option<tablon_core::store::User> {
    board.store.users().by_email(&EmailKey::of(email)).await.expect("the database")
}

fn main_of(page: &str) -> String {
    page.split("<main").nth(1).expect("a page").to_owned()
}

#[tokio::test]
async fn a_person_changes_their_address_by_a_link_that_only_their_button_uses_up() {
    on_each_database(async |board| {
        board.store.send_mail();
        board.person(OLD, Role::Moderator).await;
        board.person("luis@example.org", Role::Member).await;
        let (mut ana, mut luis) = (Browser::new(&board), Browser::new(&board));
        log_in(&mut ana, OLD).await;
        log_in(&mut luis, "luis@example.org").await;
        ana.get("/account").await.expect(200);
        let fields = |email, password| vec![("new_email", email), ("password", password)];
        let wrong = ana.send("/account/address", &fields(NEW, "wrong")).await.expect(422);
        assert!(wrong.text.contains("f-address-password-error") && wrong.text.contains(&format!("value=\"{NEW}\"")));
        let nonsense = ana.send("/account/address", &fields("nonsense", PASSWORD)).await.expect(422);
        assert!(nonsense.text.contains("f-new_email-error") && nonsense.text.contains("value=\"nonsense\""));
        let answer = ana.send("/account/address", &fields(NEW, PASSWORD)).await;
        let page = ana.follow(answer).await;
        assert!(page.text.contains(NEW) && page.text.contains("If the address can be used"), "{}", page.text);

        let path = format!("/account/address/{}", token(&board, NEW, NoticeKind::AccountAddress).await);
        // A scanner opens the link, and presses what it finds.
        let mut scanner = Browser::new(&board);
        let asked = scanner.get(&path).await.expect(303);
        assert!(asked.header("location").starts_with("/login?next="), "{}", asked.header("location"));
        scanner.get("/login").await.expect(200);
        scanner.send(&path, &[]).await;
        let other = luis.get(&path).await.expect(403);
        assert!(other.text.contains("Another account asked for this link"));
        luis.get("/account").await.expect(200);
        luis.send(&path, &[]).await.expect(410);
        for _ in 0..2 {
            let page = ana.get(&path).await.expect(200);
            assert_eq!(page.header("referrer-policy"), "strict-origin");
            assert_eq!(page.header("cache-control"), "no-store");
        }
        assert!(by_email(&board, OLD).await.is_some(), "looking changes nothing");
        let answer = ana.send(&path, &[]).await;
        let page = ana.follow(answer).await;
        assert!(page.text.contains("Your address was changed"), "{}", page.text);
        let changed = by_email(&board, NEW).await.expect("the account");
        assert!(changed.address_confirmed && by_email(&board, OLD).await.is_none());
        ana.send(&path, &[]).await.expect(410);
        ana.get(&path).await.expect(410);
        let log = board.acme.audit().list(Some(changed.id), None, None).await.expect("the log").items;
        let actions: Vec<&str> = log.iter().take(2).map(|event| event.action.as_str()).collect();
        assert_eq!(actions, ["user.change_address", "user.address_link"]);
        assert_eq!(told(&board, OLD).await[0].kind, NoticeKind::AccountAddressChanged);
    })
    .await;
}

#[tokio::test]
async fn the_page_answers_alike_whether_an_address_has_an_account() {
    on_each_database(async |board| {
        board.store.send_mail();
        board.person(OLD, Role::Member).await;
        board.person("luis@example.org", Role::Member).await;
        let mut ana = Browser::new(&board);
        log_in(&mut ana, OLD).await;
        let mut pages = Vec::new();
        for email in ["free@example.org", "luis@example.org"] {
            ana.get("/account").await.expect(200);
            let answer = ana.send("/account/address", &[("new_email", email), ("password", PASSWORD)]).await;
            assert_eq!(answer.header("location"), "/account?done=address-asked");
            let page = main_of(&ana.follow(answer).await.text).replace(email, "ADDRESS");
            let sessions = page.find("id=\"sessions\"").expect("the sessions");
            let from = page.find("id=\"address\"").expect("the address");
            pages.push(page[from..sessions].split("good until").next().expect("a time").to_owned());
        }
        assert_eq!(pages[0], pages[1]);
        let told = told(&board, "luis@example.org").await;
        assert!(told.iter().all(|facts| facts.link_token.is_none()));
        // Nobody mails whom they like through their account.
        let mut status = 0;
        for number in 0..4 {
            ana.get("/account").await.expect(200);
            let email = format!("somebody{number}@example.org");
            let fields = [("new_email", email.as_str()), ("password", PASSWORD)];
            status = ana.send("/account/address", &fields).await.status.as_u16();
        }
        assert_eq!(status, 429);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_came_by_invitation_proves_its_address_and_gets_what_waited() {
    on_each_database(async |board| {
        board.store.send_mail();
        let (_, invitation) =
            board.acme.invitations().create(Role::Moderator, None, Actor::System).await.expect("an invitation");
        let link = board.store.invitation_link(&invitation).await.expect("the database").expect("the link");
        let new = NewUser { email: OLD.into(), name: String::new(), password: PASSWORD.into(), operator: false };
        board.store.join_as_new(&link, new).await.expect("an account");
        let mut ana = Browser::new(&board);
        log_in(&mut ana, OLD).await;
        let page = ana.get("/t/acme/admin/notifications").await.expect(200);
        assert!(page.text.contains("Until then no mail goes there"), "{}", page.text);
        let page = ana.get("/account").await.expect(200);
        assert!(page.text.contains("name=\"action\" value=\"present\""), "{}", page.text);
        ana.send("/account/address", &[("action", "present")]).await.expect(303);
        let path = format!("/account/address/{}", token(&board, OLD, NoticeKind::AccountAddress).await);
        ana.get(&path).await.expect(200);
        assert!(!by_email(&board, OLD).await.expect("the account").address_confirmed);
        let answer = ana.send(&path, &[]).await;
        let page = ana.follow(answer).await;
        assert!(page.text.contains("Your address is confirmed") && !page.text.contains("value=\"present\""));
        assert!(by_email(&board, OLD).await.expect("the account").address_confirmed);
    })
    .await;
}

#[tokio::test]
async fn without_a_mail_server_the_account_page_says_who_can_help() {
    on_each_database(async |board| {
        board.person(OLD, Role::Member).await;
        let mut ana = Browser::new(&board);
        log_in(&mut ana, OLD).await;
        let page = ana.get("/account").await.expect(200);
        assert!(page.text.contains("tablon user email ana@example.org"), "{}", page.text);
        assert!(!page.text.contains("name=\"new_email\""));
        let fields = [("new_email", NEW), ("password", PASSWORD)];
        let refused = ana.send("/account/address", &fields).await.expect(409);
        assert!(refused.text.contains("tablon user email"), "{}", refused.text);
    })
    .await;
}

async fn allow(board: &Board, registration: bool) {
    let body = json!({ "registration": registration });
    let now = board.call("PATCH", "/tenant", Some(Role::Admin), Some(body)).await.expect(200).json();
    assert_eq!(now["registration"], registration);
}

async fn role_of(board: &Board, tenant: &TenantScope, email: &str) -> Option<Role> {
    let user = by_email(board, email).await.expect("an account");
    tenant.members().role_of(&user).await.expect("the database")
}

#[tokio::test]
async fn somebody_registers_by_mail_where_the_board_allows_it() {
    on_each_database(async |board| {
        board.store.send_mail();
        let mut guest = Browser::new(&board);
        guest.get("/t/acme/register").await.expect(404);
        assert!(!guest.get("/t/acme/").await.expect(200).text.contains("/t/acme/register"));
        allow(&board, true).await;
        let page = guest.get("/t/acme/").await.expect(200);
        assert!(page.text.contains("href=\"http://jobs.test:8080/t/acme/register\""), "{}", page.text);
        let mut elsewhere = Browser { host: Some("jobs.acme.example:8080"), ..Browser::new(&board) };
        let away = elsewhere.get("/register").await.expect(303);
        assert_eq!(away.header("location"), "http://jobs.test:8080/t/acme/register");

        guest.get("/t/acme/register").await.expect(200);
        let refused = guest.send("/t/acme/register", &[("email", "nonsense")]).await.expect(422);
        assert!(refused.text.contains("f-email-error") && refused.text.contains("value=\"nonsense\""));
        let sent = guest.send("/t/acme/register", &[("email", OLD)]).await.expect(200);
        assert!(!sent.text.contains(OLD), "{}", sent.text);
        let path = format!("/t/acme/register/{}", token(&board, OLD, NoticeKind::AccountRegistration).await);
        let mut ana = Browser::new(&board);
        for _ in 0..2 {
            let page = ana.get(&path).await.expect(200);
            assert!(page.text.contains(OLD) && page.text.contains("Acme devs"), "{}", page.text);
            assert_eq!(page.header("referrer-policy"), "strict-origin");
        }
        assert!(by_email(&board, OLD).await.is_none(), "looking makes no account");
        let nameless = ana.send(&path, &[("name", " "), ("password", PASSWORD)]).await.expect(422);
        assert!(nameless.text.contains("f-name-error"));
        let weak = ana.send(&path, &[("name", "Ana Pérez"), ("password", "short")]).await.expect(422);
        assert!(weak.text.contains("value=\"Ana Pérez\""), "{}", weak.text);
        let answer = ana.send(&path, &[("name", "Ana Pérez"), ("password", PASSWORD)]).await;
        let page = ana.follow(answer).await;
        assert!(page.text.contains("You have joined") && page.text.contains("Ana Pérez"), "{}", page.text);
        assert_eq!(role_of(&board, &board.acme, OLD).await, Some(Role::Member));
        assert!(by_email(&board, OLD).await.expect("the account").address_confirmed);
        ana.get("/t/acme/admin").await.expect(403);
        guest.get(&path).await.expect(410);
        let page = ana.get("/t/acme/register").await.expect(200);
        assert!(page.text.contains("You belong to Acme devs already"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn who_has_an_account_is_told_by_mail_alone_and_joins_with_a_button() {
    on_each_database(async |board| {
        board.store.send_mail();
        allow(&board, true).await;
        let new = NewUser { email: OLD.into(), name: "Ana".into(), password: PASSWORD.into(), operator: false };
        let ana = board.store.users().create(new, Actor::System).await.expect("an account");
        let mut pages = Vec::new();
        for email in ["free@example.org", OLD] {
            let mut guest = Browser::new(&board);
            guest.get("/t/acme/register").await.expect(200);
            pages.push(main_of(&guest.send("/t/acme/register", &[("email", email)]).await.expect(200).text));
        }
        assert_eq!(pages[0], pages[1]);
        let told = told(&board, OLD).await;
        assert_eq!((told[0].kind, &told[0].link_token), (NoticeKind::AccountRegisteredBefore, &None));
        let mut browser = Browser::new(&board);
        log_in(&mut browser, OLD).await;
        browser.get("/t/acme/register").await.expect(200);
        assert_eq!(role_of(&board, &board.acme, OLD).await, None, "looking isn't joining");
        browser.send("/t/acme/register", &[("action", "join")]).await.expect(303);
        assert_eq!(role_of(&board, &board.acme, OLD).await, Some(Role::Member));
        let log = board.acme.audit().list(Some(ana.id), None, None).await.expect("the log").items;
        assert_eq!((log[0].action.as_str(), log[0].actor_id), ("member.join", Some(ana.id)));
        // No form from elsewhere makes anybody a member.
        board.acme.members().remove(ana.id, Actor::System).await.expect("removed");
        browser.go("POST", "/t/acme/register", "action=join".to_owned()).await.expect(403);
        assert_eq!(role_of(&board, &board.acme, OLD).await, None);
    })
    .await;
}

#[tokio::test]
async fn without_a_mail_server_registering_is_not_offered_and_the_settings_say_so() {
    on_each_database(async |board| {
        allow(&board, true).await;
        let mut guest = Browser::new(&board);
        assert!(!guest.get("/t/acme/").await.expect(200).text.contains("/t/acme/register"));
        let page = guest.get("/t/acme/register").await.expect(200);
        assert!(page.text.contains("sends no mail") && !page.text.contains("name=\"email\""), "{}", page.text);
        let mut owner = Browser::new(&board);
        owner.log_in(Role::Owner).await;
        let page = owner.get("/t/acme/admin/settings").await.expect(200);
        assert!(page.text.contains("name=\"registration\"") && page.text.contains("so nobody can register"));
        // Whoever has an account joins with it.
        let new = NewUser { email: OLD.into(), name: "Ana".into(), password: PASSWORD.into(), operator: false };
        board.store.users().create(new, Actor::System).await.expect("an account");
        let mut ana = Browser::new(&board);
        log_in(&mut ana, OLD).await;
        ana.get("/t/acme/register").await.expect(200);
        ana.send("/t/acme/register", &[("action", "join")]).await.expect(303);
        assert_eq!(role_of(&board, &board.acme, OLD).await, Some(Role::Member));
    })
    .await;
}

#[tokio::test]
async fn registering_is_throttled_per_client() {
    on_each_database(async |board| {
        board.store.send_mail();
        allow(&board, true).await;
        let mut guest = Browser::new(&board);
        let mut statuses = Vec::new();
        for number in 0..21 {
            guest.get("/t/acme/register").await.expect(200);
            let email = format!("somebody{number}@example.org");
            statuses.push(guest.send("/t/acme/register", &[("email", &email)]).await.status.as_u16());
        }
        assert_eq!((statuses[19], statuses[20]), (200, 429), "{statuses:?}");
    })
    .await;
}
