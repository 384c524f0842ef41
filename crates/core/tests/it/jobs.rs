//! From submission to the end of a job.

use chrono::Duration;
use serde_json::{Value, json};
use tablon_core::job::Workplace;
use tablon_core::job::WrongState;
use tablon_core::store::{ApproveOptions, ImportRun};
use tablon_core::{Actor, EmailKey, Error, JobQuery, JobState};

use crate::fixture::{noon, offer, on_both, published, submitted};

fn pointers(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(errors) => errors.0.into_iter().map(|e| e.pointer).collect(),
        other => panic!("expected field errors, got {other}"),
    }
}

#[tokio::test]
async fn an_offer_comes_back_as_it_was_sent() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let sent = board.jobs().submit(&offer("Rust engineer"), Actor::Visitor).await.unwrap();
        assert_eq!(sent.job.state, JobState::Submitted);
        assert_eq!(sent.job.content.to_value(), offer("Rust engineer"));
        assert!(sent.job.slug.starts_with("rust-engineer-"), "{}", sent.job.slug);
        assert_eq!(sent.job.url, format!("https://board.example/t/acme/jobs/{}", sent.job.slug));
        let found = board.jobs().get(sent.job.id).await.unwrap().unwrap();
        assert_eq!(found.content, sent.job.content);
        assert_eq!(board.edit_links().resolve(&sent.edit_token).await.unwrap(), Some(sent.job.id));
        assert_eq!(board.edit_links().resolve("made-up").await.unwrap(), None);
        let renewed = board.edit_links().reissue(sent.job.id, Actor::System).await.unwrap();
        assert_eq!(board.edit_links().resolve(&sent.edit_token).await.unwrap(), None);
        assert_eq!(board.edit_links().resolve(&renewed).await.unwrap(), Some(sent.job.id));
    })
    .await;
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let nothing = board.jobs().submit(&json!({}), Actor::Visitor).await.unwrap_err();
        assert_eq!(pointers(nothing), ["/title", "/organization/name", "/description", "/contact_email", "/apply_url"]);
        let cases: Vec<(Value, &str)> = vec![
            (json!({ "title": 5 }), "/title"),
            (json!({ "title": "x".repeat(151) }), "/title"),
            (json!({ "organization": "Acme" }), "/organization"),
            (json!({ "organization": { "name": "Acme", "url": "javascript:alert(1)" } }), "/organization/url"),
            (json!({ "apply_url": "https://user:pass@acme.example" }), "/apply_url"),
            (json!({ "apply_url": "jobs/1" }), "/apply_url"),
            (json!({ "apply_email": "me@localhost" }), "/apply_email"),
            (json!({ "apply_email": "hr?bcc=other@acme.example" }), "/apply_email"),
            (json!({ "contact_email": "Me <me@example.org>" }), "/contact_email"),
            (json!({ "workplace": "moon" }), "/workplace"),
            (json!({ "remote_countries": ["ES", "Atlantis"] }), "/remote_countries/1"),
            (json!({ "employment_types": "FULL_TIME" }), "/employment_types"),
            (json!({ "salary": { "min": "5", "max": "4", "currency": "EUR" } }), "/salary/min"),
            (json!({ "salary": { "min": 42000, "currency": "EUR" } }), "/salary/min"),
            (json!({ "salary": { "min": "1", "currency": "XYZ" } }), "/salary/currency"),
            (json!({ "salary": { "min": "1", "currency": "EUR", "period": "EON" } }), "/salary/period"),
            (json!({ "tags": [1] }), "/tags/0"),
            (json!({ "tags": (0..11).map(|n| n.to_string()).collect::<Vec<_>>() }), "/tags"),
            (json!({ "locations": [{ "city": "X", "country": "ESP" }] }), "/locations/0/country"),
            (json!({ "valid_through": "2026-13-01" }), "/valid_through"),
            (json!({ "valid_through": "2026-06-14" }), "/valid_through"),
            (json!({ "language": "español" }), "/language"),
            (json!({ "colour": "red" }), "/colour"),
            (json!({ "fields": { "a": 1 } }), "/fields"),
        ];
        for (change, pointer) in cases {
            let mut wrong = offer("Rust engineer");
            for (name, value) in change.as_object().unwrap() {
                wrong[name] = value.clone();
            }
            let error = board.jobs().submit(&wrong, Actor::Visitor).await.unwrap_err();
            assert_eq!(pointers(error), [pointer], "{change}");
        }
        assert_eq!(board.jobs().count(&JobQuery::default()).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_typed_carelessly_is_put_in_order() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let mut careless = offer("  Rust \u{0}engineer ");
        careless["organization"]["name"] = json!("Ac\u{202e}me\tSons\u{2066}");
        careless["tags"] = json!(["#Rust", "rust", " Machine  Learning ", ""]);
        careless["salary"] = json!({ "min": "42000.00", "max": "", "currency": "eur", "period": "YEAR" });
        careless["locations"] = json!([{ "city": "", "region": null, "country": "" }, { "country": "es" }]);
        careless["workplace"] = json!("");
        careless["apply_email"] = json!("");
        let job = board.jobs().submit(&careless, Actor::Visitor).await.unwrap().job.content;
        assert_eq!((job.title.as_str(), job.organization.name.as_str()), ("Rust engineer", "Acme Sons"));
        assert_eq!(job.tags, ["rust", "machine-learning"]);
        assert_eq!(job.salary.unwrap().min.as_deref(), Some("42000"));
        assert_eq!(job.locations.len(), 1);
        assert_eq!(job.locations[0].country.as_deref(), Some("ES"));
        assert_eq!((job.workplace, job.apply_email), (Workplace::OnSite, None));
    })
    .await;
}

#[tokio::test]
async fn a_decision_is_taken_once() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let jobs = board.jobs();
        let job = published(&board, "Rust engineer").await;
        assert_eq!((job.state, job.published_at), (JobState::Published, Some(noon())));
        let again = jobs.approve(job.id, ApproveOptions::default(), Actor::System).await.unwrap_err();
        assert!(matches!(again, Error::WrongState(WrongState { state: JobState::Published, .. })), "{again}");
        assert!(matches!(jobs.reject(job.id, "no", None, Actor::System).await.unwrap_err(), Error::WrongState { .. }));
        assert_eq!(jobs.fill(job.id, Actor::System).await.unwrap().state, JobState::Filled);
        assert!(matches!(jobs.close(job.id, Actor::System).await.unwrap_err(), Error::WrongState { .. }));

        let refused = submitted(&board, "Go engineer").await;
        assert_eq!(pointers(jobs.reject(refused.id, "  ", None, Actor::System).await.unwrap_err()), ["/reason"]);
        let refused = jobs.reject(refused.id, "Not for us", None, Actor::System).await.unwrap();
        assert_eq!((refused.state, refused.reason.as_deref()), (JobState::Rejected, Some("Not for us")));
    })
    .await;
}

#[tokio::test]
async fn a_moderator_who_read_another_revision_is_told() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = submitted(&board, "Rust engineer").await;
        board.jobs().propose(job.id, &offer("Rust and Go engineer"), Actor::Poster).await.unwrap();
        let seen = ApproveOptions { if_revision: Some(job.revision), publish_at: None };
        let stale = board.jobs().approve(job.id, seen, Actor::System).await.unwrap_err();
        assert!(matches!(stale, Error::Stale { current: 2 }), "{stale}");
        let old = Some(job.revision);
        let jobs = board.jobs();
        for stale in [
            jobs.reject(job.id, "no", old, Actor::System).await,
            jobs.request_changes(job.id, "no", old, Actor::System).await,
            jobs.mark_spam(job.id, old, Actor::System).await,
        ] {
            assert!(matches!(stale, Err(Error::Stale { current: 2 })), "{stale:?}");
        }
        assert_eq!(jobs.get(job.id).await.unwrap().unwrap().state, JobState::Submitted);
    })
    .await;
}

#[tokio::test]
async fn requested_changes_come_back_to_the_queue() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = submitted(&board, "Rust engineer").await;
        let asked = board.jobs().request_changes(job.id, "Say what you pay", None, Actor::System).await.unwrap();
        assert_eq!((asked.state, asked.reason.as_deref()), (JobState::ChangesRequested, Some("Say what you pay")));
        let mended = board.jobs().propose(job.id, &offer("Rust engineer, 50k"), Actor::Poster).await.unwrap();
        assert_eq!((mended.state, mended.revision, mended.reason), (JobState::Submitted, 2, None));
        assert_eq!(mended.content.title, "Rust engineer, 50k");
    })
    .await;
}

#[tokio::test]
async fn a_posters_edit_of_a_live_job_waits_beside_it() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = published(&board, "Rust engineer").await;
        let mut edit = offer("Senior Rust engineer");
        edit["organization"]["name"] = json!("Acme SL");
        edit["tags"] = json!(["rust", "senior"]);
        let pending = board.jobs().propose(job.id, &edit, Actor::Poster).await.unwrap();
        assert_eq!((pending.revision, pending.pending_revision), (1, Some(2)));
        assert_eq!(pending.content.title, "Rust engineer");
        let changes = board.jobs().pending_changes(job.id).await.unwrap();
        let fields: Vec<&str> = changes.iter().map(|c| c.field.as_str()).collect();
        assert_eq!(fields, ["organization.name", "tags", "title"]);
        assert_eq!((&changes[2].before, &changes[2].after), (&json!("Rust engineer"), &json!("Senior Rust engineer")));

        // A second edit takes the first one's place, and a decision lets it out.
        board.jobs().propose(job.id, &offer("Staff Rust engineer"), Actor::Poster).await.unwrap();
        let stale = board.jobs().approve_revision(job.id, Some(2), Actor::System).await.unwrap_err();
        assert!(matches!(stale, Error::Stale { current: 3 }), "{stale}");
        let live = board.jobs().approve_revision(job.id, Some(3), Actor::System).await.unwrap();
        assert_eq!((live.revision, live.pending_revision), (3, None));
        assert_eq!(live.content.title, "Staff Rust engineer");

        board.jobs().propose(job.id, &edit, Actor::Poster).await.unwrap();
        let kept = board.jobs().discard_revision(job.id, "No", None, Actor::System).await.unwrap();
        assert_eq!((kept.content.title.as_str(), kept.pending_revision), ("Staff Rust engineer", None));
    })
    .await;
}

#[tokio::test]
async fn closing_discards_a_pending_edit() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = published(&board, "Rust engineer").await;
        board.jobs().propose(job.id, &offer("Changed"), Actor::Poster).await.unwrap();
        let closed = board.jobs().close(job.id, Actor::System).await.unwrap();
        assert_eq!((closed.state, closed.pending_revision), (JobState::Closed, None));
    })
    .await;
}

#[tokio::test]
async fn what_was_never_on_the_board_has_no_public_page_however_it_ended() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let withdrawn = submitted(&board, "Spam").await;
        assert!(!board.jobs().withdraw(withdrawn.id, Actor::Poster).await.unwrap().was_public());
        let later = ApproveOptions { publish_at: Some(noon() + Duration::hours(1)), if_revision: None };
        let scheduled = submitted(&board, "Scheduled").await;
        board.jobs().approve(scheduled.id, later, Actor::System).await.unwrap();
        assert!(!board.jobs().close(scheduled.id, Actor::System).await.unwrap().was_public());
        let live = published(&board, "Rust engineer").await;
        assert!(live.was_public());
        assert!(board.jobs().close(live.id, Actor::System).await.unwrap().was_public());
    })
    .await;
}

#[tokio::test]
async fn a_nul_in_a_question_finds_nothing_and_breaks_nothing() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        published(&board, "Rust engineer").await;
        let odd = JobQuery { q: Some("ru\u{0}st".into()), tag: Some("\u{0}".into()), ..JobQuery::public() };
        assert_eq!(board.jobs().list(&odd).await.unwrap().items.len(), 1);
        assert!(board.jobs().by_slug("\u{0}").await.unwrap().is_none());
        assert!(world.store.tenants().by_slug("a\u{0}").await.unwrap().is_none());
        assert!(world.store.users().authenticate(&EmailKey::of("a\u{0}@b.c"), "x").await.unwrap().is_none());
        let job = submitted(&board, "Go engineer").await;
        let refused = board.jobs().reject(job.id, "no\u{0}pe\nreally", None, Actor::System).await.unwrap();
        assert_eq!(refused.reason.as_deref(), Some("nope\nreally"));
    })
    .await;
}

#[tokio::test]
async fn a_merge_patch_by_staff_is_live_at_once() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = published(&board, "Rust engineer").await;
        let patch = json!({ "title": "Rust developer", "salary": null, "organization": { "url": null } });
        let stale = board.jobs().patch(job.id, &patch, Some(7), Actor::System).await.unwrap_err();
        assert!(matches!(stale, Error::Stale { current: 1 }));
        let edited = board.jobs().patch(job.id, &patch, Some(1), Actor::System).await.unwrap();
        assert_eq!((edited.revision, edited.content.title.as_str()), (2, "Rust developer"));
        assert_eq!((&edited.content.salary, &edited.content.organization.url), (&None, &None));
        assert_eq!(edited.content.contact_email.as_deref(), Some("hr@acme.example"));
        let wrong = board.jobs().patch(job.id, &json!({ "title": null }), None, Actor::System).await.unwrap_err();
        assert_eq!(pointers(wrong), ["/title"]);
        let same =
            board.jobs().patch(job.id, &json!({ "title": "Rust developer" }), None, Actor::System).await.unwrap();
        assert_eq!(same.revision, 2);
        assert_eq!(board.jobs().revisions(job.id, None, None).await.unwrap().items.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_job_waits_for_its_time_and_leaves_when_it_is_over() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let mut short = offer("Rust engineer");
        short["valid_through"] = json!("2026-06-16");
        let job = board.jobs().submit(&short, Actor::Visitor).await.unwrap().job;
        let at = noon() + Duration::hours(2);
        let options = ApproveOptions { publish_at: Some(at), if_revision: None };
        let waiting = board.jobs().approve(job.id, options, Actor::System).await.unwrap();
        assert_eq!((waiting.state, waiting.publish_at), (JobState::Approved, Some(at)));
        assert_eq!(world.store.queue().advance_jobs().await.unwrap(), 0);
        world.clock.set(at);
        assert_eq!(world.store.queue().advance_jobs().await.unwrap(), 1);
        let live = board.jobs().get(job.id).await.unwrap().unwrap();
        assert_eq!(live.state, JobState::Published);
        // Midnight in Madrid is 22:00 UTC in summer.
        let end = noon().date_naive().and_hms_opt(22, 0, 0).unwrap().and_utc() + Duration::days(1);
        assert_eq!(live.expires_at, Some(end));
        world.clock.set(end);
        assert_eq!(world.store.queue().advance_jobs().await.unwrap(), 1);
        assert_eq!(board.jobs().get(job.id).await.unwrap().unwrap().state, JobState::Expired);
    })
    .await;
}

#[tokio::test]
async fn the_board_is_searched_filtered_and_paged() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        for n in 0..25 {
            world.clock.advance(Duration::minutes(1));
            let mut job = offer(&format!("Job number {n}"));
            if n % 5 == 0 {
                job["tags"] = json!(["go"]);
                job["workplace"] = json!("remote");
                job["title"] = json!(format!("Programación {n} 100%"));
            }
            let job = board.jobs().submit(&job, Actor::Visitor).await.unwrap().job;
            board.jobs().approve(job.id, ApproveOptions::default(), Actor::System).await.unwrap();
        }
        submitted(&board, "Not public").await;
        let public = JobQuery::public;
        let titles = |q: JobQuery| {
            let board = board.clone();
            async move {
                let page = board.jobs().list(&q).await.unwrap();
                page.items.into_iter().map(|j| j.content.title).collect::<Vec<_>>()
            }
        };
        let first = board.jobs().list(&public()).await.unwrap();
        assert_eq!((first.items.len(), first.items[0].content.title.as_str()), (20, "Job number 24"));
        let second = JobQuery { cursor: first.next_cursor.clone(), ..public() };
        let second = board.jobs().list(&second).await.unwrap();
        assert_eq!((second.items.len(), second.next_cursor), (5, None));
        assert_eq!(titles(JobQuery { tag: Some("Go".into()), ..public() }).await.len(), 5);
        assert_eq!(titles(JobQuery { workplace: Some(Workplace::Remote), ..public() }).await.len(), 5);
        assert_eq!(titles(JobQuery { q: Some("PROGRAMACION 20".into()), ..public() }).await, ["Programación 20 100%"]);
        assert_eq!(titles(JobQuery { q: Some("100%".into()), ..public() }).await.len(), 5);
        assert_eq!(titles(JobQuery { q: Some("1_0".into()), ..public() }).await.len(), 0);
        assert_eq!(titles(JobQuery { q: Some("sevilla rust nothing".into()), ..public() }).await.len(), 0);
        assert_eq!(board.jobs().count(&public()).await.unwrap(), 25);
        assert_eq!(board.jobs().tags().await.unwrap(), [("rust".to_owned(), 20), ("go".to_owned(), 5)]);
    })
    .await;
}

#[tokio::test]
async fn a_preview_is_what_approval_freezes() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = submitted(&board, "Rust engineer").await;
        let preview = board.jobs().posting(job.id).await.unwrap().unwrap();
        let job = board.jobs().approve(job.id, ApproveOptions::default(), Actor::System).await.unwrap();
        let frozen = board.jobs().posting(job.id).await.unwrap().unwrap();
        assert_eq!(preview, frozen);
        assert_eq!(frozen.url, job.url);
        assert_eq!(frozen.pay.as_deref(), Some("42.000–52.000 €/año"));
        assert_eq!(frozen.locations, ["Sevilla, Andalucía, ES"]);
        assert!(!serde_json::to_string(&frozen).unwrap().contains("hr@acme.example"));
    })
    .await;
}

#[tokio::test]
async fn the_contact_address_stands_in_its_own_row_only() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = published(&board, "Rust engineer").await;
        assert_eq!(job.content.contact_email.as_deref(), Some("hr@acme.example"));
        for revision in board.jobs().revisions(job.id, None, None).await.unwrap().items {
            assert_eq!(revision.content.contact_email, None);
        }
        for event in board.audit().list(None, None, None).await.unwrap().items {
            assert!(!event.detail.to_string().contains('@'), "{event:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_import_may_lack_what_a_poster_must_give() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let bare = json!({ "title": "Engineer", "organization": { "name": "Acme" }, "description": "Work" });
        assert!(board.jobs().submit(&bare, Actor::Visitor).await.is_err());
        let mut prepared = Vec::new();
        let today = board.today(board.now());
        tablon_core::import::read(bare.to_string().as_bytes(), None, today, &mut |job| {
            prepared.push(job.prepare(&board.form, board.today(board.now())).unwrap());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        let imported = board.jobs().import(prepared, ImportRun::new(), Actor::System).await.unwrap();
        assert_eq!(imported[0].state, JobState::Submitted);
        let edited =
            board.jobs().patch(imported[0].id, &json!({ "title": "Engineer (m/f)" }), None, Actor::System).await;
        assert_eq!(edited.unwrap().content.title, "Engineer (m/f)");
    })
    .await;
}
