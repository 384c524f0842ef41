//! The open connections, and which one is closed for a new one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use super::activity::Activity;
use crate::client_address::{is_trusted, network};
use crate::config::ConnectionLimits;

/// The open connections.
///
/// If there are too many, the one that has been idle longest is closed for the new one, so that idle connections can't
/// lock others out. A new one is refused only if a request is being answered on every connection.
#[derive(Debug)]
pub(super) struct Connections {
    per_address: usize,
    per_loopback_address: usize,
    total: usize,
    trusted: Vec<IpNet>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    all: BTreeMap<u64, Arc<Activity>>,
    by_address: HashMap<IpAddr, BTreeSet<u64>>,
}

/// A connection's place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    number: u64,
    counted: Option<IpAddr>,
    connections: Arc<Connections>,
    /// The connection's activity.
    pub(super) activity: Arc<Activity>,
}

impl Connections {
    pub(super) fn new(limits: &ConnectionLimits, trusted: &[IpNet]) -> Arc<Self> {
        Arc::new(Self {
            per_address: limits.per_address,
            per_loopback_address: limits.per_loopback_address,
            total: limits.total,
            trusted: trusted.to_vec(),
            open: Mutex::default(),
        })
    }

    /// A place for a connection from `peer`; `None` if a request is being answered on all of them.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<ConnectionSlot> {
        let (counted, most) = match peer.to_canonical() {
            ip if ip.is_loopback() => (Some(ip), self.per_loopback_address),
            ip if is_trusted(ip, &self.trusted) => (None, usize::MAX),
            ip => (Some(network(ip)), self.per_address),
        };
        let mut open = self.lock();
        let same = counted.and_then(|address| open.by_address.get(&address));
        if let Some(same) = same
            && same.len() >= most
        {
            let longest = open.longest_idle(same.iter().copied())?;
            open.displace(longest);
        }
        if open.all.len() >= self.total {
            let longest = open.longest_idle(open.all.keys().copied())?;
            open.displace(longest);
        }
        open.last += 1;
        let number = open.last;
        let activity = Arc::new(if counted.is_some() { Activity::new() } else { Activity::shared() });
        open.all.insert(number, activity.clone());
        if let Some(address) = counted {
            open.by_address.entry(address).or_default().insert(number);
        }
        drop(open);
        Some(ConnectionSlot { number, counted, connections: self.clone(), activity })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn longest_idle(&self, numbers: impl Iterator<Item = u64>) -> Option<u64> {
        let idle = numbers.filter_map(|number| Some((self.all.get(&number)?.idle()?, number)));
        idle.max_by_key(|(idle, number)| (*idle, std::cmp::Reverse(*number))).map(|(_, number)| number)
    }

    fn displace(&mut self, number: u64) {
        if let Some(activity) = self.all.remove(&number) {
            activity.leave();
        }
        self.by_address.retain(|_, numbers| {
            numbers.remove(&number);
            !numbers.is_empty()
        });
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.all.remove(&self.number);
        if let Some(address) = self.counted
            && let Some(numbers) = open.by_address.get_mut(&address)
        {
            numbers.remove(&self.number);
            if numbers.is_empty() {
                open.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Version;

    use super::*;

    fn connections(per_address: usize, per_loopback_address: usize, total: usize) -> Arc<Connections> {
        let limits = ConnectionLimits { per_address, per_loopback_address, total, ..ConnectionLimits::default() };
        Connections::new(&limits, &["10.0.0.0/8".parse().expect("a network")])
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_at_its_limit_loses_its_longest_idle_connection() {
        let connections = connections(2, usize::MAX, usize::MAX);
        let first = connections.admit(ip("203.0.113.7")).expect("a place");
        let _busy = first.activity.handling(Version::HTTP_11);
        let _second = connections.admit(ip("203.0.113.7")).expect("a place");
        let third = connections.admit(ip("203.0.113.7")).expect("the second makes room");
        assert_eq!(connections.lock().all.keys().copied().collect::<Vec<_>>(), [first.number, third.number]);
        let _busy = third.activity.handling(Version::HTTP_11);
        assert!(connections.admit(ip("203.0.113.7")).is_none(), "a request is being answered on both");
        assert!(connections.admit(ip("203.0.113.8")).is_some(), "others are not concerned");
    }

    #[test]
    fn a_whole_ipv6_network_is_one_address() {
        let connections = connections(1, usize::MAX, usize::MAX);
        let first = connections.admit(ip("2001:db8:1:2::1")).expect("a place");
        let _busy = first.activity.handling(Version::HTTP_11);
        assert!(connections.admit(ip("2001:db8:1:2:ffff::9")).is_none());
        assert!(connections.admit(ip("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn proxies_are_counted_in_the_total_alone() {
        let connections = connections(1, usize::MAX, 3);
        let places: Vec<_> = ["10.0.0.2", "10.0.0.2", "127.0.0.1"].map(|peer| connections.admit(ip(peer))).into();
        assert!(places.iter().all(Option::is_some));
        assert_eq!(connections.lock().all.len(), 3);
        let _fourth = connections.admit(ip("127.0.0.1")).expect("one of the others makes room");
        assert_eq!(connections.lock().all.len(), 3);
    }

    #[test]
    fn a_place_is_free_when_its_connection_has_ended() {
        let connections = connections(1, 1, 1);
        for _ in 0..3 {
            let place = connections.admit(ip("127.0.0.1")).expect("a place");
            let _busy = place.activity.handling(Version::HTTP_11);
        }
        assert!(connections.lock().by_address.is_empty());
    }
}
