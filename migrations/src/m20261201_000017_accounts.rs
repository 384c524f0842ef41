//! People's accounts: invitations by link, second factors, links for a new password, and what an account says of itself.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, flag, integer, maybe, text, time, uuid};
use crate::tables::{create, index, owned, table};

/// Invitations, second factors and links for a new password. Until now the table `invitations` held the roles that wait
/// for an address; it is called `waiting_roles` from here on.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.rename_table(Table::rename().table("invitations", "waiting_roles").to_owned()).await?;
        let columns = [
            ("users", maybe(text("locale"))),
            ("users", maybe(time("address_confirmed_at"))),
            ("sessions", maybe(time("last_used_at"))),
            ("sessions", maybe(text("browser"))),
        ];
        for (name, column) in columns {
            manager.alter_table(Table::alter().table(name).add_column(column).to_owned()).await?;
        }
        // Every account until now was made by the operator.
        let known = "UPDATE users SET address_confirmed_at = created_at";
        manager.get_connection().execute_unprepared(known).await?;
        let invitations = owned(
            "invitations",
            vec![
                uuid("id"),
                text("token_hash").unique_key().to_owned(),
                text("role"),
                maybe(text("email")),
                text("made_by"),
                maybe(uuid("maker_id")),
                time("created_at"),
                time("expires_at"),
                maybe(time("used_at")),
                maybe(uuid("used_by")),
                maybe(time("revoked_at")),
            ],
            &["tenant_id", "id"],
        );
        let totp = of_user(
            "totp",
            vec![uuid("user_id"), bytes("secret"), integer("last_step"), time("enabled_at")],
            &["user_id"],
        );
        let codes = of_user("recovery_codes", vec![uuid("user_id"), text("code_hash")], &["user_id", "code_hash"]);
        let links = of_user(
            "password_links",
            vec![text("token_hash"), uuid("user_id"), time("expires_at"), flag("proves_address")],
            &["token_hash"],
        );
        let indexes = vec![
            index("invitations_by_maker", "invitations", &["tenant_id", "maker_id"]),
            index("password_links_user", "password_links", &["user_id"]),
        ];
        create(manager, vec![invitations, totp, codes, links], indexes).await
    }
}

/// A table whose rows go with their user.
fn of_user(name: &'static str, columns: Vec<ColumnDef>, key: &[&'static str]) -> TableCreateStatement {
    let mut table = table(name, columns, key);
    let mut user = ForeignKey::create();
    user.from(name, "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade);
    table.foreign_key(&mut user).to_owned()
}
