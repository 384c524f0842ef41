//! What the log says of what no route of the API does: the installation, the engine, imports, and older databases.

use chrono::Duration;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use serde_json::{Value, json};
use tablon_core::delivery::Operation;
use tablon_core::store::{AuditEvent, Findings, ImportRun, InstallationEvent, NewPlugin, Outcome, Verdict};
use tablon_core::{Actor, ActorKind, AuditAction, Store, SubjectKind, TenantScope};
use uuid::Uuid;

use crate::fixture::{World, channel, on_both, published, submitted};
use crate::worker::{claim_one, finish};

async fn log(board: &TenantScope, id: Uuid) -> Vec<AuditEvent> {
    board.audit().list(Some(id), None, None).await.unwrap().items
}

async fn installation(world: &World) -> Vec<InstallationEvent> {
    let mut cursor = None;
    let mut events = Vec::new();
    loop {
        let page = world.store.installation_log().list(cursor.as_deref(), Some(2)).await.unwrap();
        events.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return events;
        }
    }
}

#[tokio::test]
async fn plugins_are_on_record_from_their_install_to_their_end() {
    on_both(|world| async move {
        let plugins = world.store.plugins();
        let install = async |version: &str, host: &str| {
            let grants = json!({ "hosts": [host] });
            let bytes = version.as_bytes().to_vec();
            let new = NewPlugin { id: "hello".to_owned(), version: version.to_owned(), bytes, grants };
            plugins.install(new, Actor::CommandLine).await.unwrap().current.unwrap()
        };
        let one = install("1", "a.example").await;
        install("1", "a.example").await;
        install("1", "b.example").await;
        let two = install("2", "b.example").await;
        let grants = json!({ "hosts": [] });
        plugins.rollback("hello", &one.sha256, grants, Actor::CommandLine).await.unwrap().unwrap();
        plugins.disable("hello", Actor::CommandLine).await.unwrap();
        plugins.disable("hello", Actor::CommandLine).await.unwrap();
        assert!(plugins.enable("hello", Actor::CommandLine).await.unwrap());
        assert!(!plugins.enable("hello", Actor::CommandLine).await.unwrap());
        assert!(plugins.remove("hello", Actor::CommandLine).await.unwrap());
        assert!(!plugins.remove("hello", Actor::CommandLine).await.unwrap());

        let log = installation(&world).await;
        assert!(log.iter().all(|event| {
            let subject = (event.subject_kind, event.subject_id.as_str());
            (event.actor_kind, subject) == (ActorKind::CommandLine, (SubjectKind::Plugin, "hello"))
        }));
        let in_use = |version: &str, sha256: &str, changed: &[&str]| {
            json!({ "version": version, "sha256": sha256, "changed": changed })
        };
        let all = ["grants", "sha256", "version"];
        let told: Vec<(AuditAction, Value)> = log.into_iter().map(|event| (event.action, event.detail)).collect();
        let expected = [
            (AuditAction::PluginRemove, json!({})),
            (AuditAction::PluginEnable, json!({})),
            (AuditAction::PluginDisable, json!({})),
            (AuditAction::PluginRollback, in_use("1", &one.sha256, &all)),
            (AuditAction::PluginInstall, in_use("2", &two.sha256, &["sha256", "version"])),
            (AuditAction::PluginGrant, in_use("1", &one.sha256, &["grants"])),
            (AuditAction::PluginInstall, in_use("1", &one.sha256, &all)),
        ];
        assert_eq!(told, expected);
    })
    .await;
}

#[tokio::test]
async fn a_board_is_on_record_where_it_is_made_and_its_changes_in_its_own_log() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let made = installation(&world).await.remove(0);
        assert_eq!((made.action, made.subject_id), (AuditAction::TenantCreate, board.id.to_string()));
        let update = json!({ "time_zone": "Europe/Madrid", "locale": "pt-BR", "description": "Ana's board" });
        let person = Uuid::now_v7();
        let by = Actor::User(person);
        let board = world.store.tenants().update(&board, &update, None, &["en"], by).await.unwrap();
        world.store.tenants().update(&board, &update, None, &["en"], by).await.unwrap();
        let log = log(&board, board.id).await;
        assert_eq!(log.len(), 1, "the second time nothing changed: {log:?}");
        assert_eq!((log[0].action, log[0].actor_id), (AuditAction::TenantUpdate, Some(person)));
        assert_eq!(log[0].detail, json!({ "changed": ["description", "locale"], "version": 2 }));
    })
    .await;
}

#[tokio::test]
async fn what_time_and_platforms_do_is_on_record_as_the_programs_doing() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let claim = claim_one(&world, Operation::Publish).await;
        finish(&world, &claim, Outcome::Unauthorized, Verdict::Pause { findings: Findings::default() }).await;
        let paused = log(&board, channel.id).await.remove(0);
        assert_eq!((paused.action, paused.actor_kind), (AuditAction::ChannelPause, ActorKind::System));
        assert_eq!(paused.detail, json!({ "outcome": "unauthorized", "placement": claim.placement_id }));

        board.channels().resume(channel.id, Actor::System).await.unwrap();
        let claim = claim_one(&world, Operation::Publish).await;
        let settings = json!({ "chat_id": "-100", "to": "ana@example.org" });
        let moved = Verdict::Moved { settings, lanes: Vec::new(), at: board.now() };
        finish(&world, &claim, Outcome::Moved, moved).await;
        let moved = log(&board, channel.id).await.remove(0);
        assert_eq!((moved.action, moved.actor_kind), (AuditAction::ChannelMoved, ActorKind::System));
        assert_eq!(moved.detail, json!({ "changed": ["settings.chat_id", "settings.to"] }));

        world.clock.advance(Duration::days(365));
        world.store.queue().advance_jobs().await.unwrap();
        let expired = log(&board, job.id).await.remove(0);
        assert_eq!((expired.action, expired.actor_kind), (AuditAction::JobExpire, ActorKind::System));
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_stops_with_words_about_somebody_keeps_them_out_of_the_log() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let words = "550 <ana@example.org> has unsubscribed";
        let paused = board.channels().pause(list.id, Some(words), Actor::System).await.unwrap();
        assert_eq!(paused.problem.as_deref(), Some(words));
        assert_eq!(log(&board, list.id).await[0].detail, json!({}));
        board.mail().erase("ana@example.org", Actor::CommandLine).await.unwrap();
        let erased = log(&board, board.id).await.remove(0);
        assert_eq!((erased.action, erased.detail), (AuditAction::MailErase, json!({ "mails": 0 })));
    })
    .await;
}

#[tokio::test]
async fn an_import_says_which_fields_of_a_job_followed_its_source() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let import = async |salary: u32| {
            let offer = json!({
                "@type": "JobPosting", "identifier": "1", "title": "Baker", "hiringOrganization": "Oven",
                "description": "Bread.",
                "baseSalary": { "currency": "EUR", "value": { "value": salary, "unitText": "YEAR" } },
            });
            let mut prepared = Vec::new();
            tablon_core::import::read(offer.to_string().as_bytes(), None, board.today(board.now()), &mut |job| {
                prepared.push(job.prepare(&board.form, board.today(board.now())).unwrap());
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
            board.jobs().import(prepared, ImportRun::new(), Actor::CommandLine).await.unwrap().remove(0)
        };
        let first = import(30_000).await;
        import(30_000).await;
        assert_eq!(import(31_000).await.id, first.id);
        let log = log(&board, first.id).await;
        let told: Vec<_> = log.iter().map(|event| (event.action, event.actor_kind, event.detail.clone())).collect();
        let edit = json!({ "changed": ["salary"], "revision": 2, "by_import": true });
        let expected = [
            (AuditAction::JobEdit, ActorKind::CommandLine, edit),
            (AuditAction::JobSubmit, ActorKind::CommandLine, json!({ "by_import": true })),
        ];
        assert_eq!(told, expected);
    })
    .await;
}

#[tokio::test]
async fn older_events_lose_what_may_be_somebodys_address() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        board.channels().pause(list.id, None, Actor::System).await.unwrap();
        let job = submitted(&board, "Baker").await;
        let execute = async |sql: &str| world.database.execute(sql).await.unwrap();
        let old =
            r#"{"problem":"ana@example.org has unsubscribed","settings":{"to":"ana@example.org"},"origin":"link"}"#;
        execute(&format!("UPDATE audit_events SET detail = '{old}' WHERE action IN ('channel.pause', 'job.submit')"))
            .await;
        // As it was before the log of the installation.
        execute("DROP TABLE installation_events").await;
        execute("DELETE FROM seaql_migrations WHERE version = 'm20261130_000014_installation_events'").await;
        Store::migrate(world.database.url(), &world.clock).await.unwrap();
        assert_eq!(log(&board, list.id).await[0].detail, json!({ "origin": "link" }));
        let untouched: Value = serde_json::from_str(old).unwrap();
        assert_eq!(log(&board, job.id).await[0].detail, untouched, "only where the older program wrote them");
        assert!(world.store.installation_log().list(None, None).await.unwrap().items.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_comes_to_nothing_leaves_no_event() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = published(&board, "Rust engineer").await;
        let before = log(&board, job.id).await;
        assert!(board.jobs().reopen(job.id, Actor::System).await.is_err());
        assert!(board.jobs().discard_revision(job.id, "No.", None, Actor::System).await.is_err());
        assert_eq!(log(&board, job.id).await, before);
        // Nor does one whose event can't be written change anything.
        let db = Database::connect(world.database.url()).await.unwrap();
        db.execute_unprepared("ALTER TABLE audit_events RENAME TO away").await.unwrap();
        assert!(board.jobs().fill(job.id, Actor::System).await.is_err());
        db.execute_unprepared("ALTER TABLE away RENAME TO audit_events").await.unwrap();
        assert_eq!(board.jobs().get(job.id).await.unwrap().unwrap().state.as_str(), "published");
        let backend: DbBackend = db.get_database_backend();
        let count = Statement::from_string(backend, "SELECT count(*) AS n FROM jobs WHERE ended_at IS NOT NULL");
        let ended: i64 = db.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap();
        assert_eq!(ended, 0);
    })
    .await;
}
