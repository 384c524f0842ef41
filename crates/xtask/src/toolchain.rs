//! The compilation target of plugins.

use anyhow::{Context, Result};

use crate::workspace::{Workspace, find_program, output, run, step};

/// What plugins are compiled for.
pub(crate) const PLUGIN_TARGET: &str = "wasm32-wasip2";

/// Adds the plugins' target to the toolchain where it is missing.
///
/// `rust-toolchain.toml` names it too, but rustup reads that only where automatic installing is on.
pub(crate) fn require_plugin_target(workspace: &Workspace) -> Result<()> {
    let sysroot = output(workspace.command("rustc").args(["--print", "sysroot"]))?;
    let libraries = std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(PLUGIN_TARGET);
    if libraries.is_dir() {
        return Ok(());
    }
    let rustup = find_program("rustup", &[]).with_context(|| {
        format!(
            "plugins are compiled for {PLUGIN_TARGET}, which this Rust lacks, and there is no \
             rustup to add it with. Install Rust with rustup (https://rustup.rs), or your \
             distribution's package of the standard library for {PLUGIN_TARGET}."
        )
    })?;
    step(&format!("adding the Rust target {PLUGIN_TARGET}"), || {
        run(workspace.command(rustup).args(["target", "add", PLUGIN_TARGET]))
            .with_context(|| format!("rustup could not add {PLUGIN_TARGET}; is the network reachable?"))
    })
}
