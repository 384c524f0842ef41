//! The mail recipients of a channel, and which of them have unsubscribed: a channel with no other recipient is paused.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::TenantScope;
use crate::entity::mail_suppressions;
use crate::error::{Error, Result};

/// Identifies a recipient within one channel without its address: the first bytes of the SHA-256 of the address in
/// lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecipientMark([u8; Self::LEN]);

impl RecipientMark {
    /// Its length in bytes: enough to tell the recipients of one channel apart.
    pub const LEN: usize = 8;

    /// The mark of an address.
    pub fn of(address: &str) -> Self {
        let digest = Sha256::digest(address.trim().to_lowercase().as_bytes());
        let mut mark = [0; Self::LEN];
        mark.copy_from_slice(&digest[..Self::LEN]);
        Self(mark)
    }

    /// Its bytes, as used in a link.
    pub const fn bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl From<[u8; Self::LEN]> for RecipientMark {
    fn from(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for RecipientMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for RecipientMark {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut mark = [0; Self::LEN];
        hex::decode_to_slice(text, &mut mark).map_err(|_| Error::Internal("a stored mark can't be read".to_owned()))?;
        Ok(Self(mark))
    }
}

/// Whether every address in these settings has unsubscribed from the channel.
pub(in super::super) async fn is_unsubscribed(
    db: &impl ConnectionTrait,
    scope: &TenantScope,
    channel_id: Uuid,
    settings: &Value,
) -> Result<bool> {
    let addresses = addresses_in(settings);
    if addresses.is_empty() {
        return Ok(false);
    }
    let marks = marks(db, scope, channel_id).await?;
    Ok(addresses.iter().all(|address| marks.contains(&RecipientMark::of(address).to_string())))
}

/// The mail addresses in a channel's settings, whatever the setting is called: one, several separated by commas, or a
/// list of them.
fn addresses_in(settings: &Value) -> Vec<&str> {
    fn is_address(text: &str) -> bool {
        let parts = text.rsplit_once('@');
        parts
            .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace))
            && !text.contains("://")
    }
    fn of(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect(),
            Value::Array(list) => list.iter().flat_map(of).collect(),
            _ => Vec::new(),
        }
    }
    let settings = settings.as_object().into_iter().flat_map(|settings| settings.values());
    let wholly = settings.map(of).filter(|texts| texts.iter().all(|text| is_address(text)));
    wholly.flatten().collect()
}

/// The marks of the addresses that have unsubscribed from a channel.
pub(in super::super) async fn marks(
    db: &impl ConnectionTrait,
    scope: &TenantScope,
    channel_id: Uuid,
) -> Result<BTreeSet<String>> {
    use mail_suppressions::Column;
    let rows = scope.find::<mail_suppressions::Entity>().filter(Column::ChannelId.eq(channel_id)).all(db).await?;
    Ok(rows.into_iter().map(|row| row.mark).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mark_is_that_of_an_address_however_it_is_written() {
        let mark = RecipientMark::of("Ana@Example.org ");
        assert_eq!(mark, RecipientMark::of("ana@example.org"));
        assert_ne!(mark, RecipientMark::of("bo@example.org"));
        assert_eq!(mark.to_string().parse::<RecipientMark>().unwrap(), mark);
    }

    #[test]
    fn the_addresses_of_a_channel_are_settings_that_hold_nothing_else() {
        let settings = json!({
            "to": "a@example.org, b@example.org", "cc": ["c@example.org"], "chat_id": "@jobs", "delivery": "daily",
            "url": "https://me@example.org/", "note": "write to a@example.org", "hour": 8,
        });
        let mut addresses = addresses_in(&settings);
        addresses.sort();
        assert_eq!(addresses, ["a@example.org", "b@example.org", "c@example.org"]);
        assert!(addresses_in(&json!({})).is_empty());
    }
}
