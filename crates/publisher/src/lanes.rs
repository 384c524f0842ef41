//! The names of a channel's lanes: calls with the same lane share its limits.
//!
//! A name is a keyed hash: the rows don't reveal the credential, and two tenants that use the same bot still share its
//! limits.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tablon_core::Secrets;
use uuid::Uuid;

use crate::manifest::{Limit, Manifest};

/// The names of a channel's lanes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LaneKeys {
    /// The lane of everything that shares the credential, if the manifest has one and it is set.
    pub credential: Option<String>,
    /// The lane of everything that goes to the same destination with the same credential. If the manifest doesn't say
    /// which settings identify a destination, all of them do.
    pub destination: String,
    /// The lane of everything that the plugin sends from this installation, if the manifest has one.
    pub server: Option<String>,
}

/// The limits of a plugin's lanes, from its manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LaneLimits {
    /// All of them apply at once.
    pub credential: Vec<Limit>,
    /// All of them apply at once.
    pub destination: Vec<Limit>,
    /// All of them apply at once.
    pub server: Vec<Limit>,
}

impl LaneLimits {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        Self {
            credential: manifest.credential_lane.as_ref().map(|l| l.limits.clone()).unwrap_or_default(),
            destination: manifest.destination_lane.as_ref().map(|l| l.limits.clone()).unwrap_or_default(),
            server: manifest.server_lane.as_ref().map(|l| l.limits.clone()).unwrap_or_default(),
        }
    }
}

impl LaneKeys {
    /// The lanes of a channel with these settings and secrets. `key` keeps the names from being guessed.
    pub(crate) fn of(manifest: &Manifest, tenant: Uuid, settings: &Value, secrets: &Secrets, key: &[u8; 32]) -> Self {
        let lane = manifest.credential_lane.as_ref();
        let secret = lane.and_then(|lane| lane.secrets.iter().find_map(|name| secrets.get(name)));
        let credential = secret.map(|secret| name(key, &[&manifest.id, "credential", secret]));
        // Platforms count what one bot sends to one destination: another bot has its own count. Without a credential
        // the tenant takes its place, so that another board can't fill this lane or open its breaker by naming the same
        // destination.
        let whose = secret.map_or_else(|| tenant.to_string(), str::to_owned);
        let mut parts = vec![manifest.id.clone(), "destination".into(), whose];
        match &manifest.destination_lane {
            Some(lane) => parts.extend(lane.settings.iter().map(|setting| {
                let value = settings.pointer(&format!("/{}", setting.replace('.', "/")));
                value.unwrap_or(&Value::Null).to_string()
            })),
            None => parts.push(settings.to_string()),
        }
        let destination = name(key, &parts.iter().map(String::as_str).collect::<Vec<_>>());
        let server = manifest.server_lane.as_ref().map(|_| name(key, &[&manifest.id, "server"]));
        Self { credential, destination, server }
    }
}

fn name(key: &[u8; 32], parts: &[&str]) -> String {
    // HMAC takes keys of any length; 32 bytes are its natural one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes a key of 32 bytes") };
    for part in parts {
        // The length first: ("ab", "c") and ("a", "bc") are different lanes.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    hex::encode(&mac.finalize().into_bytes()[..16])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_several_ways_in_the_one_that_is_set_tells_channels_apart() {
        let manifest = Manifest::parse(
            r#"
            id = "example"
            name = "Example"
            version = "1.0.0"
            contract = "1.0"
            [secrets.token]
            pattern = "[a-z]+"
            [secrets.hook]
            pattern = "[a-z]+"
            [lanes.credential]
            secret = ["token", "hook"]
            limits = [{ count = 1, per_ms = 1000 }]
            [lanes.destination]
            settings = ["room"]
            limits = [{ count = 1, per_ms = 1000 }]
            [lanes.server]
        "#,
        )
        .unwrap();
        let of = |tenant: u128, secrets: Secrets| {
            LaneKeys::of(&manifest, Uuid::from_u128(tenant), &json!({}), &secrets, &[1; 32])
        };
        let lanes = |secret: (&str, &str)| of(1, [secret].into_iter().collect());
        let (one, other) = (lanes(("hook", "abcd")), lanes(("hook", "efgh")));
        assert!(one.credential.is_some() && one.credential != other.credential);
        assert_ne!(one.destination, other.destination);
        assert_eq!(lanes(("token", "abcd")).credential, one.credential);
        assert_eq!(of(2, [("hook", "abcd")].into_iter().collect()).destination, one.destination);
        assert_ne!(of(1, Secrets::default()).destination, of(2, Secrets::default()).destination);
        assert!(
            of(1, Secrets::default()).server.is_some_and(|server| of(2, Secrets::default()).server == Some(server))
        );
    }

    #[test]
    fn a_plugin_that_names_no_lane_has_one_for_each_place() {
        let toml = "id = 'example'\nname = 'Example'\nversion = '1.0.0'\ncontract = '1.0'";
        let manifest = Manifest::parse(toml).unwrap();
        let of =
            |room: &str| LaneKeys::of(&manifest, Uuid::nil(), &json!({ "room": room }), &Secrets::default(), &[1; 32]);
        assert_ne!(of("a").destination, of("b").destination);
        assert_eq!(of("a"), LaneKeys { credential: None, destination: of("a").destination, server: None });
    }
}
