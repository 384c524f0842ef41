//! Documentation that is made from the program, so that it can't be wrong.

use std::fs;

use anyhow::{Result, bail};

use crate::workspace::{Workspace, output};

/// A file below the workspace, and what the binary must be asked for it.
const FILES: [(&str, &[&str]); 3] = [
    ("docs/reference/cli.md", &["reference", "cli"]),
    ("docs/reference/config.md", &["reference", "config"]),
    ("docs/api/openapi.json", &["openapi"]),
];

/// Writes the files; with `check`, fails where one differs instead.
pub(crate) fn run(workspace: &Workspace, check: bool) -> Result<()> {
    crate::workspace::run(&mut workspace.cargo(["build", "--quiet", "--package", "tablon"]))?;
    let binary = workspace.target().join("debug/tablon");
    let mut stale = Vec::new();
    for (file, args) in FILES {
        let mut command = workspace.command(&binary);
        // What stands in a developer's environment must not show in the documentation.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TABLON_") {
                command.env_remove(name);
            }
        }
        let fresh = output(command.args(args))?;
        let path = workspace.root().join(file);
        if fs::read_to_string(&path).is_ok_and(|present| present == fresh) {
            continue;
        }
        if check {
            stale.push(file);
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, fresh)?;
        println!("  wrote {file}");
    }
    if !stale.is_empty() {
        bail!("{} is out of date; run `cargo xtask generate` and commit the result", stale.join(", "));
    }
    Ok(())
}
