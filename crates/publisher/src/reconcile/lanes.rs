//! A channel's lanes, as they are stored with it.

use serde_json::Value;
use tablon_core::Secrets;
use tablon_core::store::{LaneLimit, LaneSpec};

use uuid::Uuid;

use crate::manifest::Limit;
use crate::outcome::Lane;
use crate::plugin::Plugin;

/// The lanes of a tenant's channel with these settings and secrets. `key` keeps their names from being guessed.
pub fn lane_specs(plugin: &Plugin, tenant: Uuid, settings: &Value, secrets: &Secrets, key: &[u8; 32]) -> Vec<LaneSpec> {
    let keys = plugin.lane_keys(tenant, settings, secrets, key);
    let limits = plugin.lane_limits();
    [(Lane::Credential, keys.credential, limits.credential), (Lane::Destination, keys.destination, limits.destination)]
        .into_iter()
        .filter_map(|(lane, key, limits)| {
            let limits = limits.iter().map(limit).collect();
            key.map(|key| LaneSpec { kind: kind(lane).to_owned(), key, limits })
        })
        .collect()
}

/// A lane's name in a [`LaneSpec`].
pub(super) fn kind(lane: Lane) -> &'static str {
    match lane {
        Lane::Credential => "credential",
        Lane::Destination => "destination",
    }
}

fn limit(limit: &Limit) -> LaneLimit {
    LaneLimit { count: limit.count, per_ms: limit.per_ms, burst: limit.burst() }
}
