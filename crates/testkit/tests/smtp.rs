//! The fake mail server refuses what real ones refuse, with their words.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

use tablon_testkit::smtp::{Action, FakeSmtp, Fault, Options, Stage};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const MAIL: &str = "From: a@board.example\r\nDate: Mon, 15 Jun 2026 10:00:00 +0000\r\nMessage-ID: <1@board.example>\r\n\
                    Subject: =?utf-8?q?caf=C3=A9?=\r\n\r\nHello\r\n";

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(smtp: &FakeSmtp) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(smtp.address()).await.unwrap()));
        assert!(client.answer().await.starts_with("220 "));
        client
    }

    /// The last line of an answer; empty if the connection broke.
    async fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await.unwrap_or(0) == 0 {
                return String::new();
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn say(&mut self, text: &str) -> String {
        self.0.get_mut().write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
        self.answer().await
    }

    async fn up_to_data(&mut self) {
        for line in ["EHLO board.example", "MAIL FROM:<a@board.example>", "RCPT TO:<list@example.org>"] {
            assert!(self.say(line).await.starts_with("250 "), "{line}");
        }
        assert!(self.say("DATA").await.starts_with("354 "));
    }

    async fn mail(&mut self, mail: &str) -> String {
        self.up_to_data().await;
        self.say(&format!("{mail}.")).await
    }
}

async fn fake(options: Options) -> FakeSmtp {
    FakeSmtp::start(options).await.unwrap()
}

#[tokio::test]
async fn a_mail_is_taken_over_and_read_as_a_mail_program_reads_it() {
    let smtp = fake(Options::default()).await;
    let mut client = Client::connect(&smtp).await;
    let answer = client.mail(&MAIL.replace("Hello", "..leading dot\r\n=C3=A9")).await;
    assert!(answer.starts_with("250 2.0.0 Ok: queued"), "{answer}");
    let mail = smtp.mails().remove(0);
    assert_eq!((mail.subject.as_str(), mail.text().trim()), ("café", ".leading dot\n=C3=A9"));
    smtp.assert_no_violations();
}

#[tokio::test]
async fn commands_in_the_wrong_order_or_shape_are_refused() {
    let smtp = fake(Options::default()).await;
    let mut client = Client::connect(&smtp).await;
    for (line, code) in [
        ("MAIL FROM:<a@board.example>", "503 "),
        ("EHLO board example", "501 "),
        ("EHLO board.example", "250 "),
        ("RCPT TO:<list@example.org>", "503 "),
        ("MAIL FROM: <a@board.example>", "501 "),
        ("MAIL FROM:<a@board.example> SMTPUTF8", "555 "),
        ("MAIL FROM:<a@board.example> SIZE=99999999999", "552 "),
        ("MAIL FROM:<a@board.example> SIZE=100 BODY=8BITMIME", "250 "),
        ("MAIL FROM:<a@board.example>", "503 "),
        ("DATA", "503 "),
        ("RCPT TO:<>", "501 "),
        ("RCPT TO:<no one@example.org>", "501 "),
        ("VRFY list", "502 "),
        ("NOOP", "250 "),
        ("QUIT", "221 "),
    ] {
        let answer = client.say(line).await;
        assert!(answer.starts_with(code), "{line}: {answer}");
    }
}

#[tokio::test]
async fn a_mail_that_breaks_the_rules_is_refused_or_noted() {
    let smtp = fake(Options::default()).await;
    for (mail, why) in [
        (MAIL.replace("Date: Mon, 15 Jun 2026 10:00:00 +0000\r\n", ""), "date is missing"),
        (MAIL.replace("Subject", "From"), "more than once"),
        (MAIL.replace("=?utf-8?q?caf=C3=A9?=", "café"), "printable ASCII"),
        (MAIL.replace("<1@board.example>", "1"), "Message-ID"),
    ] {
        let answer = Client::connect(&smtp).await.mail(&mail).await;
        assert!(answer.starts_with("550 5.6.0") && answer.contains(why), "{answer}");
    }
    assert!(smtp.mails().is_empty());
    let before = smtp.violations().len();
    let long = MAIL.replace("Hello", &"x".repeat(1_200));
    assert!(Client::connect(&smtp).await.mail(&long).await.starts_with("250 "));
    assert!(
        Client::connect(&smtp)
            .await
            .mail(&MAIL.replace("Hello", "a\nb").replace("<1@", "<2@"))
            .await
            .starts_with("250 ")
    );
    assert_eq!(smtp.violations().len(), before + 2, "{:?}", smtp.violations());
}

#[tokio::test]
async fn a_log_in_is_demanded_by_either_mechanism() {
    let smtp = fake(Options::default().credentials("me", "secret")).await;
    for (dialogue, last) in [
        (vec!["AUTH PLAIN AG1lAHNlY3JldA=="], "235 "),
        (vec!["AUTH PLAIN", "AG1lAHNlY3JldA=="], "235 "),
        (vec!["AUTH LOGIN", "bWU=", "c2VjcmV0"], "235 "),
        (vec!["AUTH PLAIN AG1lAHdyb25n"], "535 "),
        (vec!["AUTH PLAIN !"], "501 "),
        (vec!["AUTH CRAM-MD5"], "504 "),
    ] {
        let mut client = Client::connect(&smtp).await;
        client.say("EHLO board.example").await;
        assert!(client.say("MAIL FROM:<a@board.example>").await.starts_with("530 "));
        let mut answer = String::new();
        for line in &dialogue {
            answer = client.say(line).await;
        }
        assert!(answer.starts_with(last), "{dialogue:?}: {answer}");
    }
    let said = format!("{:?}", smtp.conversations());
    assert!(!said.contains("c2VjcmV0") && !said.contains("AG1l"), "{said}");
}

#[tokio::test]
async fn faults_happen_where_they_were_asked_for() {
    let smtp = fake(Options::default()).await;
    smtp.fault(Fault::at(Stage::Rcpt, Action::reply(451, "4.3.0 later")).nth(2));
    for code in ["250 ", "451 ", "250 "] {
        let mut client = Client::connect(&smtp).await;
        client.say("EHLO board.example").await;
        client.say("MAIL FROM:<a@board.example>").await;
        assert!(client.say("RCPT TO:<list@example.org>").await.starts_with(code));
    }
    smtp.fault(Fault::at(Stage::Content, Action::Reset));
    assert_eq!(Client::connect(&smtp).await.mail(MAIL).await, "");
    assert!(smtp.mails().is_empty());
    smtp.fault(Fault::at(Stage::Content, Action::LoseAnswer));
    assert_eq!(Client::connect(&smtp).await.mail(MAIL).await, "");
    assert_eq!(smtp.mails().len(), 1);
    assert!(smtp.faults().is_empty());
}

#[tokio::test]
async fn a_mail_that_comes_twice_is_noticed() {
    let smtp = fake(Options::default()).await;
    for _ in 0..2 {
        Client::connect(&smtp).await.mail(MAIL).await;
    }
    let noticed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| smtp.assert_no_violations()));
    assert!(noticed.is_err());
}

#[tokio::test]
async fn greylisting_lets_an_address_in_the_second_time() {
    let smtp = fake(Options::default().greylisting()).await;
    for code in ["451 4.2.0", "250 "] {
        let mut client = Client::connect(&smtp).await;
        client.say("EHLO board.example").await;
        client.say("MAIL FROM:<a@board.example>").await;
        assert!(client.say("RCPT TO:<list@example.org>").await.starts_with(code));
    }
}

#[tokio::test]
async fn the_page_shows_the_mails_and_the_control_surface_tells_them() {
    let smtp = fake(Options::default()).await;
    Client::connect(&smtp).await.mail(MAIL).await;
    rustls::crypto::ring::default_provider().install_default().ok();
    #[expect(clippy::disallowed_methods, reason = "a test's client calls the fake, not the world")]
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get =
        async |path: &str| client.get(format!("{}{path}", smtp.page_url())).send().await.unwrap().text().await.unwrap();
    assert!(get("").await.contains("café"));
    assert!(get("mails/1").await.contains("Hello"));
    let mails: serde_json::Value = serde_json::from_str(&get("_fake/mails").await).unwrap();
    assert_eq!((&mails[0]["subject"], &mails[0]["to"][0]), (&"café".into(), &"list@example.org".into()));
    let fault = r#"{"on":"mail","action":"reply","code":450,"text":"4.7.1 busy"}"#;
    let asked = client.post(format!("{}_fake/faults", smtp.page_url())).header("content-type", "application/json");
    assert_eq!(asked.body(fault).send().await.unwrap().status(), 201);
    let mut client = Client::connect(&smtp).await;
    client.say("EHLO board.example").await;
    assert_eq!(client.say("MAIL FROM:<a@board.example>").await, "450 4.7.1 busy");
}
