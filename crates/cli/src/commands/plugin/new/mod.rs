//! `tablon plugin new`: a folder in which a plugin can be built, with the kit and the contract inside.

mod files;
mod kit;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;

use crate::arguments::{Language, PluginNew};
use crate::output::Output;

#[derive(Serialize)]
struct Made {
    id: String,
    dir: PathBuf,
    language: &'static str,
}

pub(super) fn run(new: &PluginNew, output: &Output) -> Result<()> {
    check_name(&new.name)?;
    let dir = new.dir.clone().unwrap_or_else(|| PathBuf::from(&new.name));
    let is_free = match fs::read_dir(&dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("looking into {}", dir.display())),
    };
    ensure!(is_free, "{} is there already and isn't empty; name another folder with --dir", dir.display());

    let (language, files) = match new.lang {
        Language::Rust => ("rust", files::rust(&new.name)?),
        Language::Js => ("js", files::javascript(&new.name)),
    };
    for (path, content) in files {
        write(&dir.join(path), &content)?;
    }
    let made = Made { id: new.name.clone(), dir, language };
    output.print(&made, |made| {
        let dir = made.dir.display();
        let first = match new.lang {
            Language::Rust => "cargo test",
            Language::Js => "npm install",
        };
        format!(
            "Made the plugin {} in {dir}. Go on with:\n\n  cd {dir}\n  {first}\n  tablon plugin check .\n  \
             tablon plugin test .\n  tablon plugin pack .\n",
            made.id
        )
    })
}

/// An id goes into file names, addresses and the names of packages.
fn check_name(name: &str) -> Result<()> {
    let fits = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-') && name.len() <= 63 {
        return Ok(());
    }
    bail!(
        "{name:?} can't be a plugin's name: it must be lower-case letters, digits and hyphens, begin with a letter and \
         be at most 63 long, like my-platform"
    )
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn a_name_is_one_word_of_plain_letters() {
        for good in ["a", "my-platform", "x2"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "My", "2x", "a_b", "a b", "../x", "a/b", "-a", "a-", "ñ", "a\n", &"a".repeat(64)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
