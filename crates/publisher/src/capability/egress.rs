//! Outgoing connections: HTTP clients that connect only to permitted addresses.
//!
//! A host name is resolved here, its addresses are filtered, and the connection goes to one of the remaining ones:
//! nothing can change between check and connection. Address literals never reach a resolver, so they are checked where
//! the request is made ([`Egress::check_literal`]).

use std::error::Error as StdError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, redirect};
use rustls::{ClientConfig, RootCertStore};

use crate::origin::Origin;

/// How long an idle connection is kept: shorter than servers do (nginx 75 s, Telegram longer), so that a request seldom
/// meets a connection that is just being closed, which would leave its outcome unknown.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// Sends requests to public addresses, and to the networks that the operator allows.
#[derive(Clone)]
pub(crate) struct Egress {
    guard: Guard,
    secure: Client,
    plain: Client,
}

/// The address is in a network that may not be reached.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{host} leads to {network}, which the operator of this server hasn't allowed")]
pub(crate) struct Forbidden {
    host: String,
    network: &'static str,
}

/// The HTTP client can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// TLS can't be set up.
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The client can't be built.
    #[error("the HTTP client can't be set up: {0}")]
    Client(#[from] reqwest::Error),
}

impl Forbidden {
    /// The refusal at the root of an HTTP client's error, if there is one.
    pub(crate) fn in_chain<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

impl Egress {
    /// # Errors
    /// When the TLS library can't be set up.
    pub(crate) fn new(allow: &[IpNet], connect_timeout: Duration) -> Result<Self, EgressError> {
        Self::with_lookup(allow, connect_timeout, Arc::new(SystemLookup))
    }

    fn with_lookup(allow: &[IpNet], connect_timeout: Duration, lookup: Arc<dyn Lookup>) -> Result<Self, EgressError> {
        let guard = Guard { allow: allow.into(), lookup };
        let tls = tls()?;
        let client = |secure: bool| {
            let dns = GuardedDns { guard: guard.clone(), secure };
            builder(connect_timeout).use_preconfigured_tls(tls.clone()).dns_resolver(Arc::new(dns)).build()
        };
        Ok(Self { secure: client(true)?, plain: client(false)?, guard })
    }

    /// The client for `origin`.
    ///
    /// # Errors
    /// If its host is an address that may not be reached.
    pub(crate) fn client(&self, origin: &Origin) -> Result<&Client, Forbidden> {
        self.guard.check_literal(origin)?;
        Ok(if origin.secure { &self.secure } else { &self.plain })
    }

    /// The permitted addresses of a server that is reached without HTTP, in any notation of its host. `secure`: nothing
    /// is sent in the clear.
    ///
    /// # Errors
    /// If the name can't be resolved; the inner error, if none of its addresses may be reached.
    pub(crate) async fn addresses(
        &self,
        host: &str,
        port: u16,
        secure: bool,
    ) -> std::io::Result<Result<Vec<SocketAddr>, Forbidden>> {
        self.guard.resolve(host, port, secure).await
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the guarded client that the ban points to")]
fn builder(connect_timeout: Duration) -> ClientBuilder {
    Client::builder()
        // With HTTP/1, a broken connection affects one request, not every request that shares it.
        .http1_only()
        .user_agent(concat!("Tablon/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(redirect::Policy::none())
        // Only the reconciler decides about repeats, never the client.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(8)
}

/// Trusts the machine's certificate authorities, or Mozilla's if the machine has none (a bare container).
fn tls() -> Result<ClientConfig, EgressError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!("this machine has no trusted certificate authorities; using the list built into Tablón");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Resolves a name to addresses.
#[async_trait]
trait Lookup: std::fmt::Debug + Send + Sync {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// As this machine resolves names.
#[derive(Debug)]
struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

#[derive(Debug, Clone)]
struct Guard {
    allow: Arc<[IpNet]>,
    lookup: Arc<dyn Lookup>,
}

impl Guard {
    /// Plain HTTP would send a secret in the clear, so it is only for allowed networks.
    fn check(&self, address: IpAddr, secure: bool) -> Result<(), &'static str> {
        let address = address.to_canonical();
        if self.allow.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        match reserved(address) {
            Some(network) => Err(network),
            None if secure => Ok(()),
            None => Err("the public internet, unencrypted"),
        }
    }

    /// The permitted addresses of a name; an error if there are none.
    async fn resolve(
        &self,
        host: &str,
        port: u16,
        secure: bool,
    ) -> std::io::Result<Result<Vec<SocketAddr>, Forbidden>> {
        let mut allowed = Vec::new();
        let mut refused = None;
        for address in self.lookup.addresses(host).await? {
            match self.check(address, secure) {
                Ok(()) => allowed.push(SocketAddr::new(address.to_canonical(), port)),
                Err(network) => refused = Some(network),
            }
        }
        Ok(match refused {
            Some(network) if allowed.is_empty() => Err(Forbidden { host: host.to_owned(), network }),
            _ => Ok(allowed),
        })
    }

    fn check_literal(&self, origin: &Origin) -> Result<(), Forbidden> {
        let address = match origin.host {
            url::Host::Domain(_) => return Ok(()),
            url::Host::Ipv4(address) => IpAddr::V4(address),
            url::Host::Ipv6(address) => IpAddr::V6(address),
        };
        self.check(address, origin.secure).map_err(|network| Forbidden { host: origin.host.to_string(), network })
    }
}

struct GuardedDns {
    guard: Guard,
    secure: bool,
}

impl Resolve for GuardedDns {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, secure) = (self.guard.clone(), self.secure);
        Box::pin(async move {
            match guard.resolve(name.as_str(), 0, secure).await? {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(forbidden) => Err(Box::new(forbidden) as Box<_>),
            }
        })
    }
}

/// The kind of network that an address is in, if that isn't the public internet. After IANA's special-purpose
/// registries for IPv4 and IPv6.
fn reserved(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => reserved_v4(address),
        IpAddr::V6(address) => reserved_v6(address),
    }
}

fn reserved_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("no address at all"),
        [127, ..] => Some("this machine"),
        [10, ..] | [192, 168, ..] => Some("a private network"),
        [172, second, ..] if second & 0xf0 == 16 => Some("a private network"),
        [169, 254, ..] => Some("the link-local network (cloud metadata)"),
        // Azure's agent; the metadata addresses of Alibaba, Oracle and all others are in reserved ranges.
        [168, 63, 129, 16] => Some("cloud metadata"),
        [100, second, ..] if second & 0xc0 == 64 => Some("a carrier's private network"),
        [192, 0, 0, _] | [192, 88, 99, _] => Some("a reserved network"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some("a network for documentation"),
        [198, 18 | 19, ..] => Some("a network for measurements"),
        [224..=239, ..] => Some("a multicast group"),
        [240..=255, ..] => Some("a reserved network"),
        _ => None,
    }
}

fn reserved_v6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        reserved_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("no address at all"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("this machine"),
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        // NAT64 and 6to4 reach an IPv4 address.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        [0xfc00..=0xfdff, ..] => Some("a private network"),
        [0xfe80..=0xfebf, ..] => Some("the link-local network"),
        [0xff00..=0xffff, ..] => Some("a multicast group"),
        [0x2001, 0xdb8, ..] => Some("a network for documentation"),
        [0x3fff, second, ..] if second < 0x1000 => Some("a network for documentation"),
        // 2001::/23: Teredo, benchmarking, ORCHID and other protocol assignments.
        [0x2001, second, ..] if second < 0x200 => Some("a reserved network"),
        // The public internet is within 2000::/3.
        [0x2000..=0x3fff, ..] => None,
        _ => Some("a reserved network"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str]) -> Guard {
        Guard { allow: allow.iter().map(|n| n.parse().unwrap()).collect(), lookup: Arc::new(SystemLookup) }
    }

    fn literal(guard: &Guard, url: &str) -> bool {
        guard.check_literal(&Origin::of(&url::Url::parse(url).unwrap()).unwrap()).is_ok()
    }

    #[test]
    fn addresses_that_are_not_the_public_internet_are_refused_in_every_notation() {
        let guard = guard(&[]);
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2001:0:1::]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[100::1]",
            "[5f00::1]",
        ] {
            assert!(!literal(&guard, &format!("https://{host}/")), "{host}");
        }
    }

    #[test]
    fn the_public_internet_is_reached_over_tls_only() {
        let guard = guard(&[]);
        for host in ["149.154.167.220", "[2001:67c:4e8:f004::9]", "[64:ff9b::95.9.9.9]", "[2a00:1450::1]"] {
            assert!(literal(&guard, &format!("https://{host}/")), "{host}");
            assert!(!literal(&guard, &format!("http://{host}/")), "{host}");
        }
    }

    #[test]
    fn an_allowed_network_is_reached_however_its_address_is_written() {
        let guard = guard(&["127.0.0.0/8", "fd00::/8"]);
        for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[fd12::1]"] {
            assert!(literal(&guard, &format!("http://{host}:8081/")), "{host}");
        }
        assert!(!literal(&guard, "http://10.0.0.1/"));
        assert!(!literal(&guard, "http://[::1]/"));
    }

    /// Answers differently each time, as a hostile name server does.
    #[derive(Debug)]
    struct Changing(std::sync::Mutex<Vec<&'static [&'static str]>>);

    #[async_trait]
    impl Lookup for Changing {
        async fn addresses(&self, _host: &str) -> std::io::Result<Vec<IpAddr>> {
            let answer = self.0.lock().unwrap().pop().expect("it is asked once for each connection");
            Ok(answer.iter().map(|address| address.parse().unwrap()).collect())
        }
    }

    /// Answers one request, and counts the connections.
    async fn listen(address: &str) -> (u16, Arc<std::sync::atomic::AtomicUsize>) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let (port, taken) = (listener.local_addr().unwrap().port(), Arc::default());
        let count: Arc<std::sync::atomic::AtomicUsize> = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                assert!(socket.read(&mut [0; 4096]).await.unwrap() > 0);
                socket.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            }
        });
        (port, taken)
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_after_the_check_leads_nowhere() {
        // 127.0.0.2 may be reached and 127.0.0.1 may not; both listen on the same port.
        let (port, open) = listen("127.0.0.2:0").await;
        let closed = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        // Taken from the end: first the good address, then both, then only the bad one.
        let answers: Vec<&[&str]> = vec![&["127.0.0.1"], &["127.0.0.1", "127.0.0.2"], &["127.0.0.2"]];
        let lookup = Arc::new(Changing(answers.into()));
        let allow = ["127.0.0.2/32".parse().unwrap()];
        let egress = Egress::with_lookup(&allow, Duration::from_secs(2), lookup).unwrap();
        let url = format!("http://rebinding.example:{port}/");
        let origin = Origin::of(&url::Url::parse(&url).unwrap()).unwrap();
        let send = async || egress.client(&origin).unwrap().get(&url).timeout(Duration::from_secs(5)).send().await;

        assert!(send().await.unwrap().status().is_success());
        assert!(send().await.unwrap().status().is_success(), "of several addresses, one that may be reached");
        let error = send().await.unwrap_err();
        let refusal = Forbidden::in_chain(&error).expect("the guard's refusal").to_string();
        assert!(refusal.contains("this machine") && refusal.contains("hasn't allowed"), "{refusal}");
        assert_eq!(open.load(std::sync::atomic::Ordering::SeqCst), 2);
        let nobody = tokio::time::timeout(Duration::from_millis(100), closed.accept()).await;
        assert!(nobody.is_err(), "nothing reached the forbidden address");
    }
}
