//! The figures of `docs/performance.md`, measured by the release binary itself.

use anyhow::Result;

use crate::plugins;
use crate::workspace::{Workspace, step};

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    plugins::build(workspace)?;
    step("building for release (several minutes)", || {
        crate::workspace::run(&mut workspace.cargo([
            "build",
            "--release",
            "--package",
            "tablon",
            "--package",
            "tablon-bench",
        ]))
    })?;
    let binary = workspace.target().join("release/tablon-bench");
    crate::workspace::run(workspace.command(binary).args(args))
}
