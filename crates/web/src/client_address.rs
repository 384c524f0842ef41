//! The address of a request's client, as far as it is known.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::config::WebConfig;

/// The client's address: the peer's, or the one that a trusted proxy names, or one on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    address: Option<IpAddr>,
    /// Whether the request has a forwarding header, so that it came through a proxy.
    forwarded: bool,
}

impl ClientAddress {
    /// The key under which this client's requests are counted; `None`: they aren't counted.
    ///
    /// A peer on loopback that sends no forwarding header isn't counted: a program on this machine (an import, a demo),
    /// or a reverse proxy here that doesn't forward addresses. The first needs no limit: somebody who runs programs
    /// here could also read the database. With the second, every visitor would share one count, and one of them could
    /// lock out all. Log-in is throttled per account in both cases.
    ///
    /// If a proxy on loopback sends a forwarding header that can't be read (`unknown`), all its clients are counted
    /// together, under the proxy's own address.
    pub fn throttle_key(&self) -> Option<String> {
        match self.address?.to_canonical() {
            ip if ip.is_loopback() && !self.forwarded => None,
            IpAddr::V4(v4) => Some(v4.to_string()),
            // One customer commonly has a whole /64, so single addresses in it cost nothing.
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Some(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
            }
        }
    }
}

impl<S> FromRequestParts<S> for ClientAddress
where
    S: Send + Sync,
    Arc<WebConfig>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let config = Arc::<WebConfig>::from_ref(state);
        let hops = forwarding_hops(&parts.headers);
        let address = peer.map(|peer| client(peer, hops.as_deref().unwrap_or_default(), &config.trusted_proxies));
        Ok(Self { address, forwarded: hops.is_some() })
    }
}

/// The chain of clients that the proxies name, the nearest last; `None` without a forwarding header. A hop that can't
/// be read as an address is `None`.
///
/// `X-Forwarded-For` is read first: proxies append to it by default. `Forwarded` (RFC 7239) is read if it is missing.
fn forwarding_hops(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let values = |name: &str| -> Vec<String> {
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    };
    let said = values("x-forwarded-for");
    if !said.is_empty() {
        return Some(said.iter().flat_map(|value| value.split(',')).map(hop).collect());
    }
    let said = values("forwarded");
    let by_for = |element: &str| element.split(';').find_map(|pair| named(pair, "for").and_then(hop));
    (!said.is_empty()).then(|| said.iter().flat_map(|value| value.split(',')).map(by_for).collect())
}

/// The value of `pair` if it is called `name`: `for=192.0.2.1`.
fn named<'a>(pair: &'a str, name: &str) -> Option<&'a str> {
    let (key, value) = pair.split_once('=')?;
    key.trim().eq_ignore_ascii_case(name).then_some(value)
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:47011`, `2001:db8::1`, `[2001:db8::1]`,
/// `[2001:db8::1]:47011`, each perhaps in quotes or after `for=`. `unknown` and made-up names (`_hidden`) are `None`.
fn hop(written: &str) -> Option<IpAddr> {
    let text = named(written, "for").unwrap_or(written).trim().trim_matches('"').trim();
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(ip);
    }
    // A port can be obfuscated too (`192.0.2.1:_a9`), and isn't needed for the client.
    let address = match text.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').map(|(address, _)| address)?,
        None => text.split_once(':').map_or(text, |(address, _)| address),
    };
    // A zone (`fe80::1%eth0`) is this machine's name for an interface.
    address.split('%').next().unwrap_or_default().parse().ok()
}

/// Whether a peer's forwarding headers are trusted: it is on this machine, or one of the operator's proxies.
pub(crate) fn is_trusted(peer: IpAddr, proxies: &[IpNet]) -> bool {
    peer.to_canonical().is_loopback() || is_among(peer, proxies)
}

fn is_among(ip: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&ip.to_canonical()))
}

/// The unit that counts as one client: an address, or the /64 of an IPv6 address. One customer commonly has a whole
/// /64, so single addresses in it cost nothing.
pub(crate) fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

/// The nearest address in the chain that isn't a trusted proxy: everything left of it could be invented.
///
/// A peer on this machine is trusted too: it is the reverse proxy, or a program that could also read the database. That
/// applies only to the peer; a "127.0.0.1" in a header isn't this machine.
fn client(peer: IpAddr, hops: &[Option<IpAddr>], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| is_among(*ip, trusted);
    let mut client = peer.to_canonical();
    for (n, hop) in hops.iter().rev().enumerate() {
        let is_here = n == 0 && client.is_loopback();
        if !is_here && !is_trusted(&client) {
            break;
        }
        let Some(hop) = hop else { break };
        client = hop.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, axum::http::HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        }
        headers
    }

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().expect("a network")).collect();
        let hops = forwarding_hops(&headers("x-forwarded-for", forwarded)).unwrap_or_default();
        client(peer.parse().expect("an address"), &hops, &trusted).to_string()
    }

    #[test]
    fn a_stranger_can_not_choose_their_address() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed_up_to_the_first_stranger() {
        assert_eq!(seen("10.0.0.2", &["6.6.6.6, 198.51.100.1"], &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.2", &["198.51.100.1, 10.0.0.3"], &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.2", &["198.51.100.1", "10.0.0.3"], &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(seen("::ffff:10.0.0.2", &["198.51.100.1"], &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.2", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.2");
    }

    #[test]
    fn a_proxy_on_this_machine_is_believed_without_being_named() {
        for loopback in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(seen(loopback, &["6.6.6.6, 198.51.100.1"], &[]), "198.51.100.1");
        }
        assert_eq!(seen("127.0.0.1", &["198.51.100.1, 10.0.0.2"], &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &["198.51.100.1, 127.0.0.1"], &[]), "127.0.0.1", "a header's loopback isn't ours");
        assert_eq!(seen("127.0.0.1", &[], &[]), "127.0.0.1");
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        for (written, read) in [
            ("198.51.100.1:47011", "198.51.100.1"),
            ("198.51.100.1:_port", "198.51.100.1"),
            ("[2001:db8::1]:47011", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("\"[2001:db8::1]:47011\"", "2001:db8::1"),
            ("for=198.51.100.1", "198.51.100.1"),
            ("For=\"[2001:db8::1%eth0]:47011\"", "2001:db8::1"),
            ("6.6.6.6:1, 198.51.100.1:2", "198.51.100.1"),
        ] {
            assert_eq!(seen("127.0.0.1", &[written], &[]), read, "{written}");
        }
        for unreadable in ["unknown", "_hidden", "", "198.51.100", "6.6.6.6, unknown", "caf\u{e9}"] {
            assert_eq!(seen("127.0.0.1", &[unreadable], &[]), "127.0.0.1", "{unreadable}");
        }
    }

    #[test]
    fn the_standard_header_names_the_client_where_the_usual_one_is_missing() {
        let named = |value: &str| {
            let hops = forwarding_hops(&headers("forwarded", &[value])).expect("a forwarding header");
            client("127.0.0.1".parse().expect("an address"), &hops, &[]).to_string()
        };
        assert_eq!(named("for=6.6.6.6, for=198.51.100.1;proto=https;by=10.0.0.1"), "198.51.100.1");
        assert_eq!(named("proto=https;For=\"[2001:db8::1]:4711\""), "2001:db8::1");
        assert_eq!(named("for=unknown"), "127.0.0.1");
        assert_eq!(named("proto=https"), "127.0.0.1");
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let key = |ip: &str| ClientAddress { address: ip.parse().ok(), forwarded: false }.throttle_key();
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::1"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }

    #[test]
    fn loopback_is_counted_only_where_a_proxy_forwards() {
        let key = |ip: &str, forwarded| ClientAddress { address: ip.parse().ok(), forwarded }.throttle_key();
        for loopback in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(key(loopback, false), None);
            assert!(key(loopback, true).is_some());
        }
    }
}
