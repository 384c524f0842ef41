//! The link in a mail that stops it.

use axum::body::Body;
use serde_json::json;
use tablon_core::store::{ChannelState, ChannelUpdate, NewChannel};
use tablon_core::{Actor, Secrets};
use tablon_publisher::mail::UnsubscribeKey;
use uuid::Uuid;

use crate::board::{Board, on_each_database, request};

const LIST: &str = "list@example.org";

async fn channel(board: &Board) -> Uuid {
    let new = NewChannel {
        plugin: "email".to_owned(),
        name: "Our list".to_owned(),
        settings: json!({ "to": LIST }),
        secrets: Secrets::default(),
        lanes: Vec::new(),
    };
    board.acme.channels().create(new, Actor::System).await.expect("a channel").id
}

fn token(board: &Board, channel: Uuid) -> String {
    let key = UnsubscribeKey::new(board.keyring.derive(UnsubscribeKey::PURPOSE));
    key.token(board.acme.id, channel, LIST)
}

async fn state(board: &Board, channel: Uuid) -> (ChannelState, Option<String>) {
    let channel = board.acme.channels().get(channel).await.expect("the database").expect("the channel");
    (channel.state, channel.problem)
}

#[tokio::test]
async fn looking_changes_nothing_and_one_click_stops_the_mail() {
    on_each_database(async |board| {
        let channel = channel(&board).await;
        let path = format!("/t/acme/unsubscribe/{}", token(&board, channel));
        let page = board.get(&path).await.expect(200);
        assert!(page.text.contains(LIST) && page.text.contains("<button"), "{}", page.text);
        assert!(page.headers.get("set-cookie").is_none(), "no cookie is needed");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(state(&board, channel).await.0, ChannelState::Active);

        // As a mail program posts it: no cookies, no token of a form, from nowhere.
        let post = || {
            let form = request("POST", &path).header("content-type", "application/x-www-form-urlencoded");
            form.body(Body::from("List-Unsubscribe=One-Click")).expect("a request")
        };
        board.send(post()).await.expect(200);
        let (stopped, problem) = state(&board, channel).await;
        assert_eq!(stopped, ChannelState::Paused);
        assert!(problem.as_deref().is_some_and(|words| words.contains(LIST)), "{problem:?}");
        let event = board.acme.audit().list(Some(channel), None, None).await.expect("the log").items.remove(0);
        assert_eq!((event.action.as_str(), event.actor_kind.as_str()), ("channel.pause", "visitor"));

        // Again, and after somebody else stopped it for a reason of their own.
        board.send(post()).await.expect(200);
        board.acme.channels().pause(channel, Some("on holiday"), Actor::System).await.expect("a pause");
        board.send(post()).await.expect(200);
        assert_eq!(state(&board, channel).await.1.as_deref(), Some("on holiday"));
    })
    .await;
}

#[tokio::test]
async fn the_link_of_an_address_that_gets_no_mail_any_more_stops_nobody_elses() {
    on_each_database(async |board| {
        let channel = channel(&board).await;
        let path = format!("/t/acme/unsubscribe/{}", token(&board, channel));
        let update = ChannelUpdate { settings: Some(json!({ "to": "new-list@example.org" })), ..Default::default() };
        board.acme.channels().update(channel, update, Actor::System).await.expect("an update");
        let page = board.get(&path).await.expect(200);
        assert!(!page.text.contains("<button"), "{}", page.text);
        let click = request("POST", &path).body(Body::from("List-Unsubscribe=One-Click"));
        board.send(click.expect("a request")).await.expect(200);
        assert_eq!(state(&board, channel).await.0, ChannelState::Active);
    })
    .await;
}

#[tokio::test]
async fn the_page_speaks_the_visitors_language() {
    on_each_database(async |board| {
        let channel = channel(&board).await;
        let path = format!("/t/acme/unsubscribe/{}", token(&board, channel));
        for (language, words) in
            [("es", "Detener los correos"), ("pt-BR", "Parar os e-mails"), ("en", "Stop the mails")]
        {
            let asked = request("GET", &path).header("accept-language", language).body(Body::empty());
            let page = board.send(asked.expect("a request")).await.expect(200);
            assert!(page.text.contains(words), "{language}: {}", page.text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_that_isnt_ours_or_is_of_another_board_stops_nothing() {
    on_each_database(async |board| {
        let channel = channel(&board).await;
        let other = board.other_board().await;
        let token = token(&board, channel);
        let mut forged = token.clone();
        forged.replace_range(..1, if token.starts_with('A') { "B" } else { "A" });
        for path in [
            format!("/t/{}/unsubscribe/{token}", other.slug),
            format!("/t/acme/unsubscribe/{forged}"),
            "/t/acme/unsubscribe/x".to_owned(),
        ] {
            board.get(&path).await.expect(404);
            let body = Body::from("List-Unsubscribe=One-Click");
            board.send(request("POST", &path).body(body).expect("a request")).await.expect(404);
        }
        // A POST that doesn't say what it wants isn't one click.
        let path = format!("/t/acme/unsubscribe/{token}");
        board.send(request("POST", &path).body(Body::empty()).expect("a request")).await.expect(400);
        assert_eq!(state(&board, channel).await.0, ChannelState::Active);
    })
    .await;
}
