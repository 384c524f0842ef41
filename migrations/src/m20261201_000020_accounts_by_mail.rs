//! What people do with their account by mail: another address, and registering as a member of a board.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, maybe, text, time, uuid};
use crate::tables::{create, index, owned, table};

/// Links that prove an address, and who made a role that waits for its person.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            // Whether people may register as members of the board.
            ("tenants", flag("registration")),
            // Who made the roles that wait until now isn't known; they are good like those of the operator.
            ("waiting_roles", text("made_by").default("system").to_owned()),
            ("waiting_roles", maybe(uuid("maker_id"))),
        ];
        for (name, column) in columns {
            manager.alter_table(Table::alter().table(name).add_column(column).to_owned()).await?;
        }
        // One link for each account: asking for another one ends the one before.
        let mut addresses = table(
            "address_links",
            vec![uuid("user_id"), text("token_hash").unique_key().to_owned(), text("email"), time("expires_at")],
            &["user_id"],
        );
        let mut user = ForeignKey::create();
        user.from("address_links", "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade);
        addresses.foreign_key(&mut user);
        let registrations = owned(
            "registrations",
            vec![uuid("id"), text("token_hash").unique_key().to_owned(), text("email"), time("expires_at")],
            &["tenant_id", "id"],
        );
        let indexes = vec![index("registrations_by_address", "registrations", &["tenant_id", "email"])];
        create(manager, vec![addresses, registrations], indexes).await
    }
}
