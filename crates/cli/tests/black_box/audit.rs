//! Every command that changes something is on record, and `tablon audit` shows it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use tablon_core::store::FactorCode;
use tablon_core::{Clock as _, EmailKey, Keyring, Store, StoreOptions, SystemClock};
use tablon_testkit::{Backend, authenticator};

use crate::board::{PASSWORD, Program, run};
use crate::plugin_author::variant;

/// Commands that change nothing about an instance.
const SHOW: [&str; 15] = [
    "audit",
    "config",
    "demo",
    "doctor",
    "migrate",
    "openapi",
    "plugin check",
    "plugin list",
    "plugin new",
    "plugin pack",
    "plugin test",
    "serve",
    "tenant list",
    "token list",
    "user list",
];

/// The newest events, newest first.
fn log(program: &Program, args: &[&str]) -> Vec<Value> {
    let log = program.json(&[&["audit"], args].concat(), "");
    log.as_array().expect("a list").clone()
}

/// The board, the action and the changed fields of an event.
fn told(event: &Value) -> (Option<&str>, &str, Vec<&str>) {
    let changed = event["detail"]["changed"].as_array().map(Vec::as_slice).unwrap_or_default();
    let changed = changed.iter().filter_map(Value::as_str).collect();
    (event["tenant"].as_str(), event["action"].as_str().expect("an action"), changed)
}

/// The commands of the reference: `user create`, `plugin install`.
fn commands() -> BTreeSet<String> {
    let reference = run(Program::bare().args(["reference", "cli"]), "");
    let reference = String::from_utf8(reference.stdout).expect("text");
    let headings = reference.lines().filter_map(|line| line.strip_prefix("## `tablon ")?.strip_suffix('`'));
    let commands = headings.map(|line| line.split(" <").next().unwrap_or_default().to_owned()).collect::<BTreeSet<_>>();
    assert!(commands.len() > 20, "{commands:?}");
    commands
}

/// Has somebody set up an authenticator app, as they do in the browser.
async fn enable_totp(program: &Program, email: &str) {
    let store = Store::open(StoreOptions {
        database_url: program.database_url().to_owned(),
        clock: Arc::new(SystemClock),
        keyring: Some(Keyring::from_secret(&[9; 32]).expect("a key")),
        base_url: "http://localhost".parse().expect("an address"),
        max_connections: 1,
    });
    let store = store.await.expect("a store");
    let user = store.users().by_email(&EmailKey::of(email)).await.expect("the database").expect("the user");
    let new = store.totp().begin(&user, "Tablón").expect("a secret");
    let code = authenticator::code(&new.key, SystemClock.now().timestamp());
    let enabled = store.totp().enable(user.id, &new.pending, &FactorCode::of(&code)).await.expect("the database");
    assert!(enabled.is_some(), "the code is good");
    store.close().await.expect("closed");
}

#[tokio::test]
async fn every_command_that_changes_something_is_on_record() {
    for backend in Backend::all() {
        let program = Program::new(backend).await;
        let file = |name: &str, bytes: &[u8]| {
            let path = program.folder().join(name);
            fs::write(&path, bytes).expect("a file");
            path.display().to_string()
        };
        let (one, two) = (
            file("one.wasm", &variant("hello", "1.0", "\"a.example\"")),
            file("two.wasm", &variant("hello", "2.0", "\"a.example\"")),
        );
        let (jobs, dearer) = (
            file("jobs.csv", b"Reference;Job Title;Company Name;Salary min;Currency\n1;Baker;Oven;30000;EUR\n"),
            file("dearer.csv", b"Reference;Job Title;Company Name;Salary min;Currency\n1;Baker;Oven;31000;EUR\n"),
        );
        let password = format!("{PASSWORD}\n");
        let ana = "ana@example.org";
        let acme = Some("acme");
        let no_fields: &[&str] = &[];
        let all: &[&str] = &["grants", "sha256", "version"];
        let mut covered: BTreeSet<String> = SHOW.into_iter().map(str::to_owned).collect();
        let mut record = |args: &[&str], stdin: &str, expected: &[(Option<&str>, &str, &[&str])]| {
            let before = log(&program, &[]);
            let answer = program.json(args, stdin);
            let after = log(&program, &[]);
            let new: Vec<&Value> = after.iter().take_while(|event| !before.contains(*event)).collect();
            let seen: Vec<_> = new.iter().map(|event| told(event)).collect();
            let expected = expected.iter().map(|(board, action, fields)| (*board, *action, fields.to_vec()));
            assert_eq!(seen, expected.collect::<Vec<_>>(), "{args:?}");
            for event in new {
                assert_eq!(event["actor"], json!({"kind": "command_line", "id": null}), "{args:?}: {event}");
            }
            let command: Vec<&str> = args.iter().take(2).copied().collect();
            covered.insert(command.join(" "));
            answer
        };
        record(&["tenant", "create", "acme"], "", &[(None, "tenant.create", no_fields)]);
        let create = ["user", "create", ana, "--tenant", "acme", "--password-stdin", "--role"];
        let expected = [(acme, "member.set", &["role"][..]), (None, "user.create", no_fields)];
        record(&[&create[..], &["admin"]].concat(), &password, &expected);
        record(&["user", "create", ana, "--tenant", "acme", "--role", "admin"], "", &[]);
        let expected = [(acme, "user.set_password", no_fields), (None, "user.set_password", no_fields)];
        record(&["user", "password", ana, "--password-stdin"], &password, &expected);
        let expected = [(acme, "user.reset_link", no_fields), (None, "user.reset_link", no_fields)];
        let link = record(&["user", "reset-link", ana], "", &expected);
        assert!(link["url"].as_str().expect("a link").contains("/reset/"), "{link}");
        for (before, after) in [(ana, "anna@example.org"), ("anna@example.org", ana)] {
            let expected = [(acme, "user.change_address", no_fields), (None, "user.change_address", no_fields)];
            let changed = record(&["user", "email", before, after], "", &expected);
            assert_eq!(changed["email"], after);
        }
        record(&["user", "email", ana, ana], "", &[]);
        record(&["user", "totp-off", ana], "", &[]);
        enable_totp(&program, ana).await;
        let expected = [(acme, "user.totp_off", no_fields), (None, "user.totp_off", no_fields)];
        record(&["user", "totp-off", ana], "", &expected);
        let token = record(
            &["token", "create", "--tenant", "acme", "--role", "member", "--name", "Ana's"],
            "",
            &[(acme, "token.create", no_fields)],
        );
        let revoke = ["token", "revoke", token["id"].as_str().expect("an id"), "--tenant", "acme"];
        record(&revoke, "", &[(acme, "token.revoke", no_fields)]);
        record(&revoke, "", &[]);
        record(&["job", "import", &jobs, "--tenant", "acme", "--dry-run"], "", &[]);
        record(&["job", "import", &jobs, "--tenant", "acme"], "", &[(acme, "job.submit", no_fields)]);
        record(&["job", "import", &dearer, "--tenant", "acme"], "", &[(acme, "job.edit", &["salary"])]);
        record(&["plugin", "install", &one, "--yes"], "", &[(None, "plugin.install", all)]);
        let narrow = ["plugin", "install", &one, "--yes", "--no-tenant-hosts"];
        record(&narrow, "", &[(None, "plugin.grant", &["grants"])]);
        record(&["plugin", "install", &two, "--yes"], "", &[(None, "plugin.install", &["sha256", "version"])]);
        record(&["plugin", "rollback", "hello"], "", &[(None, "plugin.rollback", &["sha256", "version"])]);
        record(&["plugin", "disable", "hello"], "", &[(None, "plugin.disable", no_fields)]);
        record(&["plugin", "enable", "hello"], "", &[(None, "plugin.enable", no_fields)]);
        record(&["plugin", "remove", "hello"], "", &[(None, "plugin.remove", no_fields)]);
        assert_eq!(
            covered,
            commands(),
            "a command is new: say here what it puts on record, or that it changes nothing"
        );

        let everything = log(&program, &["--limit", "1000"]);
        let text = json!(everything).to_string();
        for typed in [ana, "Ana", PASSWORD, token["token"].as_str().expect("a token"), "Oven", "30000", "a.example"] {
            assert!(!text.contains(typed), "{typed:?} stands in {text}");
        }
        let of_acme = log(&program, &["--tenant", "acme"]);
        assert!(!of_acme.is_empty() && of_acme.iter().all(|event| event["tenant"] == "acme"), "{of_acme:?}");
        assert_eq!(log(&program, &["--board", "acme", "--limit", "2"]), of_acme[..2], "the same under another name");
        assert_eq!(log(&program, &["--limit", "3"]), everything[..3]);
        let shown = run(&mut program.command(&["audit"]), "");
        let shown = String::from_utf8(shown.stdout).expect("text");
        assert!(shown.starts_with("WHEN"), "{shown}");
        let of_ana = shown.lines().find(|line| line.contains("member.set")).expect("the role");
        let of_ana: Vec<&str> = of_ana.split_whitespace().skip(1).collect();
        assert_eq!(of_ana, ["acme", "command_line", "member.set", ana, "role"], "people are named as they are now");
        let refused = run(&mut program.command(&["audit", "--tenant", "nowhere"]), "");
        assert!(!refused.status.success());
    }
}
