//! Lets a built plugin initialise itself before it is packed. `tablon-preinit` does it: a program of its own, because it
//! brings wasmtime, which this one would have to be compiled with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::{Workspace, run};

/// How much time it may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// What is there already is used; a newcomer who wants to see the board doesn't wait for wasmtime to be compiled
    /// once more.
    Least,
    /// The tool is compiled and run where that is needed.
    All,
}

/// The component of the plugin `id` with its initialised memory, and the same bytes where it has no initialisation.
/// Nothing is done when neither component nor tool has changed.
pub(crate) fn preinitialised(workspace: &Workspace, id: &str, built: &Path, effort: Effort) -> Result<Vec<u8>> {
    let component = fs::read(built).with_context(|| format!("reading {}", built.display()))?;
    let folder = workspace.target().join("preinit");
    let (output, stamp) = (folder.join(format!("{id}.wasm")), folder.join(format!("{id}.stamp")));
    let state = [component.clone(), tool(workspace)?].concat();
    if !fs::read(&stamp).is_ok_and(|before| before == state) {
        if effort == Effort::Least {
            return Ok(component);
        }
        fs::create_dir_all(&folder)?;
        run(workspace.cargo(["run", "--quiet", "--package", "tablon-preinit", "--"]).arg(built).arg(&output))?;
        fs::write(&stamp, &state)?;
    }
    fs::read(&output).with_context(|| format!("reading {}", output.display()))
}

/// What the tool is made from: its source, and the releases of wasmtime's crates.
fn tool(workspace: &Workspace) -> Result<Vec<u8>> {
    let sources = fs::read_dir(workspace.root().join("crates/preinit/src"))?;
    let mut paths: Vec<PathBuf> = sources.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    let mut state: Vec<Vec<u8>> = paths.iter().map(fs::read).collect::<std::io::Result<_>>()?;
    let lock = fs::read_to_string(workspace.root().join("Cargo.lock"))?;
    let releases = lock.split("[[package]]").filter(|package| package.contains("name = \"wasmtime"));
    state.extend(releases.map(|package| package.as_bytes().to_vec()));
    Ok(state.concat())
}
