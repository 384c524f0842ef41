//! Finding, checking and compiling plugins.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tablon_publisher::{FileFault, HostOptions, PluginHost, Source, package};

use crate::fixture::{directory, hostile_file, mute_file, offline, options, posting};

async fn host(options: HostOptions) -> PluginHost {
    PluginHost::new(options).await.unwrap()
}

/// The one problem of a host whose directory has the hostile plugin and `file` beside it, which must be of this kind.
async fn problem(fault: FileFault, file: &[u8]) -> String {
    let directory = directory();
    let path = directory.path().join("other.wasm");
    fs::write(&path, file).unwrap();
    let host = host(options(directory.path())).await;
    assert!(host.plugin("hostile").is_some(), "the others are there: {:?}", host.problems());
    let problems = host.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].source, Source::File(path));
    assert_eq!(problems[0].fault, fault, "{problems:?}");
    problems[0].message.clone()
}

fn with_manifest(change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let file = fs::read(hostile_file()).unwrap();
    let manifest = change(package::manifest(&file).unwrap());
    package::with_section(&file, package::MANIFEST_SECTION, manifest.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_plugin_is_found_and_described() {
    let directory = directory();
    let host = host(options(directory.path())).await;
    let plugin = host.plugin("hostile").unwrap();
    assert_eq!(plugin.manifest().version, "0.1.0");
    assert_eq!(plugin.description().name, "Hostile");
    assert_eq!(plugin.sha256().len(), 64);
    assert!(plugin.secret_fields().map(|f| f.name.as_str()).eq(["token"]));
    assert!(plugin.settings_form().fields.iter().all(|f| f.name != "token"));
    assert!(host.problems().is_empty());
}

#[tokio::test]
async fn damaged_files_are_told_and_harm_nothing() {
    let file = fs::read(hostile_file()).unwrap();
    assert!(problem(FileFault::NoPlugin, b"").await.contains("no WebAssembly component"));
    assert!(problem(FileFault::NoPlugin, b"<html>not found</html>").await.contains("no WebAssembly component"));
    assert!(problem(FileFault::NoPlugin, &file[..file.len() / 2]).await.contains("damaged"));
    assert!(problem(FileFault::NoPlugin, &file[..file.len() - 1]).await.contains("damaged"));
    let mut flipped = with_manifest(|m| m.replace("\"hostile\"", "\"flipped\""));
    // In the midst of the code.
    let middle = flipped.len() / 3;
    for byte in &mut flipped[middle..middle + 200] {
        *byte ^= 0x55;
    }
    let said = problem(FileFault::Compile, &flipped).await;
    assert!(said.contains("can't be compiled"), "{said}");
}

#[tokio::test]
async fn a_manifest_that_lies_is_told() {
    let said = problem(FileFault::Manifest, &with_manifest(|m| m.replace("id = \"hostile\"", "id = \"../x\""))).await;
    assert!(said.contains("id must be"), "{said}");
    let renamed = |m: &str| m.replace("\"hostile\"", "\"liar\"");
    let said = problem(
        FileFault::Manifest,
        &with_manifest(|m| {
            renamed(m).replace("secrets.token", "secrets.other").replace("secret = \"token\"", "secret = \"other\"")
        }),
    )
    .await;
    assert!(said.contains("its schema asks for the secret token"), "{said}");
    let said = problem(
        FileFault::Manifest,
        &with_manifest(|m| renamed(m).replace("settings = [\"base_url\"]", "settings = [\"chat\"]")),
    )
    .await;
    assert!(said.contains("names the setting chat"), "{said}");
    let said = problem(
        FileFault::Contract,
        &with_manifest(|m| renamed(m).replace("contract = \"1.0\"", "contract = \"7.0\"")),
    )
    .await;
    assert!(said.contains("made for contract 7.0"), "{said}");
}

#[tokio::test]
async fn a_component_of_another_contract_is_told() {
    // The smallest component there is: it exports nothing.
    let empty = b"\0asm\x0d\0\x01\0";
    let manifest = "id = \"empty\"\nname = \"Empty\"\nversion = \"1\"\ncontract = \"1.0\"\n";
    let file = package::with_section(empty, package::MANIFEST_SECTION, manifest.as_bytes()).unwrap();
    let said = problem(FileFault::Contract, &file).await;
    assert!(said.contains("doesn't fit contract 1.0"), "{said}");
}

/// The hostile plugin with bytes of its code or data changed for as many others.
fn patched(from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut file = with_manifest(|m| m.replace("\"hostile\"", "\"patched\""));
    let places: Vec<usize> = (0..=file.len() - from.len()).filter(|&at| &file[at..at + from.len()] == from).collect();
    assert!(!places.is_empty());
    for at in places {
        file[at..at + to.len()].copy_from_slice(to);
    }
    file
}

#[tokio::test]
async fn a_component_for_another_version_of_the_contract_is_told() {
    // As a plugin of tomorrow would look: the same interfaces with another number.
    let said =
        problem(FileFault::Contract, &patched(b"tablon:plugin/publishing@1.0.0", b"tablon:plugin/publishing@2.0.0"))
            .await;
    assert!(said.contains("doesn't fit contract 1.0") && said.contains("publishing"), "{said}");
    let said = problem(FileFault::Contract, &patched(b"tablon:plugin/http@1.0.0", b"tablon:plugin/http@2.0.0")).await;
    assert!(said.contains("doesn't fit contract 1.0") && said.contains("http@2.0.0"), "{said}");
    let said = problem(FileFault::Contract, &patched(b"wasi:io/streams@", b"wasi:oi/streams@")).await;
    assert!(said.contains("doesn't fit") || said.contains("can't be compiled"), "{said}");
}

#[tokio::test]
async fn a_description_that_makes_no_sense_is_told() {
    let said = problem(FileFault::Manifest, &patched(br#"{"fields":["#, br#"["fields":["#)).await;
    assert!(said.contains("settings schema can't be read"), "{said}");
    let said = problem(FileFault::Manifest, &patched(br#""type":"secret""#, br#""type":"sacred""#)).await;
    assert!(said.contains("settings schema can't be read"), "{said}");
}

#[tokio::test]
async fn a_plugin_that_never_comes_to_describe_itself_keeps_nobody() {
    let started = std::time::Instant::now();
    let said = problem(FileFault::Description, &fs::read(mute_file()).unwrap()).await;
    assert!(said.contains("it can't describe itself: it computed for more than"), "{said}");
    assert!(started.elapsed() < std::time::Duration::from_secs(30));
}

#[tokio::test]
async fn a_file_damaged_anywhere_is_a_problem_or_works_and_never_more() {
    let directory = tempfile::tempdir().unwrap();
    let file = fs::read(hostile_file()).unwrap();
    for part in 1..12 {
        let at = file.len() * part / 12;
        fs::write(directory.path().join("a.wasm"), &file[..at]).unwrap();
        let mut flipped = with_manifest(|m| m.replace("\"hostile\"", "\"flipped\""));
        flipped[at] ^= 1 << (part % 8);
        fs::write(directory.path().join("b.wasm"), flipped).unwrap();
        let host = host(HostOptions { cache_dir: None, ..options(directory.path()) }).await;
        assert!(host.plugin("hostile").is_none(), "cut at {at}");
        assert_eq!(host.plugins().len() + host.problems().len(), 2, "{at}: {:?}", host.problems());
        if let Some(plugin) = host.plugin("flipped") {
            // Whatever it does now, it does to itself.
            plugin.render(&posting(), &offline("")).await.result.ok();
        }
    }
}

#[tokio::test]
async fn of_two_files_with_one_id_the_first_is_taken() {
    let said = problem(FileFault::SameId, &with_manifest(str::to_owned)).await;
    assert!(said.contains("hostile.wasm has the same id"), "{said}");
}

#[tokio::test]
async fn a_reload_finds_what_has_come_and_gone() {
    let directory = tempfile::tempdir().unwrap();
    let host = host(options(directory.path())).await;
    assert!(host.plugins().is_empty());
    fs::copy(hostile_file(), directory.path().join("hostile.wasm")).unwrap();
    host.reload().await;
    let plugin = host.plugin("hostile").unwrap();
    fs::remove_file(directory.path().join("hostile.wasm")).unwrap();
    host.reload().await;
    assert!(host.plugins().is_empty());
    assert!(plugin.render(&posting(), &offline("")).await.result.is_ok(), "calls under way finish");
}

#[tokio::test]
async fn compiled_code_with_flipped_bytes_is_never_run() {
    let (directory, cache) = (directory(), tempfile::tempdir().unwrap());
    let path = cache.path().join("code");
    let start = async || {
        let host = host(HostOptions { cache_dir: Some(path.clone()), ..options(directory.path()) }).await;
        let plugin = host.plugin("hostile").unwrap();
        assert!(plugin.render(&posting(), &offline("")).await.result.is_ok());
    };
    start().await;
    let file = only_file(&path);
    let good = fs::read(&file).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let longer = [&good[..], b"x"].concat();
    let places = [0, 100, good.len() / 2, good.len() - 1];
    let damaged = places.map(flipped).into_iter().chain([longer, good[..20].to_vec(), Vec::new()]);
    for bytes in damaged {
        fs::write(&file, bytes).unwrap();
        start().await;
        assert!(fs::read(&file).unwrap() == good, "written anew");
    }
}

#[tokio::test]
async fn code_cached_under_another_key_is_a_miss() {
    let (directory, cache) = (directory(), tempfile::tempdir().unwrap());
    let with_key = |key: u8| HostOptions {
        cache_dir: Some(cache.path().to_owned()),
        cache_key: [key; 32],
        ..options(directory.path())
    };
    host(with_key(1)).await;
    let before = fs::read(only_file(cache.path())).unwrap();
    assert!(host(with_key(2)).await.plugin("hostile").is_some());
    assert!(fs::read(only_file(cache.path())).unwrap() != before);
}

fn only_file(directory: &Path) -> std::path::PathBuf {
    let mut entries = fs::read_dir(directory).unwrap();
    let path = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none(), "no temporary file stays");
    path
}

#[tokio::test]
async fn what_is_inside_the_program_can_be_used() {
    let empty = tempfile::tempdir().unwrap();
    let host = host(HostOptions { bundled: true, ..options(empty.path()) }).await;
    assert_eq!(host.problems(), []);
    assert!(host.plugins().iter().all(|plugin| *plugin.source() == Source::Bundled));
}

#[tokio::test]
async fn a_file_of_the_operators_stands_in_front_of_the_bundled_plugin() {
    let directory = tempfile::tempdir().unwrap();
    let file = with_manifest(|m| m.replace("\"hostile\"", "\"telegram\""));
    fs::write(directory.path().join("mine.wasm"), file).unwrap();
    let host = host(HostOptions { bundled: true, ..options(directory.path()) }).await;
    assert_eq!(host.problems(), []);
    assert!(matches!(host.plugin("telegram").unwrap().source(), Source::File(_)));
}
