//! How the web side is reached, and whom it believes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;
use url::Url;

/// How the web side is reached and whom it believes.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// The address people type; every absolute link starts with it (`TABLON_BASE_URL`).
    pub base_url: Url,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Reverse proxies on other machines whose `X-Forwarded-For` is believed; one on this machine always is.
    pub trusted_proxies: Vec<IpNet>,
}

impl WebConfig {
    /// A configuration without trusted proxies.
    pub fn new(base_url: Url, listen: SocketAddr) -> Self {
        Self { base_url, listen, trusted_proxies: Vec::new() }
    }

    /// Whether people reach the base address over TLS: it decides how cookies are named and marked.
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
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
