//! A secret that several channels of a board hold: it is replaced in all of them at once.

use tablon_core::store::{Channel, Secrets, SharedSecrets};
use tablon_core::{Result, TenantScope};
use tablon_publisher::Plugin;
use tablon_publisher::reconcile::lane_specs;

use super::target;
use crate::state::AppState;

/// The other channels that hold the same value of a secret.
#[derive(Debug, Clone)]
pub struct Sharing {
    /// The secret's name.
    pub secret: String,
    /// The names of the channels, oldest first.
    pub channels: Vec<String>,
}

/// For each stored secret of a channel that other channels hold too: which they are.
///
/// # Errors
/// When a stored secret can't be opened.
pub async fn sharing(tenant: &TenantScope, channel: &Channel) -> Result<Vec<Sharing>> {
    let mut all = Vec::new();
    for secret in &channel.secret_names {
        let channels = tenant.channels().sharing(channel, secret).await?;
        if !channels.is_empty() {
            let channels = channels.into_iter().map(|channel| channel.name).collect();
            all.push(Sharing { secret: secret.clone(), channels });
        }
    }
    Ok(all)
}

/// Another channel that gets new secrets.
pub(super) struct Other {
    channel: Channel,
    /// The new ones.
    new: Secrets,
    /// All that it will have.
    all: Secrets,
}

/// The channels that get the new secrets of `channel` too: those that hold the old value of one of the names in `share`.
pub(super) async fn others(
    tenant: &TenantScope,
    channel: &Channel,
    (new, share): (&Secrets, &[String]),
) -> Result<Vec<Other>> {
    let mut others: Vec<Other> = Vec::new();
    for name in share {
        let Some(secret) = new.get(name) else { continue };
        for channel in tenant.channels().sharing(channel, name).await? {
            let known = others.iter().position(|other| other.channel.id == channel.id);
            let at = match known {
                Some(at) => at,
                None => {
                    let all = tenant.channels().secrets(channel.id).await?;
                    others.push(Other { channel, new: Secrets::default(), all });
                    others.len() - 1
                }
            };
            others[at].new.insert(name.clone(), secret);
            others[at].all.insert(name.clone(), secret);
        }
    }
    Ok(others)
}

/// Asks the platform about each of them, all at the same time.
pub(super) async fn check(
    state: &AppState,
    tenant: &TenantScope,
    plugin: &Plugin,
    others: Vec<Other>,
    locale: &str,
) -> Vec<SharedSecrets> {
    let checks = others.into_iter().map(|Other { channel, new, all }| async move {
        let check = plugin.check_connection(target(tenant, &channel, locale), &all).await.check;
        let lanes = lane_specs(plugin, tenant.id, &channel.settings, &all, &state.keys.lanes());
        SharedSecrets { channel, secrets: new, lanes, check }
    });
    futures::future::join_all(checks).await
}
