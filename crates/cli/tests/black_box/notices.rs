//! Mail to posters and staff, through the whole program.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tablon_testkit::Backend;
use tablon_testkit::smtp::{Action, FakeSmtp, Fault, Mail, Options, Stage};
use tokio::time::sleep;

use crate::board::{Board, MODERATOR, Program, job};
use crate::session::Session;

/// Longer than a mail takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
const POSTER: &str = "hr@acme.example";
/// The form of an offer with another title.
const CHANGED: [(&str, &str); 10] = [
    ("title", "Rust engineer in Sevilla"),
    ("organization.name", "Acme"),
    ("description", "We build things that last."),
    ("workplace", "hybrid"),
    ("locations.0.city", "Sevilla"),
    ("locations.0.country", "ES"),
    ("tags", "rust"),
    ("apply_url", "https://acme.example/jobs/1"),
    ("contact_email", "hr@acme.example"),
    ("action", "submit"),
];

pub(crate) async fn board(backend: Backend, smtp: &FakeSmtp) -> Board {
    Board::start_with(program(backend, smtp).await).await
}

async fn program(backend: Backend, smtp: &FakeSmtp) -> Program {
    let mut program = Program::new(backend).await;
    program.set("TABLON_SMTP_URL", smtp.url());
    program.set("TABLON_SMTP_FROM", "jobs@board.example");
    program
}

fn to(smtp: &FakeSmtp, address: &str) -> Vec<Mail> {
    smtp.mails().into_iter().filter(|mail| mail.to == [address]).collect()
}

/// Waits for a mail to this address with this in its subject.
pub(crate) async fn mail(smtp: &FakeSmtp, address: &str, subject: &str) -> Mail {
    let found = || to(smtp, address).into_iter().find(|mail| mail.subject.contains(subject));
    assert!(
        smtp.wait_until(PATIENCE, |_| found().is_some()).await,
        "no mail {subject:?} to {address}; there are: {:?}",
        smtp.mails().iter().map(|mail| (mail.to.clone(), mail.subject.clone())).collect::<Vec<_>>()
    );
    found().expect("a mail")
}

/// The first address in a text that begins like this.
pub(crate) fn link(text: &str, start: &str) -> String {
    let at = text.find(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    text[at..].split(|c: char| c.is_whitespace() || c == '"').next().expect("an address").to_owned()
}

async fn raw(url: &str) -> reqwest::Response {
    client().get(url).send().await.expect("an answer")
}

fn client() -> reqwest::Client {
    #[expect(clippy::disallowed_methods, reason = "a test's client calls the board under test, not the world")]
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("a client")
}

#[tokio::test]
async fn poster_and_staff_are_told_at_every_step_of_an_offer() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        board.add_channel().await;
        let id = board.submit(job("Rust engineer at evil.example")).await;
        let received = mail(&smtp, POSTER, "Received").await;
        assert!(received.subject.ends_with("Rust engineer at evil·example"), "{}", received.subject);
        assert!(!received.raw.contains("evil.example") && !received.text().contains("things"), "{}", received.raw);
        assert_eq!(received.header("Auto-Submitted"), Some("auto-generated"));
        assert_eq!(received.header("List-Unsubscribe"), None, "it answers what the poster has done");
        let private = link(received.text(), &board.url("/t/acme/edit/"));
        let mut poster = Session::new(&board);
        assert_eq!(poster.get(&private[board.url("").len()..]).await, 200, "the private link opens the offer");
        assert!(received.html().contains(&private));

        let new = mail(&smtp, MODERATOR, "New offer").await;
        assert!(new.text().contains(&board.url(&format!("/t/acme/admin/jobs/{id}"))), "{}", new.text());
        let thread = new.header("References").expect("a thread").to_owned();

        board.staff.post(&format!("/jobs/{id}/request-changes"), json!({"reason": "Name the city."})).await.expect(200);
        let asked = mail(&smtp, POSTER, "change your offer").await;
        assert!(asked.text().contains("> Name the city."), "{}", asked.text());
        assert_eq!(link(asked.text(), &board.url("/t/acme/edit/")), private, "each mail has the same link");
        let threads = [received.header("References"), asked.header("In-Reply-To")];
        assert_eq!(threads, [Some(thread.as_str()); 2], "mail programs show them together");

        let edit = format!("/t/acme/my/{id}/edit");
        poster.get(&edit).await;
        poster.send(&edit, &CHANGED).await;
        mail(&smtp, MODERATOR, "Changed offer").await;
        board.approve(&id).await;
        let published = mail(&smtp, POSTER, "Published").await;
        let message = link(published.text(), "https://t.me/");
        assert!(published.text().contains(&format!("Our channel: {message}")), "{}", published.text());
        assert!(published.text().contains(&board.url("/t/acme/jobs/")), "{}", published.text());

        board.staff.post(&format!("/jobs/{id}/close"), json!({})).await.expect(200);
        mail(&smtp, POSTER, "No longer on the board").await;
        let other = board.submit(job("Go engineer")).await;
        board.staff.post(&format!("/jobs/{other}/reject"), json!({"reason": "Not in\nour field."})).await.expect(200);
        let rejected = mail(&smtp, POSTER, "Not published").await;
        assert!(rejected.text().contains("> Not in\n> our field."), "{}", rejected.text());
        smtp.assert_no_violations();
    }
}

#[tokio::test]
async fn what_somebody_did_themselves_is_no_news_and_nothing_stale_is_told() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        let id = board.submit(job("Rust engineer")).await;
        let private = link(mail(&smtp, POSTER, "Received").await.text(), &board.url("/t/acme/edit/"));
        board.approve(&id).await;
        mail(&smtp, POSTER, "Published").await;
        let mut poster = Session::new(&board);
        poster.get(&private[board.url("").len()..]).await;
        assert_eq!(poster.send(&format!("/t/acme/my/{id}/fill"), &[]).await, 200);
        assert_eq!(board.staff.get(&format!("/jobs/{id}")).await.expect(200)["state"], "filled");

        // The mail server is away while an offer comes and goes again.
        smtp.offline();
        while tokio::net::TcpStream::connect(smtp.address()).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
        let gone = board.submit(job("Spam")).await;
        // Its mails are tried and can't be sent.
        sleep(Duration::from_secs(1)).await;
        board.staff.post(&format!("/jobs/{gone}/spam"), json!({})).await.expect(200);
        smtp.online().await.expect("the mail server is back");
        board.program().execute("UPDATE notices SET due_at = created_at WHERE state = 'queued'").await;
        let last = board.submit(job("Last offer")).await;
        mail(&smtp, MODERATOR, "Last offer").await;
        board.staff.post(&format!("/jobs/{last}/reject"), json!({"reason": "No."})).await.expect(200);
        mail(&smtp, POSTER, "Not published: Last offer").await;
        let subjects: Vec<String> = smtp.mails().into_iter().map(|mail| mail.subject).collect();
        assert!(!subjects.iter().any(|s| s.contains("Spam") || s.contains("No longer")), "{subjects:?}");
    }
}

#[tokio::test]
async fn a_stranger_can_cause_three_mails_an_hour_to_a_mailbox_however_it_is_spelled() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        let spellings = ["victim@example.org", "Victim@Example.org", "victim+1@example.org", "VICTIM+x@example.org"];
        for (number, address) in spellings.iter().cycle().take(8).enumerate() {
            let mut offer = job(&format!("Offer {number}"));
            offer["contact_email"] = json!(address);
            board.submit(offer).await;
        }
        let mut other = job("Somebody else's");
        other["contact_email"] = json!("other@example.org");
        board.submit(other).await;
        mail(&smtp, "other@example.org", "Received").await;
        let victims = smtp.mails().iter().filter(|mail| mail.to[0].to_lowercase().starts_with("victim")).count();
        assert_eq!(victims, 3);
        // Staff see that the others were held back.
        let mut staff = Session::of_moderator(&board).await;
        staff.get("/t/acme/admin/notifications").await;
        assert!(staff.page.contains("held back"), "{}", staff.page);
    }
}

#[tokio::test]
async fn each_of_the_staff_chooses_what_they_are_told_and_one_click_in_a_mail_stops_it() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        board.submit(job("First")).await;
        let first = mail(&smtp, MODERATOR, "New offer: First").await;
        let stop = first.unsubscribe_url().expect("a link");
        assert_eq!(first.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
        // A scanner opens the link: nothing happens.
        assert_eq!(raw(&stop).await.status(), 200);
        board.submit(job("Second")).await;
        mail(&smtp, MODERATOR, "New offer: Second").await;
        let click = client().post(&stop).body("List-Unsubscribe=One-Click").send().await.expect("an answer");
        assert_eq!(click.status(), 200);
        board.submit(job("Third")).await;
        mail(&smtp, POSTER, "Received: Third").await;
        // Forged and foreign links stop nothing.
        assert_eq!(raw(&format!("{stop}x")).await.status(), 404);

        let mut staff = Session::of_moderator(&board).await;
        staff.get("/t/acme/admin/notifications").await;
        assert!(staff.page.contains("name=\"queue.new\" value=\"never\" checked"), "{}", staff.page);
        staff.send("/t/acme/admin/notifications", &[("queue.new", "daily")]).await;
        assert!(staff.page.contains("name=\"queue.new\" value=\"daily\" checked"), "{}", staff.page);
        for title in ["Fourth", "Fifth"] {
            board.submit(job(title)).await;
        }
        // Eight o'clock comes.
        sleep(Duration::from_millis(500)).await;
        assert!(!smtp.mails().iter().any(|mail| mail.to == [MODERATOR] && mail.subject.contains("Fourth")));
        let due = "UPDATE notices SET due_at = created_at WHERE state = 'queued' AND kind = 'queue.new'";
        board.program().execute(due).await;
        let daily = mail(&smtp, MODERATOR, "2 things").await;
        assert!(daily.text().contains("New offer: Fourth") && daily.text().contains("New offer: Fifth"));
        assert!(!smtp.mails().iter().any(|mail| mail.to == [MODERATOR] && mail.subject.contains("Third")));
        smtp.assert_no_violations();
    }
}

#[tokio::test]
async fn a_board_says_it_in_its_own_words_previews_them_and_tries_them_out() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        let mut staff = Session::of_moderator(&board).await;
        let page = "/t/acme/admin/mail/job.received";
        staff.get(page).await;
        let typed = [("subject", "Hi: {titel}"), ("text", "Dear poster,\n\n<b>{title}</b>"), ("action", "save")];
        assert_eq!(staff.send(page, &typed).await, 422);
        assert!(
            staff.page.contains("Hi: {titel}") && staff.page.contains("&lt;b&gt;{title}&lt;/b&gt;"),
            "nothing is lost"
        );
        assert!(staff.page.contains("are replaced: {title}, {board}"), "{}", staff.page);
        let typed = [("subject", "Hi: {title}"), ("text", "Dear poster,\n\n<b>{title}</b>"), ("action", "test")];
        assert_eq!(staff.send(page, &typed).await, 200);
        let test = mail(&smtp, MODERATOR, "Hi: ").await;
        assert!(test.html().contains("&lt;b&gt;"), "{}", test.html());
        staff.send(page, &[("subject", "Hi: {title}"), ("text", "For {board}: {title}"), ("action", "save")]).await;
        let mut offer = job("A {board} & <i>co</i>");
        offer["contact_email"] = json!("other@example.org");
        board.submit(offer).await;
        let own = mail(&smtp, "other@example.org", "Hi: A {board} & <i>co</i>").await;
        assert!(own.text().contains("For Acme devs: A {board} & <i>co</i>"), "{}", own.text());
        assert!(own.text().contains(&board.url("/t/acme/edit/")), "the link stays");
        smtp.assert_no_violations();
    }
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_mailed_link_that_works_once() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        let mut person = Session::new(&board);
        let mut answers = Vec::new();
        for address in ["nobody@example.org", MODERATOR] {
            person.get("/forgot").await;
            assert_eq!(person.send("/forgot", &[("email", address)]).await, 200);
            answers.push(person.page.clone());
        }
        assert_eq!(answers[0], answers[1], "the answer doesn't tell who has an account");
        let asked = mail(&smtp, MODERATOR, "A new password").await;
        let page = link(asked.text(), &board.url("/reset/"));
        let page = page[board.url("").len()..].to_owned();
        // A scanner opens the link: it stays good.
        Session::new(&board).get(&page).await;
        assert_eq!(person.get(&page).await, 200);
        let new = "another long passphrase";
        assert_eq!(person.send(&page, &[("password", new)]).await, 200, "{}", person.page);
        mail(&smtp, MODERATOR, "Your password was changed").await;
        assert_eq!(Session::new(&board).get(&page).await, 410, "it works once");
        let mut again = Session::new(&board);
        again.get("/login").await;
        again.send("/login", &[("email", MODERATOR), ("password", new)]).await;
        assert_eq!(again.get("/t/acme/admin").await, 200);
        // Whoever asks ten times fills nobody's mailbox.
        for _ in 0..10 {
            person.get("/forgot").await;
            person.send("/forgot", &[("email", MODERATOR)]).await;
        }
        sleep(Duration::from_secs(2)).await;
        let links = to(&smtp, MODERATOR).iter().filter(|mail| mail.subject == "A new password").count();
        assert_eq!(links, 3);
        assert!(!smtp.mails().iter().any(|mail| mail.to == ["nobody@example.org"]));
        smtp.assert_no_violations();
    }
}

#[tokio::test]
async fn an_invitation_to_an_address_is_mailed_with_its_link() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        let invitation = json!({"role": "moderator", "email": "new@example.org"});
        let invitation = board.staff.post("/invitations", invitation).await.expect(201);
        let url = invitation["url"].as_str().expect("an address");
        let mailed = mail(&smtp, "new@example.org", "Invitation to Acme devs").await;
        assert!(mailed.text().contains(url) && mailed.text().contains("Moderator"), "{}", mailed.text());
        // One that is taken back before it is sent isn't.
        smtp.offline();
        while tokio::net::TcpStream::connect(smtp.address()).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
        let other = json!({"role": "moderator", "email": "other@example.org"});
        let other = board.staff.post("/invitations", other).await.expect(201);
        sleep(Duration::from_secs(1)).await;
        let path = format!("/invitations/{}", other["id"].as_str().expect("an id"));
        board.staff.delete(&path).await.expect(204);
        smtp.online().await.expect("the mail server is back");
        board.program().execute("UPDATE notices SET due_at = created_at WHERE state = 'queued'").await;
        board.submit(job("Rust engineer")).await;
        mail(&smtp, POSTER, "Received").await;
        assert!(!smtp.mails().iter().any(|mail| mail.to == ["other@example.org"]));
        smtp.assert_no_violations();
    }
}

#[tokio::test]
async fn a_mail_server_that_is_away_or_refuses_loses_nothing_and_it_shows() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        smtp.remove_mailbox(POSTER);
        smtp.fault(Fault::at(Stage::Rcpt, Action::reply(451, "later, please")));
        let id = board.submit(job("Rust engineer")).await;
        // The mail to the staff was the first one; it waits and is tried again.
        smtp.wait_until(PATIENCE, |smtp| !smtp.conversations().is_empty()).await;
        sleep(Duration::from_secs(1)).await;
        board.program().execute("UPDATE notices SET due_at = created_at WHERE state = 'queued'").await;
        mail(&smtp, MODERATOR, "New offer").await;
        let mut staff = Session::of_moderator(&board).await;
        for _ in 0..200 {
            staff.get(&format!("/t/acme/admin/jobs/{id}")).await;
            if staff.page.contains("didn&#39;t arrive") {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        assert!(staff.page.contains("didn&#39;t arrive") && staff.page.contains("550"), "{}", staff.page);
        smtp.assert_no_violations();
    }
}

#[tokio::test]
async fn without_a_mail_server_the_page_says_what_to_do_and_nothing_piles_up() {
    for backend in Backend::all() {
        let board = Board::start(backend).await;
        board.submit(job("Rust engineer")).await;
        let mut staff = Session::of_moderator(&board).await;
        staff.get("/t/acme/admin/notifications").await;
        assert!(staff.page.contains("no mail server"), "{}", staff.page);
        // A mail server that is set up later isn't given the notices of the time before.
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let mut later = Program::beside(board.program());
        drop(board);
        later.set("TABLON_SMTP_URL", smtp.url());
        let mut board = Board::start_empty(later).await;
        sleep(Duration::from_secs(3)).await;
        assert_eq!(smtp.mails().len(), 0);
        board.stop();
    }
}

/// The Message-IDs of the rejections, and how often each came.
fn rejections(smtp: &FakeSmtp) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for mail in smtp.mails().iter().filter(|mail| mail.subject.starts_with("Not published")) {
        *counts.entry(mail.header("Message-ID").expect("an id").to_owned()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn of_a_thousand_mails_ten_kills_lose_none_and_repeat_at_most_ten_on_sqlite() {
    kills(Backend::Sqlite).await;
}

#[tokio::test]
async fn of_a_thousand_mails_ten_kills_lose_none_and_repeat_at_most_ten_on_postgres() {
    kills(Backend::Postgres).await;
}

async fn kills(backend: Backend) {
    const MAILS: usize = 1_000;
    const KILLS: usize = 10;
    let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
    smtp.offline();
    let mut program = program(backend, &smtp).await;
    // What strangers cause is limited, and isn't what this is about.
    program.set("TABLON_LOG_FILTER", "error");
    let mut board = Board::start_with(program).await;
    for number in 0..MAILS {
        let mut offer = job(&format!("Offer {number}"));
        offer["contact_email"] = json!(format!("poster{number}@example.org"));
        let offer = board.staff.post("/jobs", offer).await.expect(201);
        let id = offer["id"].as_str().expect("an id");
        board.staff.post(&format!("/jobs/{id}/reject"), json!({"reason": "No."})).await.expect(200);
    }
    board.kill();
    board.program().execute("UPDATE notices SET due_at = created_at WHERE state = 'queued'").await;
    smtp.online().await.expect("the mail server is back");
    for kill in 1..=KILLS {
        board.resume().await;
        let before = smtp.mails().len();
        // Somewhere in the middle of a mail, each time somewhere else.
        smtp.wait_until(PATIENCE, |smtp| smtp.mails().len() >= before + 20 + kill).await;
        sleep(Duration::from_micros(700 * kill as u64)).await;
        board.kill();
    }
    board.resume().await;
    assert!(smtp.wait_until(Duration::from_secs(180), |_| rejections(&smtp).len() >= MAILS).await, "some are lost");
    sleep(Duration::from_secs(2)).await;
    let counts = rejections(&smtp);
    let repeated: usize = counts.values().map(|count| count - 1).sum();
    println!("{backend:?}: {} mails, {repeated} repeated", counts.len());
    assert_eq!(counts.len(), MAILS);
    assert!(repeated <= KILLS, "{repeated} repeated");
}
