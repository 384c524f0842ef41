//! A board's own mail server: what goes by it, what never does, and who can use it.

use tablon_core::notice::{NoticeKind, NoticeState};
use tablon_core::store::{MailLane, NewBoardMailServer, Prepared};
use tablon_core::{Actor, EmailKey, Error, Role, TenantScope};

use crate::fixture::{World, on_both, submitted};
use crate::notices::{POSTER, with_staff};

const URL: &str = "smtps://jobs:pass-word@mail.acme.example";
const SERVER: &str = "smtps://mail.acme.example:465";

async fn set(board: &TenantScope, url: Option<&str>, sender: &str) -> Result<(), Error> {
    board.board_mail().set(NewBoardMailServer { url, server: SERVER, sender }, Actor::System).await
}

/// What is due in a lane, by recipient.
async fn due(world: &World, lane: MailLane) -> Vec<String> {
    let due = world.store.notices().due(lane).await.unwrap();
    due.iter().filter_map(|due| due.recipient().map(str::to_owned)).collect()
}

async fn lane(world: &World, board: &TenantScope) -> Option<MailLane> {
    let lanes = world.store.notices().lanes().await.unwrap();
    lanes.into_iter().find(|lane| matches!(lane, MailLane::Board { id, .. } if *id == board.id))
}

#[tokio::test]
async fn a_board_with_a_server_of_its_own_needs_none_of_the_installation() {
    on_both(|world| async move {
        let (board, rival) = (world.board("acme").await, world.board("rival").await);
        set(&board, Some(URL), "jobs@acme.example").await.unwrap();
        assert!(board.sends_mail().await.unwrap() && !rival.sends_mail().await.unwrap());
        submitted(&board, "Rust engineer").await;
        submitted(&rival, "Go engineer").await;
        let address = EmailKey::of("new@example.org");
        board.invitations().create(Role::Moderator, Some(&address), Actor::System).await.unwrap();
        let lanes = world.store.notices().lanes().await.unwrap();
        assert_eq!(lanes, [MailLane::Board { id: board.id, version: 1 }]);
        assert_eq!(due(&world, lanes[0]).await, [POSTER], "mail about accounts has no other way");
        assert!(due(&world, MailLane::Installation).await.is_empty(), "and boards without a server queue nothing");
    })
    .await;
}

#[tokio::test]
async fn mail_about_accounts_goes_by_the_installations_server_and_the_boards_by_its_own() {
    on_both(|world| async move {
        let (board, _) = with_staff(&world).await;
        set(&board, Some(URL), "jobs@acme.example").await.unwrap();
        submitted(&board, "Rust engineer").await;
        let address = EmailKey::of("new@example.org");
        board.invitations().create(Role::Moderator, Some(&address), Actor::System).await.unwrap();
        let own = lane(&world, &board).await.unwrap();
        assert_eq!(due(&world, MailLane::Installation).await, ["new@example.org"]);
        assert_eq!(due(&world, own).await.len(), 2, "to the poster and to the moderator");
        // Without it, what waits goes the other way; nothing is lost and nothing is there twice.
        assert!(board.board_mail().remove(Actor::System).await.unwrap());
        assert!(!board.board_mail().remove(Actor::System).await.unwrap());
        assert_eq!(lane(&world, &board).await, None);
        assert_eq!(due(&world, MailLane::Installation).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_server_that_is_removed_is_dropped_where_there_is_no_other() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        set(&board, Some(URL), "jobs@acme.example").await.unwrap();
        submitted(&board, "Rust engineer").await;
        board.board_mail().remove(Actor::System).await.unwrap();
        let states: Vec<_> = board.last_notices(false, 10).await.unwrap().into_iter().map(|row| row.state).collect();
        assert_eq!(states, [NoticeState::Dropped]);
        // One that is set up later gets nothing of the time before.
        set(&board, Some(URL), "jobs@acme.example").await.unwrap();
        assert_eq!(world.store.notices().lanes().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn the_password_is_sealed_for_its_board_and_kept_when_only_the_sender_changes() {
    on_both(|world| async move {
        let (board, rival) = (world.board("acme").await, world.board("rival").await);
        assert!(
            matches!(set(&board, None, "jobs@acme.example").await, Err(Error::Invalid(_))),
            "there is none to keep"
        );
        set(&board, Some(URL), "jobs@acme.example").await.unwrap();
        set(&board, None, "Acme <jobs@acme.example>").await.unwrap();
        let access = board.board_mail().access().await.unwrap().unwrap();
        assert_eq!((access.url.as_str(), access.sender.as_str()), (URL, "Acme <jobs@acme.example>"));
        let shown = format!("{:?} {access:?}", board.board_mail().get().await.unwrap());
        assert!(shown.contains(SERVER) && !shown.contains("pass-word"), "{shown}");
        assert!(rival.board_mail().get().await.unwrap().is_none());
        // Moved to another board, it can't be opened.
        set(&rival, Some("smtps://r:other-word@mail.rival.example"), "jobs@rival.example").await.unwrap();
        let swapped = "UPDATE board_mail_servers SET sealed = (SELECT sealed FROM board_mail_servers s \
                       WHERE s.sender = 'Acme <jobs@acme.example>') WHERE sender = 'jobs@rival.example'";
        world.database.execute(swapped).await.unwrap();
        assert!(rival.board_mail().access().await.is_err());
        // Whoever has the right address sets it anew.
        set(&rival, Some(URL), "jobs@rival.example").await.unwrap();
        assert!(rival.board_mail().access().await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_problem_is_of_one_version_of_the_server_and_ends_with_it() {
    on_both(|world| async move {
        let (board, rival) = (world.board("acme").await, world.board("rival").await);
        set(&board, Some(URL), "jobs@acme.example").await.unwrap();
        set(&rival, Some(URL), "jobs@rival.example").await.unwrap();
        submitted(&board, "Rust engineer").await;
        let notices = world.store.notices();
        notices.note_server(board.id, 1, Some("535 wrong password")).await.unwrap();
        let server = board.board_mail().get().await.unwrap().unwrap();
        assert_eq!((server.problem.as_deref(), server.waiting), (Some("535 wrong password"), 1));
        assert_eq!(rival.board_mail().get().await.unwrap().unwrap().problem, None);
        set(&board, Some("smtps://jobs:better-word@mail.acme.example"), "jobs@acme.example").await.unwrap();
        assert_eq!(board.board_mail().get().await.unwrap().unwrap().problem, None);
        // A try that began with the old password says nothing about the new one.
        notices.note_server(board.id, 1, Some("535 wrong password")).await.unwrap();
        assert_eq!(board.board_mail().get().await.unwrap().unwrap().problem, None);
    })
    .await;
}

#[tokio::test]
async fn mail_to_a_poster_is_in_the_language_in_which_they_sent_the_offer() {
    on_both(|world| async move {
        world.store.send_mail();
        let board = world.board("acme").await;
        let offer = crate::fixture::offer("Rust engineer");
        for (language, kept) in [(Some("pt-BR"), Some("pt-BR")), (None, None)] {
            let job = board.jobs().submit_in(language, &offer, Actor::Poster).await.unwrap().job;
            for due in world.store.notices().due(MailLane::Installation).await.unwrap() {
                let Prepared::Ready { facts, .. } = world.store.notices().prepare(&due).await.unwrap() else {
                    continue;
                };
                if facts[0].job.as_ref().is_some_and(|told| told.id == job.id) {
                    assert_eq!((facts[0].kind, facts[0].locale.as_deref()), (NoticeKind::JobReceived, kept));
                }
            }
        }
    })
    .await;
}
