//! `tablon plugin`: writing, trying, installing and looking after plugins.

mod ask;
mod asks;
mod check;
mod conformance;
mod install;
mod list;
mod manage;
mod new;
mod pack;
mod rollback;
mod source;

pub(crate) use asks::compiler;
pub(super) use list::existing;

use std::io;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use tablon_publisher::compile::worker;

use crate::arguments::Plugin;
use crate::config::Config;
use crate::output::Output;

/// The commands that need no instance: they work anywhere, under a broken configuration too. `None`: it isn't one.
pub(super) fn run_anywhere(command: &Plugin, output: &Output) -> Option<Result<ExitCode>> {
    let done = |result: Result<()>| result.map(|()| ExitCode::SUCCESS);
    Some(match command {
        Plugin::New(new) => done(new::run(new, output)),
        Plugin::Check { path } => super::block_on(check::run(path, output)),
        Plugin::Test { path } => super::block_on(conformance::run(path, output)),
        Plugin::Pack { dir, output: file } => done(pack::run(dir, file.as_deref(), output)),
        Plugin::CompileWorker { memory, cpu } => done(
            worker::run(*memory, *cpu, io::stdin().lock(), io::stdout().lock(), io::stderr().lock())
                .map_err(|message| anyhow!(message)),
        ),
        _ => return None,
    })
}

pub(super) async fn run(command: &Plugin, config: &Config, output: &Output) -> Result<()> {
    match command {
        Plugin::List => list::run(config, output).await,
        Plugin::Install(install) => install::run(install, config, output).await,
        Plugin::Rollback { id, yes } => rollback::run(id, *yes, config, output).await,
        Plugin::Disable { id } => manage::disable(id, config, output).await,
        Plugin::Enable { id } => manage::enable(id, config, output).await,
        Plugin::Remove { id, yes } => manage::remove(id, *yes, config, output).await,
        Plugin::New(_) | Plugin::Check { .. } | Plugin::Test { .. } | Plugin::Pack { .. } => {
            unreachable!("answered by run_anywhere")
        }
        Plugin::CompileWorker { .. } => unreachable!("answered by run_anywhere"),
    }
}
