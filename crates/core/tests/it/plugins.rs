//! Installed plugins: versions, switching off, rolling back, taking away.

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::json;
use tablon_core::store::{NewPlugin, PluginInstall, PluginVersion};
use tablon_core::{Actor, Error};

use crate::fixture::{World, channel, on_both};

async fn install(world: &World, version: &str, host: &str) -> PluginInstall {
    let new = NewPlugin {
        id: "hello".to_owned(),
        version: version.to_owned(),
        bytes: format!("file of {version}").into_bytes(),
        grants: json!({ "hosts": [host] }),
    };
    world.store.plugins().install(new, Actor::System).await.unwrap()
}

async fn files(world: &World) -> i64 {
    let db = Database::connect(world.database.url()).await.unwrap();
    let count = Statement::from_string(db.get_database_backend(), "SELECT count(*) AS n FROM plugin_files");
    db.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap()
}

#[tokio::test]
async fn an_installed_file_is_kept_by_its_hash() {
    on_both(|world| async move {
        let made = install(&world, "1", "a.example").await;
        let version = made.current.unwrap();
        assert!(made.enabled && made.previous.is_none());
        assert_eq!(version.sha256.len(), 64);
        let bytes = world.store.plugins().file(&version.sha256).await.unwrap();
        assert_eq!(bytes.as_deref(), Some(&b"file of 1"[..]));
        assert_eq!(world.store.plugins().list().await.unwrap().len(), 1);
        assert!(world.store.plugins().get("other").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn rolling_back_swaps_the_two_versions_and_grants_what_the_operator_says() {
    on_both(|world| async move {
        let plugins = world.store.plugins();
        let one = install(&world, "1", "a.example").await.current.unwrap();
        let less = json!({ "hosts": [] });
        assert_eq!(
            plugins.rollback("hello", &one.sha256, less.clone(), Actor::System).await.unwrap(),
            None,
            "nothing before it"
        );
        let two = install(&world, "2", "b.example").await;
        assert_eq!(two.previous.as_ref(), Some(&one));
        let two = two.current.unwrap();
        assert_eq!(
            plugins.rollback("hello", &two.sha256, less.clone(), Actor::System).await.unwrap(),
            None,
            "another than was meant"
        );

        let back = plugins.rollback("hello", &one.sha256, less.clone(), Actor::System).await.unwrap().unwrap();
        let narrowed = PluginVersion { grants: less, ..one };
        assert_eq!((back.current.as_ref(), back.previous.as_ref()), (Some(&narrowed), Some(&two)));
        let forth = plugins.rollback("hello", &two.sha256, two.grants.clone(), Actor::System).await.unwrap().unwrap();
        assert_eq!((forth.current, forth.previous), (Some(two.clone()), Some(narrowed)));
        let gone = plugins.rollback("other", &two.sha256, json!({}), Actor::System).await;
        assert!(matches!(gone, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn the_same_file_again_changes_its_grants_alone() {
    on_both(|world| async move {
        install(&world, "1", "a.example").await;
        install(&world, "2", "b.example").await;
        let again = install(&world, "2", "c.example").await;
        assert_eq!(again.current.unwrap().grants, json!({ "hosts": ["c.example"] }));
        assert_eq!(again.previous.unwrap().version, "1");
    })
    .await;
}

#[tokio::test]
async fn files_that_nobody_can_roll_back_to_are_forgotten() {
    on_both(|world| async move {
        for version in ["1", "2", "3"] {
            install(&world, version, "a.example").await;
        }
        assert_eq!(files(&world).await, 2);
        assert!(world.store.plugins().remove("hello", Actor::System).await.unwrap());
        assert_eq!(files(&world).await, 0);
        assert!(!world.store.plugins().remove("hello", Actor::System).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_is_switched_off_stays_off_until_somebody_switches_it_on() {
    on_both(|world| async move {
        let plugins = world.store.plugins();
        install(&world, "1", "a.example").await;
        plugins.disable("hello", Actor::System).await.unwrap();
        assert!(!install(&world, "2", "a.example").await.enabled);
        assert!(plugins.enable("hello", Actor::System).await.unwrap());
        assert!(plugins.get("hello").await.unwrap().unwrap().enabled);
        assert!(!plugins.enable("hello", Actor::System).await.unwrap());

        // One of the program itself has no file here.
        plugins.disable("telegram", Actor::System).await.unwrap();
        let row = plugins.get("telegram").await.unwrap().unwrap();
        assert!(!row.enabled && row.current.is_none());
        assert!(!plugins.remove("telegram", Actor::System).await.unwrap());
        assert!(plugins.enable("telegram", Actor::System).await.unwrap());
        assert!(plugins.get("telegram").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_channels_of_a_plugin_are_counted_over_all_boards() {
    on_both(|world| async move {
        for board in ["acme", "other"] {
            channel(&world.board(board).await, "jobs", Vec::new()).await;
        }
        assert_eq!(world.store.plugins().channels_using("telegram").await.unwrap(), 2);
        assert_eq!(world.store.plugins().channels_using("hello").await.unwrap(), 0);
    })
    .await;
}
