//! The link in a mail that stops it.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::json;
use tablon_core::Actor;
use tablon_core::store::{ChannelState, ChannelUpdate, NewChannel, Secrets, Suppression, SuppressionOrigin};
use tablon_publisher::mail::UnsubscribeKey;
use tablon_testkit::Backend;
use uuid::Uuid;

use crate::board::{Board, on_each_database, request};
use crate::channels::plugins;

const LIST: &str = "list@example.org";

async fn channel(board: &Board) -> Uuid {
    channel_to(board, json!({ "to": LIST })).await
}

async fn channel_to(board: &Board, settings: serde_json::Value) -> Uuid {
    let new = NewChannel {
        plugin: "email".to_owned(),
        name: "Our list".to_owned(),
        settings,
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

async fn suppressions(board: &Board, channel: Uuid) -> Vec<Suppression> {
    board.acme.mail().suppressions(channel).await.expect("the database")
}

/// As a mail program posts it: no cookies, no token of a form, from nowhere.
fn click(path: &str) -> Request<Body> {
    let form = request("POST", path).header("content-type", "application/x-www-form-urlencoded");
    form.body(Body::from("List-Unsubscribe=One-Click")).expect("a request")
}

/// As the button of the page does.
fn press(path: &str) -> Request<Body> {
    let form = request("POST", path).header("content-type", "application/x-www-form-urlencoded");
    form.body(Body::from("stop=page")).expect("a request")
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
        assert!(suppressions(&board, channel).await.is_empty());

        board.send(click(&path)).await.expect(200);
        let (stopped, problem) = state(&board, channel).await;
        assert_eq!(stopped, ChannelState::Paused);
        let problem = problem.expect("why");
        assert!(problem.contains(LIST) && problem.contains("Lift"), "who asked, and how to lift it: {problem}");
        let asked = suppressions(&board, channel).await;
        assert_eq!((asked.len(), asked[0].origin), (1, SuppressionOrigin::OneClick));
        assert_eq!(asked[0].address.as_deref(), Some(LIST));
        let log = board.acme.audit().list(Some(channel), None, None).await.expect("the log").items;
        let told: Vec<_> = log.iter().map(|event| (event.action.as_str(), event.actor_kind.as_str())).collect();
        assert_eq!(told[..2], [("channel.pause", "visitor"), ("channel.suppress", "visitor")]);
        let page = board.get(&path).await.expect(200);
        assert!(!page.text.contains("<button"), "it is done: {}", page.text);

        // Again, and after somebody else stopped it for a reason of their own.
        board.send(click(&path)).await.expect(200);
        board.acme.channels().pause(channel, Some("on holiday"), Actor::System).await.expect("a pause");
        board.send(press(&path)).await.expect(200);
        assert_eq!(state(&board, channel).await.1.as_deref(), Some("on holiday"));
        assert_eq!(suppressions(&board, channel).await, asked);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_stopped_by_a_person_who_presses_the_button_and_by_no_click() {
    for backend in Backend::all() {
        let board = Board::new(backend, Some(&plugins())).await;
        let channel = channel_to(&board, json!({ "to": LIST, "recipient": "list" })).await;
        let path = format!("/t/acme/unsubscribe/{}", token(&board, channel));
        let page = board.get(&path).await.expect(200);
        assert!(page.text.contains("everybody who reads it"), "{}", page.text);
        let refused = board.send(click(&path)).await.expect(409);
        assert!(refused.text.contains("Stop them for everybody on the list"), "{}", refused.text);
        assert_eq!(
            (state(&board, channel).await.0, suppressions(&board, channel).await),
            (ChannelState::Active, vec![])
        );
        board.send(press(&path)).await.expect(200);
        assert_eq!(state(&board, channel).await.0, ChannelState::Paused);
        assert_eq!(suppressions(&board, channel).await[0].origin, SuppressionOrigin::Page);

        let person = channel_to(&board, json!({ "to": LIST, "recipient": "person" })).await;
        let path = format!("/t/acme/unsubscribe/{}", token(&board, person));
        let page = board.get(&path).await.expect(200);
        assert!(!page.text.contains("everybody who reads it"), "{}", page.text);
        board.send(click(&path)).await.expect(200);
        assert_eq!(state(&board, person).await.0, ChannelState::Paused);
    }
}

#[tokio::test]
async fn one_of_two_who_clicks_stops_nobody_elses_mail() {
    on_each_database(async |board| {
        let channel = channel_to(&board, json!({ "to": format!("{LIST}, ana@example.org") })).await;
        board.send(click(&format!("/t/acme/unsubscribe/{}", token(&board, channel)))).await.expect(200);
        assert_eq!(state(&board, channel).await.0, ChannelState::Active);
        assert_eq!(suppressions(&board, channel).await[0].address.as_deref(), Some(LIST));
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
        board.send(click(&path)).await.expect(200);
        assert_eq!(state(&board, channel).await.0, ChannelState::Active);
        // Should it ever be written to again, its wish is known.
        let told = board.acme.mail().unsubscribed(channel, &[LIST.to_owned()]).await.expect("the database");
        assert_eq!(told, [LIST]);
    })
    .await;
}

#[tokio::test]
async fn whoever_floods_it_is_told_to_wait() {
    on_each_database(async |board| {
        let channel = channel(&board).await;
        let path = format!("/t/acme/unsubscribe/{}", token(&board, channel));
        let from = |address: &str| {
            let mut asked = press(&path);
            let peer: SocketAddr = format!("{address}:4000").parse().expect("an address");
            asked.extensions_mut().insert(ConnectInfo(peer));
            asked
        };
        for _ in 0..300 {
            board.state.throttles.unsubscribe_by_address.admit("203.0.113.7", board.store.clock().now()).expect("room");
        }
        let held = board.send(from("203.0.113.7")).await.expect(429);
        assert!(!held.header("retry-after").is_empty());
        assert_eq!(state(&board, channel).await.0, ChannelState::Active);
        board.send(from("203.0.113.8")).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_page_speaks_the_visitors_language() {
    on_each_database(async |board| {
        let channel = channel(&board).await;
        let path = format!("/t/acme/unsubscribe/{}", token(&board, channel));
        for (language, words) in
            [("es", "Detener los correos"), ("pt-BR", "Parar de receber"), ("en", "Stop the mails")]
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
            board.send(click(&path)).await.expect(404);
            board.send(press(&path)).await.expect(404);
        }
        // A POST that doesn't say what it wants isn't one click.
        let path = format!("/t/acme/unsubscribe/{token}");
        board.send(request("POST", &path).body(Body::empty()).expect("a request")).await.expect(400);
        assert_eq!(state(&board, channel).await.0, ChannelState::Active);
        assert!(suppressions(&board, channel).await.is_empty());
    })
    .await;
}
