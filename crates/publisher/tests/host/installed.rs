//! Plugins from a source such as the database.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tablon_publisher::{
    Grant, Granted, HostOptions, Installation, InstalledFile, PluginHost, PluginSource, Source, package,
};
use tokio_util::sync::CancellationToken;

use crate::fixture::{hostile_file, offline, options, posting, secrets, target};
use crate::server::{Platform, ok};

/// A source that a test changes.
#[derive(Debug, Clone, Default)]
struct Shelf(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rows: Vec<Installation>,
    files: BTreeMap<String, Vec<u8>>,
    away: bool,
    fetched: usize,
}

#[async_trait]
impl PluginSource for Shelf {
    async fn list(&self) -> Result<Vec<Installation>, String> {
        let state = self.0.lock().unwrap();
        if state.away { Err("the database can't be reached".into()) } else { Ok(state.rows.clone()) }
    }

    async fn file(&self, sha256: &str) -> Result<Option<Vec<u8>>, String> {
        let mut state = self.0.lock().unwrap();
        state.fetched += 1;
        if state.away { Err("the database can't be reached".into()) } else { Ok(state.files.get(sha256).cloned()) }
    }
}

impl Shelf {
    /// Puts a file on the shelf and says what a row would say of it.
    fn put(&self, bytes: Vec<u8>, version: &str) -> InstalledFile {
        let sha256 = package::hash(&bytes);
        self.0.lock().unwrap().files.insert(sha256.clone(), bytes);
        InstalledFile { sha256, version: version.into(), grant: Grant::AsAsked }
    }

    fn install(&self, current: InstalledFile, previous: Option<InstalledFile>) {
        let row = Installation { id: "hostile".into(), enabled: true, current: Some(current), previous };
        self.0.lock().unwrap().rows = vec![row];
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }
}

/// A shelf, and a host that takes from it alone.
async fn shelf_and_host() -> (Shelf, PluginHost, tempfile::TempDir) {
    let (shelf, nothing) = (Shelf::default(), tempfile::tempdir().unwrap());
    let options = HostOptions { installed: Some(Arc::new(shelf.clone())), ..options(nothing.path()) };
    (shelf.clone(), PluginHost::new(options).await.unwrap(), nothing)
}

fn version(version: &str) -> Vec<u8> {
    let file = fs::read(hostile_file()).unwrap();
    let manifest =
        package::manifest(&file).unwrap().replace("version = \"0.1.0\"", &format!("version = \"{version}\""));
    package::with_section(&file, package::MANIFEST_SECTION, manifest.as_bytes()).unwrap()
}

fn version_of(host: &PluginHost) -> Option<String> {
    Some(host.plugin("hostile")?.manifest().version.clone())
}

#[tokio::test]
async fn what_is_installed_while_the_host_runs_is_taken_up_and_what_is_removed_goes() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let stop = CancellationToken::new();
    let watching = tokio::spawn({
        let (host, stop) = (host.clone(), stop.clone());
        async move { host.watch(stop).await }
    });
    let becomes = async |wanted: Option<&str>| {
        let there = async {
            while version_of(&host).as_deref() != wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), there).await.unwrap_or_else(|_| panic!("{:?}", host.problems()));
    };
    shelf.install(shelf.put(version("1"), "1"), None);
    becomes(Some("1")).await;
    let old = host.plugin("hostile").unwrap();
    shelf.install(shelf.put(version("2"), "2"), None);
    becomes(Some("2")).await;
    assert!(old.render(&posting(), &offline("")).await.result.is_ok(), "calls under way finish with the old one");
    shelf.change(|state| state.rows[0].enabled = false);
    becomes(None).await;
    shelf.change(|state| state.rows[0].enabled = true);
    becomes(Some("2")).await;
    shelf.change(|state| state.rows.clear());
    becomes(None).await;
    stop.cancel();
    watching.await.unwrap();
}

#[tokio::test]
async fn a_plugin_has_what_was_granted_and_no_more() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let file = shelf.put(version("1"), "1");
    let granted = |granted: Granted| InstalledFile { grant: Grant::Only(granted), ..file.clone() };
    let platform = Platform::start(&[ok("")]).await;
    let told = async |plain: bool| {
        let url = if plain { format!("{}/x", platform.base) } else { format!("{}/{{token}}", platform.base) };
        let plugin = host.plugin("hostile").unwrap_or_else(|| panic!("{:?}", host.problems()));
        crate::fixture::told(&plugin, &target("", &platform.base, serde_json::json!({ "url": url }))).await
    };

    shelf.install(granted(Granted::default()), None);
    host.reload().await;
    assert!(told(true).await.contains("not among the hosts"));

    let hosts = vec![tablon_publisher::HostRule::Setting("base_url".into())];
    shelf.install(granted(Granted { hosts: hosts.clone(), ..Granted::default() }), None);
    host.reload().await;
    assert!(told(true).await.starts_with("200"));
    let said = told(false).await;
    assert!(said.contains("wasn't granted the secret token"), "{said}");

    shelf.install(granted(Granted { hosts, secrets: vec!["token".into()], ..Granted::default() }), None);
    host.reload().await;
    assert!(told(false).await.starts_with("200"));
    assert_eq!(shelf.0.lock().unwrap().fetched, 1, "another grant compiles nothing anew");
    assert!(!secrets().names().next().unwrap().is_empty());
}

#[tokio::test]
async fn where_the_new_version_can_not_be_used_the_one_before_goes_on_and_it_is_told() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let good = shelf.put(version("1"), "1");
    let mut broken = version("2");
    let middle = broken.len() / 3;
    broken[middle..middle + 200].fill(0x55);
    shelf.install(shelf.put(broken, "2"), Some(good.clone()));
    host.reload().await;
    assert_eq!(version_of(&host).as_deref(), Some("1"));
    let problems = host.problems();
    assert_eq!(problems[0].source, Source::Installed);
    let said = &problems[0].message;
    assert!(said.starts_with("hostile 2: it can't be compiled") && said.contains("version 1"), "{said}");
}

#[tokio::test]
async fn a_file_that_is_not_the_one_that_was_installed_is_not_used() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let pinned = shelf.put(version("1"), "1");
    shelf.change(|state| drop(state.files.insert(pinned.sha256.clone(), version("2"))));
    shelf.install(pinned.clone(), None);
    host.reload().await;
    assert!(host.plugins().is_empty());
    assert!(host.problems()[0].message.contains("isn't the one that was installed"), "{:?}", host.problems());
    shelf.change(|state| state.files.clear());
    host.reload().await;
    assert!(host.problems()[0].message.contains("its file is gone"), "{:?}", host.problems());
}

#[tokio::test]
async fn a_file_that_calls_itself_otherwise_is_not_used() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let file = shelf.put(version("1"), "1");
    shelf.install(file, None);
    shelf.change(|state| state.rows[0].id = "telegram".into());
    host.reload().await;
    assert!(host.plugins().is_empty());
    assert!(host.problems()[0].message.contains("says that it is hostile"), "{:?}", host.problems());
}

#[tokio::test]
async fn a_database_that_is_away_takes_no_plugin_away() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    shelf.install(shelf.put(version("1"), "1"), None);
    host.reload().await;
    shelf.change(|state| state.away = true);
    host.reload().await;
    assert_eq!(version_of(&host).as_deref(), Some("1"));
    assert!(host.problems()[0].message.contains("can't be reached"), "{:?}", host.problems());
    shelf.change(|state| state.away = false);
    host.reload().await;
    assert!(host.problems().is_empty());
}

#[tokio::test]
async fn a_file_in_a_folder_stands_in_front_and_a_plugin_of_the_program_can_be_switched_off() {
    let (shelf, directory) = (Shelf::default(), crate::fixture::directory());
    shelf.install(shelf.put(version("9"), "9"), None);
    let options = HostOptions { installed: Some(Arc::new(shelf.clone())), bundled: true, ..options(directory.path()) };
    let host = PluginHost::new(options).await.unwrap();
    assert_eq!(version_of(&host).as_deref(), Some("0.1.0"));
    assert!(host.problems()[0].message.contains("stands in front of it"), "{:?}", host.problems());

    let bundled = host.plugins().iter().find(|plugin| *plugin.source() == Source::Bundled).unwrap().id().to_owned();
    let off = Installation { id: bundled.clone(), enabled: false, current: None, previous: None };
    shelf.change(|state| state.rows = vec![off]);
    host.reload().await;
    assert!(host.plugin(&bundled).is_none());
    assert!(host.problems().is_empty(), "it is no problem: {:?}", host.problems());
}

#[tokio::test]
async fn before_the_first_answer_of_the_database_nothing_runs_that_may_be_switched_off() {
    let (shelf, folder) = (Shelf::default(), tempfile::tempdir().unwrap());
    fs::copy(hostile_file(), folder.path().join("hostile.wasm")).unwrap();
    shelf.change(|state| {
        state.away = true;
        state.rows = vec![Installation { id: "hostile".into(), enabled: false, current: None, previous: None }];
    });
    let host_options = HostOptions { installed: Some(Arc::new(shelf.clone())), ..options(folder.path()) };
    let host = PluginHost::new(host_options).await.unwrap();
    assert!(host.plugin("hostile").is_none());
    assert!(
        host.problems().iter().any(|problem| problem.message.contains("can't be reached")),
        "{:?}",
        host.problems()
    );
    shelf.change(|state| state.away = false);
    host.reload().await;
    assert!(host.plugin("hostile").is_none(), "it is switched off");
    shelf.change(|state| state.rows.clear());
    host.reload().await;
    assert!(host.plugin("hostile").is_some());
}
