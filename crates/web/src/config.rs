//! The web side's addresses, trusted proxies and limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

/// The web side's addresses, trusted proxies and limits.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// The address people type; every absolute link starts with it (`TABLON_BASE_URL`).
    pub base_url: Url,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Reverse proxies on other machines whose `X-Forwarded-For` is trusted; one on this machine always is.
    pub trusted_proxies: Vec<IpNet>,
    /// How long connections may keep the server waiting, and how many there may be.
    pub connections: ConnectionLimits,
    /// The most entries of one sitemap; boards with more pages have several.
    pub sitemap_entries: u64,
}

/// The most entries that the protocol of sitemaps allows in one file.
const SITEMAP_ENTRIES: u64 = 50_000;

impl WebConfig {
    /// A configuration without trusted proxies, and with the usual limits.
    pub fn new(base_url: Url, listen: SocketAddr) -> Self {
        Self {
            base_url,
            listen,
            trusted_proxies: Vec::new(),
            connections: ConnectionLimits::default(),
            sitemap_entries: SITEMAP_ENTRIES,
        }
    }

    /// Whether people reach the base address over TLS: this decides the names and attributes of cookies.
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }

    /// Whether the base address is this machine's own, as on a developer's.
    pub fn is_local(&self) -> bool {
        match self.base_url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }

    /// The absolute address of `path` (no leading slash) below the base address.
    pub fn absolute(&self, path: &str) -> String {
        let base = self.base_url.as_str().trim_end_matches('/');
        format!("{base}/{}", path.trim_start_matches('/'))
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
        let base_url = Url::parse("http://127.0.0.1:8080/").unwrap_or_else(|_| unreachable!("a literal that parses"));
        Self::new(base_url, listen)
    }
}

/// How long a connection may keep the server waiting, and how many there may be.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// For a complete request head, from the start of the connection or from the previous answer. An idle connection is
    /// closed after the same time.
    pub head: Duration,
    /// For a certain amount of a request's body.
    pub body: Duration,
    /// For the client to read a certain amount of its answer.
    pub answer: Duration,
    /// Connections from one address; of IPv6 from one /64. Offices and mobile networks share an address, and a browser
    /// opens six connections. Trusted proxies are not counted.
    pub per_address: usize,
    /// Connections from this machine: a reverse proxy here has the connections of all visitors.
    pub per_loopback_address: usize,
    /// Connections in all. The system's limit of open files can lower it.
    pub total: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            answer: Duration::from_secs(30),
            per_address: 256,
            per_loopback_address: usize::MAX,
            total: 10_000,
        }
    }
}
