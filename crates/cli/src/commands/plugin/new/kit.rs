//! The kit for plugins in Rust, taken out of this workspace: its `Cargo.toml` says for itself what the workspace says
//! for all.

use anyhow::{Context, Result, bail};
use include_dir::{Dir, include_dir};
use toml::{Table, Value};

use super::files::{File, all, contract};

static SOURCES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../plugin-sdk/src");
static WORDS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../plugin-sdk/locales");
const MANIFEST: &str = include_str!("../../../../../plugin-sdk/Cargo.toml");
const WORKSPACE: &str = include_str!("../../../../../../Cargo.toml");

/// The files of the crate `tablon-plugin`.
pub(super) fn files() -> Result<Vec<File>> {
    let mut files = contract("wit");
    for (folder, dir) in [("src", &SOURCES), ("locales", &WORDS)] {
        files
            .extend(all(dir).into_iter().map(|(path, content)| (std::path::PathBuf::from(folder).join(path), content)));
    }
    files.push(("Cargo.toml".into(), manifest(MANIFEST, WORKSPACE)?.into_bytes()));
    Ok(files)
}

/// A crate's manifest with everything that it takes from its workspace written out. Its lints and what only its own
/// tests need are left out.
fn manifest(own: &str, workspace: &str) -> Result<String> {
    let mut own: Table = own.parse()?;
    let workspace: Table = workspace.parse()?;
    let shared = workspace.get("workspace").and_then(Value::as_table).context("no workspace")?;
    for table in ["lints", "dev-dependencies"] {
        own.remove(table);
    }
    for (table, from) in [("package", "package"), ("dependencies", "dependencies")] {
        let shared = shared.get(from).and_then(Value::as_table).context("the workspace shares nothing")?;
        let Some(Value::Table(entries)) = own.get_mut(table) else { bail!("the kit's manifest has no {table}") };
        for (name, entry) in entries {
            if let Some(whole) = written_out(name, entry, shared)? {
                *entry = whole;
            }
        }
    }
    Ok(format!("# The kit of Tablón, as it came with the program that made this folder.\n\n{}", toml::to_string(&own)?))
}

/// `{ workspace = true, features = […] }` as what it stands for; none where it stands for itself.
fn written_out(name: &str, entry: &Value, shared: &Table) -> Result<Option<Value>> {
    let Some(inherited) = entry.as_table().filter(|entry| entry.contains_key("workspace")) else { return Ok(None) };
    let whole = shared.get(name).with_context(|| format!("the workspace doesn't say what {name} is"))?.clone();
    let mut more = inherited.clone();
    more.remove("workspace");
    if more.is_empty() {
        return Ok(Some(whole));
    }
    let mut whole = match whole {
        Value::Table(table) => table,
        version => Table::from_iter([("version".to_owned(), version)]),
    };
    for (key, value) in more {
        match (whole.get_mut(&key), value) {
            (Some(Value::Array(present)), Value::Array(added)) => present.extend(added),
            (_, value) => drop(whole.insert(key, value)),
        }
    }
    Ok(Some(Value::Table(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_inherits_is_written_out() {
        let own = "[package]\nname = \"x\"\nversion.workspace = true\n[lints]\nworkspace = true\n[dependencies]\n\
                   a = { workspace = true }\nb = { workspace = true, optional = true, features = [\"y\"] }\nc = \"3\"\n";
        let workspace = "[workspace.package]\nversion = \"1.2.3\"\n[workspace.dependencies]\na = \"1\"\n\
                         b = { version = \"2\", features = [\"x\"] }\n";
        let made: Table = manifest(own, workspace).expect("a manifest").parse().expect("TOML");
        assert_eq!(made["package"]["version"].as_str(), Some("1.2.3"));
        assert_eq!(made["dependencies"]["a"].as_str(), Some("1"));
        let b: Table = "version = \"2\"\nfeatures = [\"x\", \"y\"]\noptional = true".parse().expect("TOML");
        assert_eq!(made["dependencies"]["b"], Value::Table(b));
        assert_eq!(made["dependencies"]["c"].as_str(), Some("3"));
        assert!(!made.contains_key("lints"));
    }

    #[test]
    fn the_kit_stands_alone() {
        let files = files().expect("files");
        let text = |name: &str| {
            let (_, content) = files.iter().find(|(path, _)| path.to_str() == Some(name)).expect(name);
            String::from_utf8_lossy(content).into_owned()
        };
        assert!(!text("Cargo.toml").contains("workspace"), "{}", text("Cargo.toml"));
        assert!(text("wit/publisher.wit").contains("package tablon:plugin@1.0.0"));
        for (path, content) in files.iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "rs")) {
            assert!(!String::from_utf8_lossy(content).contains("../../plugins"), "{}", path.display());
        }
    }
}
