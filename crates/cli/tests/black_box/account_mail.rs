//! Accounts by mail, through the whole program: another address, registering, and the names of boards in invitations.

use serde_json::json;
use tablon_testkit::Backend;
use tablon_testkit::smtp::{FakeSmtp, Options};

use crate::board::{MODERATOR, PASSWORD};
use crate::notices::{board, link, mail};
use crate::session::Session;

const NEW: &str = "mod@new.example";

#[tokio::test]
async fn an_address_is_changed_by_the_link_in_a_mail_and_the_old_one_is_told() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        let mut person = Session::of_moderator(&board).await;
        person.get("/account").await;
        let fields = [("new_email", NEW), ("password", PASSWORD)];
        assert_eq!(person.send("/account/address", &fields).await, 200, "{}", person.page);
        let asked = mail(&smtp, NEW, "Confirm your address").await;
        let page = link(asked.text(), &board.url("/account/address/"));
        let page = page[board.url("").len()..].to_owned();
        assert!(asked.html().contains(&page));
        // A scanner opens the link: it stays good, and it sees the log-in page.
        let mut scanner = Session::new(&board);
        scanner.get(&page).await;
        assert!(scanner.page.contains("action=\"/login\""), "{}", scanner.page);
        assert_eq!(person.get(&page).await, 200);
        assert_eq!(person.send(&page, &[]).await, 200, "{}", person.page);
        let told = mail(&smtp, MODERATOR, "Your account has another address").await;
        assert!(!told.raw.contains(NEW), "{}", told.raw);
        assert_eq!(person.get(&page).await, 410);
        let mut again = Session::new(&board);
        again.get("/login").await;
        assert_eq!(again.send("/login", &[("email", MODERATOR), ("password", PASSWORD)]).await, 422);
        again.send("/login", &[("email", NEW), ("password", PASSWORD)]).await;
        assert_eq!(again.get("/t/acme/admin").await, 200);
        smtp.assert_no_violations();
    }
}

#[tokio::test]
async fn somebody_registers_with_the_link_in_a_mail_and_an_account_is_told_that_it_is_one() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        board.staff.patch("/tenant", json!({"registration": true})).await.expect(200);
        let mut guest = Session::new(&board);
        let mut answers = Vec::new();
        for address in ["new@example.org", MODERATOR] {
            guest.get("/t/acme/register").await;
            assert_eq!(guest.send("/t/acme/register", &[("email", address)]).await, 200);
            answers.push(guest.page.clone());
        }
        assert_eq!(answers[0], answers[1], "the answer doesn't tell who has an account");
        let known = mail(&smtp, MODERATOR, "You have an account already").await;
        assert_eq!(link(known.text(), &board.url("/t/acme/register")), board.url("/t/acme/register"));
        let asked = mail(&smtp, "new@example.org", "Register on Acme devs").await;
        let page = link(asked.text(), &board.url("/t/acme/register/"));
        let page = page[board.url("").len()..].to_owned();
        Session::new(&board).get(&page).await;
        assert_eq!(guest.get(&page).await, 200);
        assert_eq!(guest.send(&page, &[("name", "New Person"), ("password", PASSWORD)]).await, 200, "{}", guest.page);
        assert!(guest.page.contains("New Person") && guest.page.contains("Acme devs"), "{}", guest.page);
        assert_eq!(guest.get("/t/acme/admin").await, 403);
        assert_eq!(Session::new(&board).get(&page).await, 410, "it works once");
        smtp.assert_no_violations();
    }
}

#[tokio::test]
async fn the_name_of_a_board_carries_no_link_into_an_invitation() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        let name = "Win at https://evil.example or boss@evil.example";
        board.staff.patch("/tenant", json!({ "name": name })).await.expect(200);
        let invitation = json!({"role": "member", "email": "victim@example.org"});
        board.staff.post("/invitations", invitation).await.expect(201);
        let mailed = mail(&smtp, "victim@example.org", "Invitation to").await;
        assert!(mailed.subject.contains("evil·example"), "{}", mailed.subject);
        for part in [&mailed.subject, &mailed.text().to_owned(), &mailed.html().to_owned(), &mailed.raw] {
            assert!(!part.contains("evil.example") && !part.contains("boss@"), "{part}");
        }
        smtp.assert_no_violations();
    }
}
