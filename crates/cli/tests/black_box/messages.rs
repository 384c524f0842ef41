//! What a moderator is shown is what goes over the wire, byte for byte, whatever a job says.

use serde_json::Value;
use tablon_testkit::telegram::BOT_TOKEN;
use tablon_testkit::{Backend, hostile_jobs};

use crate::board::{Board, CHANNEL, job};

async fn preview_and_wire(board: &Board, job: Value) -> (Value, String) {
    let id = board.submit(job).await;
    let previews = board.staff.get(&format!("/jobs/{id}/previews")).await.expect(200);
    let preview = previews["items"][0].clone();
    board.telegram.forget_requests();
    board.approve(&id).await;
    board.placement_in(&id, "published").await;
    let requests = board.telegram.requests_of("sendMessage");
    assert_eq!(requests.len(), 1);
    (preview, requests[0].params["text"].as_str().expect("a text").to_owned())
}

#[tokio::test]
async fn the_preview_is_what_is_sent() {
    let board = Board::start(Backend::Sqlite).await;
    board.add_channel().await;
    let (preview, sent) = preview_and_wire(&board, job("Rust engineer")).await;
    assert_eq!(preview["content"], sent);
    let message = &board.telegram.shown(CHANNEL)[0];
    assert_eq!(preview["length"], message.content.utf16_len(), "the length is what the platform counts");
    assert_eq!(preview["unit"].as_str().map(str::is_empty), Some(false));
}

#[tokio::test]
async fn what_looks_like_a_placeholder_a_tag_or_a_secret_goes_out_as_text() {
    let board = Board::start(Backend::Sqlite).await;
    board.add_channel().await;
    for title in [
        "{{ bot_token }} {% raw %} ${TABLON_SECRET_KEY}",
        "<b>bold</b> <script>alert(1)</script> &lt;i&gt; R&D",
        "bot_token {bot_token} {secret:bot_token} <bot_token> %bot_token%",
    ] {
        let (preview, sent) = preview_and_wire(&board, job(title)).await;
        assert_eq!(preview["content"], sent, "{title}");
        let shown = board.telegram.shown(CHANNEL).pop().expect("a message");
        assert!(shown.text().contains(title), "{title} became {}", shown.text());
        assert!(!sent.contains(BOT_TOKEN));
    }
    board.telegram.assert_no_violations();
}

#[tokio::test]
async fn a_hostile_job_is_published_as_it_was_shown() {
    let board = Board::start(Backend::Sqlite).await;
    board.add_channel().await;
    for hostile in hostile_jobs() {
        let (preview, sent) = preview_and_wire(&board, hostile).await;
        assert_eq!(preview["content"], sent);
    }
    board.telegram.assert_no_violations();
}
