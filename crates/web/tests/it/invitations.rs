//! An invitation from the link to the board.

use serde_json::json;
use tablon_core::{Actor, EmailKey, Role};

use crate::board::{Board, PASSWORD, on_each_database};
use crate::browser::Browser;

/// Makes an invitation over the API; the path of its link.
async fn invite(board: &Board, role: &str, email: Option<&str>) -> (String, String) {
    let body = json!({"role": role, "email": email});
    let made = board.call("POST", "/invitations", Some(Role::Owner), Some(body)).await.expect(201).json();
    let url = made["url"].as_str().expect("a link");
    let path = url.strip_prefix("http://jobs.test:8080").expect("a link to the base address").to_owned();
    (made["id"].as_str().expect("an id").to_owned(), path)
}

fn account<'a>(email: &'a str, password: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("name", "New Person"), ("email", email), ("password", password), ("action", "create")]
}

#[tokio::test]
async fn somebody_new_makes_an_account_and_joins() {
    on_each_database(async |board| {
        let (id, path) = invite(&board, "moderator", None).await;
        let mut guest = Browser::new(&board);
        for _ in 0..2 {
            let page = guest.get(&path).await.expect(200);
            assert!(page.text.contains("Acme devs") && page.text.contains("Moderator"), "{}", page.text);
            assert_eq!(page.header("referrer-policy"), "strict-origin");
            assert_eq!(page.header("cache-control"), "no-store");
        }
        let weak = guest.send(&path, &account("new@example.org", "short")).await.expect(422);
        assert!(weak.text.contains("value=\"new@example.org\"") && weak.text.contains("value=\"New Person\""));
        let answer = guest.send(&path, &account("new@example.org", PASSWORD)).await;
        assert_eq!(answer.header("location"), "/t/acme/admin");
        guest.follow(answer).await;
        let mut late = Browser::new(&board);
        let gone = late.get(&path).await.expect(410);
        assert!(gone.text.contains("Ask whoever sent it"), "{}", gone.text);
        let read = board.call("GET", &format!("/invitations/{id}"), Some(Role::Admin), None).await.expect(200).json();
        assert_eq!(read["state"], "used");
        let members = board.call("GET", "/members", Some(Role::Admin), None).await.expect(200).json();
        let member = &members["items"][0];
        assert_eq!((&member["email"], &member["email_confirmed"]), (&json!("new@example.org"), &json!(false)));
    })
    .await;
}

#[tokio::test]
async fn somebody_with_an_account_logs_in_and_joins_by_the_button_alone() {
    on_each_database(async |board| {
        let rival = board.other_board().await;
        let luis = board.person("luis@example.org", Role::Member).await;
        let (_, path) = invite(&board, "admin", None).await;
        let mut browser = Browser::new(&board);
        let page = browser.get(&path).await.expect(200);
        let enter = format!("/login?next={}", path.replace('/', "%2F"));
        assert!(page.text.contains(&enter) || page.text.contains("/login?next="), "{}", page.text);
        browser.get(&enter).await.expect(200);
        let fields = [("email", "luis@example.org"), ("password", PASSWORD), ("next", &path)];
        let answer = browser.send("/login", &fields).await;
        let page = browser.follow(answer).await;
        assert!(page.text.contains("luis@example.org"));
        assert_eq!(
            board.acme.members().role_of(&luis).await.expect("the database"),
            Some(Role::Member),
            "looking isn't joining"
        );
        browser.send(&path, &[("action", "join")]).await.expect(303);
        assert_eq!(board.acme.members().role_of(&luis).await.expect("the database"), Some(Role::Admin));
        assert_eq!(rival.members().role_of(&luis).await.expect("the database"), None);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_or_old_link_says_so() {
    on_each_database(async |board| {
        let (id, path) = invite(&board, "moderator", None).await;
        board.call("DELETE", &format!("/invitations/{id}"), Some(Role::Admin), None).await.expect(204);
        board.call("DELETE", &format!("/invitations/{id}"), Some(Role::Admin), None).await.expect(204);
        let mut guest = Browser::new(&board);
        guest.get(&path).await.expect(410);
        guest.get("/login").await.expect(200);
        guest.send(&path, &account("new@example.org", PASSWORD)).await.expect(410);
        let (_, path) = invite(&board, "moderator", None).await;
        guest.get(&path).await.expect(200);
        board.clock.skip_days(7);
        guest.send(&path, &account("new@example.org", PASSWORD)).await.expect(410);
        guest.get(&path).await.expect(410);
        guest.get("/join/made-up").await.expect(404);
        assert_eq!(board.store.users().count().await.expect("the database"), 0);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_for_an_address_takes_that_address_and_no_other() {
    on_each_database(async |board| {
        board.person("luis@example.org", Role::Member).await;
        let (_, path) = invite(&board, "moderator", Some("Ana@Example.org")).await;
        let mut luis = Browser::new(&board);
        luis.get("/login").await.expect(200);
        luis.send("/login", &[("email", "luis@example.org"), ("password", PASSWORD), ("next", "")]).await.expect(303);
        let page = luis.get(&path).await.expect(200);
        assert!(page.text.contains("for another address"), "{}", page.text);
        luis.send(&path, &[("action", "join")]).await.expect(403);
        let mut ana = Browser::new(&board);
        let page = ana.get(&path).await.expect(200);
        assert!(page.text.contains("ana@example.org") && !page.text.contains("name=\"email\""));
        ana.send(&path, &account("evil@example.org", PASSWORD)).await.expect(303);
        let by = async |email| board.store.users().by_email(&EmailKey::of(email)).await.expect("the database");
        assert!(by("ana@example.org").await.is_some() && by("evil@example.org").await.is_none());
    })
    .await;
}

#[tokio::test]
async fn an_address_with_an_account_is_answered_like_any_that_can_not_be_used_and_not_for_long() {
    on_each_database(async |board| {
        board.person("known@example.org", Role::Member).await;
        let (_, path) = invite(&board, "moderator", None).await;
        let mut guest = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        let mut held_back = false;
        for _ in 0..11 {
            guest.get(&path).await.expect(200);
            let answer = guest.send(&path, &account("known@example.org", PASSWORD)).await;
            held_back = answer.status == 429;
            assert!(held_back || answer.status == 422, "{}", answer.text);
            assert!(!answer.text.contains("taken"), "{}", answer.text);
        }
        assert!(held_back);
        let mut stranger = Browser::new(&board);
        stranger.get(&path).await.expect(200);
        stranger.send(&path, &account("fresh@example.org", PASSWORD)).await.expect(429);
    })
    .await;
}

#[tokio::test]
async fn an_admins_token_invites_to_no_more_than_it_is() {
    on_each_database(async |board| {
        let body = |role: &str| Some(json!({"role": role}));
        board.call("POST", "/invitations", Some(Role::Admin), body("owner")).await.expect(403);
        board.call("POST", "/invitations", Some(Role::Moderator), body("member")).await.expect(403);
        let made = board.call("POST", "/invitations", Some(Role::Admin), body("admin")).await.expect(201);
        assert_eq!(made.header("cache-control"), "no-store");
        let list = board.call("GET", "/invitations", Some(Role::Admin), None).await.expect(200);
        assert_eq!(list.json()["items"].as_array().map(Vec::len), Some(1));
        assert!(!list.text.contains("/join/"), "the link is shown once");
        let wrong = Some(json!({"role": "king", "email": "nobody"}));
        let answer = board.call("POST", "/invitations", Some(Role::Owner), wrong).await.expect(422);
        assert!(answer.pointers().contains(&"/role".to_owned()), "{}", answer.text);
    })
    .await;
}

#[tokio::test]
async fn however_many_invitations_somebody_makes_they_try_few_addresses() {
    on_each_database(async |board| {
        board.person("known@example.org", Role::Member).await;
        let mut guest = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        let mut refused = 0;
        for _ in 0..2 {
            let (_, path) = invite(&board, "member", None).await;
            for _ in 0..10 {
                guest.get(&path).await.expect(200);
                refused += usize::from(guest.send(&path, &account("known@example.org", PASSWORD)).await.status == 422);
            }
        }
        assert_eq!(refused, 20);
        let (_, path) = invite(&board, "member", None).await;
        guest.get(&path).await.expect(200);
        guest.send(&path, &account("known@example.org", PASSWORD)).await.expect(429);
        // One for an address tells nothing of others.
        let (_, path) = invite(&board, "member", Some("new@example.org")).await;
        guest.get(&path).await.expect(200);
        guest.send(&path, &account("", PASSWORD)).await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn a_whole_team_joins_with_links_for_anybody() {
    on_each_database(async |board| {
        for number in 0..25 {
            let (_, path) = invite(&board, "member", None).await;
            let mut guest = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
            guest.get(&path).await.expect(200);
            let email = format!("person{number}@example.org");
            guest.send(&path, &account(&email, PASSWORD)).await.expect(303);
        }
    })
    .await;
}

#[tokio::test]
async fn too_many_invitations_are_refused_in_clear_words() {
    on_each_database(async |board| {
        for _ in 0..50 {
            invite(&board, "member", None).await;
        }
        let one_more = Some(json!({"role": "member", "email": null}));
        let refused = board.call("POST", "/invitations", Some(Role::Owner), one_more).await.expect(429);
        assert!(refused.text.contains("50 invitations within an hour"), "{}", refused.text);
        assert!(!refused.header("retry-after").is_empty());
        let mut owner = Browser::new(&board);
        owner.log_in(Role::Owner).await;
        let by_email = board.store.users().by_email(&EmailKey::of("owner@acme.example")).await.expect("the database");
        let by = Actor::User(by_email.expect("the owner").id);
        for _ in 0..50 {
            board.acme.invitations().create(Role::Member, None, by).await.expect("an invitation");
        }
        owner.get("/t/acme/admin/members").await.expect(200);
        let fields = [("role", "member"), ("email", "new@example.org")];
        let refused = owner.send("/t/acme/admin/members", &fields).await.expect(429);
        assert!(refused.text.contains("You have made 50 invitations") && refused.text.contains("new@example.org"));
    })
    .await;
}
