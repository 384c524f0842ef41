//! Where links may lead, and by which protocol.

use serde_json::json;
use tablon_core::store::{NewChannel, Secrets};
use tablon_core::{Actor, Keyring, Role};
use tablon_web::theme::Theme;
use tablon_web::{AppState, WebConfig, app};

use crate::board::{offer, on_each_database, request, send};
use crate::browser::Browser;

#[tokio::test]
async fn a_copys_link_leads_to_a_web_page_and_nowhere_else() {
    on_each_database(async |board| {
        let new = NewChannel {
            plugin: "none".into(),
            name: "Ours".into(),
            settings: json!({}),
            secrets: Secrets::default(),
            lanes: Vec::new(),
        };
        board.acme.channels().create(new, Actor::System).await.expect("a channel");
        let job = board.acme.jobs().submit(&offer(), Actor::Poster).await.expect("an offer").job.id;
        board.acme.jobs().approve(job, Default::default(), Actor::System).await.expect("approved");
        let placement = board.acme.placements().for_job(job).await.expect("placements")[0].id;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/placements/{placement}");
        for url in [
            "javascript:alert(1)",
            "javascript://x/%0aalert(1)",
            "data:text/html,x",
            "ftp://x.example/1",
            "https://a@b.example/",
        ] {
            let body = json!({"outcome": "sent", "url": url});
            let path = format!("/placements/{placement}/resolve");
            let refused = board.call("POST", &path, Some(Role::Moderator), Some(body)).await.expect(422);
            assert_eq!(refused.pointers(), ["/url"], "{url}");
            assert_eq!(refused.json()["type"], "urn:tablon:problem:invalid-fields", "{url}: {}", refused.text);
            moderator.get(&page).await.expect(200);
            let again = moderator.send(&format!("{page}/adopt"), &[("url", url), ("from", "copy")]).await.expect(422);
            assert!(!again.text.contains("href=\"javascript") && !again.text.contains("href=\"data"), "{}", again.text);
        }
    })
    .await;
}

#[tokio::test]
async fn browsers_are_told_to_stay_with_https_where_the_board_has_it() {
    on_each_database(async |board| {
        let with = |base: &str| {
            let config = WebConfig::new(base.parse().expect("a URL"), "127.0.0.1:8080".parse().expect("an address"));
            let theme = Theme::open(None).expect("the bundled theme");
            let keyring = Keyring::from_secret(&[7; 32]).expect("a key");
            app(AppState::new(board.store.clone(), board.state.host.clone(), config, theme, &keyring))
        };
        let ask = async |base: &str| {
            let request = request("GET", "/t/acme/").body(axum::body::Body::empty()).expect("a request");
            send(&with(base), request).await.expect(200).header("strict-transport-security").to_owned()
        };
        assert_eq!(ask("https://jobs.test:8080/").await, "max-age=31536000");
        assert_eq!(ask("http://jobs.test:8080/").await, "");
    })
    .await;
}
