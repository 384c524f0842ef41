//! Finding jobs however they are written.

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;
use tablon_core::store::ApproveOptions;
use tablon_core::{Actor, Error, JobQuery, TenantScope};

use crate::fixture::{offer, on_both};

async fn published(board: &TenantScope, title: &str, tag: &str) -> String {
    let mut job = offer(title);
    job["tags"] = json!([tag]);
    let job = board.jobs().submit(&job, Actor::Visitor).await.unwrap().job;
    board.jobs().approve(job.id, ApproveOptions::default(), Actor::System).await.unwrap().slug
}

async fn found(board: &TenantScope, q: &str) -> Vec<String> {
    let page = board.jobs().list(&JobQuery { q: Some(q.into()), ..JobQuery::public() }).await.unwrap();
    page.items.into_iter().map(|job| job.content.title).collect()
}

async fn tagged(board: &TenantScope, tag: &str) -> u64 {
    board.jobs().count(&JobQuery { tag: Some(tag.into()), ..JobQuery::public() }).await.unwrap()
}

#[tokio::test]
async fn a_search_folds_every_latin_letter_and_every_dash() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let slug = published(&board, "Księgowa w Łodzi, Straße", "łódź").await;
        assert!(slug.starts_with("ksiegowa-w-lodzi-strasse-"), "a new address folds the same way: {slug}");
        published(&board, "Full-stack developer in Tårnby", "full-stack").await;
        for q in ["lodzi", "ŁODZI", "ksie\u{328}gowa", "strasse", "STRAẞE"] {
            assert_eq!(found(&board, q).await, ["Księgowa w Łodzi, Straße"], "{q}");
        }
        for q in ["full stack", "full-stack", "Full‑Stack", "stack full", "tarnby"] {
            assert_eq!(found(&board, q).await, ["Full-stack developer in Tårnby"], "{q}");
        }
        for (tag, jobs) in [("lodz", 1), ("Łódź", 1), ("Ło\u{301}dz\u{301}", 1), ("full stack", 1), ("full", 0)] {
            assert_eq!(tagged(&board, tag).await, jobs, "{tag}");
        }
    })
    .await;
}

#[tokio::test]
async fn jobs_stored_by_an_older_version_are_found_too_and_keep_their_addresses() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let mut slugs = Vec::new();
        for n in 0..60 {
            slugs.push(published(&board, &format!("Łódź {n}"), "łódź").await);
        }
        // What an older version left: another fold, tags as they stand, addresses made from it.
        let db = Database::connect(world.database.url()).await.unwrap();
        db.execute_unprepared("UPDATE jobs SET search_text = 'łodz', fold_version = 0, revised_at = NULL")
            .await
            .unwrap();
        db.execute_unprepared("UPDATE jobs SET slug = 'łodz-old' WHERE slug LIKE 'lodz-0-%'").await.unwrap();
        db.execute_unprepared("UPDATE job_tags SET folded = tag").await.unwrap();
        slugs[0] = "łodz-old".to_owned();
        assert_eq!(tagged(&board, "lodz").await, 0);
        assert!(found(&board, "lodz 59").await.is_empty());

        let mut batches = Vec::new();
        loop {
            match world.store.reindex_jobs().await.unwrap() {
                0 => break,
                jobs => batches.push(jobs),
            }
        }
        assert_eq!(batches, [50, 10], "in batches, so that other writers get their turn");
        assert_eq!((found(&board, "lodz 59").await.len(), tagged(&board, "lodz").await), (1, 60));
        for slug in &slugs {
            assert!(board.jobs().by_slug(slug).await.unwrap().is_some(), "{slug}");
        }
        let feed = board.jobs().feed(&JobQuery::public()).await.unwrap();
        assert!(feed.items.iter().all(|entry| entry.updated_at >= entry.published_at));
    })
    .await;
}

#[tokio::test]
async fn a_search_beyond_its_bounds_is_refused_in_words() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        for q in ["x".repeat(50_000), "a ".repeat(40), "é".repeat(201)] {
            let query = JobQuery { q: Some(q), ..JobQuery::default() };
            for refused in [board.jobs().list(&query).await.map(|_| ()), board.jobs().count(&query).await.map(|_| ())] {
                let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
                assert_eq!(errors.0[0].pointer, "/q");
            }
        }
    })
    .await;
}
