//! From what somebody names, a file or a folder with source, to a plugin's one file.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tablon_publisher::package;

/// What Rust plugins are compiled for.
const TARGET: &str = "wasm32-wasip2";
/// Where a plugin in another language leaves its component.
const COMPONENT: &str = "build/plugin.wasm";
/// Folders whose files travel with the component, for people who look into it.
const FOLDERS: [&str; 2] = ["templates", "locales"];
/// The largest file that travels along, in bytes.
const MAX_EXTRA: u64 = 256 * 1024;

/// The bytes of a plugin's file; a folder is built and packed first.
pub(super) fn plugin_file(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        return packed(path);
    }
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// Builds the plugin in `dir`, lets it initialise itself, and puts manifest, templates, words and README into its component. The same component
/// and files always make the same bytes: of Rust the component is the same each time, componentize-js makes another.
pub(super) fn packed(dir: &Path) -> Result<Vec<u8>> {
    let manifest = dir.join("plugin.toml");
    let manifest = fs::read(&manifest)
        .with_context(|| format!("{} has no readable plugin.toml; is it a plugin's folder?", dir.display()))?;
    let mut plugin = build(dir)?;
    // What it would do at the beginning of each call, it does here once.
    if let Some(ready) = tablon_preinit::preinitialise(&plugin)? {
        plugin = ready;
    }
    plugin = package::with_section(&plugin, package::MANIFEST_SECTION, &manifest)?;
    if let Ok(readme) = fs::read(dir.join("README.md")) {
        plugin = package::with_section(&plugin, package::README_SECTION, &readme)?;
    }
    for folder in FOLDERS {
        for path in files_below(&dir.join(folder))? {
            let name = path.strip_prefix(dir).unwrap_or(&path).display().to_string().replace('\\', "/");
            let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            plugin = package::with_section(&plugin, &format!("{}{name}", package::FILE_SECTION), &content)?;
        }
    }
    Ok(plugin)
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(error).with_context(|| format!("looking into {}", folder.display())),
    };
    for entry in entries {
        let path = entry?.path();
        let data = fs::metadata(&path)?;
        if data.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            ensure!(data.len() <= MAX_EXTRA, "{} is larger than {} KB", path.display(), MAX_EXTRA / 1024);
            files.push(path);
        }
    }
    // As the system lists them they could stand in any order.
    files.sort();
    Ok(files)
}

fn build(dir: &Path) -> Result<Vec<u8>> {
    let component = if dir.join("Cargo.toml").is_file() {
        build_rust(dir)?
    } else if dir.join("package.json").is_file() {
        build_javascript(dir)?
    } else {
        dir.join(COMPONENT)
    };
    fs::read(&component).with_context(|| {
        format!("{} is missing; a plugin's folder has a Cargo.toml, a package.json or {COMPONENT}", component.display())
    })
}

fn build_rust(dir: &Path) -> Result<PathBuf> {
    let dir = dir.canonicalize()?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(&dir)
        .args(["build", "--release", "--lib", "--target", TARGET, "--message-format=json-render-diagnostics"])
        // Flags for this machine (another linker, its own CPU) mean nothing to a component; folders of this machine
        // are nobody's business.
        .env("CARGO_ENCODED_RUSTFLAGS", remapped(&dir))
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut cargo = cargo.spawn().context("starting cargo; Rust plugins are built with it (https://rustup.rs)")?;
    let manifest = dir.join("Cargo.toml");
    let mut built = None;
    if let Some(stdout) = cargo.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            built = artifact(&line?, &manifest).or(built);
        }
    }
    ensure!(
        cargo.wait()?.success(),
        "cargo couldn't build the plugin. If it lacks the target: rustup target add {TARGET}"
    );
    built.with_context(|| format!("no component came of {}: its [lib] needs crate-type = [\"cdylib\"]", dir.display()))
}

/// The component that a line of cargo's tells of, if it is this package's.
fn artifact(line: &str, manifest: &Path) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_ours = message["reason"] == "compiler-artifact" && message["manifest_path"].as_str() == manifest.to_str();
    let files = message["filenames"].as_array().filter(|_| is_ours)?;
    files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm")).map(PathBuf::from)
}

/// In panic messages, other people's sources are named without the folder they lie in here.
fn remapped(dir: &Path) -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let mut flags = vec![format!("--remap-path-prefix={}=plugin", dir.display())];
    flags.extend(home.map(|home| format!("--remap-path-prefix={}=cargo", home.display())));
    flags.join("\x1f")
}

fn build_javascript(dir: &Path) -> Result<PathBuf> {
    if !dir.join("node_modules").is_dir() {
        npm(dir, &["install", "--no-audit", "--no-fund"])?;
    }
    npm(dir, &["run", "--silent", "build"])?;
    Ok(dir.join(COMPONENT))
}

fn npm(dir: &Path, args: &[&str]) -> Result<()> {
    let mut npm = Command::new("npm");
    // What it prints is for people; standard output is for the one who called us.
    let output = npm.current_dir(dir).args(args).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.context("starting npm; JavaScript plugins are built with Node.js 20 or newer")?;
    if !output.status.success() {
        bail!("npm {} failed\n{}", args.join(" "), String::from_utf8_lossy(&output.stdout).trim());
    }
    Ok(())
}
