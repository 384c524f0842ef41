//! The schema, its migrations, and the line between tenants.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use tablon_core::store::{ChannelUpdate, NewTenant, StoreOptions};
use tablon_core::{Actor, Error, Store, SystemClock};
use tablon_migrations::{GLOBAL_TABLES, Migrator, MigratorTrait as _, TENANT_TABLES};
use tablon_testkit::TestDatabase;

use crate::fixture::{channel, on_both, published, submitted};

#[tokio::test]
async fn every_table_is_known_as_a_tenants_or_the_instances() {
    on_both(|world| async move {
        let db = Database::connect(world.database.url()).await.unwrap();
        let backend = db.get_database_backend();
        let sql = match backend {
            DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            _ => "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
        };
        let rows = db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        let there: BTreeSet<String> =
            rows.iter().map(|r| r.try_get("", "name").unwrap()).filter(|n| n != "seaql_migrations").collect();
        let known: BTreeSet<String> = TENANT_TABLES.iter().chain(GLOBAL_TABLES).map(|&t| t.to_owned()).collect();
        assert_eq!(there, known);
        for table in TENANT_TABLES {
            let sql = format!("SELECT tenant_id FROM {table} LIMIT 1");
            db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        }
        for table in GLOBAL_TABLES {
            let sql = format!("SELECT tenant_id FROM {table} LIMIT 1");
            assert!(db.query_all_raw(Statement::from_string(backend, sql)).await.is_err(), "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    on_both(|world| async move {
        world.board("acme").await;
        let copy = Store::migrate(world.database.url(), &world.clock).await.unwrap();
        assert_eq!(copy, None);
        assert!(world.store.tenants().by_slug("acme").await.unwrap().is_some());
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_sqlite_file_and_its_copies_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |file: &std::path::Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    let database = TestDatabase::sqlite().unwrap();
    let file = PathBuf::from(database.url().trim_start_matches("sqlite://"));
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", file.display()));
    // A database of an older version, which everybody on the machine may read.
    let older = Database::connect(format!("{}?mode=rwc", database.url())).await.unwrap();
    Migrator::up(&older, Some(1)).await.unwrap();
    older.close().await.unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();

    let copy = Store::migrate(database.url(), &SystemClock).await.unwrap().expect("a copy of the older database");
    assert_eq!((mode(&copy), mode(&file)), (0o600, 0o600));
    let options = StoreOptions {
        database_url: database.url().to_owned(),
        clock: Arc::new(SystemClock),
        keyring: None,
        base_url: "http://127.0.0.1:8080/".parse().unwrap(),
        max_connections: 2,
    };
    let store = Store::open(options.clone()).await.unwrap();
    store.tenants().create(NewTenant::new("acme".parse().unwrap(), "Acme"), Actor::System).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(&beside(suffix)), 0o600, "{suffix}");
        std::fs::set_permissions(beside(suffix), std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let again = Store::open(options).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(&beside(suffix)), 0o600, "{suffix}");
    }
    again.close().await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn nothing_of_a_tenant_is_found_or_changed_from_another() {
    on_both(|world| async move {
        let (acme, other) = (world.board("acme").await, world.board("other").await);
        let shown = channel(&acme, "jobs", Vec::new()).await;
        let job = published(&acme, "Rust engineer").await;
        let waiting = submitted(&acme, "Go engineer").await;
        let placement = acme.placements().for_job(job.id).await.unwrap().remove(0);
        let not_found = |e: Error| matches!(e, Error::NotFound);

        assert!(other.jobs().get(job.id).await.unwrap().is_none());
        assert!(other.jobs().by_slug(&job.slug).await.unwrap().is_none());
        assert!(other.jobs().posting(job.id).await.unwrap().is_none());
        assert!(other.jobs().tags().await.unwrap().is_empty());
        assert!(not_found(other.jobs().approve(waiting.id, Default::default(), Actor::System).await.unwrap_err()));
        assert!(not_found(other.jobs().reject(waiting.id, "no", None, Actor::System).await.unwrap_err()));
        assert!(not_found(other.jobs().close(job.id, Actor::System).await.unwrap_err()));
        assert!(not_found(other.jobs().patch(job.id, &serde_json::json!({}), None, Actor::System).await.unwrap_err()));
        assert!(other.channels().get(shown.id).await.unwrap().is_none());
        assert!(other.channels().secrets(shown.id).await.unwrap().names().next().is_none());
        assert!(not_found(other.channels().pause(shown.id, None, Actor::System).await.unwrap_err()));
        let update = ChannelUpdate::default();
        assert!(not_found(other.channels().update(shown.id, update, Actor::System).await.unwrap_err()));
        assert!(not_found(other.channels().delete(shown.id, Actor::System).await.unwrap_err()));
        assert!(other.placements().get(placement.id).await.unwrap().is_none());
        assert!(other.placements().for_job(job.id).await.unwrap().is_empty());
        assert!(not_found(other.placements().retry(placement.id, Actor::System).await.unwrap_err()));
        assert!(other.placements().attempts(placement.id).await.unwrap().is_empty());
        assert!(other.audit().list(Some(job.id), None, None).await.unwrap().items.is_empty());
        assert_eq!(acme.jobs().get(waiting.id).await.unwrap().unwrap().state.as_str(), "submitted");
    })
    .await;
}

#[tokio::test]
async fn writers_wait_for_each_other_and_none_fails() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let board = board.clone();
                tokio::spawn(async move { submitted(&board, &format!("Job {n}")).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let all = tablon_core::JobQuery { limit: Some(100), ..Default::default() };
        assert_eq!(board.jobs().list(&all).await.unwrap().items.len(), 20);
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_stored_sealed_and_comes_back_whole() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let made = channel(&board, "jobs", Vec::new()).await;
        assert_eq!(made.secret_names, ["bot_token"]);
        let secrets = board.channels().secrets(made.id).await.unwrap();
        assert_eq!(secrets.get("bot_token"), Some("123:abc"));
        assert!(!format!("{secrets:?}").contains("abc"));
        let db = Database::connect(world.database.url()).await.unwrap();
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), "SELECT sealed FROM channel_secrets"))
            .await
            .unwrap()
            .unwrap();
        let sealed: Vec<u8> = row.try_get("", "sealed").unwrap();
        assert!(!sealed.windows(3).any(|w| w == b"abc"));
    })
    .await;
}
