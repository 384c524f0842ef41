//! A channel's lanes, as they are stored with it.

use serde_json::Value;
use tablon_core::Secrets;
use tablon_core::store::{Channel, LaneLimit, LaneSpec};

use uuid::Uuid;

use crate::manifest::Limit;
use crate::outcome::Lane;
use crate::plugin::Plugin;

/// The lanes of a tenant's channel with these settings and secrets. `key` keeps their names from being guessed.
pub fn lane_specs(plugin: &Plugin, tenant: Uuid, settings: &Value, secrets: &Secrets, key: &[u8; 32]) -> Vec<LaneSpec> {
    let keys = plugin.lane_keys(tenant, settings, secrets, key);
    let limits = plugin.lane_limits();
    let lanes = [
        (Lane::Credential, keys.credential, limits.credential),
        (Lane::Destination, Some(keys.destination), limits.destination),
        (Lane::Server, keys.server, limits.server),
    ];
    let spec = |(lane, key, limits): (Lane, Option<String>, Vec<Limit>)| {
        let limits = limits.iter().map(limit).collect();
        key.map(|key| LaneSpec { kind: kind(lane).to_owned(), key, limits })
    };
    lanes.into_iter().filter_map(spec).collect()
}

/// The lane of a channel that the plugin means: the destination's, where the channel has no such lane.
pub(super) fn of_channel(channel: &Channel, lane: Lane) -> &'static str {
    let kind = kind(lane);
    if channel.lanes.iter().any(|spec| spec.kind == kind) { kind } else { self::kind(Lane::Destination) }
}

/// A lane's name in a [`LaneSpec`].
fn kind(lane: Lane) -> &'static str {
    match lane {
        Lane::Credential => "credential",
        Lane::Destination => "destination",
        Lane::Server => "server",
    }
}

fn limit(limit: &Limit) -> LaneLimit {
    LaneLimit { count: limit.count, per_ms: limit.per_ms, burst: limit.burst() }
}
