//! The configuration: `tablon.toml`, overridden by `TABLON_…` variables, overridden by flags.

mod database_url;
mod explain;
mod keys;
mod layers;
mod secret_key;
mod smtp;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use ipnet::IpNet;
use tablon_web::ConnectionLimits;
use url::Url;

pub(crate) use database_url::DatabaseUrl;
pub(crate) use explain::{Explained, reference};
pub(crate) use keys::unknown_variables;
use layers::Layers;
pub(crate) use secret_key::{SecretKey, present_keyring, require_keyring};
pub(crate) use smtp::Smtp;

/// At every start the migrator tells that there is nothing to do, and PostgreSQL that its tables are there already.
const DEFAULT_FILTER: &str = "info,sea_orm_migration=warn,sqlx::postgres::notice=warn";
/// Everything that can be configured, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) base_url: Url,
    pub(crate) listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    pub(crate) theme_dir: Option<PathBuf>,
    pub(crate) secret_key: Option<SecretKey>,
    pub(crate) database: Database,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) connections: ConnectionLimits,
    pub(crate) plugins: Plugins,
    pub(crate) smtp: Smtp,
    pub(crate) reconciler: Reconciler,
    pub(crate) log: Log,
    layers: Layers,
}

/// Where jobs are kept.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    pub(crate) max_connections: u32,
}

/// Where plugins come from and what they may reach.
#[derive(Debug)]
pub(crate) struct Plugins {
    pub(crate) dirs: Vec<PathBuf>,
    pub(crate) allow_networks: Vec<IpNet>,
}

/// How deliveries are made.
#[derive(Debug)]
pub(crate) struct Reconciler {
    pub(crate) pacing: bool,
    pub(crate) concurrency: usize,
    pub(crate) lease: Duration,
}

/// What is logged.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) filter: String,
    pub(crate) format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

impl Config {
    /// Reads file, variables and flags, and checks every value.
    pub(crate) fn load(
        file: Option<&Path>,
        variables: &BTreeMap<String, String>,
        flags: &[(&'static str, String)],
    ) -> Result<Self> {
        let layers = Layers::read(file, variables, flags)?;
        let listen = layers.get("listen")?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let base_url = match layers.get::<Url>("base_url")? {
            Some(url) => check_base_url(url, &layers)?,
            None => base_url_of(listen),
        };
        let url: Option<DatabaseUrl> = layers.get("database.url")?;
        let data_dir = layers.get("data_dir")?.unwrap_or_else(|| default_data_dir(url.as_ref()));
        let url = url.unwrap_or_else(|| DatabaseUrl::Sqlite(data_dir.join("tablon.db")));
        let max_connections = within(&layers, "database.max_connections", 10, 1..=1000)?;
        let concurrency = within(&layers, "reconciler.concurrency", 64, 0..=100)?;
        let lease = Duration::from_secs(within(&layers, "reconciler.lease_seconds", 10, 2..=3600)?);
        let smtp = Smtp::read(&layers, &base_url)?;
        Ok(Self {
            base_url,
            listen,
            theme_dir: layers.get("theme_dir")?,
            secret_key: layers.get("secret_key")?,
            database: Database { url, max_connections },
            trusted_proxies: layers.list("trusted_proxies")?,
            connections: connection_limits(&layers)?,
            plugins: Plugins {
                dirs: std::iter::once(data_dir.join("plugins")).chain(layers.list("plugins.dirs")?).collect(),
                allow_networks: layers.list("plugins.allow_networks")?,
            },
            smtp,
            reconciler: Reconciler { pacing: layers.get("reconciler.pacing")?.unwrap_or(true), concurrency, lease },
            log: Log {
                filter: layers.get("log.filter")?.unwrap_or_else(|| DEFAULT_FILTER.to_owned()),
                format: layers.get("log.format")?.unwrap_or(LogFormat::Text),
            },
            data_dir,
            layers,
        })
    }

    /// The server listens here: the port was chosen by the system if it was 0.
    pub(crate) fn listens_at(&mut self, address: SocketAddr) {
        self.listen = address;
        if !self.has_own_base_url() {
            self.base_url = base_url_of(address);
        }
    }

    /// The address that somebody chose, rather than the one that follows from `listen`.
    pub(crate) fn has_own_base_url(&self) -> bool {
        self.layers.text("base_url").is_some()
    }

    /// People come through a reverse proxy that may be on another machine, and nobody said which: all would share the
    /// proxy's address.
    pub(crate) fn has_unknown_proxy(&self) -> bool {
        self.base_url.scheme() == "https" && self.trusted_proxies.is_empty() && !self.listen.ip().is_loopback()
    }

    /// Plain HTTP to anything but this machine: passwords and sessions can be read on the way.
    pub(crate) fn is_unencrypted_beyond_loopback(&self) -> bool {
        let is_local = match self.base_url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        self.base_url.scheme() == "http" && !is_local
    }
}

fn connection_limits(layers: &Layers) -> Result<ConnectionLimits> {
    let usual = ConnectionLimits::default();
    let head = within(layers, "connections.head_seconds", usual.head.as_secs(), 1..=3600)?;
    let per_address = within(layers, "connections.per_address", usual.per_address, 1..=1_000_000)?;
    Ok(ConnectionLimits { head: Duration::from_secs(head), per_address, ..usual })
}

fn within<T: FromStr + PartialOrd + Copy>(
    layers: &Layers,
    name: &'static str,
    default: T,
    range: std::ops::RangeInclusive<T>,
) -> Result<T> {
    let value = layers.get(name)?.unwrap_or(default);
    if range.contains(&value) { Ok(value) } else { Err(layers.wrong(name)) }
}

fn check_base_url(url: Url, layers: &Layers) -> Result<Url> {
    ensure!(matches!(url.scheme(), "http" | "https") && url.has_host(), layers.wrong("base_url"));
    let too_much = if !url.username().is_empty() || url.password().is_some() {
        "a user or a password"
    } else if url.path() != "/" {
        "a path"
    } else if url.query().is_some() {
        "a query"
    } else if url.fragment().is_some() {
        "a fragment"
    } else {
        return Ok(url);
    };
    // The value is not repeated: it may hold a password.
    bail!(
        "base_url ({}): it has {too_much}; give the scheme, the host and perhaps the port alone, like \
         https://jobs.example.org",
        layers.source("base_url")
    )
}

/// What a browser on this machine types.
fn base_url_of(listen: SocketAddr) -> Url {
    let host = if listen.ip().is_unspecified() { "localhost".to_owned() } else { listen.to_string() };
    let address = if listen.ip().is_unspecified() {
        format!("http://{host}:{}/", listen.port())
    } else {
        format!("http://{host}/")
    };
    Url::parse(&address).unwrap_or_else(|_| unreachable!("{address} is made of a host and a port"))
}

/// A SQLite file's key and plugins lie beside it, so that copying one folder copies a board.
fn default_data_dir(url: Option<&DatabaseUrl>) -> PathBuf {
    match url.and_then(DatabaseUrl::sqlite_file).map(Path::parent) {
        Some(Some(folder)) if folder.as_os_str().is_empty() => PathBuf::from("."),
        Some(Some(folder)) => folder.to_path_buf(),
        _ => PathBuf::from("./tablon-data"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(flags: &[(&'static str, &str)]) -> Result<Config> {
        let flags: Vec<_> = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Config::load(None, &BTreeMap::new(), &flags)
    }

    #[test]
    fn without_a_word_the_board_listens_on_this_machine_and_keeps_a_sqlite_file() {
        let config = with(&[]).expect("a configuration");
        assert_eq!(config.base_url.as_str(), "http://127.0.0.1:8080/");
        assert_eq!(config.database.url.to_string(), "sqlite://./tablon-data/tablon.db");
        assert!(config.reconciler.pacing);
    }

    #[test]
    fn the_data_directory_is_where_the_sqlite_file_is() {
        let config = with(&[("database.url", "sqlite:///srv/board/t.db")]).expect("a configuration");
        assert_eq!(config.data_dir, Path::new("/srv/board"));
        let config = with(&[("database.url", "postgres://db/x")]).expect("a configuration");
        assert_eq!(config.data_dir, Path::new("./tablon-data"));
    }

    #[test]
    fn links_lead_to_where_the_board_listens_unless_somebody_says_otherwise() {
        let config = with(&[("listen", "0.0.0.0:5000")]).expect("a configuration");
        assert_eq!(config.base_url.as_str(), "http://localhost:5000/");
        let config = with(&[("base_url", "https://jobs.example.org")]).expect("a configuration");
        assert_eq!(config.base_url.as_str(), "https://jobs.example.org/");
    }

    #[test]
    fn a_wrong_value_is_refused_with_what_is_expected() {
        for (name, value) in [
            ("listen", "8080"),
            ("base_url", "ftp://x"),
            ("database.url", "mysql://a"),
            ("database.max_connections", "0"),
            ("reconciler.pacing", "maybe"),
            ("connections.per_address", "0"),
            ("connections.head_seconds", "soon"),
            ("plugins.allow_networks", "127.0.0.1/33"),
            ("log.format", "xml"),
            ("secret_key", "short"),
        ] {
            let error = with(&[(name, value)]).expect_err(name).to_string();
            assert!(error.starts_with(name) && error.contains("is not"), "{error}");
        }
    }

    #[test]
    fn connections_are_limited_as_configured() {
        let usual = with(&[]).expect("a configuration").connections;
        assert_eq!((usual.per_address, usual.head), (256, Duration::from_secs(30)));
        let own = with(&[("connections.per_address", "20"), ("connections.head_seconds", "5")]).expect("numbers");
        assert_eq!((own.connections.per_address, own.connections.head), (20, Duration::from_secs(5)));
    }

    #[test]
    fn a_base_url_is_a_scheme_a_host_and_a_port_alone() {
        for (url, what) in [
            ("https://example.org/jobs", "a path"),
            ("https://example.org/?board=acme", "a query"),
            ("https://example.org/#jobs", "a fragment"),
            ("https://me@example.org", "a user or a password"),
            ("https://me:hunter2@example.org/jobs", "a user or a password"),
        ] {
            let error = with(&[("base_url", url)]).expect_err(url).to_string();
            assert!(error.starts_with("base_url") && error.contains(what), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        for url in ["https://example.org", "https://example.org/", "http://[::1]:8080"] {
            with(&[("base_url", url)]).expect(url);
        }
    }

    #[test]
    fn a_proxy_that_nobody_named_is_noticed() {
        const OWN: (&str, &str) = ("base_url", "https://jobs.example.org");
        const EVERYWHERE: (&str, &str) = ("listen", "0.0.0.0:8080");
        let is_noticed = |flags: &[_]| with(flags).expect("a configuration").has_unknown_proxy();
        assert!(is_noticed(&[OWN, EVERYWHERE]));
        assert!(!is_noticed(&[OWN]), "the proxy is on this machine");
        assert!(!is_noticed(&[EVERYWHERE]), "there is no proxy");
        assert!(!is_noticed(&[OWN, EVERYWHERE, ("trusted_proxies", "10.0.0.0/8")]));
    }

    #[test]
    fn plain_http_beyond_this_machine_is_noticed() {
        for (url, noticed) in [
            ("http://jobs.example.org", true),
            ("http://192.168.1.2:8080", true),
            ("https://jobs.example.org", false),
            ("http://localhost:8080", false),
            ("http://127.0.0.1:8080", false),
        ] {
            let config = with(&[("base_url", url)]).expect("a configuration");
            assert_eq!(config.is_unencrypted_beyond_loopback(), noticed, "{url}");
        }
    }
}
