//! A board's own mail server, through the whole program; and mail in its reader's language.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tablon_testkit::Backend;
use tablon_testkit::smtp::{Action, FakeSmtp, Fault, Mail, Options, Security, Stage};

use crate::api::Api;
use crate::board::{Board, MODERATOR, Program, job};
use crate::session::Session;

/// Longer than a mail takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
const POSTER: &str = "hr@acme.example";

/// Waits for a mail to this address with this in its subject.
async fn mail(smtp: &FakeSmtp, address: &str, subject: &str) -> Mail {
    let found =
        || smtp.mails().into_iter().find(|mail| mail.to == [address.to_owned()] && mail.subject.contains(subject));
    let all = || smtp.mails().iter().map(|mail| (mail.to.clone(), mail.subject.clone())).collect::<Vec<_>>();
    assert!(smtp.wait_until(PATIENCE, |_| found().is_some()).await, "no {subject:?} to {address}: {:?}", all());
    found().expect("a mail")
}

/// A mail server of a board's: encrypted, with a log-in.
async fn boards_server() -> FakeSmtp {
    let options = Options::default().security(Security::Implicit).credentials("board", "secret-word");
    FakeSmtp::start(options).await.expect("a mail server")
}

/// The program, which may reach this server and trusts its certificate.
async fn program(backend: Backend, own: &FakeSmtp) -> Program {
    let mut program = Program::new(backend).await;
    program.set("TABLON_PLUGINS_ALLOW_NETWORKS", "127.0.0.0/8");
    let file = program.folder().join("authority.pem");
    let certificate = STANDARD.encode(own.authority().der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
    std::fs::write(&file, pem).expect("a certificate");
    program.set("SSL_CERT_FILE", file.display().to_string());
    program
}

async fn use_own(board: &Board, own: &FakeSmtp) -> Value {
    board.staff.put("/mail-server", json!({"url": own.url(), "sender": "jobs@acme.example"})).await.expect(200)
}

#[tokio::test]
async fn a_boards_own_server_sends_where_the_installation_has_none() {
    for backend in Backend::all() {
        let own = boards_server().await;
        let board = Board::start_with(program(backend, &own).await).await;
        board.submit(job("Before")).await;
        use_own(&board, &own).await;
        board.submit(job("Rust engineer")).await;
        let received = mail(&own, POSTER, "Received: Rust engineer").await;
        assert_eq!(received.from, "jobs@acme.example");
        mail(&own, MODERATOR, "New offer: Rust engineer").await;
        assert!(own.conversations().iter().all(|one| one.encrypted && one.logged_in));
        assert!(!own.mails().iter().any(|mail| mail.subject.contains("Before")), "nothing was queued before");
        let mut visitor = Session::new(&board);
        visitor.get("/forgot").await;
        assert!(visitor.page.contains("sends no mail to accounts"), "{}", visitor.page);
        own.assert_no_violations();
    }
}

#[tokio::test]
async fn one_boards_server_that_hangs_or_refuses_holds_up_nobody_else_and_nothing_goes_another_way() {
    for backend in Backend::all() {
        let own = boards_server().await;
        let operators = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let mut program = program(backend, &own).await;
        program.set("TABLON_SMTP_URL", operators.url());
        program.set("TABLON_SMTP_FROM", "jobs@board.example");
        let board = Board::start_with(program).await;
        board.program().json(&["tenant", "create", "rival", "--name", "Rivals"], "");
        let rival = Api::new(board.url("/t/rival/api/v1"));
        use_own(&board, &own).await;

        own.fault(Fault::at(Stage::Greeting, Action::Delay { ms: 25_000 }));
        let id = board.submit(job("Rust engineer")).await;
        assert!(own.wait_until(PATIENCE, |own| own.conversations().len() > 1).await, "it is talked to");
        let mut other = job("Go engineer");
        other["contact_email"] = json!("other@example.org");
        rival.post("/jobs", other).await.expect(201);
        board.staff.post("/invitations", json!({"role": "moderator", "email": "new@example.org"})).await.expect(201);
        mail(&operators, "other@example.org", "Received: Go engineer").await;
        mail(&operators, "new@example.org", "Invitation").await;
        assert!(own.mails().is_empty(), "the board's server still hangs");
        mail(&own, POSTER, "Received: Rust engineer").await;
        mail(&own, MODERATOR, "New offer: Rust engineer").await;

        // Its log-in is refused: the mail waits, and the board's admins read why.
        own.fault(Fault::at(Stage::Auth, Action::reply(535, "5.7.8 the password has expired")));
        board.staff.post(&format!("/jobs/{id}/reject"), json!({"reason": "No."})).await.expect(200);
        let mut told = Value::Null;
        for _ in 0..200 {
            told = board.staff.get("/mail-server").await.expect(200);
            if told["problem"].is_string() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(told["problem"].as_str().is_some_and(|words| words.contains("has expired")), "{told}");
        assert_eq!(told["waiting"], 1, "{told}");
        assert!(!operators.mails().iter().any(|mail| mail.subject.contains("Rust engineer")), "never another way");
        // A corrected password: what waits goes out at once.
        use_own(&board, &own).await;
        mail(&own, POSTER, "Not published: Rust engineer").await;
        assert_eq!(board.staff.get("/mail-server").await.expect(200)["problem"], Value::Null);
    }
}

#[tokio::test]
async fn posters_are_written_to_in_the_language_in_which_they_sent_the_offer() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let mut program = Program::new(backend).await;
        program.set("TABLON_SMTP_URL", smtp.url());
        program.set("TABLON_SMTP_FROM", "jobs@board.example");
        let board = Board::start_with(program).await;
        let submit = async |languages: &'static str, address: &str| {
            let mut offer = job("Rust engineer");
            offer["contact_email"] = json!(address);
            let answer = board.api.accepting(languages).post("/jobs", offer).await.expect(201);
            answer["id"].as_str().expect("an id").to_owned()
        };
        let spanish = submit("es-AR, en;q=0.5", "es@example.org").await;
        mail(&smtp, "es@example.org", "Recibida").await;
        board.staff.post(&format!("/jobs/{spanish}/reject"), json!({"reason": "No."})).await.expect(200);
        let rejected = mail(&smtp, "es@example.org", "Rust engineer").await;
        assert!(rejected.html().contains("<html lang=\"es\">"), "{}", rejected.html());
        submit("de", "de@example.org").await;
        mail(&smtp, "de@example.org", "Received").await;

        // A form in the browser's language.
        let mut poster = Session::accepting(&board, "pt-BR");
        poster.get("/t/acme/submit").await;
        let form = [
            ("title", "Pessoa desenvolvedora"),
            ("organization.name", "Acme"),
            ("description", "We build things that last."),
            ("workplace", "hybrid"),
            ("locations.0.city", "Sevilla"),
            ("locations.0.country", "ES"),
            ("apply_url", "https://acme.example/jobs/1"),
            ("contact_email", "pt@example.org"),
            ("action", "submit"),
        ];
        poster.send("/t/acme/submit", &form).await;
        let portuguese = mail(&smtp, "pt@example.org", "Pessoa desenvolvedora").await;
        assert!(portuguese.html().contains("<html lang=\"pt-BR\">"), "{}", portuguese.html());

        // What the board doesn't offer any more isn't written either, and its own words are in its own language.
        board.staff.patch("/tenant", json!({"locales": ["en"]})).await.expect(200);
        let id = submit("es", "late@example.org").await;
        let late = mail(&smtp, "late@example.org", "Received").await;
        assert!(late.html().contains("<html lang=\"en\">"), "{}", late.html());
        board.staff.post(&format!("/jobs/{id}/reject"), json!({"reason": "No."})).await.expect(200);
        mail(&smtp, "late@example.org", "Not published").await;
        smtp.assert_no_violations();
    }
}
