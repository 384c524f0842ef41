//! `tablon config`.

use anyhow::{Result, bail};

use crate::arguments;
use crate::config::{Config, Explained};
use crate::output::Output;

pub(super) fn run(which: &arguments::Config, config: &Config, output: &Output) -> Result<()> {
    if !which.explain {
        bail!("say what to do with the configuration: `tablon config --explain`");
    }
    output.print(&config.explain(), |keys| keys.iter().map(paragraph).collect::<Vec<_>>().join("\n"))
}

fn paragraph(key: &Explained) -> String {
    let value = key.value.as_deref().unwrap_or("not set");
    format!(
        "{} = {value}   ({})\n    {}\n    variable {}, default: {}\n",
        key.key, key.source, key.about, key.variable, key.default
    )
}
