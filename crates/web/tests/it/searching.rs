//! What visitors type into the search field, and how much of it a board bears.

use futures::future::join_all;
use tablon_core::Role;

use crate::board::on_each_database;
use crate::browser::Browser;

#[tokio::test]
async fn a_search_that_is_too_long_is_refused_kindly_and_stays_in_its_field() {
    on_each_database(async |board| {
        board.publish().await;
        let long = "x".repeat(50_000);
        let page = board.get(&format!("/t/acme/?q={long}")).await.expect(400);
        assert!(page.text.contains(&format!("value=\"{long}\"")) && page.text.contains("id=\"q-error\""));
        let many = board.get(&format!("/t/acme/?q={}", "rust+".repeat(30))).await.expect(400);
        assert!(many.text.contains("at most 16 words") && many.text.contains("value=\"rust rust"), "{}", many.text);
        let answer = board.call("GET", &format!("/jobs?q={long}"), None, None).await.expect(422);
        assert_eq!(answer.pointers(), ["/q"]);
        let mut staff = Browser::new(&board);
        staff.log_in(Role::Moderator).await;
        let page = staff.get(&format!("/t/acme/admin/jobs?q={long}")).await.expect(200);
        assert!(page.text.contains(&format!("value=\"{long}\"")) && page.text.contains("id=\"q-error\""));
        assert!(board.get("/t/acme/?q=rust").await.expect(200).text.contains("Rust engineer"));
    })
    .await;
}

#[tokio::test]
async fn a_crowd_of_searchers_on_one_board_is_bounded_and_another_board_answers() {
    on_each_database(async |board| {
        board.publish().await;
        board.other_board().await;
        let turns = [board.state.gates.enter(board.acme.id).await, board.state.gates.enter(board.acme.id).await];
        assert!(turns.iter().all(Result::is_ok));
        let paths: Vec<String> = (0..40).map(|n| format!("/t/acme/?q=rust{n}")).collect();
        let crowd = join_all(paths.iter().map(|path| board.get(path)));
        let others = async {
            for path in ["/t/rival/?q=rust", "/t/rival/feed.rss", "/t/acme/", "/t/acme/robots.txt"] {
                board.get(path).await.expect(200);
            }
            drop(turns);
        };
        let (crowd, ()) = tokio::join!(crowd, others);
        let refused: Vec<_> = crowd.iter().filter(|answer| answer.status == 503).collect();
        assert_eq!(refused.len(), 24, "sixteen wait for their turn");
        assert!(crowd.iter().filter(|answer| answer.status == 200).count() == 16);
        assert!(refused.iter().all(|answer| answer.header("retry-after") == "2"));
        assert!(refused[0].text.contains("Many people are searching"), "{}", refused[0].text);
        board.get("/t/acme/?q=rust").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_api_and_feeds_of_a_crowded_board_ask_to_come_back() {
    on_each_database(async |board| {
        board.publish().await;
        let turns = [board.state.gates.enter(board.acme.id).await, board.state.gates.enter(board.acme.id).await];
        let waiting = join_all((0..16).map(|_| board.get("/t/acme/feed.atom")));
        let refused = async {
            let answer = board.call("GET", "/jobs?q=rust", None, None).await.expect(503);
            assert_eq!(answer.header("retry-after"), "2");
            board.get("/t/acme/sitemap.xml").await.expect(503);
            board.call("GET", "/jobs?q=rust", Some(Role::Moderator), None).await.expect(200);
            drop(turns);
        };
        let (waited, ()) = tokio::join!(waiting, refused);
        assert!(waited.iter().all(|answer| answer.status == 200));
    })
    .await;
}
