//! The team's page, and who can help.

use serde_json::json;
use tablon_core::{Actor, EmailKey, Role};

use crate::board::on_each_database;
use crate::browser::Browser;

#[tokio::test]
async fn an_owner_invites_changes_and_removes_in_the_browser() {
    on_each_database(async |board| {
        let ana = board.person("ana@example.org", Role::Moderator).await;
        let mut owner = Browser::new(&board);
        owner.log_in(Role::Owner).await;
        let page = owner.get("/t/acme/admin/members").await.expect(200);
        assert!(page.text.contains("ana@example.org"));
        let wrong = [("role", "moderator"), ("email", "nobody")];
        let refused = owner.send("/t/acme/admin/members", &wrong).await.expect(422);
        assert!(refused.text.contains("value=\"nobody\""));
        let made = owner.send("/t/acme/admin/members", &[("role", "moderator"), ("email", "")]).await.expect(200);
        let link = made.text.split("http://jobs.test:8080/join/").nth(1).and_then(|rest| rest.split('<').next());
        let link = format!("/join/{}", link.expect("the link"));
        Browser::new(&board).get(&link).await.expect(200);
        let page = owner.get("/t/acme/admin/members").await.expect(200);
        assert!(!page.text.contains("/join/"), "the link is shown once");
        let id = board.acme.invitations().open().await.expect("the database")[0].id;
        owner.send(&format!("/t/acme/admin/members/invitations/{id}"), &[]).await.expect(303);
        Browser::new(&board).get(&link).await.expect(410);

        let path = format!("/t/acme/admin/members/{}", ana.id);
        owner.get("/t/acme/admin/members").await.expect(200);
        owner.send(&path, &[("action", "role"), ("role", "admin")]).await.expect(303);
        assert_eq!(board.acme.members().role_of(&ana).await.expect("the database"), Some(Role::Admin));
        owner.get("/t/acme/admin/members").await.expect(200);
        owner.send(&path, &[("action", "remove"), ("role", "admin")]).await.expect(303);
        assert_eq!(board.acme.members().role_of(&ana).await.expect("the database"), None);
    })
    .await;
}

#[tokio::test]
async fn an_admin_does_not_touch_owners() {
    on_each_database(async |board| {
        let owner = board.person("boss@example.org", Role::Owner).await;
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        admin.get("/t/acme/admin/members").await.expect(200);
        let path = format!("/t/acme/admin/members/{}", owner.id);
        assert!(!admin.page.contains(&path) && !admin.page.contains("value=\"owner\""));
        admin.send(&path, &[("action", "remove")]).await.expect(403);
        admin.get("/t/acme/admin/members").await.expect(200);
        admin.send("/t/acme/admin/members", &[("role", "owner")]).await.expect(403);
        let path = format!("/members/{}", owner.id);
        board.call("PATCH", &path, Some(Role::Admin), Some(json!({"role": "member"}))).await.expect(403);
        board.call("DELETE", &path, Some(Role::Admin), None).await.expect(403);
        board.call("PATCH", &path, Some(Role::Owner), Some(json!({"role": "member"}))).await.expect(409);
        assert_eq!(board.acme.members().role_of(&owner).await.expect("the database"), Some(Role::Owner));
    })
    .await;
}

#[tokio::test]
async fn a_role_is_changed_over_the_api() {
    on_each_database(async |board| {
        let ana = board.person("ana@example.org", Role::Moderator).await;
        let path = format!("/members/{}", ana.id);
        let role = |role: &str| Some(json!({"role": role}));
        let changed = board.call("PATCH", &path, Some(Role::Admin), role("admin")).await.expect(200).json();
        assert_eq!((&changed["role"], &changed["email"]), (&json!("admin"), &json!("ana@example.org")));
        board.call("PATCH", &path, Some(Role::Admin), role("owner")).await.expect(403);
        board.call("PATCH", &path, Some(Role::Admin), role("king")).await.expect(422);
        board.call("DELETE", &path, Some(Role::Admin), None).await.expect(204);
        board.call("DELETE", &path, Some(Role::Admin), None).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn the_last_owner_can_not_leave_and_anybody_else_can() {
    on_each_database(async |board| {
        let mut owner = Browser::new(&board);
        owner.log_in(Role::Owner).await;
        owner.get("/account").await.expect(200);
        let refused = owner.send("/account/leave", &[("board", "acme")]).await.expect(409);
        assert!(refused.text.contains("at least one owner"), "{}", refused.text);
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        moderator.get("/account").await.expect(200);
        moderator.send("/account/leave", &[("board", "acme")]).await.expect(303);
        moderator.get("/t/acme/admin").await.expect(403);
        assert_eq!(board.acme.members().list().await.expect("the database").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_learns_who_can_help_if_they_belong_to_the_board() {
    on_each_database(async |board| {
        let rival = board.other_board().await;
        let boss = board.person("boss@example.org", Role::Owner).await;
        board.store.users().update(boss.id, "Berta Boss", None).await.expect("a name");
        board.person("mod@example.org", Role::Moderator).await;
        let mut member = Browser::new(&board);
        member.log_in(Role::Member).await;
        let page = member.get("/t/acme/admin").await.expect(403);
        assert!(page.text.contains("Berta Boss") && !page.text.contains("boss@example.org"), "{}", page.text);
        rival.members().set(boss.id, Role::Owner, Actor::System).await.expect("an owner");
        let page = member.get("/t/rival/admin").await.expect(403);
        assert!(!page.text.contains("Berta"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn a_role_that_waits_is_shown_with_who_gave_it_and_is_taken_back() {
    on_each_database(async |board| {
        let mut owner = Browser::new(&board);
        owner.log_in(Role::Owner).await;
        let by_email = board.store.users().by_email(&EmailKey::of("owner@acme.example")).await.expect("the database");
        let berta = by_email.expect("the owner").id;
        board.store.users().update(berta, "Berta Boss", None).await.expect("a name");
        let address = EmailKey::of("new@example.org");
        board.acme.members().appoint(&address, Role::Moderator, Actor::User(berta)).await.expect("a role");
        let page = owner.get("/t/acme/admin/members").await.expect(200);
        assert!(page.text.contains("new@example.org") && page.text.contains("Given by Berta Boss"), "{}", page.text);
        let waiting = board.acme.members().waiting().await.expect("the database");
        let path = format!("/t/acme/admin/members/{}", waiting[0].id);
        owner.send(&path, &[("action", "take-back")]).await.expect(303);
        assert!(board.acme.members().waiting().await.expect("the database").is_empty());
    })
    .await;
}
