//! What happens to a channel, and to the copies on it.

use std::collections::BTreeMap;

use chrono::Duration;
use serde_json::json;
use tablon_core::store::{ChannelState, ChannelUpdate, Findings, Operation, Outcome, PlacementState as P, Verdict};
use tablon_core::{Actor, Conflict, Error};

use crate::fixture::{channel, noon, on_both, published};
use crate::worker::{claim, claim_one, finish, live, one_live, only};

#[tokio::test]
async fn a_refused_credential_pauses_the_channel_and_nothing_is_lost() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let shown = channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Unauthorized, Verdict::Pause { findings: Findings::default() }).await;
        let paused = board.channels().get(shown.id).await.unwrap().unwrap();
        assert_eq!((paused.state, paused.problem.as_deref()), (ChannelState::Paused, Some("said unauthorized")));
        assert_eq!(only(&board, &job).await.state, P::Blocked);
        assert_eq!(board.jobs().get(job.id).await.unwrap().unwrap().state.as_str(), "published");
        // A job that is approved meanwhile waits too.
        let second = published(&board, "Second").await;
        assert_eq!(only(&board, &second).await.state, P::Blocked);
        assert!(claim(&world).await.is_empty());
        // A new token is what was asked for: the channel works again, and what waited is sent.
        let update = ChannelUpdate { secrets: [("bot_token", "123:new")].into_iter().collect(), ..Default::default() };
        let mended = board.channels().update(shown.id, update, Actor::System).await.unwrap();
        assert_eq!((mended.state, mended.problem), (ChannelState::Active, None));
        for _ in 0..2 {
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, Outcome::Published, live()).await;
        }
        assert_eq!(only(&board, &job).await.state, P::Published);
        assert_eq!(only(&board, &second).await.state, P::Published);
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_a_person_paused_waits_for_a_person() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        let shown = board.channels().list().await.unwrap().remove(0);
        board.channels().pause(shown.id, None, Actor::System).await.unwrap();
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        assert!(claim(&world).await.is_empty());
        assert_eq!(only(&board, &job).await.state, P::Blocked);
        board.channels().resume(shown.id, Actor::System).await.unwrap();
        claim_one(&world, Operation::Update).await;
    })
    .await;
}

#[tokio::test]
async fn a_destination_that_moved_is_followed() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let shown = channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        let moved = Verdict::Moved { settings: json!({ "chat_id": "-100777" }), lanes: Vec::new(), at: noon() };
        finish(&world, &publish, Outcome::Moved, moved).await;
        let settings = board.channels().get(shown.id).await.unwrap().unwrap().settings;
        assert_eq!(settings, json!({ "chat_id": "-100777" }));
        assert_eq!(claim_one(&world, Operation::Publish).await.channel.settings, settings);
    })
    .await;
}

#[tokio::test]
async fn a_channel_with_copies_cant_be_removed() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        let shown = board.channels().list().await.unwrap().remove(0);
        let refused = board.channels().delete(shown.id, Actor::System).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::ChannelHasCopies(1))), "{refused}");
        board.placements().retract(only(&board, &job).await.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Retracted, Verdict::Retracted).await;
        board.channels().delete(shown.id, Actor::System).await.unwrap();
        assert!(board.channels().list().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_a_platform_says_of_an_old_token_doesnt_stop_a_channel_that_was_mended_meanwhile() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let shown = channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        world.clock.advance(Duration::seconds(1));
        let update = ChannelUpdate { secrets: [("bot_token", "123:new")].into_iter().collect(), ..Default::default() };
        board.channels().update(shown.id, update, Actor::System).await.unwrap();
        finish(&world, &publish, Outcome::Unauthorized, Verdict::Pause { findings: Findings::default() }).await;
        assert_eq!(board.channels().get(shown.id).await.unwrap().unwrap().state, ChannelState::Active);
        claim_one(&world, Operation::Publish).await;
    })
    .await;
}

#[tokio::test]
async fn a_struck_copy_can_be_taken_away_and_a_channel_be_left_knowingly() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        board.jobs().fill(job.id, Actor::System).await.unwrap();
        let close = claim_one(&world, Operation::Close).await;
        let struck = Verdict::Struck { receipt: b"receipt".to_vec(), url: None };
        finish(&world, &close, Outcome::Closed, struck.clone()).await;
        board.placements().retract(only(&board, &job).await.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Closed, struck).await;
        assert!(claim(&world).await.is_empty());
        let shown = board.channels().list().await.unwrap().remove(0);
        assert!(board.channels().delete(shown.id, Actor::System).await.is_err());
        board.channels().abandon(shown.id, Actor::System).await.unwrap();
        assert!(board.placements().for_job(job.id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_new_channel_begins_empty() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        published(&board, "Rust engineer").await;
        channel(&board, "late", Vec::new()).await;
        assert!(claim(&world).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_a_plugin_remembers_of_a_channel_goes_with_the_settings_it_is_about() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let asked = channel(&board, "jobs", Vec::new()).await;
        let remembered: BTreeMap<_, _> = [("limit".to_owned(), json!(500))].into();
        assert!(board.channels().verified(&asked, "Jobs bot", None, remembered.clone(), Actor::System).await.unwrap());
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        assert_eq!(publish.channel.remembered, remembered);
        finish(&world, &publish, Outcome::Published, live()).await;
        let renamed = ChannelUpdate { name: Some("Other".to_owned()), ..Default::default() };
        let kept = board.channels().update(asked.id, renamed, Actor::System).await.unwrap();
        assert_eq!((kept.remembered, kept.account_label.as_deref()), (remembered.clone(), Some("Jobs bot")));

        let changes = [
            ChannelUpdate { settings: Some(json!({ "chat_id": "@other" })), ..Default::default() },
            ChannelUpdate { secrets: [("bot_token", "123:new")].into_iter().collect(), ..Default::default() },
        ];
        for change in changes {
            let asked = board.channels().get(asked.id).await.unwrap().unwrap();
            let changed = board.channels().update(asked.id, change, Actor::System).await.unwrap();
            assert!(changed.remembered.is_empty());
            // The platform's answer comes late: it is about what was.
            assert!(
                !board.channels().verified(&asked, "Old bot", None, remembered.clone(), Actor::System).await.unwrap()
            );
            let now = board.channels().get(asked.id).await.unwrap().unwrap();
            assert!(now.remembered.is_empty() && now.account_label.as_deref() == Some("Jobs bot"));
            assert!(
                board.channels().verified(&now, "Jobs bot", None, remembered.clone(), Actor::System).await.unwrap()
            );
        }

        published(&board, "Second").await;
        let publish = claim_one(&world, Operation::Publish).await;
        let moved = Verdict::Moved { settings: json!({ "chat_id": "-1" }), lanes: Vec::new(), at: noon() };
        finish(&world, &publish, Outcome::Moved, moved).await;
        assert!(claim_one(&world, Operation::Publish).await.channel.remembered.is_empty());
    })
    .await;
}
