//! Builds the example plugins that cargo can't build.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::plugins::{MANIFEST_SECTION, custom_section};
use crate::workspace::{Workspace, find_program, run, step};

/// The example in JavaScript: its folder below `plugins/examples`, and the name of its file.
const JAVASCRIPT: &str = "js-hello";

/// Builds `plugins/examples/js-hello` into `target/plugins-examples`, and runs its own tests. What npm brings stays
/// below `target`. Nothing is done when nothing has changed.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let source = workspace.root().join("plugins/examples").join(JAVASCRIPT);
    let into = workspace.root().join("target/plugins-examples");
    let folder = into.join(JAVASCRIPT);
    let (packed, stamp) = (into.join(format!("{JAVASCRIPT}.wasm")), into.join(format!("{JAVASCRIPT}.stamp")));
    let contract = workspace.root().join("plugins/wit/1.0");
    let state = [contents(&source)?, contents(&contract)?].concat();
    if packed.is_file() && fs::read(&stamp).is_ok_and(|before| before == state) {
        return Ok(());
    }
    let npm = find_program("npm", &[]).context(
        "the example plugin in JavaScript is built with npm, which isn't there (Debian, Ubuntu: npm; macOS: brew install node)",
    )?;
    step(&format!("building the plugin {JAVASCRIPT}"), || {
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(&source)? {
            let path = entry?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                fs::copy(&path, folder.join(name))?;
            }
        }
        let npm = |args: &[&str]| {
            let mut command = workspace.command(&npm);
            run(command.args(args).current_dir(&folder).env("TABLON_WIT", &contract))
        };
        // npm takes away what the compiler needs when it installs over what is there.
        let modules = folder.join("node_modules");
        if modules.is_dir() {
            fs::remove_dir_all(&modules)?;
        }
        npm(&["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"])?;
        npm(&["test", "--silent"])?;
        npm(&["run", "build", "--silent"])?;
        let mut component = fs::read(folder.join("build/plugin.wasm"))?;
        component.extend(custom_section(MANIFEST_SECTION, &fs::read(source.join("plugin.toml"))?));
        fs::write(&packed, component)?;
        fs::write(&stamp, &state)?;
        Ok(())
    })
}

/// The files of a folder, names and bytes; not those of folders in it.
fn contents(folder: &Path) -> Result<Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    let mut state = Vec::new();
    for path in paths {
        state.extend(path.file_name().unwrap_or_default().as_encoded_bytes());
        state.extend(fs::read(&path)?);
    }
    Ok(state)
}
