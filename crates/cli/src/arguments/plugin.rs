//! `tablon plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `tablon plugin`.
#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// List the plugins of this instance
    List,
    /// Make the folder of a new plugin, with everything that building it takes
    New(PluginNew),
    /// Build a plugin where needed, load it, and say what it asks for and what is wrong
    Check {
        /// A plugin's file, or the folder with its source
        path: PathBuf,
    },
    /// Try a plugin against a simulated platform that refuses, stalls and hangs up
    ///
    /// The section [test] of plugin.toml says with which settings and secrets; `{base_url}` in them stands for the
    /// simulated platform's address. Each [[test.answers]] is what the platform answers when all is well. A plugin that
    /// mails is tried with a simulated mail server.
    Test {
        /// A plugin's file, or the folder with its source
        path: PathBuf,
    },
    /// Build a plugin where needed and make its one file: component, manifest, templates, words, README
    Pack {
        /// The folder with its source
        dir: PathBuf,
        /// The file to write [default: ID-VERSION.wasm in the current directory]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Install a plugin, or another version of it, into this instance
    ///
    /// Says what it asks for and grants that once it is confirmed. A version that asks for no more than was granted
    /// before is taken as it is; what goes beyond is asked for again: another host, another use of a secret, another
    /// place to send it to. What was refused before stays refused. A running board takes it up within seconds.
    Install(PluginInstall),
    /// Put the version before back into use, with no more than is granted now
    Rollback {
        /// The plugin
        id: String,
        /// Grant it again what it had beyond that
        #[arg(long)]
        yes: bool,
    },
    /// Switch a plugin off, also one that is part of the program; its channels wait
    Disable {
        /// The plugin
        id: String,
    },
    /// Switch a plugin on again
    Enable {
        /// The plugin
        id: String,
    },
    /// Take an installed plugin away; its channels stay, and what they published keeps its history
    Remove {
        /// The plugin
        id: String,
        /// Don't ask, although channels use it
        #[arg(long)]
        yes: bool,
    },
    /// Compile a component from standard input to standard output, under limits
    #[command(hide = true)]
    CompileWorker {
        /// Address space, in bytes
        #[arg(long)]
        memory: u64,
        /// Computing, in seconds
        #[arg(long)]
        cpu: u64,
    },
}

/// `tablon plugin new`.
#[derive(Debug, Args)]
pub(crate) struct PluginNew {
    /// The plugin's id: lower-case letters, digits and hyphens
    pub(crate) name: String,
    /// What it is written in
    #[arg(long, value_enum, default_value = "rust")]
    pub(crate) lang: Language,
    /// Where the folder is made [default: the plugin's id, in the current directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// `tablon plugin install`.
#[derive(Debug, Args)]
pub(crate) struct PluginInstall {
    /// A plugin's file, or the folder with its source
    pub(crate) path: PathBuf,
    /// Grant without asking; what is more than before is shown
    #[arg(long)]
    pub(crate) yes: bool,
    /// Leave it at what was granted before, whatever else this version asks for
    #[arg(long, conflicts_with = "widen")]
    pub(crate) keep: bool,
    /// Grant also what was asked for and refused before
    #[arg(long)]
    pub(crate) widen: bool,
    /// Of the hosts that it asks for, grant only these, as the manifest writes them; may be given several times
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Vec<String>,
    /// Of the secrets, only these
    #[arg(long, value_name = "NAME")]
    pub(crate) secret: Vec<String>,
    /// Of the audiences of mail, only these
    #[arg(long, value_name = "AUDIENCE")]
    pub(crate) mail: Vec<String>,
    /// No host that a board's admins type in: neither setting:… nor secret:…
    #[arg(long)]
    pub(crate) no_tenant_hosts: bool,
}

/// What a plugin is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Rust
    Rust,
    /// JavaScript
    Js,
}
