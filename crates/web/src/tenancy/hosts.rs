//! The entrance of a host name.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use axum::http::header::HOST;

use super::directory::TenantDirectory;
use super::entrance::Entrance;
use crate::client_address::is_trusted;
use crate::config::WebConfig;

/// The hosts that a request names.
pub(super) struct NamedHosts {
    /// The requested host. HTTP/1.0 has none.
    host: Option<String>,
    /// Whether the connection comes from a trusted reverse proxy, or from this machine.
    from_proxy: bool,
    /// The requested hosts that proxies name, the nearest proxy's first.
    forwarded: Vec<String>,
}

impl NamedHosts {
    /// Reads them from a request.
    pub(super) fn of(config: &WebConfig, request: &Request) -> Self {
        let headers = request.headers();
        // HTTP/2 and absolute-form requests name the host in the address, the others in the header.
        let named = request.uri().host().or_else(|| headers.get(HOST).and_then(|v| v.to_str().ok()).map(host_of));
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let from_proxy = peer.is_some_and(|ConnectInfo(peer)| is_trusted(peer.ip(), &config.trusted_proxies));
        let forwarded = if from_proxy { forwarded_hosts(headers) } else { Vec::new() };
        Self { host: named.map(canonical), from_proxy, forwarded }
    }
}

/// The entrance that a request names; `None`: the host is unknown.
///
/// Unconfigured reverse proxies send their own name for this server as `Host` (nginx: the address after `proxy_pass`,
/// Apache likewise), and some send the visitor's in `X-Forwarded-Host`. So if a trusted proxy sends a name of this
/// machine, the forwarded host is used if it is known, and the base address otherwise. A known host is never replaced,
/// and neither is any other unknown host.
pub(super) async fn entrance(
    config: &WebConfig,
    tenants: &TenantDirectory,
    named: NamedHosts,
) -> tablon_core::Result<Option<Entrance>> {
    let NamedHosts { host, from_proxy, forwarded } = named;
    // A request without a host is for the base address, which is no board.
    let Some(host) = host else { return Ok(Some(Entrance::Base)) };
    if !(from_proxy && is_loopback(&host)) {
        if let Some(entrance) = known(config, tenants, &host).await? {
            return Ok(Some(entrance));
        }
        if !(from_proxy && is_listened_on(config, &host)) {
            tenants.tell_of_unknown(&host, config);
            return Ok(None);
        }
    }
    for forwarded in &forwarded {
        if let Some(entrance) = known(config, tenants, forwarded).await? {
            return Ok(Some(entrance));
        }
        tenants.tell_of_unknown(forwarded, config);
    }
    Ok(Some(Entrance::Base))
}

async fn known(config: &WebConfig, tenants: &TenantDirectory, host: &str) -> tablon_core::Result<Option<Entrance>> {
    let tenant = match kind_of(config, host) {
        HostKind::Base => return Ok(Some(Entrance::Base)),
        HostKind::Below(slug) => match tenants.by_slug(&slug).await? {
            // A board answers at the hosts of the addresses that it has left as well; its pages name the present one.
            None => tenants.by_former_slug(&slug).await?,
            found => found,
        },
        HostKind::Elsewhere => tenants.by_host(host).await?,
    };
    Ok(tenant.map(|tenant| Entrance::Tenant { slug: tenant.slug.to_string() }))
}

/// The hosts of `X-Forwarded-Host`, the nearest proxy's first: each proxy appends the host of its own request.
fn forwarded_hosts(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all("x-forwarded-host").iter().filter_map(|value| value.to_str().ok());
    let hosts = values.flat_map(|value| value.split(',')).map(|host| canonical(host_of(host.trim())));
    let mut hosts: Vec<String> = hosts.filter(|host| !host.is_empty()).collect();
    hosts.reverse();
    hosts.truncate(MAX_FORWARDED);
    hosts
}

/// The most proxies in a row; each costs a look-up.
const MAX_FORWARDED: usize = 4;

/// The host of a `Host` header, without its port.
fn host_of(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.find(']').map_or(authority, |end| &authority[..=end]);
    }
    authority.split(':').next().unwrap_or(authority)
}

fn canonical(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase()
}

/// A host name's relation to the base address.
#[derive(Debug, PartialEq, Eq)]
enum HostKind {
    Base,
    /// One label below the base host: perhaps a board's slug.
    Below(String),
    Elsewhere,
}

fn kind_of(config: &WebConfig, host: &str) -> HostKind {
    let base = canonical(config.base_url.host_str().unwrap_or_default());
    if host == base {
        return HostKind::Base;
    }
    // On a developer's machine every name of that machine is the base address; the address that the server listens on
    // is one of them.
    if config.is_local() && (is_loopback(host) || is_listened_on(config, host)) {
        return HostKind::Base;
    }
    let below = host.strip_suffix(base.as_str()).and_then(|rest| rest.strip_suffix('.'));
    let below = below.or_else(|| host.strip_suffix(".localhost").filter(|_| config.is_local()));
    match below {
        Some(label) if !label.is_empty() && !label.contains('.') && base.parse::<IpAddr>().is_err() => {
            HostKind::Below(label.to_owned())
        }
        Some(label) if !label.is_empty() && !label.contains('.') && host.ends_with(".localhost") => {
            HostKind::Below(label.to_owned())
        }
        _ => HostKind::Elsewhere,
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// With an unspecified listen address (`0.0.0.0`), any literal address is one of this machine's.
fn is_listened_on(config: &WebConfig, host: &str) -> bool {
    let listen = config.listen.ip();
    host.parse::<IpAddr>().is_ok_and(|ip| ip == listen || listen.is_unspecified())
}

/// Whether `authority` (`jobs.example.org:8080`) names the base address.
pub fn is_base(config: &WebConfig, authority: &str) -> bool {
    kind_of(config, &canonical(host_of(authority))) == HostKind::Base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base: &str, listen: &str) -> WebConfig {
        WebConfig::new(base.parse().expect("a URL"), listen.parse().expect("an address"))
    }

    #[test]
    fn the_port_is_ignored_and_case_and_last_dot_too() {
        assert_eq!(canonical(host_of("Jobs.Example.ORG.:8443")), "jobs.example.org");
        assert_eq!(canonical(host_of("[::1]:80")), "::1");
        assert_eq!(canonical(host_of("[::1]")), "::1");
    }

    #[test]
    fn one_label_below_the_base_host_may_be_a_board() {
        let config = config("https://jobs.example.org/", "0.0.0.0:8080");
        assert_eq!(kind_of(&config, "jobs.example.org"), HostKind::Base);
        assert_eq!(kind_of(&config, "acme.jobs.example.org"), HostKind::Below("acme".into()));
        for elsewhere in ["a.b.jobs.example.org", "evil-jobs.example.org", "example.org", "127.0.0.1", "localhost", ""]
        {
            assert_eq!(kind_of(&config, elsewhere), HostKind::Elsewhere, "{elsewhere}");
        }
    }

    #[test]
    fn on_loopback_every_name_of_the_machine_is_the_base_address() {
        let config = config("http://127.0.0.1:8080/", "127.0.0.1:8080");
        for base in ["127.0.0.1", "localhost", "::1"] {
            assert_eq!(kind_of(&config, base), HostKind::Base, "{base}");
        }
        assert_eq!(kind_of(&config, "acme.localhost"), HostKind::Below("acme".into()));
        for elsewhere in ["evil.example", "192.168.1.5", "x.127.0.0.1"] {
            assert_eq!(kind_of(&config, elsewhere), HostKind::Elsewhere, "{elsewhere}");
        }
    }

    #[test]
    fn listening_everywhere_with_a_loopback_base_takes_literal_addresses() {
        let config = config("http://localhost:8080/", "0.0.0.0:8080");
        assert_eq!(kind_of(&config, "192.168.1.5"), HostKind::Base);
        assert_eq!(kind_of(&config, "evil.example"), HostKind::Elsewhere);
    }
}
