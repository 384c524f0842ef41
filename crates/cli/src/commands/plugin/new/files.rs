//! The files of a new plugin, made from those in this program.

use std::path::PathBuf;

use anyhow::Result;
use include_dir::{Dir, include_dir};

use super::kit;

static RUST: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/scaffold/rust");
static CONTRACT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/wit/1.0");

/// Not the whole folder: whoever has built the example has a compiler of 400 MB in it.
macro_rules! example {
    ($($file:literal),*) => {
        &[$(($file, include_str!(concat!("../../../../../../plugins/examples/js-hello/", $file)))),*]
    };
}
const JAVASCRIPT: &[(&str, &str)] =
    example!["README.md", "build.js", "meanings.json", "package.json", "plugin.js", "plugin.toml", "sdk.js", "test.js"];

/// Where it goes, and what it holds.
pub(super) type File = (PathBuf, Vec<u8>);

pub(super) fn rust(id: &str) -> Result<Vec<File>> {
    let mut files: Vec<File> = all(&RUST)
        .into_iter()
        .map(|(path, content)| {
            let path = match path.to_str() {
                Some("Cargo.toml.in") => "Cargo.toml".into(),
                Some("gitignore.in") => ".gitignore".into(),
                _ => path,
            };
            (path, renamed(&String::from_utf8_lossy(&content), &[("hello-world", id), ("Hello world", &title(id))]))
        })
        .collect();
    files.extend(kit::files()?.into_iter().map(|(path, content)| (PathBuf::from("sdk").join(path), content)));
    files.extend(contract("wit"));
    files.sort();
    Ok(files)
}

pub(super) fn javascript(id: &str) -> Vec<File> {
    let words = [("js-hello", id), ("Hello from JavaScript", &title(id))];
    let mut files: Vec<File> =
        JAVASCRIPT.iter().map(|(path, content)| (path.into(), renamed(content, &words))).collect();
    files.push((".gitignore".into(), b"/build\n/node_modules\n*.wasm\n".to_vec()));
    files.extend(contract("wit"));
    files.sort();
    files
}

/// The contract's files below `folder`.
pub(super) fn contract(folder: &str) -> Vec<File> {
    all(&CONTRACT).into_iter().map(|(path, content)| (PathBuf::from(folder).join(path), content)).collect()
}

/// Every file of a folder, its path from there.
pub(super) fn all(dir: &Dir<'static>) -> Vec<File> {
    let mut files: Vec<File> = dir.files().map(|file| (file.path().to_owned(), file.contents().to_vec())).collect();
    files.extend(dir.dirs().flat_map(all));
    files
}

fn renamed(content: &str, words: &[(&str, &str)]) -> Vec<u8> {
    let mut content = content.to_owned();
    for (sample, own) in words {
        content = content.replace(sample, own);
    }
    content.into_bytes()
}

/// `my-platform` for people: `My platform`.
fn title(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut characters = words.chars();
    characters.next().map(|first| first.to_ascii_uppercase().to_string() + characters.as_str()).unwrap_or_default()
}
