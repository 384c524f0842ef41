//! The whole path with a mouse and a keyboard, without JavaScript, on a phone and on a desk.

use std::time::Duration;

use tablon_testkit::Backend;
use tablon_testkit::telegram::BOT_TOKEN;

use crate::board::{Board, CHANNEL, MODERATOR, PASSWORD};
use crate::chrome::Chrome;

#[tokio::test]
async fn an_offer_goes_from_a_stranger_to_the_channel_and_stays_true() {
    let board = Board::start(Backend::Sqlite).await;
    let chrome = Chrome::start("path").await;
    chrome.without_javascript().await;

    chrome.open(&board.url("/t/acme/")).await;
    chrome.look("01-empty-board").await;

    let edit_url = submit(&board, &chrome).await;
    log_in(&board, &chrome).await;
    add_channel(&board, &chrome).await;
    review_and_publish(&board, &chrome).await;
    read_as_a_candidate(&board, &chrome).await;
    edit_as_the_poster(&board, &chrome, &edit_url).await;
    fill(&board, &chrome).await;

    board.telegram.assert_no_violations();
    chrome.quit().await;
}

async fn submit(board: &Board, chrome: &Chrome) -> String {
    chrome.open(&board.url("/t/acme/submit")).await;
    chrome.look("02-submit").await;

    chrome.fill("title", "Rust engineer").await;
    chrome.fill("apply_url", "not an address").await;
    chrome.press("Send for review").await;
    chrome.says("need your attention").await;
    assert_eq!(chrome.value("title").await, "Rust engineer", "what was typed is kept");
    assert_eq!(chrome.value("apply_url").await, "not an address");
    assert!(chrome.count(".field-error").await >= 3, "each wrong field says what is wrong");
    assert_eq!(chrome.count("#errors a[href^='#']").await, chrome.count("#errors li").await);
    chrome.look("03-submit-errors").await;

    chrome.fill("organization.name", "Acme & Söhne").await;
    chrome.fill("description", "We build **things** that last.\n\n- Rust\n- <b>PostgreSQL</b>").await;
    chrome.fill("locations.0.city", "Sevilla").await;
    chrome.choose("locations.0.country", "ES").await;
    chrome.choose("workplace", "hybrid").await;
    chrome.fill("salary.min", "42000").await;
    chrome.fill("salary.max", "52000").await;
    chrome.choose("salary.currency", "EUR").await;
    chrome.fill("tags", "rust, sql").await;
    chrome.fill("apply_url", "https://acme.example/jobs/1").await;
    chrome.fill("contact_email", "hr@acme.example").await;
    chrome.press("Preview").await;
    chrome.says("This is how it will look").await;
    chrome.look("04-submit-preview").await;

    chrome.press("Send for review").await;
    chrome.says("Keep this private link").await;
    chrome.look("05-submitted").await;
    let link = chrome.find(".copy-line").await.text().await.expect("a link");
    chrome.open(&link).await;
    assert!(!chrome.url().await.contains(link.rsplit('/').next().expect("a token")), "the link's secret is gone");
    chrome.says("Rust engineer").await;
    chrome.look("06-my-offer").await;
    link
}

async fn log_in(board: &Board, chrome: &Chrome) {
    chrome.open(&board.url("/t/acme/admin")).await;
    chrome.look("07-login").await;
    chrome.fill("email", MODERATOR).await;
    chrome.fill("password", "not the password").await;
    chrome.press("Log in").await;
    chrome.says("is wrong").await;
    chrome.fill("email", MODERATOR).await;
    chrome.fill("password", PASSWORD).await;
    chrome.press("Log in").await;
    chrome.says("Rust engineer").await;
    chrome.look("08-queue").await;
}

async fn add_channel(board: &Board, chrome: &Chrome) {
    chrome.press("Channels").await;
    chrome.says("No channels yet").await;
    chrome.look("09-no-channels").await;
    chrome.press("Add a channel").await;
    chrome.find("a[href$='plugin=telegram']").await.click().await.expect("a click");
    chrome.find("main [name='settings.chat_id']").await;
    chrome.look("10-new-channel").await;
    chrome.fill("channel_name", "Our channel").await;
    chrome.fill("settings.chat_id", CHANNEL).await;
    chrome.fill("settings.api_base_url", &board.telegram.base_url()).await;
    chrome.fill("secrets.bot_token", BOT_TOKEN).await;
    chrome.press("Add the channel").await;
    chrome.press("Check the connection").await;
    chrome.says("It works").await;
    assert_eq!(chrome.value("secrets.bot_token").await, "", "a secret never comes back");
    chrome.look("11-channel").await;
    chrome.press("Pause").await;
    chrome.says("Paused").await;
    chrome.press("Resume").await;
    chrome.says("Active").await;
    chrome.open(&board.url("/t/acme/admin/channels")).await;
    chrome.look("12-channels").await;
}

async fn review_and_publish(board: &Board, chrome: &Chrome) {
    chrome.open(&board.url("/t/acme/admin")).await;
    chrome.press("Rust engineer").await;
    let preview = chrome.find(".plain-preview").await;
    chrome.look("13-review").await;
    let shown = preview.prop("textContent").await.expect("text").unwrap_or_default();
    chrome.press("Publish").await;
    let arrived = board.telegram.wait_until(Duration::from_secs(10), |telegram| !telegram.shown(CHANNEL).is_empty());
    assert!(arrived.await, "the message is in the channel");
    assert_eq!(board.telegram.shown(CHANNEL)[0].source, shown, "what the moderator saw is what was sent");
    assert!(board.telegram.shown(CHANNEL)[0].text().contains("Acme & Söhne"));
    chrome.open(&board.url("/t/acme/admin/placements")).await;
    chrome.look("14-placements").await;
    chrome.open(&board.url("/t/acme/admin/jobs")).await;
    chrome.look("15-jobs").await;
    chrome.open(&board.telegram.page_url(CHANNEL)).await;
    chrome.says("Rust engineer").await;
}

async fn read_as_a_candidate(board: &Board, chrome: &Chrome) {
    chrome.open(&board.url("/t/acme/")).await;
    chrome.look("16-board").await;
    chrome.press("Rust engineer").await;
    chrome.says("PostgreSQL").await;
    assert_eq!(chrome.count("script[type='application/ld+json']").await, 1);
    chrome.look("17-job").await;
    chrome.open(&board.url("/t/acme/jobs/nothing-here")).await;
    chrome.look("18-not-found").await;
}

async fn edit_as_the_poster(board: &Board, chrome: &Chrome, edit_url: &str) {
    chrome.open(edit_url).await;
    let mine = chrome.url().await;
    chrome.open(&format!("{}/edit", mine.trim_end_matches('/'))).await;
    chrome.look("19-my-edit").await;
    chrome.fill("title", "Senior Rust engineer").await;
    chrome.press("Send").await;
    chrome.says("A moderator reads the change").await;
    assert!(board.telegram.shown(CHANNEL)[0].text().contains("Rust engineer"));
    assert!(!board.telegram.shown(CHANNEL)[0].text().contains("Senior"), "a change waits for the moderator");

    chrome.open(&board.url("/t/acme/admin")).await;
    chrome.press("Rust engineer").await;
    chrome.says("Senior Rust engineer").await;
    chrome.look("20-difference").await;
    chrome.find("#pending button.is-link").await.click().await.expect("a click");
    let followed = board.telegram.wait_until(Duration::from_secs(10), |telegram| {
        telegram.shown(CHANNEL)[0].text().contains("Senior Rust engineer")
    });
    assert!(followed.await, "the copy follows");
    assert_eq!(board.telegram.messages(CHANNEL).len(), 1, "by an edit, not by a second message");
}

async fn fill(board: &Board, chrome: &Chrome) {
    chrome.open(&board.url("/t/acme/admin/jobs")).await;
    chrome.press("Senior Rust engineer").await;
    let button = chrome.find("form[action$='/fill'] button").await;
    button.click().await.expect("a click");
    let struck = board.telegram.wait_until(Duration::from_secs(10), |telegram| {
        telegram.shown(CHANNEL).first().is_none_or(|message| message.source.contains("<s>"))
    });
    assert!(struck.await, "the copy is struck through: {:?}", board.telegram.shown(CHANNEL));
    chrome.look("21-filled").await;
    chrome.open(&board.url("/t/acme/")).await;
    assert!(!chrome.text().await.contains("Senior Rust engineer"), "it is off the board");
}

#[tokio::test]
async fn the_preview_of_a_message_follows_what_is_typed() {
    let board = Board::start(Backend::Sqlite).await;
    let chrome = Chrome::start("template").await;
    submit(&board, &chrome).await;
    log_in(&board, &chrome).await;
    add_channel(&board, &chrome).await;
    chrome.press("Our channel").await;
    chrome.press("Message").await;
    chrome.find("main [name='template']").await;
    chrome.look("01-default").await;

    chrome.fill("template", "Ours: {{ title }}").await;
    chrome.says("Ours: Backend engineer").await;
    chrome.says("Not saved yet").await;
    chrome.fill("template", "Ours:\n{{ titel }}").await;
    chrome.says("Line 2: {{ titel }}").await;
    chrome.look("02-mistake").await;
    chrome.press("Save the template").await;
    chrome.says("Line 2: {{ titel }}").await;
    assert!(chrome.value("template").await.contains("titel"), "what was typed is kept");

    chrome.fill("template", "Ours: {{ title }}").await;
    chrome.press("Save the template").await;
    chrome.says("the channel's own template").await;
    chrome.press("Go back to the plugin's template").await;
    chrome.says("uses the plugin's own template again").await;
    chrome.quit().await;
}

#[tokio::test]
async fn the_first_operator_makes_the_first_board() {
    let mut board = Board::start_empty(crate::board::Program::new(Backend::Sqlite).await).await;
    let started: serde_json::Value = serde_json::from_str(&board.first_line()).expect("one JSON value");
    let chrome = Chrome::start("setup").await;
    chrome.without_javascript().await;
    chrome.open(started["setup_url"].as_str().expect("a link")).await;
    chrome.look("01-setup").await;
    for (name, text) in [
        ("name", "Maya"),
        ("email", "first@example.org"),
        ("password", "a password long enough"),
        ("board_name", "Sevilla devs"),
        ("board_slug", "sevilla"),
    ] {
        chrome.fill(name, text).await;
    }
    chrome.find("main form button.is-link").await.click().await.expect("a click");
    chrome.says("Sevilla devs").await;
    chrome.look("02-first-board").await;
    chrome.open(started["setup_url"].as_str().expect("a link")).await;
    assert_eq!(chrome.count("input[type='password']").await, 0, "the link works once");
    chrome.quit().await;
}
