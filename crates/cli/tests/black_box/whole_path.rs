//! From an empty installation to a filled job, by the people who take part in it, with a real mail server: every mail is
//! read out of its Maildir, and its links are opened in a browser.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tablon_testkit::Backend;
use tablon_testkit::telegram::BOT_TOKEN;

use crate::board::{Board, CHANNEL, Program};
use crate::chrome::Chrome;
use crate::exim::Exim;
use crate::notices::link;

const OWNER: &str = "maya@example.org";
const MODERATOR: &str = "bea@example.org";
const POSTER: &str = "hr@acme.example";
const PASSWORD: &str = "a password long enough";

/// The installation, its mail, and what the browsers do.
struct World {
    board: Board,
    exim: Exim,
    scripts: bool,
}

impl World {
    async fn new(backend: Backend, scripts: bool) -> (Self, String) {
        let exim = Exim::start().await;
        let mut program = Program::new(backend).await;
        program.set("TABLON_SMTP_URL", exim.url());
        program.set("TABLON_SMTP_FROM", "Jobs <jobs@board.example>");
        let mut board = Board::start_empty(program).await;
        let started: Value = serde_json::from_str(&board.first_line()).expect("one JSON value");
        let setup = started["setup_url"].as_str().expect("a link").to_owned();
        (Self { board, exim, scripts }, setup)
    }

    /// A browser of somebody, with nobody else's cookies.
    async fn browser(&self, name: &str) -> Chrome {
        let chrome = Chrome::start(&format!("whole-path-{name}{}", if self.scripts { "" } else { "-no-script" })).await;
        if !self.scripts {
            chrome.without_javascript().await;
        }
        chrome
    }

    fn url(&self, path: &str) -> String {
        self.board.url(path)
    }
}

#[tokio::test]
async fn a_community_begins_and_every_mail_arrives_with_scripts() {
    whole_path(Backend::Postgres, true).await;
}

#[tokio::test]
async fn a_community_begins_and_every_mail_arrives_without_scripts() {
    whole_path(Backend::Sqlite, false).await;
}

async fn whole_path(backend: Backend, scripts: bool) {
    let backend = Backend::all().into_iter().find(|it| *it == backend).unwrap_or(Backend::Sqlite);
    let (world, setup) = World::new(backend, scripts).await;
    let owner = world.browser("owner").await;
    begin(&world, &owner, &setup).await;
    add_channel(&world, &owner).await;
    let moderator = world.browser("moderator").await;
    invite(&world, &owner, &moderator).await;
    let poster = world.browser("poster").await;
    submit(&world, &poster).await;
    publish(&world, &moderator).await;
    fill(&world, &poster).await;
    log_in_with_codes(&world, &moderator).await;

    // These, each once, and no others.
    world.exim.mail(MODERATOR, "A recovery code was used").await;
    let mut told: Vec<(String, String)> =
        world.exim.mails().into_iter().map(|mail| (mail.to[0].clone(), mail.subject)).collect();
    told.sort();
    let expected = [
        (MODERATOR, "A recovery code was used"),
        (MODERATOR, "Confirm your address"),
        (MODERATOR, "Invitation to Acme devs"),
        (MODERATOR, "New offer: Rust engineer"),
        (MODERATOR, "Two-factor log-in is on"),
        (POSTER, "Published: Rust engineer"),
        (POSTER, "Received: Rust engineer"),
        (OWNER, "New offer: Rust engineer"),
    ];
    assert_eq!(told, expected.map(|(to, subject)| (to.to_owned(), subject.to_owned())));
    world.board.telegram.assert_no_violations();
    for chrome in [owner, moderator, poster] {
        chrome.quit().await;
    }
}

/// The operator follows the link of the first start and makes the first board.
async fn begin(world: &World, owner: &Chrome, setup: &str) {
    owner.open(setup).await;
    for (name, text) in [("name", "Maya"), ("email", OWNER), ("password", PASSWORD), ("board_name", "Acme devs")] {
        owner.fill(name, text).await;
    }
    owner.fill("board_slug", "acme").await;
    owner.press("Create the account and the board").await;
    owner.says("Telegram").await;
    assert!(owner.url().await.ends_with("/t/acme/admin/channels/new"), "{}", owner.url().await);
    assert_eq!(world.exim.mails().len(), 0, "nobody is told of what they did themselves");
}

async fn add_channel(world: &World, owner: &Chrome) {
    owner.find("a[href$='plugin=telegram']").await.click().await.expect("a click");
    owner.find("main [name='settings.chat_id']").await;
    owner.fill("channel_name", "Our channel").await;
    owner.fill("settings.chat_id", CHANNEL).await;
    owner.fill("settings.api_base_url", &world.board.telegram.base_url()).await;
    owner.fill("secrets.bot_token", BOT_TOKEN).await;
    owner.press("Add the channel").await;
    owner.says("Active").await;
}

/// The owner invites somebody by mail; they follow the link, make an account, and prove the address as theirs.
async fn invite(world: &World, owner: &Chrome, moderator: &Chrome) {
    owner.open(&world.url("/t/acme/admin/members")).await;
    owner.fill("email", MODERATOR).await;
    owner.choose("role", "moderator").await;
    owner.press("Make a link").await;
    owner.says("Invitations").await;
    let mail = world.exim.mail(MODERATOR, "Acme devs").await;
    assert!(mail.text().contains("Maya"), "the mail names who invites: {}", mail.text());
    moderator.open(&link(mail.text(), &world.url("/join/"))).await;
    moderator.says("Maya invites you").await;
    moderator.look("01-join").await;
    moderator.fill("name", "Bea").await;
    moderator.fill("password", PASSWORD).await;
    moderator.press("Make an account and join").await;
    moderator.find("a[href='/account']").await;

    // The owner has seen the invitation's link as well, so it proves no address; until then no offer is told to it.
    moderator.open(&world.url("/account")).await;
    moderator.find("button[value='present']").await.click().await.expect("a click");
    let proof = world.exim.mail(MODERATOR, "address").await;
    moderator.open(&link(proof.text(), &world.url("/account/address/"))).await;
    moderator.find("main form button.is-link").await.click().await.expect("a click");
    moderator.find("form[action='/logout']").await;
    assert_eq!(moderator.count("button[value='present']").await, 0, "the address is proved");
}

async fn submit(world: &World, poster: &Chrome) {
    poster.open(&world.url("/t/acme/submit")).await;
    for (name, text) in [
        ("title", "Rust engineer"),
        ("organization.name", "Acme"),
        ("description", "We build **things** that last."),
        ("locations.0.city", "Sevilla"),
        ("apply_url", "https://acme.example/jobs/1"),
        ("contact_email", POSTER),
    ] {
        poster.fill(name, text).await;
    }
    poster.choose("locations.0.country", "ES").await;
    poster.choose("workplace", "hybrid").await;
    poster.press("Send for review").await;
    poster.says("Keep this private link").await;
    let received = world.exim.mail(POSTER, "Received").await;
    assert!(received.subject.ends_with("Rust engineer"), "{}", received.subject);
    poster.open(&link(received.text(), &world.url("/t/acme/edit/"))).await;
    poster.says("Rust engineer").await;
}

/// The moderator is told, opens the offer from the mail, and publishes it.
async fn publish(world: &World, moderator: &Chrome) {
    world.exim.mail(OWNER, "New offer").await;
    let new = world.exim.mail(MODERATOR, "New offer").await;
    moderator.open(&link(new.text(), &world.url("/t/acme/admin/jobs/"))).await;
    moderator.press("Publish").await;
    let telegram = &world.board.telegram;
    let arrived = telegram.wait_until(Duration::from_secs(20), |telegram| !telegram.shown(CHANNEL).is_empty()).await;
    assert!(arrived, "the message is in the channel");
}

/// The poster reads where it is, and says that somebody was hired.
async fn fill(world: &World, poster: &Chrome) {
    let published = world.exim.mail(POSTER, "Published").await;
    assert!(published.text().contains("https://t.me/"), "each copy has its link: {}", published.text());
    poster.open(&link(published.text(), &world.url("/t/acme/edit/"))).await;
    poster.find("form[action$='/fill'] button").await.click().await.expect("a click");
    let telegram = &world.board.telegram;
    let struck = telegram.wait_until(Duration::from_secs(20), |telegram| {
        telegram.shown(CHANNEL).first().is_none_or(|message| message.source.contains("<s>"))
    });
    assert!(struck.await, "the copy is struck through");
}

/// What the authenticator app of a phone would show, so many seconds from now; `oathtool` is no code of ours.
fn code(key: &str, later: u32) -> String {
    let key: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    let mut command = Command::new("oathtool");
    command.args(["--totp", "--base32", "--now", &format!("now + {later} seconds"), &key]);
    let output = command.output().expect("oathtool is installed; `cargo xtask test` says how");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("digits").trim().to_owned()
}

/// The moderator's next log-in asks for a code; each code gets in once.
async fn log_in_with_codes(world: &World, moderator: &Chrome) {
    moderator.open(&world.url("/account/totp")).await;
    let key = moderator.find(".copy-line").await.text().await.expect("a key");
    let used = code(&key, 0);
    moderator.fill("code", &used).await;
    moderator.fill("password", PASSWORD).await;
    moderator.press("Switch the codes on").await;
    moderator.says("Your recovery codes").await;
    let recovery = moderator.find("ul.mono li").await.text().await.expect("a code");
    world.exim.mail(MODERATOR, "Two-factor").await;

    for (typed, gets_in) in [(used.clone(), false), (code(&key, 30), true), (recovery.clone(), true), (recovery, false)]
    {
        moderator.open(&world.url("/account")).await;
        if moderator.count("form[action='/logout'] button").await > 0 {
            moderator.find("form[action='/logout'] button").await.click().await.expect("a click");
        }
        moderator.open(&world.url("/login")).await;
        moderator.fill("email", MODERATOR).await;
        moderator.fill("password", PASSWORD).await;
        moderator.press("Log in").await;
        moderator.says("Your code").await;
        moderator.fill("code", &typed).await;
        moderator.press("Log in").await;
        if gets_in {
            moderator.find("form[action='/logout'], a[href='/account']").await;
        } else {
            moderator.says("That code isn't good").await;
        }
    }
}
