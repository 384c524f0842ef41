//! A channel's lanes, as stored with it.

use serde_json::Value;
use tablon_core::Secrets;
use tablon_core::store::{Channel, Lane, LaneLimit, LaneSpec};

use uuid::Uuid;

use crate::manifest::Limit;
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
    let spec = |(kind, key, limits): (Lane, Option<String>, Vec<Limit>)| {
        let limits = limits.iter().map(limit).collect();
        key.map(|key| LaneSpec { kind, key, limits })
    };
    lanes.into_iter().filter_map(spec).collect()
}

/// The channel's lane that the plugin means; the destination's, if the channel has no such lane.
pub(super) fn of_channel(channel: &Channel, lane: Lane) -> Lane {
    if channel.lanes.iter().any(|spec| spec.kind == lane) { lane } else { Lane::Destination }
}

fn limit(limit: &Limit) -> LaneLimit {
    LaneLimit { count: limit.count, per_ms: limit.per_ms, burst: limit.burst() }
}
