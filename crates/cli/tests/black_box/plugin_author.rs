//! Somebody writes a plugin, tries it, hands it out; somebody else installs it into a running board.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tablon_core::store::NewPlugin;
use tablon_core::{Actor, Store, StoreOptions, SystemClock};
use tablon_testkit::Backend;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::api::Api;
use crate::board::{Board, Program, job, run};
use crate::hook::Hook;
use crate::plugin_install::install;

/// The folder in which whatever these tests compile stays, so that they compile it once.
fn warm() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugin-scaffold")
}

fn tablon(folder: &Path, args: &[&str]) -> Command {
    let mut command = Program::bare();
    command.current_dir(folder).args(args).env("CARGO_TARGET_DIR", warm());
    command
}

/// Runs a command to its end, and reads its one JSON value.
#[track_caller]
fn json_of(folder: &Path, args: &[&str]) -> Value {
    let output = run(&mut tablon(folder, &[args, &["--json"]].concat()), "");
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    serde_json::from_slice(&output.stdout).expect("one JSON value")
}

pub(crate) fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn refused(folder: &Path, args: &[&str], says: &str) {
    let output = run(&mut tablon(folder, args), "");
    let said = said(&output);
    assert!(!output.status.success() && said.contains(says), "{args:?}: {said}");
}

/// A plugin's file that needs no building: the hostile plugin, which is small, under another id and version.
pub(crate) fn variant(id: &str, version: &str, hosts: &str) -> Vec<u8> {
    use tablon_publisher::package;
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins-testing/hostile.wasm");
    let bytes = fs::read(bundled).expect("`cargo xtask plugins` has been run");
    let manifest = package::manifest(&bytes).expect("a manifest");
    let manifest = manifest
        .replace("id = \"hostile\"", &format!("id = \"{id}\""))
        .replace("version = \"0.1.0\"", &format!("version = \"{version}\""))
        .replace("\"api.example.org\"", hosts);
    package::with_section(&bytes, package::MANIFEST_SECTION, manifest.as_bytes()).expect("a component")
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_name_or_a_folder_that_does_not_do_is_told() {
    let folder = folder();
    for bad in ["My Plugin", "../evil", "-x", "x-", "2nd", "ñ", ""] {
        refused(folder.path(), &["plugin", "new", "--", bad], "can't be a plugin's name");
    }
    json_of(folder.path(), &["plugin", "new", "hello", "--lang", "js"]);
    refused(folder.path(), &["plugin", "new", "hello"], "is there already");
    fs::write(folder.path().join("taken"), "x").expect("a file");
    refused(folder.path(), &["plugin", "new", "taken"], "taken");
    refused(folder.path(), &["plugin", "new", "x", "--lang", "cobol"], "cobol");
    refused(folder.path(), &["plugin", "check", "nowhere.wasm"], "nowhere.wasm");
    refused(folder.path(), &["plugin", "check", "."], "plugin.toml");
    refused(folder.path(), &["plugin", "pack", "nowhere"], "no folder");
}

#[test]
fn a_new_plugin_in_rust_builds_passes_and_is_packed_alike_each_time() {
    let folder = folder();
    let made = json_of(folder.path(), &["plugin", "new", "my-hook"]);
    assert_eq!(made, json!({ "id": "my-hook", "dir": "my-hook", "language": "rust" }));
    let own = folder.path().join("my-hook");
    let tests = Command::new(env!("CARGO"))
        .current_dir(&own)
        .args(["test", "--quiet"])
        .env("CARGO_TARGET_DIR", warm())
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo");
    assert!(tests.status.success(), "{}", said(&tests));

    let checked = json_of(folder.path(), &["plugin", "check", "my-hook"]);
    assert_eq!(
        (&checked["id"], &checked["contract"], &checked["problems"]),
        (&json!("my-hook"), &json!("1.0"), &json!([]))
    );
    assert_eq!(checked["asks"]["tenant_hosts"], json!(["setting:url"]));
    assert_eq!(
        checked["asks"]["secrets"],
        json!([{ "name": "token", "sent_to": ["setting:url"], "signs": false, "mail_server": false }])
    );
    assert!(checked["imports"].to_string().contains("tablon:plugin/http@1.0.0"));

    let tested = json_of(folder.path(), &["plugin", "test", "my-hook"]);
    assert_eq!(tested["failed"], 0, "{tested:#}");
    assert!(tested["passed"].as_u64().is_some_and(|passed| passed > 50));

    let packed = json_of(folder.path(), &["plugin", "pack", "my-hook"]);
    assert_eq!(packed["file"], "my-hook-0.1.0.wasm");
    let again = json_of(folder.path(), &["plugin", "pack", "my-hook", "-o", "again.wasm"]);
    assert_eq!(packed["sha256"], again["sha256"]);
    let bytes = fs::read(folder.path().join("again.wasm")).expect("a file");
    let section =
        |name: &str| tablon_publisher::package::section(&bytes, name).expect("a component").map(<[u8]>::to_vec);
    for (name, file) in [
        ("tablon:manifest", "plugin.toml"),
        ("tablon:readme", "README.md"),
        ("tablon:file:templates/message.txt.j2", "templates/message.txt.j2"),
        ("tablon:file:locales/es.ftl", "locales/es.ftl"),
    ] {
        assert_eq!(section(name), Some(fs::read(own.join(file)).expect(file)), "{name}");
    }
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".to_owned());
    let shown = String::from_utf8_lossy(&bytes).contains(&format!("{home}/.cargo"));
    assert!(!shown, "the author's home is in the file");
    assert_eq!(json_of(folder.path(), &["plugin", "check", "again.wasm"])["sha256"], packed["sha256"]);
}

/// Puts one text in the place of another in a plugin's source.
#[track_caller]
fn edit(plugin: &Path, old: &str, new: &str) {
    let source = plugin.join("src/lib.rs");
    let text = fs::read_to_string(&source).expect("the plugin's source");
    assert!(text.contains(old), "{old}");
    fs::write(source, text.replacen(old, new, 1)).expect("a file");
}

#[test]
fn what_a_plugin_makes_while_it_is_packed_is_there_in_every_call() {
    let folder = folder();
    json_of(folder.path(), &["plugin", "new", "keeper"]);
    let own = folder.path().join("keeper");
    edit(
        &own,
        "\n/// The plugin.\n",
        "\nstatic RENDERED: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);\n\n/// The plugin.\n",
    );
    edit(&own, "let message =", "RENDERED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);\n        let message =");
    edit(
        &own,
        ".field(Field::secret(\"token\"))",
        ".field(Field::secret(\"token\"))\n                .field(Field::text(if RENDERED.load(std::sync::atomic::Ordering::Relaxed) < 3 { \"made_anew\" } \
         else { \"made_when_packed\" }))",
    );
    let checked = json_of(folder.path(), &["plugin", "check", "keeper"]);
    assert_eq!(checked["settings"], json!(["url", "token", "made_when_packed"]), "it rendered in three languages");

    edit(&own, "-> Description {", "-> Description {\n        println!(\"hello\");");
    refused(folder.path(), &["plugin", "pack", "keeper"], "it must not print");
}

#[test]
fn a_plugin_that_answers_wrongly_fails_its_test_and_is_told_why() {
    let folder = folder();
    fs::write(folder.path().join("hostile.wasm"), variant("hostile", "1", "\"api.example.org\"")).expect("a file");
    refused(folder.path(), &["plugin", "test", "hostile.wasm"], "[test] in plugin.toml");
    let bytes = variant("hostile", "1", "\"api.example.org\"");
    let manifest = tablon_publisher::package::manifest(&bytes).expect("a manifest").to_owned();
    let with_test = format!(
        "{manifest}\n[test]\nsettings = {{ base_url = \"{{base_url}}\", url = \"{{base_url}}/x\" }}\nsecrets = {{ token = \"12345:s3cr3t\" }}\n"
    );
    let section = tablon_publisher::package::MANIFEST_SECTION;
    let bytes = tablon_publisher::package::with_section(&bytes, section, with_test.as_bytes()).expect("a component");
    fs::write(folder.path().join("hostile.wasm"), bytes).expect("a file");
    let output = run(&mut tablon(folder.path(), &["plugin", "test", "hostile.wasm", "--json"]), "");
    assert!(!output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    let failed: Vec<&str> = report["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|check| check["passed"] == false)
        .filter_map(|check| check["check"].as_str())
        .collect();
    // It calls every refusal final, and says that it updated what it never sent.
    for expected in ["publish: 401", "publish: 429 with Retry-After", "publish: 500", "update: 404"] {
        assert!(failed.contains(&expected), "{expected}: {failed:?}");
    }
    assert!(!report.to_string().contains("s3cr3t"));
}

#[test]
fn every_bundled_plugin_passes_the_test() {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins");
    for name in ["telegram", "discord", "webhook", "email"] {
        let file = plugins.join(format!("{name}.wasm"));
        let tested = json_of(&plugins, &["plugin", "test", file.to_str().expect("a path")]);
        assert_eq!(tested["failed"], 0, "{name}: {tested:#}");
    }
}

#[test]
fn the_compiler_keeps_to_its_limits() {
    let folder = folder();
    let wasm = variant("x", "1", "\"api.example.org\"");
    let compile = |memory: &str, cpu: &str| {
        let input = folder.path().join("x.wasm");
        fs::write(&input, &wasm).expect("a file");
        let mut command = tablon(folder.path(), &["plugin", "compile-worker", "--memory", memory, "--cpu", cpu]);
        command.stdin(fs::File::open(input).expect("a file")).output().expect("it ends")
    };
    let good = compile("4294967296", "60");
    assert!(good.status.success() && good.stdout.len() > wasm.len() / 2, "{}", String::from_utf8_lossy(&good.stderr));
    let poor = compile("30000000", "60");
    assert!(!poor.status.success() && poor.stdout.is_empty());
    let slow = compile("4294967296", "0");
    assert!(!slow.status.success() && slow.stdout.is_empty());
}

/// Asks until the running board has the plugin, or hasn't.
async fn offers(staff: &Api, id: &str, wanted: bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let plugins = staff.get("/plugins").await.expect(200);
        if plugins["items"].as_array().expect("a list").iter().any(|one| one["id"] == id) == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "{id} is there: {}", !wanted);
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_running_board_takes_up_what_is_installed_and_removed() {
    for backend in Backend::all() {
        let (board, folder, hook) = (Board::start(backend).await, folder(), Hook::start().await);
        let file = folder.path().join("plugin.wasm");
        fs::write(&file, variant("hello", "1.0", "\"a.example\"")).expect("a file");
        install(board.program(), &file, &[]);
        offers(&board.staff, "hello", true).await;
        let channel = json!({
            "plugin": "hello", "name": "Hello",
            "settings": { "base_url": hook.base(), "url": format!("{}/jobs", hook.base()) },
            "secrets": { "token": "12345678" },
        });
        let channel =
            board.staff.post("/channels", channel).await.expect(201)["id"].as_str().expect("an id").to_owned();
        let id = board.submit(job("Rust engineer")).await;
        board.approve(&id).await;
        board.placement_in(&id, "published").await;
        assert_eq!(hook.bodies().await, ["", "Rust engineer"], "the connection is checked before the answer");

        let unsure = run(&mut board.program().command(&["plugin", "remove", "hello"]), "");
        assert!(!unsure.status.success() && said(&unsure).contains("1 channels use hello"), "{}", said(&unsure));
        board.program().json(&["plugin", "remove", "hello", "--yes"], "");
        offers(&board.staff, "hello", false).await;
        let shown = board.staff.get(&format!("/channels/{channel}")).await.expect(200);
        assert_eq!(shown["plugin"], "hello", "the channel is still there");
        assert_eq!(board.placements(&id).await[0]["state"], "published", "and so is the history");
        let next = board.submit(job("Go engineer")).await;
        board.approve(&next).await;
        let waiting = async {
            while !board.placements(&next).await[0].to_string().contains("isn't installed") {
                sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it is told why it waits");

        install(board.program(), &file, &[]);
        offers(&board.staff, "hello", true).await;
        board.program().json(&["plugin", "disable", "telegram"], "");
        offers(&board.staff, "telegram", false).await;
        board.program().json(&["plugin", "enable", "telegram"], "");
        offers(&board.staff, "telegram", true).await;
    }
}

#[tokio::test]
async fn a_large_plugin_compiles_without_holding_the_board_up() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins-examples/js-hello.wasm");
    assert!(example.is_file(), "{} is missing: run `cargo xtask plugins` first", example.display());
    let board = Board::start(Backend::Sqlite).await;
    // As another replica meets it: the database has it, and this machine's cache hasn't.
    let store = Store::open(StoreOptions {
        database_url: board.program().database_url().to_owned(),
        clock: Arc::new(SystemClock),
        keyring: None,
        base_url: board.url("").parse().expect("an address"),
        max_connections: 1,
    });
    let store = store.await.expect("a store");
    let bytes = fs::read(&example).expect("a file");
    let grants = json!({ "hosts": ["setting:url"], "secrets": { "token": { "origins": ["setting:url"] } } });
    let new = NewPlugin { id: "js-hello".to_owned(), version: "0.1.0".to_owned(), bytes, grants };
    store.plugins().install(new, Actor::System).await.expect("a row");
    let root = Api::new(board.url(""));
    let (started, mut slowest, mut asked) = (Instant::now(), Duration::ZERO, 0);
    loop {
        let before = Instant::now();
        root.get("/t/acme/").await.expect(200);
        slowest = slowest.max(before.elapsed());
        asked += 1;
        let plugins = board.staff.get("/plugins").await.expect(200);
        if plugins["items"].as_array().expect("a list").iter().any(|one| one["id"] == "js-hello") {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(240), "it doesn't come");
        sleep(Duration::from_millis(20)).await;
    }
    println!("{asked} pages while it compiled for {:?}; the slowest took {slowest:?}", started.elapsed());
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");

    let hook = Hook::start().await;
    let channel = json!({
        "plugin": "js-hello", "name": "From JavaScript",
        "settings": { "url": format!("{}/jobs", hook.base()) }, "secrets": { "token": "not-a-real-token" },
    });
    board.staff.post("/channels", channel).await.expect(201);
    let id = board.submit(job("Rust engineer")).await;
    board.approve(&id).await;
    board.placement_in(&id, "published").await;
    assert!(hook.bodies().await[0].starts_with("Rust engineer\nAcme · Sevilla"), "{:?}", hook.bodies().await);
}

#[test]
fn the_example_in_javascript_passes_the_test_and_imports_nothing_but_the_contract() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins-examples");
    let tested = json_of(&examples, &["plugin", "test", "js-hello.wasm"]);
    assert_eq!(tested["failed"], 0, "{tested:#}");
    let imports = imports(&fs::read(examples.join("js-hello.wasm")).expect("a file"));
    assert!(imports.contains("tablon:plugin/http@1.0.0") && !imports.contains("wasi:"), "{imports}");
}

/// The import sections of a component, as text: `plugin check` would compile it once more.
fn imports(component: &[u8]) -> String {
    const IMPORTS: u8 = 10;
    let (mut at, mut found) = (8, String::new());
    while at < component.len() {
        let (id, mut length, mut shift) = (component[at], 0, 0);
        loop {
            at += 1;
            length |= usize::from(component[at] & 0x7f) << shift;
            shift += 7;
            if component[at] & 0x80 == 0 {
                break;
            }
        }
        let content = &component[at + 1..at + 1 + length];
        if id == IMPORTS {
            found.push_str(&String::from_utf8_lossy(content));
        }
        at += 1 + length;
    }
    found
}
