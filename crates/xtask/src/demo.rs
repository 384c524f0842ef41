//! From a fresh clone to a board in the browser.

use std::time::Instant;

use anyhow::Result;

use crate::plugins;
use crate::workspace::{Workspace, readable, step};

pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let start = Instant::now();
    plugins::build_bundled(workspace)?;
    step("building the board (the first time takes a few minutes)", || {
        crate::workspace::run(&mut workspace.cargo(["build", "--package", "tablon"]))
    })?;
    println!("  ready after {}\n", readable(start.elapsed()));
    crate::workspace::run(workspace.command(workspace.target().join("debug/tablon")).arg("demo").args(args))
}
