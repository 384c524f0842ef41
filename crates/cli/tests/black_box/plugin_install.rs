//! Installing a plugin, and another version of it: nothing is granted that nobody agreed to.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tablon_testkit::Backend;

use crate::board::{Program, run};
use crate::plugin_author::{folder, said, variant};

/// Installs without a question; what came of it.
#[track_caller]
pub(crate) fn install(program: &Program, file: &Path, flags: &[&str]) -> Value {
    let file = file.to_str().expect("a path");
    program.json(&[&["plugin", "install", file, "--yes"], flags].concat(), "")
}

/// Runs a command that succeeds; its one JSON value, and everything it said.
#[track_caller]
fn heard(program: &Program, args: &[&str]) -> (Value, String) {
    let output = run(&mut program.command(&[args, &["--json"]].concat()), "");
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    (serde_json::from_slice(&output.stdout).expect("one JSON value"), said(&output))
}

#[track_caller]
fn refused(program: &Program, args: &[&str], says: &str) {
    let output = run(&mut program.command(args), "y\n");
    assert!(!output.status.success() && said(&output).contains(says), "{args:?}: {}", said(&output));
}

/// The hostile plugin's manifest asks for these, and for whatever stands in the place of its fixed host.
const TYPED: [&str; 2] = ["setting:base_url", "setting:other_url"];

#[tokio::test]
async fn an_install_is_confirmed_pinned_and_narrowed_and_what_was_refused_stays_refused() {
    for backend in Backend::all() {
        let (program, folder) = (Program::new(backend).await, folder());
        let file = folder.path().join("plugin.wasm");
        let put = |version: &str, hosts: &str| {
            let bytes = variant("hello", version, hosts);
            fs::write(&file, &bytes).expect("a file");
            tablon_publisher::package::hash(&bytes)
        };
        let one = put("1.0", "\"a.example\"");
        let path = file.to_str().expect("a path");
        refused(&program, &["plugin", "install", path], "install it with --yes");
        refused(
            &program,
            &["plugin", "install", path, "--yes", "--host", "evil.example"],
            "ask for the host evil.example",
        );

        let done = install(&program, &file, &[]);
        let token = json!({ "origins": ["setting:base_url"], "sign": true, "smtp": false });
        let all = json!({ "hosts": [TYPED[0], TYPED[1], "a.example"], "secrets": { "token": token }, "mail": [] });
        assert_eq!(done, json!({ "id": "hello", "version": "1.0", "sha256": one, "grants": all }));
        let narrow = install(&program, &file, &["--no-tenant-hosts"]);
        assert_eq!(narrow["grants"]["hosts"], json!(["a.example"]));
        assert_eq!(narrow["grants"]["secrets"]["token"]["origins"], json!([]), "it goes to no host that isn't granted");
        let (again, _) = heard(&program, &["plugin", "install", path]);
        assert_eq!(again["grants"], narrow["grants"], "no more than before: nobody is asked");

        put("2.0", "\"a.example\", \"b.example\"");
        let more = "2.0 asks for more than was granted before: send requests to b.example;";
        refused(&program, &["plugin", "install", path], more);
        let (kept, said) = heard(&program, &["plugin", "install", path, "--keep"]);
        assert!(said.contains("doesn't get it: send requests to b.example"), "{said}");
        assert_eq!((&kept["version"], &kept["grants"]), (&json!("2.0"), &narrow["grants"]));
        let two = put("3.0", "\"a.example\", \"b.example\", \"c.example\"");
        let (wider, said) = heard(&program, &["plugin", "install", path, "--yes"]);
        assert!(said.contains("more than was granted before: send requests to c.example"), "{said}");
        assert_eq!(wider["grants"]["hosts"], json!(["a.example", "c.example"]), "the rest was refused before");
        let wide = install(&program, &file, &["--widen"]);
        assert_eq!(wide["grants"]["hosts"], json!([TYPED[0], TYPED[1], "a.example", "b.example", "c.example"]));

        let listed = program.json(&["plugin", "list"], "");
        let hello = listed["items"].as_array().expect("a list").iter().find(|one| one["id"] == "hello").expect("it");
        assert_eq!((&hello["sha256"], &hello["source"]), (&json!(two), &json!("installed")));
        assert_eq!((&hello["state"], &hello["grants"]), (&json!("enabled"), &wide["grants"]));

        program.json(&["plugin", "disable", "hello"], "");
        let listed = program.json(&["plugin", "list"], "");
        assert!(listed["items"].as_array().expect("a list").iter().any(|one| one["state"] == "disabled"), "{listed}");
        program.json(&["plugin", "enable", "hello"], "");
        program.json(&["plugin", "remove", "hello"], "");
        for (args, says) in [
            (&["plugin", "remove", "hello"][..], "no plugin hello is installed"),
            (&["plugin", "rollback", "hello"], "no plugin hello is installed"),
            (&["plugin", "disable", "nobody"], "no plugin nobody is installed"),
            (&["plugin", "enable", "telegram"], "isn't switched off"),
            (&["plugin", "remove", "telegram"], "part of the program"),
        ] {
            refused(&program, args, says);
        }
    }
}

/// A version of the plugin that says of its secret what `says` says.
fn with_secret(version: &str, says: &str) -> Vec<u8> {
    use tablon_publisher::package;
    let bytes = variant("hello", version, "\"a.example\"");
    let manifest = package::manifest(&bytes).expect("a manifest");
    let old = "origins = [\"setting:base_url\"]\nhmac_key = {}";
    assert!(manifest.contains(old), "{manifest}");
    package::with_section(&bytes, package::MANIFEST_SECTION, manifest.replace(old, says).as_bytes())
        .expect("a component")
}

#[tokio::test]
async fn another_use_of_a_secret_is_asked_for_again_and_a_rollback_gives_nothing_back_unasked() {
    let (program, folder) = (Program::new(Backend::Sqlite).await, folder());
    let file = folder.path().join("plugin.wasm");
    let path = file.to_str().expect("a path");
    let put = |version: &str, says: &str| fs::write(&file, with_secret(version, says)).expect("a file");
    let (home, elsewhere) = ("origins = [\"setting:base_url\"]", "origins = [\"setting:base_url\", \"a.example\"]");
    put("1.0", home);
    install(&program, &file, &[]);
    refused(&program, &["plugin", "rollback", "hello"], "no version before the one in use");

    // Every host is granted, and the secret: what is new is what becomes of it.
    for (says, told) in [
        (elsewhere, "granted before: send the secret token to a.example;"),
        ("origins = [\"setting:base_url\"]\nhmac_key = {}", "granted before: sign with the secret token;"),
        ("[mail]\nsmtp_secret = \"token\"", "granted before: send mail through the server in the secret token;"),
    ] {
        put("2.0", says);
        refused(&program, &["plugin", "install", path], told);
    }
    put("2.0", elsewhere);
    let wide = install(&program, &file, &[])["grants"].clone();
    assert_eq!(wide["secrets"]["token"]["origins"], json!(["setting:base_url", "a.example"]));
    put("3.0", home);
    let (narrow, said) = heard(&program, &["plugin", "install", path]);
    assert!(!said.contains("granted before"), "{said}");

    let (back, said) = heard(&program, &["plugin", "rollback", "hello"]);
    assert!(said.contains("doesn't get it: send the secret token to a.example (--yes grants it)"), "{said}");
    assert_eq!((&back["version"], &back["grants"]), (&json!("2.0"), &narrow["grants"]));
    let (forth, said) = heard(&program, &["plugin", "rollback", "hello"]);
    assert!(forth["version"] == "3.0" && !said.contains("granted"), "{said}");

    put("2.0", elsewhere);
    install(&program, &file, &[]);
    put("3.0", home);
    install(&program, &file, &[]);
    let (back, said) = heard(&program, &["plugin", "rollback", "hello", "--yes"]);
    assert!(said.contains("is granted more than the version in use: send the secret token to a.example"), "{said}");
    assert_eq!((&back["version"], &back["grants"]), (&json!("2.0"), &wide));
}

#[tokio::test]
async fn a_file_in_the_place_of_a_plugin_of_the_program_is_measured_by_that_one() {
    let (program, folder) = (Program::new(Backend::Sqlite).await, folder());
    let file = folder.path().join("plugin.wasm");
    let path = file.to_str().expect("a path");
    let bytes = variant("telegram", "9.0", "\"a.example\"");
    fs::write(&file, bytes).expect("a file");
    refused(&program, &["plugin", "install", path], "install it with --yes");
    let (kept, said) = heard(&program, &["plugin", "install", path, "--yes", "--keep"]);
    assert!(said.contains("doesn't get it: send requests to any public address that a board's admins type"), "{said}");
    assert_eq!(kept["grants"], json!({ "hosts": [], "secrets": {}, "mail": [] }), "Telegram's asks for other things");
    program.json(&["plugin", "remove", "telegram", "--yes"], "");

    let (done, said) = heard(&program, &["plugin", "install", path, "--yes"]);
    assert!(said.contains("is granted more than was granted before: send requests to any"), "{said}");
    assert!(said.contains("send the secret token to the address in the setting base_url"), "{said}");
    assert_eq!(done["grants"]["hosts"], json!([TYPED[0], TYPED[1], "a.example"]));
}

#[tokio::test]
async fn damaged_and_foreign_files_are_not_installed() {
    let (program, folder) = (Program::new(Backend::Sqlite).await, folder());
    let file = folder.path().join("plugin.wasm");
    let good = variant("hello", "1.0", "\"a.example\"");
    let mut flipped = good.clone();
    let middle = flipped.len() / 3;
    flipped[middle..middle + 200].fill(0x55);
    for (bytes, says) in [
        (&b"<html>not found</html>"[..], "no WebAssembly component"),
        (&good[..good.len() / 2], "damaged"),
        (&flipped, "can't be compiled"),
        (b"\0asm\x01\0\0\0", "no WebAssembly component"),
    ] {
        fs::write(&file, bytes).expect("a file");
        let output = run(&mut program.command(&["plugin", "install", file.to_str().expect("a path"), "--yes"]), "");
        assert!(!output.status.success() && said(&output).contains(says), "{says}: {}", said(&output));
    }
    let listed = program.json(&["plugin", "list"], "");
    assert!(!listed.to_string().contains("hello"));
}
