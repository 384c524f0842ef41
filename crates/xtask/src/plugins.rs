//! Builds each plugin into one file: its component with the manifest inside.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::Table;

use crate::preinit::{Effort, preinitialised};
use crate::toolchain::{PLUGIN_TARGET, require_plugin_target};
use crate::workspace::{Workspace, run, step};

/// Name of the custom section that holds `plugin.toml`; the host reads it before it compiles anything.
pub(crate) const MANIFEST_SECTION: &str = "tablon:manifest";

/// Builds `plugins/*` into `target/plugins` and the misbehaving ones of the tests, `plugins/testing/*`,
/// into `target/plugins-testing`.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    build_all(workspace, "plugins", "plugins", Effort::All)?;
    build_all(workspace, "plugins/testing", "plugins-testing", Effort::All)
}

/// The plugins that travel inside the binary, as soon as they work: whether they are initialised only makes them faster.
pub(crate) fn build_bundled(workspace: &Workspace) -> Result<()> {
    build_all(workspace, "plugins", "plugins", Effort::Least)
}

struct Source {
    folder: PathBuf,
    id: String,
    /// What cargo names the file.
    artifact: String,
    manifest: Vec<u8>,
}

fn sources(parent: &Path) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    if !parent.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(parent)? {
        let folder = entry?.path();
        if folder.join("plugin.toml").is_file() && folder.join("Cargo.toml").is_file() {
            found.push(source(folder)?);
        }
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

fn source(folder: PathBuf) -> Result<Source> {
    let path = folder.join("plugin.toml");
    let manifest = fs::read_to_string(&path)?;
    let id = read_table(&path)?
        .get("id")
        .and_then(toml::Value::as_str)
        .with_context(|| format!("{} has no id", path.display()))?
        .to_owned();
    let package = read_table(&folder.join("Cargo.toml"))?;
    let name = |table: &str| {
        let name = package.get(table)?.get("name")?.as_str()?;
        Some(name.replace('-', "_"))
    };
    let artifact =
        name("lib").or_else(|| name("package")).with_context(|| format!("{} names no package", folder.display()))?;
    Ok(Source { folder, id, artifact, manifest: manifest.into_bytes() })
}

fn read_table(path: &Path) -> Result<Table> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    text.parse().with_context(|| format!("{} is not valid TOML", path.display()))
}

fn build_all(workspace: &Workspace, from: &str, into: &str, effort: Effort) -> Result<()> {
    let sources = &sources(&workspace.root().join(from))?;
    // The host embeds what it finds here, whatever folder cargo was told to build in.
    let folder = workspace.root().join("target").join(into);
    fs::create_dir_all(&folder)?;
    remove_strangers(&folder, sources)?;
    if sources.is_empty() {
        return Ok(());
    }
    require_plugin_target(workspace)?;
    for source in sources {
        step(&format!("building the plugin {}", source.id), || {
            run(workspace
                .cargo(["build", "--quiet", "--lib", "--profile", "plugin"])
                .args(["--target", PLUGIN_TARGET, "--manifest-path"])
                .arg(source.folder.join("Cargo.toml"))
                .arg("--target-dir")
                .arg(workspace.target())
                // Flags for this machine (another linker, its own CPU) mean nothing to a component.
                .env_remove("RUSTFLAGS")
                .env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
            pack(workspace, source, &folder, effort)
        })?;
    }
    Ok(())
}

/// A plugin that was renamed or removed must not stay inside the next binary.
fn remove_strangers(folder: &Path, sources: &[Source]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let known = sources
            .iter()
            .any(|source| path.file_name().and_then(|name| name.to_str()) == Some(&format!("{}.wasm", source.id)));
        if !known && path.is_file() {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn pack(workspace: &Workspace, source: &Source, into: &Path, effort: Effort) -> Result<()> {
    let built = workspace.target().join(PLUGIN_TARGET).join("plugin").join(format!("{}.wasm", source.artifact));
    let mut component = preinitialised(workspace, &source.id, &built, effort)
        .with_context(|| format!("is the crate type of {} \"cdylib\"?", source.folder.display()))?;
    // Layer 1 of the preamble marks a component; a core module (layer 0) can't be a plugin.
    if component.get(..8) != Some(b"\0asm\x0d\0\x01\0") {
        bail!("{} is not a component", built.display());
    }
    component.extend(custom_section(MANIFEST_SECTION, &source.manifest));
    let packed = into.join(format!("{}.wasm", source.id));
    // Writing the same bytes again would rebuild every crate that embeds the file.
    if fs::read(&packed).ok().as_deref() == Some(&component) {
        return Ok(());
    }
    let partial = packed.with_extension("partial");
    fs::write(&partial, &component)?;
    fs::rename(&partial, &packed)?;
    println!("  {}: {} KB", packed.strip_prefix(workspace.root()).unwrap_or(&packed).display(), component.len() / 1024);
    Ok(())
}

/// Section id 0, size, then the name with its length, then the bytes; sizes are LEB128.
pub(crate) fn custom_section(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut content = leb128(name.len());
    content.extend(name.as_bytes());
    content.extend(bytes);
    let mut section = vec![0];
    section.extend(leb128(content.len()));
    section.extend(content);
    section
}

fn leb128(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_takes_seven_bits_a_byte() {
        assert_eq!(leb128(0), [0]);
        assert_eq!(leb128(127), [127]);
        assert_eq!(leb128(624_485), [0xe5, 0x8e, 0x26]);
    }

    #[test]
    fn a_custom_section_carries_its_name_and_its_bytes() {
        assert_eq!(custom_section("ab", b"xyz"), b"\0\x06\x02abxyz");
    }
}
