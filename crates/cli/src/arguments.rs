//! The command line.

mod plugin;

use std::path::PathBuf;

use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tablon_core::Role;
use uuid::Uuid;

pub(crate) use plugin::{Language, Plugin, PluginInstall, PluginNew};

/// A self-hosted job board whose copies stay true.
#[derive(Debug, Parser)]
#[command(name = "tablon", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print one JSON value instead of sentences
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Configuration file [default: tablon.toml in the current directory, if there is one]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Configuration")]
    pub(crate) config: Option<PathBuf>,
    /// sqlite:///folder/file.db or postgres://user:password@host/name
    #[arg(long, global = true, value_name = "URL", help_heading = "Configuration")]
    pub(crate) database_url: Option<String>,
    /// Where the SQLite database, its key, plugins and caches lie
    #[arg(long, global = true, value_name = "DIR", help_heading = "Configuration")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the boards: pages, API and deliveries
    Serve(Serve),
    /// Try it out: a board with sample jobs beside a simulated Telegram
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// Bring the database up to date; a SQLite file is copied first
    Migrate,
    /// Check the configuration, the database, the key and the plugins
    Doctor(Doctor),
    /// The boards of this instance
    #[command(subcommand)]
    Tenant(Tenant),
    /// The people of this instance
    #[command(subcommand)]
    User(User),
    /// Tokens for the API of a board
    #[command(subcommand)]
    Token(Token),
    /// Plugins: writing, trying and installing them
    #[command(subcommand)]
    Plugin(Plugin),
    /// The jobs of a board
    #[command(subcommand)]
    Job(Job),
    /// Show what was done, when and by whom, newest first
    ///
    /// On every board and on the installation itself: its plugins, people and boards. No password, secret or text that
    /// somebody typed stands in this log.
    Audit(Audit),
    /// The configuration
    Config(Config),
    /// Print the API's description (OpenAPI 3.1)
    Openapi,
    /// Print a page of the reference, in markdown
    #[command(hide = true)]
    Reference {
        /// Which page
        page: ReferencePage,
    },
}

/// `tablon serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// The address at which people reach the boards; every link is made from it
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// A private network that plugins may call all the same; may be given several times
    #[arg(long, value_name = "CIDR")]
    pub(crate) allow_network: Vec<String>,
}

/// `tablon demo`.
#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where the board listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: std::net::SocketAddr,
    /// Where the simulated Telegram listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    pub(crate) telegram: std::net::SocketAddr,
    /// Where the simulated Discord listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8082")]
    pub(crate) discord: std::net::SocketAddr,
    /// Where the simulated mail server shows its mails
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8083")]
    pub(crate) mail: std::net::SocketAddr,
    /// Keep the board in this folder instead of one that is gone when the demo ends
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

/// `tablon doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Only ask the running server on this machine whether it is ready
    #[arg(long)]
    pub(crate) live: bool,
}

/// `tablon tenant`.
#[derive(Debug, Subcommand)]
pub(crate) enum Tenant {
    /// Make a board
    Create(TenantCreate),
    /// List the boards
    List,
}

/// `tablon tenant create`.
#[derive(Debug, Args)]
pub(crate) struct TenantCreate {
    /// Its short name in addresses: lower case letters, digits and hyphens
    pub(crate) slug: String,
    /// What it is called [default: the short name]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its language
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    pub(crate) locale: String,
    /// Its time zone: where its days end
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) time_zone: Tz,
    /// A host name of its own, like jobs.example.org; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
}

/// `tablon user`.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add somebody, or give somebody who is there already a role on a board
    Create(UserCreate),
    /// Give somebody a new password and end their sessions
    Password {
        /// Their e-mail address
        email: String,
        /// Read the password from standard input [default: make one and print it]
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give somebody another e-mail address, which counts as theirs from then on
    ///
    /// With a mail server people change it themselves, on the page "My account". The old address is told by mail.
    Email {
        /// Their present address
        email: String,
        /// Their new one
        new: String,
    },
    /// Make a link with which somebody sets a new password, once and within an hour
    ///
    /// Setting it ends their sessions. Give the link to nobody else.
    ResetLink {
        /// Their e-mail address
        email: String,
    },
    /// Let somebody log in without the codes of their authenticator app
    ///
    /// For who has lost the app and the recovery codes. Make sure that it is them.
    TotpOff {
        /// Their e-mail address
        email: String,
    },
    /// List the people
    List,
}

/// `tablon user create`.
#[derive(Debug, Args)]
pub(crate) struct UserCreate {
    /// Their e-mail address
    pub(crate) email: String,
    /// What they are called [default: the first half of the address]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The board they get a role on
    #[arg(long, value_name = "BOARD", requires = "role")]
    pub(crate) tenant: Option<String>,
    /// member, moderator, admin or owner
    #[arg(long, requires = "tenant")]
    pub(crate) role: Option<Role>,
    /// They run this instance
    #[arg(long)]
    pub(crate) operator: bool,
    /// Read the password from standard input [default: make one and print it]
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// `tablon token`.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token; it is shown once
    Create {
        /// The board it is for
        #[arg(long, value_name = "BOARD")]
        tenant: String,
        /// member, moderator, admin or owner
        #[arg(long)]
        role: Role,
        /// What it is used for
        #[arg(long, default_value = "command line")]
        name: String,
    },
    /// List a board's tokens
    List {
        /// The board
        #[arg(long, value_name = "BOARD")]
        tenant: String,
    },
    /// End a token at once
    Revoke {
        /// Its id, as `token list` shows it
        id: Uuid,
        /// The board
        #[arg(long, value_name = "BOARD")]
        tenant: String,
    },
}

/// `tablon job`.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Read jobs from a file; each is submitted and waits for a moderator
    ///
    /// Takes schema.org JobPosting as JSON-LD (one, an array, @graph or one a line), jobs as the API
    /// takes them, and CSV with a heading row, of any size. What can't be understood is left out with a
    /// warning. A job that an earlier import brought is recognised: it follows what its source has changed
    /// since, and what people have changed on the board stays.
    Import {
        /// The file, or - for standard input
        file: PathBuf,
        /// The board
        #[arg(long, value_name = "BOARD")]
        tenant: String,
        /// How the file is written [default: by its ending]
        #[arg(long)]
        format: Option<ImportFormat>,
        /// Only say what would be imported
        #[arg(long)]
        dry_run: bool,
    },
}

/// `tablon audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Only what was done on this board
    #[arg(long, alias = "board", value_name = "BOARD")]
    pub(crate) tenant: Option<String>,
    /// The most events that are shown
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

/// `tablon config`.
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Every key: what it is for, what it is set to, and by whom
    #[arg(long)]
    pub(crate) explain: bool,
}

/// How a file of jobs is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ImportFormat {
    /// JSON-LD or plain JSON
    Json,
    /// A table
    Csv,
}

/// A page of the reference.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReferencePage {
    /// The commands
    Cli,
    /// The configuration
    Config,
}

impl Global {
    /// The flags that are keys of the configuration.
    pub(crate) fn overrides(&self) -> Vec<(&'static str, String)> {
        let mut overrides = Vec::new();
        if let Some(url) = &self.database_url {
            overrides.push(("database.url", url.clone()));
        }
        if let Some(dir) = &self.data_dir {
            overrides.push(("data_dir", dir.display().to_string()));
        }
        overrides
    }
}

impl Serve {
    /// The flags that are keys of the configuration.
    pub(crate) fn overrides(&self) -> Vec<(&'static str, String)> {
        let mut overrides = Vec::new();
        if let Some(listen) = &self.listen {
            overrides.push(("listen", listen.clone()));
        }
        if let Some(url) = &self.base_url {
            overrides.push(("base_url", url.clone()));
        }
        if !self.allow_network.is_empty() {
            overrides.push(("plugins.allow_networks", self.allow_network.join(",")));
        }
        overrides
    }
}
