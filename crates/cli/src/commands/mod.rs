//! One module a command.

mod audit;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod job;
mod migrate;
mod openapi;
mod plugin;
mod serve;
mod tenant;
mod token;
mod user;

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::arguments::{Arguments, Command, ReferencePage};
use crate::output::Output;
pub(crate) use plugin::compiler;

use crate::{config as settings, instance, logging, reference};

/// Runs the command that was typed.
pub(crate) fn run(arguments: Arguments, output: &Output) -> Result<ExitCode> {
    let Arguments { global, command } = arguments;
    let more = match &command {
        Command::Serve(serve) => serve.overrides(),
        // What needs no configuration works under a broken one too.
        Command::Openapi => return openapi::run(output).map(|()| ExitCode::SUCCESS),
        Command::Plugin(plugin) => match plugin::run_anywhere(plugin, output) {
            Some(done) => return done,
            None => Vec::new(),
        },
        Command::Reference { page } => {
            let page = match page {
                ReferencePage::Cli => reference::commands(),
                ReferencePage::Config => settings::reference(),
            };
            return output.line(page.trim_end()).map(|()| ExitCode::SUCCESS);
        }
        #[cfg(feature = "demo")]
        Command::Demo(demo) => return block_on(demo::run(demo, output)).map(|()| ExitCode::SUCCESS),
        _ => Vec::new(),
    };
    let config = instance::configuration(&global, more)?;
    logging::start(&config.log)?;
    let done = match command {
        Command::Serve(_) => block_on(serve::run(config, output)),
        Command::Migrate => block_on(migrate::run(&config, output)),
        Command::Doctor(doctor) => return block_on(doctor::run(&doctor, &config, output)),
        Command::Tenant(tenant) => block_on(tenant::run(tenant, &config, output)),
        Command::User(user) => block_on(user::run(user, &config, output)),
        Command::Token(token) => block_on(token::run(token, &config, output)),
        Command::Audit(audit) => block_on(audit::run(audit, &config, output)),
        Command::Plugin(plugin) => block_on(plugin::run(&plugin, &config, output)),
        Command::Job(job) => block_on(job::run(job, &config, output)),
        Command::Config(which) => config::run(&which, &config, output),
        Command::Openapi | Command::Reference { .. } => unreachable!("answered above"),
        #[cfg(feature = "demo")]
        Command::Demo(_) => unreachable!("answered above"),
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?.block_on(work)
}
