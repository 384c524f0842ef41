//! Plugins from a source such as the database.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tablon_publisher::{
    FileFault, Grant, HostOptions, Installation, InstalledFile, PluginHost, PluginSource, Source, package,
};
use tokio_util::sync::CancellationToken;

use crate::fixture::{hostile_file, offline, options, posting, target, told};
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

/// The hostile plugin with something else in its manifest.
fn with_manifest(old: &str, new: &str) -> Vec<u8> {
    let file = fs::read(hostile_file()).unwrap();
    let manifest = package::manifest(&file).unwrap();
    assert!(manifest.contains(old), "{manifest}");
    package::with_section(&file, package::MANIFEST_SECTION, manifest.replace(old, new).as_bytes()).unwrap()
}

fn version(version: &str) -> Vec<u8> {
    with_manifest("version = \"0.1.0\"", &format!("version = \"{version}\""))
}

/// A version that can't be compiled.
fn broken(version: &str) -> Vec<u8> {
    let mut broken = self::version(version);
    let middle = broken.len() / 3;
    broken[middle..middle + 200].fill(0x55);
    broken
}

/// The same file, granted only this.
fn granting(file: &InstalledFile, granted: Value) -> InstalledFile {
    InstalledFile { grant: Grant::Only(serde_json::from_value(granted).unwrap()), ..file.clone() }
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
    let platform = Platform::start(&[ok("")]).await;
    let told = async |granted: Value, mode: &str, url: &str| {
        shelf.install(granting(&file, granted), None);
        host.reload().await;
        let plugin = host.plugin("hostile").unwrap_or_else(|| panic!("{:?}", host.problems()));
        let url = format!("{}/{url}", platform.base);
        crate::fixture::told(&plugin, &target(mode, &platform.base, json!({ "url": url }))).await
    };

    assert!(told(json!({}), "", "x").await.contains("not among the hosts"));
    let hosts = json!(["setting:base_url"]);
    assert!(told(json!({ "hosts": hosts }), "", "x").await.starts_with("200"));
    let said = told(json!({ "hosts": hosts }), "", "{token}").await;
    assert!(said.contains("wasn't granted the secret token"), "{said}");

    let sent = json!({ "hosts": hosts, "secrets": { "token": { "origins": hosts } } });
    assert!(told(sent.clone(), "", "{token}").await.starts_with("200"));
    let said = told(sent, "sign", "").await;
    assert!(said.contains("wasn't granted signing with the secret token"), "{said}");
    let signed = json!({ "hosts": hosts, "secrets": { "token": { "sign": true } } });
    assert!(told(signed.clone(), "sign", "").await.starts_with("Ok("));
    let said = told(signed, "", "{token}").await;
    assert!(said.contains("the secret token may not be sent to"), "{said}");
    assert_eq!(shelf.0.lock().unwrap().fetched, 1, "another grant compiles nothing anew");
}

#[tokio::test]
async fn a_version_that_would_send_a_secret_to_another_granted_host_does_not() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let (home, other) = (Platform::start(&[ok("")]).await, Platform::start(&[ok("")]).await);
    let both = "origins = [\"setting:base_url\", \"setting:other_url\"]";
    let file = shelf.put(with_manifest("origins = [\"setting:base_url\"]", both), "2");
    let hosts = ["setting:base_url", "setting:other_url"];
    let told = async |origins: &[&str], to: &Platform| {
        let granted = json!({ "hosts": hosts, "secrets": { "token": { "origins": origins } } });
        shelf.install(granting(&file, granted), None);
        host.reload().await;
        let plugin = host.plugin("hostile").unwrap_or_else(|| panic!("{:?}", host.problems()));
        let more = json!({ "other_url": other.base, "url": format!("{}/{{token}}", to.base) });
        crate::fixture::told(&plugin, &target("", &home.base, more)).await
    };
    assert!(told(&hosts[..1], &home).await.starts_with("200"));
    let said = told(&hosts[..1], &other).await;
    assert!(said.contains("the secret token may not be sent to") && other.requests().is_empty(), "{said}");
    assert!(told(&hosts, &other).await.starts_with("200"), "once somebody has granted that");
}

#[tokio::test]
async fn what_stands_in_for_another_version_has_no_more_than_that_one_was_granted() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let wide = json!({ "hosts": ["setting:base_url", "api.example.org"], "secrets": { "token": { "sign": true } } });
    let narrow = json!({ "hosts": ["setting:base_url"], "mail": ["setting:to"] });
    let before = granting(&shelf.put(version("1"), "1"), wide);
    shelf.install(granting(&shelf.put(broken("2"), "2"), narrow), Some(before));
    host.reload().await;
    assert_eq!(version_of(&host).as_deref(), Some("1"));
    let plugin = host.plugin("hostile").unwrap();
    let may: Vec<_> = plugin.grant().of(plugin.manifest()).permissions().iter().map(ToString::to_string).collect();
    assert_eq!(may.len(), 1, "{may:?}");
    assert!(may[0].contains("setting:base_url"), "{may:?}");
    let said = &host.problems()[0].message;
    assert!(
        said.ends_with(
            "so it may not send requests to api.example.org, sign with the secret token; \
             `tablon plugin rollback hostile --yes` grants that"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn a_plugin_of_the_program_that_stands_in_for_an_installed_one_has_no_more_either() {
    let (shelf, nothing) = (Shelf::default(), tempfile::tempdir().unwrap());
    let id = tablon_publisher::bundled_manifest("telegram").expect("it is part of the program").id;
    let current = granting(&shelf.put(broken("9"), "9"), json!({ "hosts": ["setting:api_base_url"] }));
    let row = Installation { id: id.clone(), enabled: true, current: Some(current), previous: None };
    shelf.change(|state| state.rows = vec![row]);
    let options = HostOptions { installed: Some(Arc::new(shelf.clone())), bundled: true, ..options(nothing.path()) };
    let host = PluginHost::new(options).await.unwrap();
    let plugin = host.plugin(&id).unwrap_or_else(|| panic!("{:?}", host.problems()));
    assert_eq!(plugin.source(), &Source::Bundled);
    assert_eq!(plugin.grant().of(plugin.manifest()).permissions().len(), 1);
    let said = &host.problems()[0].message;
    assert!(said.contains("may not send the secret bot_token"), "{said}");
    assert!(said.ends_with("`tablon plugin remove telegram` gives it that"), "{said}");
}

#[tokio::test]
async fn where_the_new_version_can_not_be_used_the_one_before_goes_on_and_it_is_told() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let good = shelf.put(version("1"), "1");
    shelf.install(shelf.put(broken("2"), "2"), Some(good.clone()));
    host.reload().await;
    assert_eq!(version_of(&host).as_deref(), Some("1"));
    let problems = host.problems();
    assert_eq!(problems[0].source, Source::Installed);
    let said = &problems[0].message;
    assert!(said.starts_with("hostile 2: it can't be compiled"), "{said}");
    assert!(said.ends_with("version 1 (installed) is used instead"), "{said}");
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
    assert_eq!(host.problems()[0].fault, FileFault::Unreadable);
    assert_eq!(host.problems()[0].plugin.as_deref(), Some("hostile"));
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
    assert_eq!(host.problems()[0].fault, FileFault::Unavailable);
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
    assert_eq!(host.problems()[0].fault, FileFault::SameId);

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

#[tokio::test]
async fn a_plugin_reaches_only_the_hosts_that_were_granted_when_it_was_installed() {
    let (shelf, host, _nothing) = shelf_and_host().await;
    let platform = Platform::start(&[ok("")]).await;
    let granted = json!({ "hosts": ["api.example.org"] });
    shelf.install(granting(&shelf.put(version("0.1.0"), "0.1.0"), granted), None);
    host.reload().await;
    let plugin = host.plugin("hostile").expect("installed");
    let said = told(&plugin, &target("", &platform.base, json!({}))).await;
    assert!(said.contains("not among the hosts"), "{said}");
    assert!(platform.requests().is_empty());
}
