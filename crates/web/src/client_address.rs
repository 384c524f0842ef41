//! Where a request comes from, as far as it can be known.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::config::WebConfig;

/// The client's address: the peer's, or what a trusted proxy says, or one on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    address: Option<IpAddr>,
}

impl ClientAddress {
    /// What requests of this client are counted under; `None`: they are not counted.
    ///
    /// Loopback remains where nobody named a client: a program on this machine (an import, a demo), or
    /// a reverse proxy here that sends no `X-Forwarded-For`. The first needs no brake: whoever runs
    /// programs here could as well read the database. For the second, every visitor would share one
    /// count, and one of them could lock out all. Log-in stays throttled per account in both cases.
    pub fn throttle_key(&self) -> Option<String> {
        match self.address?.to_canonical() {
            ip if ip.is_loopback() => None,
            IpAddr::V4(v4) => Some(v4.to_string()),
            // One customer commonly has a whole /64; single addresses in it cost nothing.
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
        Ok(Self { address: peer.map(|peer| client(peer, &parts.headers, &config.trusted_proxies)) })
    }
}

/// The nearest address in the chain that isn't a trusted proxy: everything left of it could be made up.
///
/// A peer on this machine is believed too: it is the reverse proxy in front, or a program that could
/// as well read the database. That holds for the peer only; a "127.0.0.1" that a header names is not here.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(&ip.to_canonical()));
    let mut client = peer.to_canonical();
    let said: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).collect();
    for (n, hop) in said.iter().rev().enumerate() {
        let is_here = n == 0 && client.is_loopback();
        if !is_here && !is_trusted(&client) {
            break;
        }
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        client = hop.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().expect("a header value"));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().expect("a network")).collect();
        client(peer.parse().expect("an address"), &headers, &trusted).to_string()
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
    fn a_whole_ipv6_network_counts_as_one_and_loopback_not_at_all() {
        let key = |ip: &str| ClientAddress { address: ip.parse().ok() }.throttle_key();
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::1"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("127.0.0.1"), None);
        assert_eq!(key("::ffff:127.0.0.1"), None);
    }
}
