//! Finds plugin files: those inside the program, and those in the operator's directories.

use std::fs;
use std::path::Path;

use crate::manifest::Manifest;
use crate::package;
use crate::plugin::Source;

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// The largest plugin file, in bytes: a JavaScript engine inside takes 12 MB.
pub(crate) const MAX_FILE: u64 = 64 * 1024 * 1024;

/// A file that may be a plugin.
pub(crate) struct Candidate {
    pub(crate) source: Source,
    pub(crate) bytes: std::borrow::Cow<'static, [u8]>,
}

/// A plugin file that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or `bundled`.
    pub source: Source,
    /// What is wrong with it.
    pub message: String,
}

/// The files in `directory`, by name. A directory that doesn't exist has none.
pub(crate) fn in_directory(directory: &Path, problems: &mut Vec<Problem>) -> Vec<Candidate> {
    let mut problem = |path: &Path, error: &dyn std::fmt::Display| {
        problems.push(Problem { source: Source::File(path.to_owned()), message: format!("it can't be read: {error}") });
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            problem(directory, &error);
            return Vec::new();
        }
    };
    let mut paths: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        match fs::metadata(&path) {
            Ok(data) if !data.is_file() => continue,
            Ok(data) if data.len() > MAX_FILE => {
                problem(&path, &format_args!("it is larger than {} MB", MAX_FILE / (1024 * 1024)));
                continue;
            }
            _ => {}
        }
        match fs::read(&path) {
            Ok(bytes) => found.push(Candidate { source: Source::File(path), bytes: bytes.into() }),
            Err(error) => problem(&path, &error),
        }
    }
    found
}

/// The plugins inside this program.
pub(crate) fn bundled() -> impl Iterator<Item = Candidate> {
    BUNDLED.iter().map(|bytes| Candidate { source: Source::Bundled, bytes: (*bytes).into() })
}

/// The manifest of the bundled plugin with this id.
pub fn bundled_manifest(id: &str) -> Option<Manifest> {
    bundled().filter_map(|file| manifest_of(&file.bytes).ok()).find(|manifest| manifest.id == id)
}

/// A file's manifest, or a sentence about what is wrong with it.
pub(crate) fn manifest_of(bytes: &[u8]) -> Result<Manifest, String> {
    let manifest = package::manifest(bytes).map_err(|e| e.to_string())?;
    Manifest::parse(manifest).map_err(|e| e.to_string())
}
