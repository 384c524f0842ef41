//! Every key of the configuration: its name, what it is for, and where else it may come from.

/// One key. Its variable is `TABLON_` and the name in capitals: `database.url` is `TABLON_DATABASE_URL`.
#[derive(Debug)]
pub(crate) struct Key {
    /// The name in `tablon.toml`; a dot stands for a section.
    pub(crate) name: &'static str,
    /// The variable by which hosting platforms say the same.
    pub(crate) platform_variable: Option<&'static str>,
    /// The value without any configuration, in words where it is worked out.
    pub(crate) default: &'static str,
    /// What a value looks like.
    pub(crate) expects: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// Never shown.
    pub(crate) secret: bool,
}

impl Key {
    const fn new(name: &'static str, default: &'static str, expects: &'static str, about: &'static str) -> Self {
        Self { name, platform_variable: None, default, expects, about, secret: false }
    }

    const fn or_platform(mut self, variable: &'static str) -> Self {
        self.platform_variable = Some(variable);
        self
    }

    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The name of the environment variable that sets this key.
    pub(crate) fn variable(&self) -> String {
        format!("TABLON_{}", self.name.to_uppercase().replace('.', "_"))
    }
}

/// In the order in which they are explained.
pub(crate) const KEYS: [Key; 22] = [
    Key::new(
        "base_url",
        "http:// and the address that is listened on",
        "an address like https://jobs.example.org",
        "The address at which people reach the boards, without a path. Every link is made from it, never from the Host header.",
    ),
    Key::new(
        "listen",
        "127.0.0.1:8080",
        "an address and a port, like 127.0.0.1:8080",
        "Where to listen. PORT alone means every address (0.0.0.0) and that port.",
    )
    .or_platform("PORT"),
    Key::new(
        "data_dir",
        "the folder of the SQLite file if there is one, else ./tablon-data",
        "a folder",
        "Holds the SQLite database, its key file, plugins you install and caches.",
    ),
    Key::new(
        "secret_key",
        "with SQLite: secret.key in the data directory, made at the first start",
        "at least 32 characters, for example from `openssl rand -base64 32`",
        "Seals bot tokens and signs sessions. Whoever loses it enters every token anew. PostgreSQL demands it.",
    )
    .secret(),
    Key::new(
        "database.url",
        "sqlite:// and tablon.db in the data directory",
        "sqlite:///folder/file.db or postgres://user:password@host/name",
        "The database. SQLite suits one process, PostgreSQL (15 or newer) several.",
    )
    .or_platform("DATABASE_URL")
    .secret(),
    Key::new("database.max_connections", "10", "a number from 1 to 1000", "Connections to PostgreSQL at a time."),
    Key::new(
        "theme_dir",
        "none",
        "a folder",
        "Files here replace those of the bundled theme that have the same path; messages replace those of the same name.",
    ),
    Key::new(
        "trusted_proxies",
        "none",
        "networks like 10.0.0.0/8, separated by commas",
        "Reverse proxies whose X-Forwarded-For is believed, beside one on this machine. All who come through any other count as one visitor.",
    ),
    Key::new(
        "connections.per_address",
        "256",
        "a number from 1 to 1000000",
        "Connections that one address (of IPv6: one /64) may have open. Beyond that, its longest idle one is closed. This machine and trusted proxies are not counted.",
    ),
    Key::new(
        "connections.head_seconds",
        "30",
        "a number from 1 to 3600",
        "How long a connection may take to send the head of a request, from its start or from the answer before it.",
    ),
    Key::new(
        "plugins.dirs",
        "none beside plugins in the data directory",
        "folders, separated by commas",
        "Where more plugins (.wasm files) lie. The bundled ones are inside the program.",
    ),
    Key::new(
        "plugins.allow_networks",
        "none",
        "networks like 127.0.0.0/8, separated by commas",
        "Private networks that plugins may call all the same, for a Bot API server of your own.",
    ),
    Key::new(
        "smtp.url",
        "none: only channels with a mail server of their own send mail",
        "smtps://user:password@host:465 or smtp://user:password@host:587, perhaps with ?tls=required, opportunistic or none",
        "The mail server. With smtp:// the connection turns to TLS (STARTTLS) or nothing is sent, unless tls says otherwise or the server is on this machine.",
    )
    .secret(),
    Key::new(
        "smtp.from",
        "the user of smtp.url if it is an address, else jobs@ and the host of base_url",
        "an address like jobs@example.org or Acme jobs <jobs@example.org>",
        "Whom mail is from; without a name, it shows the board's.",
    ),
    Key::new(
        "smtp.dkim_selector",
        "none: mail isn't signed here",
        "a name like tablon",
        "Signs mail (DKIM) where the mail server doesn't: the public key stands in the DNS at SELECTOR._domainkey.DOMAIN.",
    ),
    Key::new(
        "smtp.dkim_domain",
        "the domain of smtp.from",
        "a domain like example.org",
        "The domain whose DNS has the public key.",
    ),
    Key::new(
        "smtp.dkim_key",
        "none",
        "an RSA key in PEM (BEGIN RSA PRIVATE KEY) or an Ed25519 key in base64",
        "The private key that mail is signed with.",
    )
    .secret(),
    Key::new(
        "reconciler.pacing",
        "true",
        "true or false",
        "Whether to keep to the platforms' rates. Off only against a simulated platform.",
    ),
    Key::new(
        "reconciler.concurrency",
        "64",
        "a number from 0 to 100",
        "The most deliveries at the same time; 0 for a process that serves pages and leaves them to others. The plugin host makes 128 calls at once, previews among them.",
    ),
    Key::new(
        "reconciler.lease_seconds",
        "10",
        "a number from 2 to 3600",
        "After how long without a sign of life from a process another one takes over its deliveries. A process gives that sign, through the database, as long as its calls are under way; their clocks need not agree.",
    ),
    Key::new(
        "log.filter",
        super::DEFAULT_FILTER,
        "a level (error, warn, info, debug, trace) or a filter like info,tablon_publisher=debug",
        "What is logged, to standard error.",
    ),
    Key::new("log.format", "text", "text or json", "How log lines are written."),
];

/// The key of this name.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Those that look like ours and set nothing.
pub(crate) fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<String> {
    let known = |name: &str| name == super::layers::FILE_VARIABLE || KEYS.iter().any(|key| key.variable() == name);
    // The tests' own variables name where to find a server, not how to run one.
    names.filter(|name| name.starts_with("TABLON_") && !name.starts_with("TABLON_TEST_") && !known(name)).collect()
}
