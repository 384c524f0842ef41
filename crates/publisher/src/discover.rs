//! Finds plugin files: those inside the program, and those in the operator's directories.

use std::fs;
use std::path::Path;

use crate::file_fault::{FileError, FileFault};
use crate::manifest::Manifest;
use crate::package::{self, PluginFile};
use crate::plugin::Source;

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// The largest plugin file, in bytes: a JavaScript engine inside takes 12 MB.
pub(crate) const MAX_FILE: u64 = 64 * 1024 * 1024;

/// A file that may be a plugin.
pub(crate) struct Candidate {
    pub(crate) source: Source,
    pub(crate) file: PluginFile,
}

/// A plugin file that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or `bundled`.
    pub source: Source,
    /// The plugin's id, where that is known.
    pub plugin: Option<String>,
    /// What kind of fault it is.
    pub fault: FileFault,
    /// What is wrong with it, in English and with the details.
    pub message: String,
}

/// The files in `directory`, by name. A directory that doesn't exist has none.
pub(crate) fn in_directory(directory: &Path, problems: &mut Vec<Problem>) -> Vec<Candidate> {
    let mut problem = |path: &Path, error: &dyn std::fmt::Display| {
        problems.push(Problem {
            source: Source::File(path.to_owned()),
            plugin: None,
            fault: FileFault::Unreadable,
            message: format!("it can't be read: {error}"),
        });
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
            Ok(bytes) => found.push(Candidate { source: Source::File(path), file: bytes.into() }),
            Err(error) => problem(&path, &error),
        }
    }
    found
}

/// The plugins inside this program.
pub(crate) fn bundled() -> impl Iterator<Item = Candidate> {
    BUNDLED.iter().map(|&(bytes, sha256)| {
        // The hash was taken when this program was built: taking it now would load five megabytes of the program's file
        // into memory at every start.
        let file = PluginFile { bytes: bytes.into(), sha256: sha256.to_owned() };
        Candidate { source: Source::Bundled, file }
    })
}

/// The manifest of the bundled plugin with this id.
pub fn bundled_manifest(id: &str) -> Option<Manifest> {
    bundled().filter_map(|found| manifest_of(&found.file.bytes).ok()).find(|manifest| manifest.id == id)
}

/// A file's manifest.
pub(crate) fn manifest_of(bytes: &[u8]) -> Result<Manifest, FileError> {
    Ok(Manifest::parse(package::manifest(bytes)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_bundled_plugin_is_the_one_of_its_file() {
        assert!(!BUNDLED.is_empty(), "run `cargo xtask plugins` first");
        for found in bundled() {
            assert_eq!(found.file.sha256, package::hash(&found.file.bytes));
        }
    }
}
