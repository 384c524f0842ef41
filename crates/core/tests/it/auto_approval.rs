//! Posters whose last offers were approved, and what it takes to know that it is them.

use serde_json::json;
use tablon_core::store::{Job, SubmissionOnce};
use tablon_core::{Actor, AuditAction, JobState, TenantScope};

use crate::fixture::{World, offer, on_both, published, submitted};

const POSTER: &str = "hr@acme.example";

/// A board that approves by itself after two offers.
async fn trusting(world: &World) -> TenantScope {
    let board = world.board("acme").await;
    let patch = json!({ "rules": { "auto_approve_after": 2 } });
    world.store.tenants().update(&board, &patch, None, &["en"], Actor::System).await.unwrap()
}

/// The link in the mails about this job.
async fn mailed(board: &TenantScope, job: &Job) -> String {
    board.edit_links().for_mail(job.id, POSTER).await.unwrap().unwrap()
}

/// Hands in an offer by the form, after this link was opened in the browser; what became of it.
async fn state_of_next(board: &TenantScope, link: Option<&str>, address: &str) -> JobState {
    let mut input = offer("Next engineer");
    input["contact_email"] = json!(address);
    let token = uuid::Uuid::new_v4().to_string();
    let digest = token.clone();
    let once = SubmissionOnce { digest, edit_token: token, opened_link: link.map(str::to_owned) };
    let token = board.jobs().submit_once(None, &input, Actor::Poster, &once).await.unwrap().unwrap();
    let id = board.edit_links().resolve(&token).await.unwrap().unwrap();
    let job = board.jobs().get(id).await.unwrap().unwrap();
    // What waits says nothing about the ones after it.
    job.state
}

#[tokio::test]
async fn the_next_offer_is_published_at_once_for_whom_the_mailbox_is_shown_and_for_nobody_else() {
    on_both(|world| async move {
        let board = trusting(&world).await;
        let first = published(&board, "First").await;
        let link = mailed(&board, &first).await;
        assert_eq!(state_of_next(&board, Some(&link), POSTER).await, JobState::Submitted, "one isn't two");
        let second = published(&board, "Second").await;
        assert_eq!(state_of_next(&board, None, POSTER).await, JobState::Submitted, "anybody can type an address");
        let shown = board.edit_links().reissue(second.id, Actor::Poster).await.unwrap();
        assert_eq!(state_of_next(&board, Some(&shown), POSTER).await, JobState::Submitted, "it was shown, not mailed");
        assert_eq!(state_of_next(&board, Some("no-such-link"), POSTER).await, JobState::Submitted);
        assert_eq!(state_of_next(&board, Some(&link), "boss@acme.example").await, JobState::Submitted);
        assert_eq!(state_of_next(&board, Some(&link), "HR@acme.example").await, JobState::Published, "its spelling");
        assert_eq!(state_of_next(&board, Some(&link), POSTER).await, JobState::Published);
        // Another board knows nothing of it.
        let other = world.board("other").await;
        let patch = json!({ "rules": { "auto_approve_after": 1 } });
        let other = world.store.tenants().update(&other, &patch, None, &["en"], Actor::System).await.unwrap();
        published(&other, "There").await;
        assert_eq!(state_of_next(&other, Some(&link), POSTER).await, JobState::Submitted);
        // Once staff have ended the links, the mailed one shows nothing any more.
        board.edit_links().revoke(first.id, Actor::System).await.unwrap();
        assert_eq!(state_of_next(&board, Some(&link), POSTER).await, JobState::Submitted);
    })
    .await;
}

#[tokio::test]
async fn what_moderators_refuse_or_take_down_ends_it() {
    on_both(|world| async move {
        let board = trusting(&world).await;
        let jobs = board.jobs();
        let first = published(&board, "First").await;
        let second = published(&board, "Second").await;
        let link = mailed(&board, &first).await;
        let next = async || state_of_next(&board, Some(&link), POSTER).await == JobState::Published;
        assert!(next().await);
        jobs.fill(second.id, Actor::Poster).await.unwrap();
        jobs.close(first.id, Actor::Poster).await.unwrap();
        assert!(next().await, "they ended them themselves");
        let waits = submitted(&board, "Waits").await;
        assert!(next().await, "a moderator hasn't read it yet");
        jobs.withdraw(waits.id, Actor::Poster).await.unwrap();
        assert!(next().await, "nobody has refused it");
        let bad = submitted(&board, "Bad").await;
        jobs.request_changes(bad.id, "Name the pay.", None, Actor::System).await.unwrap();
        assert!(!next().await);
        jobs.propose(bad.id, &offer("Better"), Actor::Poster).await.unwrap();
        jobs.reject(bad.id, "No.", None, Actor::System).await.unwrap();
        assert!(!next().await);
        // Two good ones later it is as before, until one of them is taken off the board.
        published(&board, "Third").await;
        let last = published(&board, "Fourth").await;
        jobs.close(last.id, Actor::System).await.unwrap();
        assert!(!next().await);
        jobs.reopen(last.id, Actor::System).await.unwrap();
        assert!(next().await);
    })
    .await;
}

#[tokio::test]
async fn a_trusted_posters_change_is_shown_at_once_and_the_log_names_the_rule() {
    on_both(|world| async move {
        world.store.send_mail();
        let board = trusting(&world).await;
        let job = published(&board, "First").await;
        published(&board, "Second").await;
        let link = mailed(&board, &job).await;
        let edit =
            async |input, link| board.jobs().propose_after_link(job.id, &input, link, Actor::Poster).await.unwrap();
        let waiting = edit(offer("First, better"), None).await;
        assert!(waiting.pending_revision.is_some() && waiting.content.title == "First");
        let shown = edit(offer("First, best"), Some(&*link)).await;
        assert_eq!((shown.pending_revision, shown.content.title.as_str()), (None, "First, best"));
        // A new address isn't shown by the old one's link.
        let mut moved = offer("First, best");
        moved["contact_email"] = json!("boss@acme.example");
        assert!(edit(moved, Some(&*link)).await.pending_revision.is_some());

        assert_eq!(state_of_next(&board, Some(&link), POSTER).await, JobState::Published);
        let log = board.audit().list(None, None, None).await.unwrap().items;
        let by_rule: Vec<_> = log.iter().filter(|event| event.detail["by_rule"] == "auto_approve_after").collect();
        let told: Vec<_> = by_rule.iter().map(|event| (event.action, event.actor_kind.as_str())).collect();
        assert_eq!(told, [(AuditAction::JobApprove, "system"), (AuditAction::JobApproveRevision, "system")]);
    })
    .await;
}
