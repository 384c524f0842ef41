//! A channel's secrets, as they are stored: sealed.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::super::{Channel, Secrets};
use super::Channels;
use crate::entity::{channel_secrets, channels};
use crate::error::{Conflict, Error, Result};

impl Channels<'_> {
    /// A channel's secrets, opened. For the plugin host and nobody else.
    pub async fn secrets(&self, id: Uuid) -> Result<Secrets> {
        self.open(&self.sealed(id).await?)
    }

    /// The same for a channel that was read just now: as long as its secrets are those of then, the database is asked once.
    ///
    /// # Errors
    /// [`Conflict::ChannelChanged`] if they aren't any more: new secrets are not for old settings.
    pub async fn secrets_of(&self, channel: &Channel) -> Result<Secrets> {
        let read = &self.0.store().0.sealed;
        if let Some(rows) = read.get(channel.id, channel.configuration) {
            return self.open(&rows);
        }
        let rows = self.sealed(channel.id).await?;
        let row = self.0.find::<channels::Entity>().filter(channels::Column::Id.eq(channel.id));
        let now = row.one(self.0.store().db()).await?;
        if now.is_none_or(|now| now.configuration != channel.configuration) {
            return Err(Conflict::ChannelChanged.into());
        }
        let secrets = self.open(&rows)?;
        read.add(channel.id, channel.configuration, rows.into());
        Ok(secrets)
    }

    fn open(&self, rows: &[channel_secrets::Model]) -> Result<Secrets> {
        let keyring = self.0.store().keyring()?;
        let mut secrets = Secrets::default();
        for row in rows {
            let plain = keyring.open(&row.sealed, &self.seal_context(row.channel_id, &row.name))?;
            let text = std::str::from_utf8(&plain).map_err(|_| Error::Internal("a secret is no text".to_owned()))?;
            secrets.insert(row.name.clone(), text);
        }
        Ok(secrets)
    }

    pub(super) async fn sealed(&self, id: Uuid) -> Result<Vec<channel_secrets::Model>> {
        let rows = self
            .0
            .find::<channel_secrets::Entity>()
            .filter(channel_secrets::Column::ChannelId.eq(id))
            .order_by_asc(channel_secrets::Column::Name);
        Ok(rows.all(self.0.store().db()).await?)
    }

    pub(super) async fn set_secrets(&self, tx: &DatabaseTransaction, id: Uuid, secrets: &Secrets) -> Result<()> {
        for (name, secret) in secrets.iter() {
            let sealed = self.0.store().keyring()?.seal(secret.as_bytes(), &self.seal_context(id, name))?;
            self.forget_secret(tx, id, name).await?;
            let row = channel_secrets::ActiveModel {
                tenant_id: Set(self.0.id),
                channel_id: Set(id),
                name: Set(name.to_owned()),
                sealed: Set(sealed),
            };
            row.insert(tx).await?;
        }
        Ok(())
    }

    /// Takes a secret away, if it is there.
    pub(super) async fn forget_secret(&self, tx: &DatabaseTransaction, id: Uuid, name: &str) -> Result<()> {
        let rows = self.0.delete::<channel_secrets::Entity>().filter(channel_secrets::Column::ChannelId.eq(id));
        rows.filter(channel_secrets::Column::Name.eq(name)).exec(tx).await?;
        Ok(())
    }

    /// A sealed secret is worth nothing in another tenant, channel or field.
    fn seal_context(&self, id: Uuid, name: &str) -> String {
        format!("channel-secret/{}/{id}/{name}", self.0.id)
    }
}
